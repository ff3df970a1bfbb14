//! The channel: the way of a release from commit to production, drawn as one strip of marks. Fairway's signature.

use leptos::prelude::*;

use crate::ui::{Glyph, Status};

/// One mark of the channel.
pub struct ChannelMark {
    label: String,
    release: Option<String>,
    href: Option<String>,
    status: Status,
    note: Option<AnyView>,
    passed: bool,
    here: bool,
}

impl ChannelMark {
    /// A mark by its name ("Staging") and how things stand there.
    pub fn new(label: impl Into<String>, status: Status) -> Self {
        Self {
            label: label.into(),
            release: None,
            href: None,
            status,
            note: None,
            passed: false,
            here: false,
        }
    }

    /// The release that sits at the mark, or the sha, or the pull request.
    #[must_use]
    pub fn release(mut self, release: impl Into<String>) -> Self {
        self.release = Some(release.into());
        self
    }

    /// Where the mark leads.
    #[must_use]
    pub fn href(mut self, href: String) -> Self {
        self.href = Some(href);
        self
    }

    /// More beside the status's word: how old, how many.
    #[must_use]
    pub fn note(mut self, note: impl IntoView + 'static) -> Self {
        self.note = Some(note.into_any());
        self
    }

    /// The release that the strip follows got past this mark.
    #[must_use]
    pub fn passed(mut self) -> Self {
        self.passed = true;
        self
    }

    /// The release that the strip follows is at this mark now.
    #[must_use]
    pub fn here(mut self) -> Self {
        self.here = true;
        self
    }
}

/// The strip. The line between the marks is whole as far as the release got, and broken beyond.
#[component]
pub fn Channel(
    /// The marks from commit to production.
    marks: Vec<ChannelMark>,
    /// What is followed: "payments-api 2.31.0".
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <section class="channel" aria-label=format!("Channel of {label}")>
            <ol>{marks.into_iter().map(mark).collect_view()}</ol>
        </section>
    }
}

fn mark(mark: ChannelMark) -> AnyView {
    let ChannelMark {
        label,
        release,
        href,
        status,
        note,
        passed,
        here,
    } = mark;
    let empty = release.is_none().then_some("");
    let release = release.unwrap_or_else(|| "–".into());
    let release = match href {
        Some(href) => view! { <a class="channel-release" href=href>{release}</a> }.into_any(),
        None => view! { <span class="channel-release" data-none=empty>{release}</span> }.into_any(),
    };
    let quiet = (status.glyph == Glyph::Ring).then_some("");
    view! {
        <li
            class="channel-mark" data-tone=status.tone.as_str() data-passed=passed.then_some("")
            data-here=here.then_some("") aria-current=here.then_some("step")
        >
            <span class="channel-buoy" data-quiet=quiet>{status.glyph.view()}</span>
            <span class="channel-label">{label}</span>
            {release}
            <span class="channel-note"><span class="channel-word">{status.word}</span>{note.map(|note| view! { <span>" · "</span>{note} })}</span>
        </li>
    }
    .into_any()
}
