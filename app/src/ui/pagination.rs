//! Keyset paging: the pages before and after, as links.

use leptos::prelude::*;

/// Links to the neighbouring pages; a missing neighbour is shown as such, so that the bar never jumps.
#[component]
pub fn Pagination(
    /// Address of the page before.
    #[prop(into)]
    previous: Option<String>,
    /// Address of the page after.
    #[prop(into)]
    next: Option<String>,
    /// What is shown: "50 of 214 services".
    #[prop(optional, into)]
    summary: Option<String>,
    /// The word on the way back: "Newer" for a timeline.
    #[prop(default = "Previous")]
    previous_word: &'static str,
    /// The word on the way on: "Older" for a timeline.
    #[prop(default = "Next")]
    next_word: &'static str,
) -> impl IntoView {
    let step = |href: Option<String>, rel: &'static str, word: &'static str| match href {
        Some(href) => view! { <a class="button" data-kind="plain" rel=rel href=href>{word}</a> }.into_any(),
        None => {
            view! { <span class="button" data-kind="plain" aria-disabled="true">{word}</span> }.into_any()
        }
    };
    let alone = previous.is_none() && next.is_none();
    view! {
        <nav class="pagination" aria-label="Pages">
            <span class="pagination-summary">{summary}</span>
            {(!alone).then(|| view! { {step(previous, "prev", previous_word)}{step(next, "next", next_word)} })}
        </nav>
    }
}
