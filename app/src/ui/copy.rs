//! Machine words: shas, digests and ids in mono, with a button that copies the whole.

use leptos::prelude::*;

use crate::{format::short_sha, islands::CopyButton};

/// A commit: its first seven characters, the whole in the title, and a copy button.
#[component]
pub fn Sha(
    /// The whole sha.
    #[prop(into)]
    sha: String,
    /// Where it leads, for example the commit at GitHub.
    #[prop(optional_no_strip, into)]
    href: Option<String>,
    /// Without the copy button, where rows are dense.
    #[prop(optional)]
    bare: bool,
) -> impl IntoView {
    let short = short_sha(&sha).to_owned();
    let code = view! { <code title=sha.clone()>{short}</code> };
    let code = match href {
        Some(href) => view! { <a href=href rel="noreferrer">{code}</a> }.into_any(),
        None => code.into_any(),
    };
    let copy = (!bare).then(|| view! { <CopyButton text=sha what="commit".into() /> });
    view! { <span class="copyable">{code}{copy}</span> }
}

/// Any text that people copy whole: a digest, an id, a command.
#[component]
pub fn Copyable(
    /// The text.
    #[prop(into)]
    text: String,
    /// What it is, for the button's name.
    #[prop(into)]
    what: String,
) -> impl IntoView {
    view! { <span class="copyable"><code>{text.clone()}</code><CopyButton text what /></span> }
}

/// A word of a machine, in mono.
#[component]
pub fn Mono(children: Children) -> impl IntoView {
    view! { <code>{children()}</code> }
}
