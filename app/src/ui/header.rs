//! The head of a page: its one `<h1>`, badges beside it, a sentence under it, actions at the right.

use leptos::prelude::*;

/// The head of a page.
#[component]
pub fn PageHeader(
    /// The `<h1>`.
    #[prop(into)]
    title: String,
    /// Badges and tags beside the title.
    #[prop(optional, into)]
    badges: Option<ViewFn>,
    /// A line under the title.
    #[prop(optional, into)]
    about: Option<ViewFn>,
    /// Buttons at the right.
    #[prop(optional, into)]
    actions: Option<ViewFn>,
) -> impl IntoView {
    view! {
        <header class="page-header">
            <div class="page-header-words">
                <div class="page-header-title"><h1>{title}</h1>{badges.map(|badges| badges.run())}</div>
                {about.map(|about| view! { <p class="page-header-about">{about.run()}</p> })}
            </div>
            {actions.map(|actions| view! { <div class="page-header-actions">{actions.run()}</div> })}
        </header>
    }
}
