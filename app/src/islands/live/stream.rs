//! The stream of changes: opened, heard, and opened again where it broke. What a change means for the page is no business
//! of this module.

use std::cell::{Cell, OnceCell, RefCell};

use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Event, EventSource, MessageEvent};

use super::browser::now;
use crate::paths;

/// What is heard of a stream.
const KINDS: [&str; 6] = ["open", "error", "beat", "change", "reset", "reconnect"];

/// The stream says every 15 s that it lives; one that said nothing for this long, in milliseconds, is dead.
const SILENCE: f64 = 40_000.0;

/// What an event of the stream says.
pub(super) enum Heard {
    /// The server is there.
    Alive,
    /// The page may show what is not so any more.
    Changed,
    /// The server goes; another one may answer soon.
    Leaving,
    /// The stream broke. After this long, in milliseconds, it is to be opened again, unless the browser does so by itself.
    Lost(Option<f64>),
}

/// A stream of some topics from a place in the feed on.
pub(super) struct Stream {
    topics: String,
    /// The place up to which the page was told everything.
    after: RefCell<String>,
    opened: RefCell<Option<EventSource>>,
    hear: OnceCell<Closure<dyn FnMut(Event)>>,
    heard: Cell<f64>,
    tries: Cell<i32>,
}

impl Stream {
    /// A stream that is not open yet.
    pub fn new(topics: String, since: String) -> Self {
        Self {
            topics,
            after: RefCell::new(since),
            opened: RefCell::default(),
            hear: OnceCell::new(),
            heard: Cell::default(),
            tries: Cell::default(),
        }
    }

    /// Who hears its events; said once, before it is opened.
    pub fn heard_by(&self, hear: impl FnMut(Event) + 'static) {
        let _ = self.hear.set(Closure::new(hear));
    }

    /// Opens it where it is closed.
    pub fn open(&self) {
        let (mut opened, Some(hear)) = (self.opened.borrow_mut(), self.hear.get()) else {
            return;
        };
        if opened.is_some() {
            return;
        }
        let address = paths::live(&self.topics, &self.after.borrow());
        let Ok(source) = EventSource::new(&address) else {
            return;
        };
        for kind in KINDS {
            let _ = source.add_event_listener_with_callback(kind, hear.as_ref().unchecked_ref());
        }
        self.heard.set(now());
        *opened = Some(source);
    }

    /// Closes it where it is open.
    pub fn close(&self) {
        if let Some(source) = self.opened.borrow_mut().take() {
            source.close();
        }
    }

    /// Whether it is open and silent though it should say that it lives.
    pub fn is_silent(&self) -> bool {
        self.opened.borrow().is_some() && now() - self.heard.get() > SILENCE
    }

    /// What an event says; the place in the feed that it names is kept.
    pub fn read(&self, event: &Event) -> Heard {
        let kind = event.type_();
        if kind == "error" {
            return Heard::Lost(self.lost());
        }
        self.heard.set(now());
        self.tries.set(0);
        // An opening is no message and has no id to read.
        if let Some(message) = event.dyn_ref::<MessageEvent>() {
            let id = message.last_event_id();
            if !id.is_empty() {
                self.after.replace(id);
            }
        }
        match kind.as_str() {
            "change" | "reset" => Heard::Changed,
            "reconnect" => Heard::Leaving,
            _ => Heard::Alive,
        }
    }

    /// The browser opens a broken stream again by itself unless the server refused.
    fn lost(&self) -> Option<f64> {
        let refused = self
            .opened
            .borrow()
            .as_ref()
            .is_none_or(|source| source.ready_state() == EventSource::CLOSED);
        refused.then(|| {
            self.close();
            let tries = self.tries.get();
            self.tries.set(tries + 1);
            1_000.0 * f64::from(1 << tries.min(5))
        })
    }
}
