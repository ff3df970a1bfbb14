//! Notices in the flow of a page, and the summary of what is wrong with a form.

use leptos::prelude::*;

use super::tone::{Glyph, GlyphMark, Tone};

/// A remark that matters here: what is the case and what to do next.
#[component]
pub fn Notice(
    /// How much it matters.
    tone: Tone,
    children: Children,
) -> impl IntoView {
    let glyph = match tone {
        Tone::Ok => Glyph::Check,
        Tone::Warn => Glyph::Triangle,
        Tone::Danger => Glyph::Cross,
        Tone::Neutral | Tone::Info | Tone::Accent => Glyph::Dot,
    };
    view! {
        <div class="notice" data-tone=tone.as_str() role="note"><GlyphMark glyph /><div>{children()}</div></div>
    }
}

/// All errors of a form above it, each a link to its field; takes the focus when the page comes back.
///
/// `errors` are pairs of a field's name and what is wrong with it; without any, nothing is drawn.
#[component]
pub fn ErrorSummary(
    /// Field and message.
    errors: Vec<(String, String)>,
    /// What came of it.
    #[prop(default = "Nothing was saved yet")]
    title: &'static str,
    /// Leaves the focus where it is.
    #[prop(optional)]
    still: bool,
) -> impl IntoView {
    (!errors.is_empty()).then(|| {
        let lines = errors.into_iter().map(|(field, message)| {
            view! { <li><a href=format!("#f-{field}")>{message}</a></li> }
        });
        view! {
            <section class="error-summary" role="alert" tabindex="-1" autofocus=!still aria-labelledby="error-summary-title">
                <h2 id="error-summary-title">{title}</h2>
                <ul>{lines.collect_view()}</ul>
            </section>
        }
    })
}
