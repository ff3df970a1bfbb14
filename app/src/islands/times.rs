//! Keeps relative times true while a page stays open.

use std::time::Duration;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::format;

/// How often relative times are written again.
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
        let element: web_sys::Element = node.unchecked_into();
        let at = element
            .get_attribute("datetime")
            .and_then(|text| moment(js_sys::Date::parse(&text)));
        if let Some(at) = at {
            let words = match element.get_attribute("data-live").as_deref() {
                Some("age") => format::age(at, now),
                Some("left") => format::left(at, now),
                _ => format::relative(at, now),
            };
            element.set_text_content(Some(&words));
        }
    }
}

/// Milliseconds as JavaScript counts them, as a moment.
#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds of this age fit, and NaN becomes 0"
)]
fn moment(milliseconds: f64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(milliseconds as i64)
}
