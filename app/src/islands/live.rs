//! Keeps an open page true, without moving what is being read, and says when it cannot.
//!
//! The server says by a stream that something changed; the page is then asked for anew at its own address, and what
//! changed in its marked regions is changed here. So there is one way to draw a page, and it is the server's.

mod browser;
mod follower;
mod morph;
mod regions;
mod stream;

use std::cell::OnceCell;
use std::rc::Rc;

use leptos::prelude::*;

use self::follower::Follower;

/// How things stand between the page and the server.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// What is shown is what is.
    Live,
    /// A person stopped the updates at this time of day.
    Paused(String),
    /// The server does not answer since this time of day.
    Lost(String),
    /// The server is of another version than the page.
    Outdated,
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Paused(_) => "paused",
            Self::Lost(_) => "lost",
            Self::Outdated => "outdated",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Live => "Live".to_owned(),
            Self::Paused(since) => ["Paused since ", since].concat(),
            Self::Lost(since) => ["Reconnecting since ", since].concat(),
            Self::Outdated => "Fairway was updated".to_owned(),
        }
    }

    /// What pressing the switch does.
    fn act(&self) -> &'static str {
        match self {
            Self::Live | Self::Lost(_) => "Pause updates",
            Self::Paused(_) => "Resume updates",
            Self::Outdated => "Load this page again",
        }
    }
}

/// The switch that shows whether the page is live, and pauses it. The stylesheet shows it only where islands are awake.
#[island]
pub fn LiveUpdates(
    /// What the page wants to hear of, as `domain::live::Topics` writes it.
    topics: String,
    /// The place in the feed that the page was drawn at.
    since: String,
) -> impl IntoView {
    let state = RwSignal::new(State::Live);
    let said = RwSignal::new(String::new());
    // No `StoredValue::new_local`: the server draws and drops a page on different threads, which ends the page there.
    let follower = Rc::new(OnceCell::new());
    let started = follower.clone();
    Effect::new(move || {
        started.get_or_init(|| Follower::start(topics.clone(), since.clone(), (state, said)));
    });
    let switch = move |_| {
        if let Some(follower) = follower.get() {
            follower.switch();
        }
    };
    view! {
        <button
            class="live-switch"
            type="button"
            data-state=move || state.with(State::name)
            title=move || state.with(State::act)
            on:click=switch
        >
            <span class="live-mark" aria-hidden="true"></span>
            <span class="live-words">{move || state.with(State::words)}</span>
            <span class="sr-only">". "{move || state.with(State::act)}</span>
        </button>
        <span class="sr-only" role="status">{said}</span>
    }
}
