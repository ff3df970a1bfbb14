//! Moments and lengths of time.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use leptos::prelude::*;

use crate::{
    format,
    moments::{self, Piece},
};

/// The page's now and zone, from the request.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// What relative times count from.
    pub now: DateTime<Utc>,
    /// What exact times are shown in.
    pub zone: Tz,
}

/// How a moment is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeStyle {
    /// "41 min ago"; kept fresh in the browser.
    #[default]
    Relative,
    /// "41 min": an age.
    Age,
    /// "2 h 58 min": what is left until then; kept fresh in the browser.
    Left,
    /// "20 Nov 2026, 14:02:11".
    Exact,
    /// "20 Nov 2026".
    Date,
    /// "20 Nov": within this year's charts and rows.
    Day,
    /// "14:02:11": where the day stands beside it.
    Clock,
}

/// A moment, exact in its title and for machines.
#[component]
pub fn Time(
    /// When.
    at: DateTime<Utc>,
    /// How it is written.
    #[prop(optional)]
    style: TimeStyle,
) -> impl IntoView {
    let Clock { now, zone } = use_context().unwrap_or(Clock {
        now: at,
        zone: Tz::UTC,
    });
    let local = at.with_timezone(&zone);
    let words = match style {
        TimeStyle::Relative => format::relative(at, now),
        TimeStyle::Age => format::age(at, now),
        TimeStyle::Left => format::left(at, now),
        TimeStyle::Exact => local.format("%-d %b %Y, %H:%M:%S").to_string(),
        TimeStyle::Date => local.format("%-d %b %Y").to_string(),
        TimeStyle::Day => local.format("%-d %b").to_string(),
        TimeStyle::Clock => local.format("%H:%M:%S").to_string(),
    };
    let fresh = match style {
        TimeStyle::Relative => Some("relative"),
        TimeStyle::Age => Some("age"),
        TimeStyle::Left => Some("left"),
        TimeStyle::Exact | TimeStyle::Date | TimeStyle::Day | TimeStyle::Clock => None,
    };
    let exact = local.format("%-d %b %Y, %H:%M:%S %Z").to_string();
    let machine = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    view! { <time datetime=machine title=exact data-live=fresh>{words}</time> }
}

/// A sentence whose times stand in the zone of whoever looks.
#[component]
pub fn Timed(
    /// The sentence, with its times as `domain::moments` writes them.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let pieces = moments::pieces(&text).into_iter().map(|piece| match piece {
        Piece::Words(words) => words.to_owned().into_any(),
        Piece::Moment(at) => view! { <Time at style=TimeStyle::Exact /> }.into_any(),
    });
    pieces.collect_view()
}

/// A length of time: "2 h 14 min"; a dash when it is not known.
#[component]
pub fn Span(
    /// How long.
    length: Option<TimeDelta>,
) -> impl IntoView {
    match length {
        Some(length) => {
            let seconds = length.num_seconds();
            view! { <time datetime=format!("PT{seconds}S") title=format!("{seconds} s")>{format::duration(seconds)}</time> }.into_any()
        }
        None => view! { <span class="unknown" title="not known">"–"</span> }.into_any(),
    }
}
