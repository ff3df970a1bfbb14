//! Environments: their name, and their class where the two differ.

use domain::environments::EnvironmentClass;
use leptos::prelude::*;

/// An environment class as a word.
pub fn class_words(class: EnvironmentClass) -> &'static str {
    match class {
        EnvironmentClass::Production => "production",
        EnvironmentClass::Staging => "staging",
        EnvironmentClass::Development => "development",
        EnvironmentClass::Preview => "preview",
    }
}

/// An environment's name; its class follows when the name does not say it.
#[component]
pub fn EnvironmentName(
    /// The organisation's name for it.
    #[prop(into)]
    name: String,
    /// What it is for.
    class: EnvironmentClass,
) -> impl IntoView {
    let class = class_words(class);
    let other = !name.eq_ignore_ascii_case(class);
    view! { <span class="environment" data-class=class>{name}{other.then(|| view! { <span class="dim">" "{class}</span> })}</span> }
}
