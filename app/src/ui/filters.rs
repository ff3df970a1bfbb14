//! Filters of a list: a GET form whose state is the address, and facets with counts.

use leptos::prelude::*;

use super::{Button, ButtonKind, LinkButton};

/// A form of fields that narrow a list. It works without script by its button; "Clear" shows when something is set.
#[component]
pub fn FilterBar(
    /// The list's address.
    #[prop(into)]
    action: String,
    /// The address without any filter, when one is set.
    #[prop(optional_no_strip, into)]
    clear: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <form class="filters" action=action method="get" role="search" aria-label="Filters">
            {children()}
            <div class="filters-act">
                <Button>"Apply"</Button>
                {clear.map(|href| view! { <LinkButton href=href kind=ButtonKind::Quiet>"Clear"</LinkButton> })}
            </div>
        </form>
    }
}

/// A field that the form keeps as it is: what is chosen beside the form. Nothing where it is empty.
#[component]
pub fn Kept(
    /// Its name.
    name: &'static str,
    /// Its value.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    (!value.is_empty()).then(|| view! { <input type="hidden" name=name value=value /> })
}

/// One value of a facet: how many rows have it, and the address that keeps only these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// The value.
    pub label: String,
    /// How many rows have it.
    pub count: u64,
    /// The list with this value chosen; when it is chosen already, the list without it.
    pub href: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// The values of one facet as links.
#[component]
pub fn Facets(
    /// What they are values of.
    #[prop(into)]
    label: String,
    /// The values, most frequent first.
    values: Vec<Facet>,
) -> impl IntoView {
    let links = values.into_iter().map(
        |Facet {
             label,
             count,
             href,
             chosen,
         }| {
            view! {
                <li>
                    <a href=href aria-current=chosen.then_some("true")>
                        {label}<span class="count">{crate::format::count(count)}</span>
                    </a>
                </li>
            }
        },
    );
    let name = label.clone();
    view! { <nav class="facets" aria-label=name><span class="facets-label">{label}</span><ul>{links.collect_view()}</ul></nav> }
}
