//! Parts of a page that follow what changes while the page stays open.

use leptos::prelude::*;

/// A part of a page that changes in place. Its name stands once on a page.
pub fn region<V: IntoView>(name: &'static str, content: V) -> impl IntoView + use<V> {
    view! { <div class="region" data-region=name>{content}</div> }
}

/// A part of a page that lists things, each marked by [`super::Row::item`]. Those that are there change in place; new ones
/// wait behind a button that says how many there are. `noun` is what it lists, in the singular: "deploy".
pub fn list_region<V: IntoView>(
    name: &'static str,
    noun: &'static str,
    content: V,
) -> impl IntoView + use<V> {
    view! { <div class="region" data-region=name data-noun=noun>{content}</div> }
}
