//! Badges: a status in a pill, a status as plain text, and a tag for facts that are no status.

use leptos::prelude::*;

use super::tone::{GlyphMark, Status, Tone};

/// A status in a pill: glyph and word in their tone.
#[component]
pub fn Badge(
    /// What it says.
    status: Status,
    /// More words for the pointer.
    #[prop(optional, into)]
    title: Option<String>,
) -> impl IntoView {
    view! {
        <span class="badge" data-tone=status.tone.as_str() title=title><GlyphMark glyph=status.glyph />{status.word}</span>
    }
}

/// A status without a pill: the glyph is toned, the word is plain.
#[component]
pub fn StatusMark(
    /// What it says.
    status: Status,
) -> impl IntoView {
    view! {
        <span class="status" data-tone=status.tone.as_str()><GlyphMark glyph=status.glyph /><span>{status.word}</span></span>
    }
}

/// A pill without a glyph, for facts: "Tier 1", "hotfix", "bot".
#[component]
pub fn Tag(
    /// Its colour; neutral unless told.
    #[prop(optional)]
    tone: Tone,
    children: Children,
) -> impl IntoView {
    view! { <span class="badge" data-tone=tone.as_str()>{children()}</span> }
}
