//! Buttons, and links that look like them.

use leptos::prelude::*;

use super::time::Timed;

/// How much a button asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// One of several.
    #[default]
    Plain,
    /// The one thing to do here; at most one in view.
    Primary,
    /// Takes something away.
    Danger,
    /// Without a border, in rows and bars.
    Quiet,
}

impl ButtonKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Primary => "primary",
            Self::Danger => "danger",
            Self::Quiet => "quiet",
        }
    }
}

/// A submit button. With a reason it is disabled, and the reason is shown, never hidden.
#[component]
pub fn Button(
    /// How much it asks for.
    #[prop(optional)]
    kind: ButtonKind,
    /// Name in the form.
    #[prop(optional, into)]
    name: Option<String>,
    /// Value in the form.
    #[prop(optional, into)]
    value: Option<String>,
    /// Why it cannot be pressed now, in a sentence.
    #[prop(optional_no_strip, into)]
    disabled_because: Option<String>,
    children: Children,
) -> impl IntoView {
    let disabled = disabled_because.is_some();
    view! {
        <span class="button-with-reason">
            <button class="button" type="submit" data-kind=kind.as_str() name=name value=value disabled=disabled>
                {children()}
            </button>
            {disabled_because.map(|why| view! { <span class="button-reason"><Timed text=why /></span> })}
        </span>
    }
}

/// A link that looks like a button. An address of another site opens there and says so by an arrow.
#[component]
pub fn LinkButton(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// How much it asks for.
    #[prop(optional)]
    kind: ButtonKind,
    /// Whether this is the choice in force, in a group of such links.
    #[prop(optional)]
    current: bool,
    children: Children,
) -> impl IntoView {
    let outside = !href.starts_with('/') && !href.starts_with('#') && !href.starts_with('?');
    view! {
        <a class="button" data-kind=kind.as_str() href=href rel=outside.then_some("noreferrer") aria-current=current.then_some("true")>
            {children()}
            {outside.then(|| view! { <span class="outside" aria-hidden="true">"↗"</span> })}
        </a>
    }
}
