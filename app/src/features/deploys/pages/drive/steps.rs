//! The steps of the traffic: which were reached, when, and what watching each found.

use chrono::{DateTime, Utc};
use commands::drives::{DriveStanding, Watched};
use domain::{
    deploys::drive::{Phase, Standing, read::DriveDetail},
    verify::{Check, Outlook, Verdict},
};
use leptos::prelude::*;

use crate::ui::{Column, Panel, Row, Status, StatusMark, Table, Time, TimeStyle};

/// The panel of steps; nothing of a deploy that Fairway does not drive.
pub(in super::super) fn steps(standing: &DriveStanding) -> Option<AnyView> {
    let detail = standing.drive.as_ref()?;
    let columns = vec![
        Column::new("Traffic"),
        Column::new("Exposed").numeric().wide_only(),
        Column::new("Verdict"),
        Column::new("Since").numeric().wide_only(),
        Column::new("Samples").numeric().dim().wide_only(),
        Column::new("What was found").grows().wide_only(),
    ];
    let weights = detail.drive.weights.as_slice().iter().enumerate();
    let rows = weights
        .map(|(step, weight)| {
            let watched = standing
                .watched
                .iter()
                .find(|watched| i16::from(watched.record.weight) == *weight);
            match watched {
                Some(watched) => reached(*weight, watched),
                None => waiting(*weight, stands_at(detail, step)),
            }
        })
        .collect();
    let view = view! {
        <Panel title="Steps" id="steps" flush=true><Table caption="Steps of the traffic" columns rows /></Panel>
    };
    Some(view.into_any())
}

/// Whether a drive works on a step now.
fn stands_at(detail: &DriveDetail, step: usize) -> bool {
    match detail.drive.standing {
        Standing::At(place) => {
            matches!(place.phase, Phase::Deploy | Phase::Verify) && usize::try_from(place.step) == Ok(step)
        }
        Standing::Ended(_) => false,
    }
}

fn reached(weight: i16, watched: &Watched) -> Row {
    let record = &watched.record;
    let (status, since, found) = verdict(&record.outlook);
    let exposed = record.exposed_at;
    let last = watched
        .samples
        .iter()
        .map(|sample| sample.slot)
        .max()
        .unwrap_or(0);
    let since = since.unwrap_or(record.noted_at);
    Row::new(format!("{weight} %"))
        .under(view! { "from "<Time at=exposed style=TimeStyle::Clock />" · "{found.clone()} })
        .cell(view! { <Time at=exposed style=TimeStyle::Clock /> })
        .cell(view! { <StatusMark status /> })
        .cell(view! { <Time at=since style=TimeStyle::Clock /> })
        .cell(last.to_string())
        .cell(found)
}

fn waiting(weight: i16, is_now: bool) -> Row {
    let status = if is_now {
        Status::live("on its way")
    } else {
        Status::idle("not reached")
    };
    Row::new(format!("{weight} %"))
        .cell("–")
        .cell(view! { <StatusMark status /> })
        .cell("–")
        .cell("–")
        .cell("")
}

/// A verdict in words, with since when it holds and what was found.
fn verdict(outlook: &Outlook) -> (Status, Option<DateTime<Utc>>, String) {
    match &outlook.verdict {
        Verdict::Pass => (
            Status::ok("pass"),
            None,
            "a whole watch showed nothing wrong".to_owned(),
        ),
        Verdict::Fail(failure) => (Status::danger("fail"), Some(failure.at), failure.to_string()),
        Verdict::Insufficient(lacking) => {
            let status = if outlook.is_over {
                Status::waiting("too little is known")
            } else {
                Status::live("watched")
            };
            let subject = lacking.check.map_or("This release", Check::label);
            (
                status,
                Some(lacking.since),
                format!("{subject} {}", lacking.lack.words()),
            )
        }
    }
}
