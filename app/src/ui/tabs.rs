//! Tabs that are addresses.

use leptos::prelude::*;

use crate::format::count;

/// One tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    /// Its name.
    pub label: String,
    /// Its address.
    pub href: String,
    /// How many things are behind it.
    pub count: Option<u64>,
    /// Whether it is the one in view.
    pub current: bool,
}

impl Tab {
    /// A tab without a count.
    pub fn new(label: impl Into<String>, href: String, current: bool) -> Self {
        Self {
            label: label.into(),
            href,
            count: None,
            current,
        }
    }

    /// Adds how many things are behind it.
    #[must_use]
    pub fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }
}

/// A row of tabs.
#[component]
pub fn Tabs(
    /// What they divide.
    #[prop(into)]
    label: String,
    /// The tabs.
    tabs: Vec<Tab>,
) -> impl IntoView {
    let links = tabs.into_iter().map(|tab| {
        let behind = tab.count.map(|n| view! { <span class="count">{count(n)}</span> });
        view! { <a href=tab.href aria-current=tab.current.then_some("page")>{tab.label}{behind}</a> }
    });
    view! { <nav class="tabs" aria-label=label>{links.collect_view()}</nav> }
}
