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

/// In the place of a field's name: the page itself has changed since it was opened.
pub const OF_PAGE: &str = "the page";

/// All errors of a form above it, each a link to its field; takes the focus when the page comes back.
///
/// `errors` are pairs of a field's name and what is wrong with it, without a name or with [`OF_PAGE`] where no field is meant;
/// without any, nothing is drawn.
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
        let lines = errors.into_iter().map(|(field, message)| match field.as_str() {
            "" => view! { <li>{message}</li> }.into_any(),
            // Loading it anew would send the form again; the address alone does not.
            OF_PAGE => view! { <li>{message.trim_end_matches('.').to_owned()}". "<a href="">"Open the page as it is now"</a></li> }.into_any(),
            field => view! { <li><a href=format!("#f-{field}")>{message}</a></li> }.into_any(),
        });
        view! {
            <section class="error-summary" role="alert" tabindex="-1" autofocus=!still aria-labelledby="error-summary-title">
                <h2 id="error-summary-title">{title}</h2>
                <ul>{lines.collect_view()}</ul>
            </section>
        }
    })
}
