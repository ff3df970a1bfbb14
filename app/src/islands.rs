//! The islands that every page may use: what runs in the browser beside the features' own.
//!
//! They add to pages that are whole without them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::format;

/// How long a copy button says that it copied.
const SAID: Duration = Duration::from_millis(1500);

/// A button that copies a text. The stylesheet shows it only where islands are awake.
#[island]
pub fn CopyButton(
    /// What is copied.
    text: String,
    /// What it is, for the button's name: "commit".
    what: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        // The promise is not awaited: after a refusal the text can still be selected by hand.
        let _ = window().navigator().clipboard().write_text(&text);
        copied.set(true);
        set_timeout(move || copied.set(false), SAID);
    };
    let label = move || {
        if copied.get() {
            "Copied".to_owned()
        } else {
            format!("Copy {what}")
        }
    };
    view! {
        <button
            class="copy"
            type="button"
            data-copied=move || copied.get().then_some("")
            aria-label=label
            on:click=copy
        >
            <span aria-hidden="true"></span>
        </button>
    }
}

/// How often relative times are written again; they show no unit smaller than the one that changed.
const FRESHEN: Duration = Duration::from_secs(15);

/// Keeps "41 min ago" true while a page stays open. Draws nothing.
#[island]
pub fn LiveTimes() -> impl IntoView {
    Effect::new(|| {
        // The page lives as long as its interval.
        let _ = set_interval_with_handle(freshen, FRESHEN);
    });
}

fn freshen() {
    let Some(now) = moment(js_sys::Date::now()) else {
        return;
    };
    let Ok(times) = document().query_selector_all("time[data-live]") else {
        return;
    };
    for index in 0..times.length() {
        let Some(node) = times.get(index) else { continue };
        let element: web_sys::Element = wasm_bindgen::JsCast::unchecked_into(node);
        let at = element
            .get_attribute("datetime")
            .and_then(|text| moment(js_sys::Date::parse(&text)));
        if let Some(at) = at {
            let age = element.get_attribute("data-live").as_deref() == Some("age");
            let words = if age {
                format::age(at, now)
            } else {
                format::relative(at, now)
            };
            element.set_text_content(Some(&words));
        }
    }
}

/// Milliseconds as JavaScript counts them, as a moment.
#[allow(
    clippy::cast_possible_truncation,
    reason = "milliseconds of this age fit, and NaN becomes 0"
)]
fn moment(milliseconds: f64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(milliseconds as i64)
}
