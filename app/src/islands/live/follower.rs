//! Follows the stream of changes while the page is looked at, and brings the page up to date.

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
    time::Duration,
};

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomParser, Event, EventSource, EventTarget, MessageEvent, Response, SupportedType};

use super::{State, regions};
use crate::paths;

/// Where the browser remembers that updates are paused.
const PAUSED: &str = "fairway.live.paused";

/// What is heard of a stream.
const KINDS: [&str; 6] = ["open", "error", "beat", "change", "reset", "reconnect"];

/// Changes that come within this time, in milliseconds, are fetched together …
const GATHER: f64 = 250.0;

/// … and many pages that hear of one change ask within this time, not at once.
const SPREAD: f64 = 350.0;

/// Between two updates of a page, in milliseconds; a server that is slow gets ten times what it took.
const REST: f64 = 1_500.0;

/// Before the page is asked for again that could not be had, in milliseconds.
const FAILED: f64 = 5_000.0;

/// The stream says every 15 s that it lives; one that said nothing for this long, in milliseconds, is dead.
const SILENCE: f64 = 40_000.0;

/// How often that is looked at.
const LOOK: Duration = Duration::from_secs(10);

/// One page that is kept up to date.
pub(super) struct Follower {
    topics: String,
    /// The place up to which the page was told everything.
    after: RefCell<String>,
    stream: RefCell<Option<EventSource>>,
    hear: OnceCell<Closure<dyn FnMut(Event)>>,
    heard: Cell<f64>,
    tries: Cell<i32>,
    paused: Cell<bool>,
    /// Something changed that the page does not show yet.
    stale: Cell<bool>,
    due: Cell<bool>,
    busy: Cell<bool>,
    failed: Cell<bool>,
    rest_until: Cell<f64>,
    regions: regions::Regions,
    state: RwSignal<State>,
    said: RwSignal<String>,
}

impl Follower {
    /// Begins to follow; the page lives as long as its follower.
    pub fn start(
        topics: String,
        since: String,
        (state, said): (RwSignal<State>, RwSignal<String>),
    ) -> Rc<Self> {
        let follower = Rc::new(Self {
            topics,
            after: RefCell::new(since),
            stream: RefCell::default(),
            hear: OnceCell::new(),
            heard: Cell::default(),
            tries: Cell::default(),
            paused: Cell::new(is_paused()),
            stale: Cell::default(),
            due: Cell::default(),
            busy: Cell::default(),
            failed: Cell::default(),
            rest_until: Cell::default(),
            regions: regions::Regions::default(),
            state,
            said,
        });
        let me = Rc::clone(&follower);
        let _ = follower
            .hear
            .set(Closure::new(move |event: Event| me.hear(&event)));
        if follower.paused.get() {
            state.set(State::Paused(time_of_day()));
        }
        follower.listen();
        follower.look();
        follower
    }

    fn listen(self: &Rc<Self>) {
        let document = document();
        let on = |kind: &str, act: fn(&Rc<Self>, &Event)| {
            let me = Rc::clone(self);
            let closure = Closure::<dyn FnMut(Event)>::new(move |event: Event| act(&me, &event));
            let target: &EventTarget = document.unchecked_ref();
            let _ = target.add_event_listener_with_callback(kind, closure.as_ref().unchecked_ref());
            closure.forget();
        };
        on("visibilitychange", |me, _| me.look());
        on("click", |me, event| me.regions.press(event));
        on("selectionchange", |me, _| me.let_go());
        on("focusout", |me, _| me.let_go());
        let me = Rc::clone(self);
        let _ = set_interval_with_handle(move || me.check(), LOOK);
    }

    /// Pauses or resumes; after another version was met, loads the page again.
    pub fn switch(self: &Rc<Self>) {
        if self.state.get_untracked() == State::Outdated {
            let _ = window().location().reload();
            return;
        }
        let paused = !self.paused.get();
        self.paused.set(paused);
        remember_paused(paused);
        self.state.set(if paused {
            State::Paused(time_of_day())
        } else {
            State::Live
        });
        self.look();
    }

    /// Opens the stream when the page is looked at, closes it when it is not: a hidden tab costs nothing.
    fn look(self: &Rc<Self>) {
        if self.paused.get() || document().hidden() || self.state.get_untracked() == State::Outdated {
            self.close();
        } else {
            self.open();
            if self.stale.get() {
                self.update_soon();
            }
        }
    }

    fn open(&self) {
        let (mut stream, Some(hear)) = (self.stream.borrow_mut(), self.hear.get()) else {
            return;
        };
        if stream.is_some() {
            return;
        }
        let address = paths::live(&self.topics, &self.after.borrow());
        let Ok(opened) = EventSource::new(&address) else {
            return;
        };
        for kind in KINDS {
            let _ = opened.add_event_listener_with_callback(kind, hear.as_ref().unchecked_ref());
        }
        self.heard.set(now());
        *stream = Some(opened);
    }

    fn close(&self) {
        if let Some(stream) = self.stream.borrow_mut().take() {
            stream.close();
        }
    }

