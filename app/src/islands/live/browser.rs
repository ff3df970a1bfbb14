//! What following needs of the browser: its clock, its memory, and the page itself, asked for again.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// Where the browser remembers that updates are paused.
const PAUSED: &str = "fairway.live.paused";

/// This page as the server draws it now.
pub(super) async fn fetched() -> Option<String> {
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
pub(super) fn after(milliseconds: f64, run: impl FnOnce() + 'static) {
    set_timeout(run, Duration::from_millis(milliseconds as u64));
}

/// Milliseconds since 1970.
pub(super) fn now() -> f64 {
    js_sys::Date::now()
}

/// "14:02", in the browser's zone.
pub(super) fn time_of_day() -> String {
    let time = js_sys::Date::new_0().to_locale_time_string("en-GB");
    time.slice(0, 5).into()
}

/// Whether a person paused the updates, here or on another page.
pub(super) fn is_paused() -> bool {
    let kept = storage().and_then(|storage| storage.get_item(PAUSED).ok().flatten());
    kept.is_some()
}

/// Keeps the choice for the next page.
pub(super) fn remember_paused(paused: bool) {
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
