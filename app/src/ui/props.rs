//! Definition lists: names at the left, facts at the right.

use leptos::prelude::*;

/// One line of [`Props`].
pub struct Prop {
    name: AnyView,
    fact: AnyView,
}

impl Prop {
    /// A name and its fact.
    pub fn new(name: impl Into<String>, fact: impl IntoView + 'static) -> Self {
        Self::of(name.into(), fact)
    }

    /// A name that is more than words, for example a link, and its fact.
    pub fn of(name: impl IntoView + 'static, fact: impl IntoView + 'static) -> Self {
        Self {
            name: name.into_any(),
            fact: fact.into_any(),
        }
    }
}

/// A definition list.
#[component]
pub fn Props(
    /// Its lines, in order.
    items: Vec<Prop>,
    /// Facts stand at the left edge instead of the right, for long ones.
    #[prop(optional)]
    wide: bool,
) -> impl IntoView {
    let lines = items
        .into_iter()
        .map(|Prop { name, fact }| view! { <div><dt>{name}</dt><dd>{fact}</dd></div> });
    view! { <dl class="props" data-wide=wide.then_some("")>{lines.collect_view()}</dl> }
}