    fn hear(self: &Rc<Self>, event: &Event) {
        let kind = event.type_();
        if kind == "error" {
            self.lost();
            return;
        }
        self.heard.set(now());
        self.tries.set(0);
        self.found();
        // An opening is no message and has no id to read.
        if let Some(message) = event.dyn_ref::<MessageEvent>() {
            let id = message.last_event_id();
            if !id.is_empty() {
                self.after.replace(id);
            }
        }
        match kind.as_str() {
            "change" | "reset" => {
                self.stale.set(true);
                self.update_soon();
            }
            "reconnect" => {
                self.close();
                self.open_later(300.0);
            }
            _ => {}
        }
    }

    /// The stream broke. The browser opens it again by itself unless the server refused.
    fn lost(self: &Rc<Self>) {
        let refused = self
            .stream
            .borrow()
            .as_ref()
            .is_none_or(|stream| stream.ready_state() == EventSource::CLOSED);
        if refused {
            self.close();
            let tries = self.tries.get();
            self.tries.set(tries + 1);
            self.open_later(1_000.0 * f64::from(1 << tries.min(5)));
        }
        self.say_lost();
    }

    fn say_lost(&self) {
        if self.state.with_untracked(|state| *state == State::Live) {
            self.state.set(State::Lost(time_of_day()));
        }
    }

    fn found(&self) {
        let lost = self.state.with_untracked(|state| matches!(state, State::Lost(_)));
        if lost && !self.failed.get() {
            self.state.set(State::Live);
        }
    }

    fn open_later(self: &Rc<Self>, milliseconds: f64) {
        let me = Rc::clone(self);
        after(milliseconds * (0.5 + js_sys::Math::random()), move || me.look());
    }

    /// Replaces a stream that is silent though it should say that it lives.
    fn check(self: &Rc<Self>) {
        if self.stream.borrow().is_some() && now() - self.heard.get() > SILENCE {
            self.close();
            self.say_lost();
            self.look();
        }
    }

    /// What a person held by selecting or focusing it may be free now.
    fn let_go(self: &Rc<Self>) {
        if self.regions.has_postponed() && !self.stale.replace(true) {
            self.update_soon();
        }
    }

    fn update_soon(self: &Rc<Self>) {
        if self.busy.get() || self.due.replace(true) {
            return;
        }
        let rest = (self.rest_until.get() - now()).max(0.0);
        let me = Rc::clone(self);
        after(rest + GATHER + SPREAD * js_sys::Math::random(), move || {
            me.update();
        });
    }

    fn update(self: &Rc<Self>) {
        self.due.set(false);
        // What is not fetched now is fetched when the page is looked at again.
        if self.paused.get() || document().hidden() {
            return;
        }
        self.busy.set(true);
        self.stale.set(false);
        let me = Rc::clone(self);
        spawn_local(async move {
            let begun = now();
            let page = fetched().await;
            let took = now() - begun;
            me.rest_until.set(now() + (10.0 * took).max(REST));
            me.busy.set(false);
            me.take(page);
        });
    }

    fn take(self: &Rc<Self>, page: Option<String>) {
        let fresh = page.and_then(|page| {
            let parser = DomParser::new().ok()?;
            parser.parse_from_string(&page, SupportedType::TextHtml).ok()
        });
        self.failed.set(fresh.is_none());
        match fresh {
            None => {
                self.stale.set(true);
                self.rest_until.set(now() + FAILED);
                self.say_lost();
            }
            Some(fresh) if regions::is_of_another_version(&fresh) => {
                self.state.set(State::Outdated);
                self.look();
                return;
            }
            Some(fresh) => {
                self.found();
                if let Some(words) = self.regions.update(&fresh) {
                    self.said.set(words);
                }
            }
        }
        if self.stale.get() {
            self.update_soon();
        }
    }
}

/// This page as the server draws it now.
async fn fetched() -> Option<String> {
    let window = window();
    let address = window.location().href().ok()?;
    let answer = JsFuture::from(window.fetch_with_str(&address)).await.ok()?;
    let answer: Response = answer.unchecked_into();
    if !answer.ok() {
        return None;
    }
    JsFuture::from(answer.text().ok()?).await.ok()?.as_string()
}

/// Runs something later.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a wait is some seconds and never negative"
)]
fn after(milliseconds: f64, run: impl FnOnce() + 'static) {
    set_timeout(run, Duration::from_millis(milliseconds as u64));
}

fn now() -> f64 {
    js_sys::Date::now()
}

/// "14:02", in the browser's zone.
fn time_of_day() -> String {
    let time = js_sys::Date::new_0().to_locale_time_string("en-GB");
    time.slice(0, 5).into()
}

fn is_paused() -> bool {
    let kept = storage().and_then(|storage| storage.get_item(PAUSED).ok().flatten());
    kept.is_some()
}

fn remember_paused(paused: bool) {
    let Some(storage) = storage() else { return };
    // A browser that keeps nothing forgets the choice with the page; there is nothing else to do.
    let _ = if paused {
        storage.set_item(PAUSED, "1")
    } else {
        storage.remove_item(PAUSED)
    };
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
