//! What stands where nothing is yet: what it is, and one thing to do.

use leptos::prelude::*;

/// An empty place. The children are a sentence and at most one [`super::LinkButton`].
#[component]
pub fn Empty(
    /// What is missing, in a few words.
    #[prop(into)]
    title: String,
    children: Children,
) -> impl IntoView {
    view! { <div class="empty"><p class="empty-title">{title}</p><div class="empty-words">{children()}</div></div> }
}
