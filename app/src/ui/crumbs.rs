//! Breadcrumbs: where a page is, in the top bar.

use leptos::prelude::*;

/// A step on the way to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// Its name.
    pub label: String,
    /// Its address.
    pub href: String,
}

/// The way to the current page, which stands last without a link.
#[component]
pub fn Breadcrumbs(
    /// The steps before it, outermost first.
    crumbs: Vec<Crumb>,
    /// The page itself.
    #[prop(into)]
    current: String,
) -> impl IntoView {
    let steps = crumbs
        .into_iter()
        .map(|Crumb { label, href }| view! { <li><a href=href>{label}</a></li> });
    view! {
        <nav class="crumbs" aria-label="Breadcrumbs">
            <ol>{steps.collect_view()}<li aria-current="page">{current}</li></ol>
        </nav>
    }
}
