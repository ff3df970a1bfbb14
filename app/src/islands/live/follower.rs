//! Follows the stream of changes while the page is looked at, and brings the page up to date.

use std::{cell::Cell, rc::Rc, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{DomParser, Event, EventTarget, SupportedType};

use super::{
    State,
    browser::{after, fetched, is_paused, now, remember_paused, time_of_day},
    regions,
    stream::{Heard, Stream},
};

/// Changes that come within this time, in milliseconds, are fetched together …
const GATHER: f64 = 250.0;

/// … and many pages that hear of one change ask within this time, not at once.
const SPREAD: f64 = 350.0;

/// Between two updates of a page, in milliseconds; a server that is slow gets ten times what it took.
const REST: f64 = 1_500.0;

/// Before the page is asked for again that could not be had, in milliseconds.
const FAILED: f64 = 5_000.0;

/// How often it is looked whether the stream lives.
const LOOK: Duration = Duration::from_secs(10);

/// One page that is kept up to date.
pub(super) struct Follower {
    stream: Stream,
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
            stream: Stream::new(topics, since),
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
        follower.stream.heard_by(move |event| me.hear(&event));
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
            self.stream.close();
        } else {
            self.stream.open();
            if self.stale.get() {
                self.update_soon();
            }
        }
    }

    fn hear(self: &Rc<Self>, event: &Event) {
        match self.stream.read(event) {
            Heard::Lost(again_in) => {
                if let Some(milliseconds) = again_in {
                    self.look_later(milliseconds);
                }
                self.say_lost();
            }
            Heard::Alive => self.found(),
            Heard::Changed => {
                self.found();
                self.stale.set(true);
                self.update_soon();
            }
            Heard::Leaving => {
                self.found();
                self.stream.close();
                self.look_later(300.0);
            }
        }
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

    fn look_later(self: &Rc<Self>, milliseconds: f64) {
        let me = Rc::clone(self);
        after(milliseconds * (0.5 + js_sys::Math::random()), move || me.look());
    }

    /// Replaces a stream that is silent though it should say that it lives.
    fn check(self: &Rc<Self>) {
        if self.stream.is_silent() {
            self.stream.close();
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
