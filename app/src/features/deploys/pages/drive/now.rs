//! Where a drive stands, in a sentence: what it waits for, or why it was undone and how long that took.

use commands::drives::DriveStanding;
use domain::deploys::{
    drills::Leg,
    drive::{Standing, read::DriveDetail},
};
use leptos::prelude::*;

use crate::{
    forms::sentence,
    paths,
    ui::{Notice, Span, Time, TimeStyle, Tone},
};

/// What it waits for, what undoes it, and what it undoes.
pub(in super::super) fn now(standing: &DriveStanding) -> impl IntoView + use<> {
    let drive = standing.drive.as_ref();
    view! {
        {drive.and_then(waits)}
        {standing.undone_by.as_ref().map(undone)}
        {drive.and_then(undoes)}
        {drive.and_then(drilled)}
    }
}

/// A drive on its way: what it waits for and since when. One that ended without being good: why.
fn waits(detail: &DriveDetail) -> Option<AnyView> {
    let why = detail.why.clone().filter(|why| !why.is_empty());
    match detail.drive.standing {
        Standing::At(place) => {
            let why = why.map_or_else(|| "It goes on.".to_owned(), |why| full(&why));
            let (since, next) = (place.since, detail.look_at);
            Some(view! {
                <Notice tone=Tone::Info>
                    {why}" In this phase since "<Time at=since />"; looks again "<Time at=next style=TimeStyle::Clock />"."
                </Notice>
            }
            .into_any())
        }
        Standing::Ended(_) => why.map(|why| {
            let why = full(&why);
            view! { <p class="drive-end">{why}</p> }.into_any()
        }),
    }
}

/// The drive that undoes it: why, and the time from the failure to the release before.
fn undone(by: &DriveDetail) -> impl IntoView + use<> {
    let why = by.reason.as_ref().map(|reason| full(&reason.sentence()));
    let href = paths::deploy(by.drive.deploy);
    let took = match by.time_to_roll_back() {
        Some(length) => view! {
            "From the failure that was seen to the release before, watched and good: "<strong><Span length=Some(length) /></strong>"."
        }
        .into_any(),
        None if by.drive.standing.is_open() => "The release before it is on its way back.".into_any(),
        None => "The release before it did not come back.".into_any(),
    };
    view! {
        <Notice tone=Tone::Danger>
            <p><strong>"Undone"</strong>" by "<a href=href>"a rollback"</a>": "{why}</p>
            <p>{took}</p>
        </Notice>
    }
}

/// What a rollback undoes, and why.
fn undoes(detail: &DriveDetail) -> Option<AnyView> {
    let (undone, why) = (detail.drive.undoes?, full(&detail.reason.as_ref()?.sentence()));
    let took = detail.time_to_roll_back().map(|length| {
        view! { " Time to roll back: "<strong><Span length=Some(length) /></strong>", from the failure that was seen." }
    });
    Some(
        view! {
            <Notice tone=Tone::Warn>
                "It undoes "<a href=paths::deploy(undone)>"another deploy"</a>": "{why}{took}
            </Notice>
        }
        .into_any(),
    )
}

/// Which half of a drill it is.
fn drilled(detail: &DriveDetail) -> Option<AnyView> {
    let words = match detail.drive.drill? {
        Leg::Back => {
            "The first half of a rollback drill: the last good release comes back. Nothing failed, and no figure counts it."
        }
        Leg::Return => {
            "The second half of a rollback drill: what ran before comes again. No figure counts it."
        }
    };
    Some(view! { <Notice tone=Tone::Info>{words}</Notice> }.into_any())
}

/// A clause as a sentence of its own.
fn full(clause: &str) -> String {
    let text = sentence(clause.trim_end_matches('.'));
    format!("{text}.")
}
