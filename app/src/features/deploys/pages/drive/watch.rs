//! What was measured of a release, each check drawn against its threshold over all its steps.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use commands::drives::{DriveStanding, Watched};
use domain::verify::{Check, SAMPLES_KEPT, Sample};
use leptos::prelude::*;

use crate::{
    format::{counted, decimal},
    ui::{
        Mono, Panel,
        charts::{Mark, Threshold, WatchedChart, WatchedPoint},
    },
};

/// Room before the first exposure, as a share of the width.
const BEFORE: f64 = 4.0;

/// The times between which a deploy was watched.
#[derive(Clone, Copy)]
struct Width {
    from: DateTime<Utc>,
    seconds: f64,
    zone: Tz,
}

impl Width {
    fn of(watched: &[Watched], zone: Tz) -> Option<Self> {
        let exposed = watched.iter().map(|watched| watched.record.exposed_at);
        let taken = watched
            .iter()
            .flat_map(|watched| watched.samples.iter().map(|sample| sample.taken_at));
        let (from, to) = (exposed.clone().min()?, exposed.chain(taken).max()?);
        let seconds = (to - from).as_seconds_f64().max(1.0);
        Some(Self { from, seconds, zone })
    }

    /// A time as a place along the width, in per cent.
    fn place(&self, at: DateTime<Utc>) -> f64 {
        BEFORE + (100.0 - BEFORE) * ((at - self.from).as_seconds_f64() / self.seconds).clamp(0.0, 1.0)
    }

    fn clock(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%H:%M:%S").to_string()
    }
}

/// The panel of charts; nothing of a deploy that was never watched.
pub(in super::super) fn watch(standing: &DriveStanding, zone: Tz) -> Option<AnyView> {
    let watched = &standing.watched;
    let width = Width::of(watched, zone)?;
    let charts: Vec<AnyView> = Check::ALL
        .into_iter()
        .filter_map(|check| chart(check, watched, width))
        .collect();
    if charts.is_empty() {
        return gone(standing);
    }
    let queries = queries(watched);
    let view = view! {
        <Panel title="What was watched" id="watched">
            <div class="stack">{charts}{queries}</div>
        </Panel>
    };
    Some(view.into_any())
}

/// That samples were taken of a deploy that ended, and went; nothing of one of which none are taken yet.
fn gone(standing: &DriveStanding) -> Option<AnyView> {
    let drive = &standing.drive.as_ref()?.drive;
    if drive.standing.is_open() {
        return None;
    }
    let says = format!(
        "Samples are kept for {} days after a deploy ended, and for ever where one failed or was rolled back. \
         None are kept of this one; what was found stands above.",
        SAMPLES_KEPT.num_days()
    );
    let view = view! { <Panel title="What was watched" id="watched"><p>{says}</p></Panel> };
    Some(view.into_any())
}

fn chart(check: Check, watched: &[Watched], width: Width) -> Option<AnyView> {
    let samples: Vec<(&Watched, &Sample)> = watched
        .iter()
        .flat_map(|watched| watched.samples.iter().map(move |sample| (watched, sample)))
        .filter(|(_, sample)| sample.check == check)
        .collect();
    let limit = samples.last()?.1.threshold;
    let points: Vec<WatchedPoint> = samples
        .iter()
        .map(|(watched, sample)| point(watched, sample, width))
        .collect();
    let marks: Vec<Mark> = watched
        .iter()
        .map(|watched| Mark {
            at: width.place(watched.record.exposed_at),
            label: format!("exposed to {} %", watched.record.weight),
        })
        .collect();
    let last = samples.iter().map(|(_, sample)| sample.taken_at).max()?;
    let threshold = Threshold {
        value: limit * scale(check),
        label: words_of(check, limit),
    };
    let ends = (width.clock(width.from), width.clock(last));
    Some(
        view! {
            <WatchedChart
                title=check.label() summary=summary(check, &points, limit) unit=unit(check) points threshold
                marks ends
            />
        }
        .into_any(),
    )
}

fn point(watched: &Watched, sample: &Sample, width: Width) -> WatchedPoint {
    let check = sample.check;
    let value = sample.measure.value.ok();
    let baseline = sample.baseline.and_then(|baseline| baseline.value.ok());
    let is_beyond = value.is_some_and(|value| check.is_beyond(value, sample.threshold));
    let says = match sample.measure.value {
        Ok(_) if is_beyond => "beyond the threshold".to_owned(),
        Ok(_) => "within the threshold".to_owned(),
        Err(lack) => lack.words().to_owned(),
    };
    WatchedPoint {
        at: width.place(sample.taken_at),
        time: format!("{} at {} %", width.clock(sample.taken_at), watched.record.weight),
        value: value.map(|value| value * scale(check)),
        baseline: baseline.map(|value| value * scale(check)),
        is_beyond,
        says,
    }
}

fn unit(check: Check) -> &'static str {
    match check {
        Check::Down => "",
        Check::ErrorRatio => "%",
        Check::P95 | Check::P99 => "s",
    }
}

/// From the check's own unit to that of its chart.
fn scale(check: Check) -> f64 {
    match check {
        Check::ErrorRatio => 100.0,
        Check::Down | Check::P95 | Check::P99 => 1.0,
    }
}

/// What a threshold means.
fn words_of(check: Check, limit: f64) -> String {
    match check {
        Check::Down => "up is 1".to_owned(),
        Check::ErrorRatio => format!("at most {} %", decimal(limit * 100.0, 2)),
        Check::P95 | Check::P99 => format!("at most {} s", decimal(limit, 2)),
    }
}

/// "The error rate: 3 of 12 samples are beyond the threshold, at most 1 %."
fn summary(check: Check, points: &[WatchedPoint], limit: f64) -> String {
    let beyond = points.iter().filter(|point| point.is_beyond).count();
    let silent = points.iter().filter(|point| point.value.is_none()).count();
    let of = counted(points.len() as u64, "sample");
    let without = match silent {
        0 => String::new(),
        silent => format!(", {silent} without a value"),
    };
    format!(
        "{}: {beyond} of {of} beyond the threshold ({}){without}.",
        check.label(),
        words_of(check, limit)
    )
}

/// What was asked, so that anybody can ask again.
fn queries(watched: &[Watched]) -> impl IntoView + use<> {
    let newest = watched
        .last()
        .map(|watched| watched.samples.as_slice())
        .unwrap_or_default();
    let asked = Check::ALL.into_iter().filter_map(|check| {
        let sample = newest.iter().rfind(|sample| sample.check == check)?;
        let query = sample.query.clone();
        (!query.is_empty()).then(|| {
            view! { <div><dt>{check.label()}</dt><dd><Mono>{query}</Mono></dd></div> }
        })
    });
    let asked = asked.collect_view();
    view! {
        <details class="watch-queries">
            <summary>"What Prometheus was asked last"</summary>
            <dl>{asked}</dl>
        </details>
    }
}
