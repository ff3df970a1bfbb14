//! Tones, glyphs and the status they make together: shape + word + colour, so that it reads in greyscale too.

use std::borrow::Cow;

use leptos::prelude::*;

/// What a colour means. Never used without a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    /// No judgement.
    #[default]
    Neutral,
    /// Good.
    Ok,
    /// Look soon.
    Warn,
    /// Act.
    Danger,
    /// Worth knowing.
    Info,
    /// Ours: chosen, here.
    Accent,
}

impl Tone {
    /// The value of `data-tone`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Danger => "danger",
            Self::Info => "info",
            Self::Accent => "accent",
        }
    }
}

/// The one glyph set. Drawn as shapes of one size, since fonts disagree about these characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Glyph {
    /// ✓ done and well.
    Check,
    /// ● happening now.
    Dot,
    /// ▲ careful.
    Triangle,
    /// ✕ failed.
    Cross,
    /// ◌ nothing yet, or unknown.
    Ring,
    /// ◆ waits for a person.
    Diamond,
}

impl Glyph {
    /// All, in the order of the sprite.
    pub const ALL: [Self; 6] = [
        Self::Check,
        Self::Dot,
        Self::Triangle,
        Self::Cross,
        Self::Ring,
        Self::Diamond,
    ];

    /// The character, for plain text such as a CSV or a title.
    pub fn char(self) -> char {
        match self {
            Self::Check => '✓',
            Self::Dot => '●',
            Self::Triangle => '▲',
            Self::Cross => '✕',
            Self::Ring => '◌',
            Self::Diamond => '◆',
        }
    }

    /// The glyph in the tone of its surroundings; the word stands beside it.
    pub fn view(self) -> impl IntoView {
        view! { <GlyphMark glyph=self /> }
    }

    fn id(self) -> &'static str {
        match self {
            Self::Check => "g-check",
            Self::Dot => "g-dot",
            Self::Triangle => "g-triangle",
            Self::Cross => "g-cross",
            Self::Ring => "g-ring",
            Self::Diamond => "g-diamond",
        }
    }

    fn reference(self) -> &'static str {
        match self {
            Self::Check => "#g-check",
            Self::Dot => "#g-dot",
            Self::Triangle => "#g-triangle",
            Self::Cross => "#g-cross",
            Self::Ring => "#g-ring",
            Self::Diamond => "#g-diamond",
        }
    }

    /// The shape on a 12 × 12 field; strokes and fills take the text's colour.
    fn shape(self) -> AnyView {
        match self {
            Self::Check => view! { <path class="glyph-line" d="M2.5 6.6 5 9l4.6-5.8" /> }.into_any(),
            Self::Dot => view! { <circle class="glyph-fill" cx="6" cy="6" r="3.25" /> }.into_any(),
            Self::Triangle => view! { <path class="glyph-fill" d="M6 2.1 10.4 9.6H1.6Z" /> }.into_any(),
            Self::Cross => view! { <path class="glyph-line" d="m3 3 6 6M9 3 3 9" /> }.into_any(),
            Self::Ring => view! { <circle class="glyph-ring" cx="6" cy="6" r="3.75" /> }.into_any(),
            Self::Diamond => view! { <path class="glyph-fill" d="M6 1.6 10.4 6 6 10.4 1.6 6Z" /> }.into_any(),
        }
    }
}

/// A status as people read it. Each enum of the product has one total function that gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its colour.
    pub tone: Tone,
    /// Its shape.
    pub glyph: Glyph,
    /// Its word, in lower case: it stands in the middle of lines as often as alone. Only a name begins as it is written.
    pub word: Cow<'static, str>,
}

impl Status {
    /// A status of a fixed or computed word.
    pub fn new(tone: Tone, glyph: Glyph, word: impl Into<Cow<'static, str>>) -> Self {
        Self {
            tone,
            glyph,
            word: word.into(),
        }
    }

    /// ✓ in green.
    pub fn ok(word: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Tone::Ok, Glyph::Check, word)
    }

    /// ● in blue: happening now.
    pub fn live(word: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Tone::Info, Glyph::Dot, word)
    }

    /// ▲ in amber.
    pub fn warn(word: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Tone::Warn, Glyph::Triangle, word)
    }

    /// ◆ in amber: waits for a person.
    pub fn waiting(word: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Tone::Warn, Glyph::Diamond, word)
    }

    /// ✕ in red.
    pub fn danger(word: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Tone::Danger, Glyph::Cross, word)
    }

    /// ◌ in grey: nothing yet, or unknown.
    pub fn idle(word: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Tone::Neutral, Glyph::Ring, word)
    }
}

/// The shapes of all glyphs, once per document.
#[component]
pub fn GlyphSprite() -> impl IntoView {
    let symbols =
        Glyph::ALL.map(|glyph| view! { <symbol id=glyph.id() viewBox="0 0 12 12">{glyph.shape()}</symbol> });
    view! { <svg class="sprite" width="0" height="0" aria-hidden="true">{symbols.collect_view()}</svg> }
}

/// One glyph in the tone of its surroundings; the word stands beside it.
#[component]
pub(super) fn GlyphMark(glyph: Glyph) -> impl IntoView {
    view! { <svg class="glyph" width="12" height="12" aria-hidden="true"><use href=glyph.reference()></use></svg> }
}
