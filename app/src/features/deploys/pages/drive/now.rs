//! Where a drive stands, in a sentence: what it waits for, or why it was undone, by whom, and how long that took.

use commands::drives::{DriveStanding, Held};
use domain::{
    deploys::{
        drills::Leg,
        drive::{
            End, Phase, Reason, Standing,
            read::{CalledOff, DriveDetail},
        },
        read::DeploySummary,
    },
    people::PersonRef,
};
use leptos::prelude::*;

use crate::{
    forms::sentence,
    paths,
    ui::{Mono, Notice, Span, Time, TimeStyle, Timed, Tone},
};

/// What it waits for, what undoes it, and what it undoes.
pub(in super::super) fn now(standing: &DriveStanding, deploy: &DeploySummary) -> impl IntoView + use<> {
    let drive = standing.drive.as_ref();
    let undone = standing.undone_by.as_ref().map(|by| undone(by, standing, deploy));
    view! {
        {drive.and_then(|detail| stands(detail, standing, deploy))}
        {undone}
        {drive.and_then(|detail| undoes(detail, deploy))}
        {drive.and_then(drilled)}
    }
}

/// A drive on its way: what it waits for and since when. One that ended without being good: why.
fn stands(detail: &DriveDetail, standing: &DriveStanding, deploy: &DeploySummary) -> Option<AnyView> {
    let why = detail.why.clone().filter(|why| !why.is_empty());
    let called_off = detail.called_off.as_ref().map(called_off);
    match detail.drive.standing {
        Standing::At(place) => {
            let request = (place.phase == Phase::AwaitingApproval)
                .then(|| standing.approvals.last())
                .flatten()
                .map(|request| view! { " "<a href=paths::approval(request.id)>"The request"</a>"." });
            let why = if let Some(held) = &standing.held {
                self::held(held)
            } else {
                let why = why.map_or_else(|| "It goes on.".to_owned(), |why| full(&why));
                view! { <Timed text=why /> }.into_any()
            };
            let (since, next) = (place.since, detail.look_at);
            Some(view! {
                <Notice tone=Tone::Info>
                    {why}" In this phase for "<Time at=since style=TimeStyle::Age />"; looks again "<Time at=next style=TimeStyle::Clock />"."{request}{called_off}
                </Notice>
            }
            .into_any())
        }
        Standing::Ended(end)
            if detail.drive.is_rollback() && detail.drive.drill.is_none() && end != End::Succeeded =>
        {
            let why = full(&why.unwrap_or_else(|| "the rollback did not work".to_owned()));
            let undone = detail
                .drive
                .undoes
                .map(|undone| format!("{}#act", paths::deploy(undone)));
            // What it was to bring back is good no longer, and what was good before that is not what should run.
            let next = what_next(undone, None, deploy);
            Some(view! {
                <Notice tone=Tone::Danger>
                    <p><Timed text=why /></p>
                    <p>"Users may still see what it was to undo. Look at what the executor did, then "{next}"."</p>
                </Notice>
            }
            .into_any())
        }
        Standing::Ended(_) => {
            why.map(|why| view! { <p class="drive-end"><Timed text=full(&why) />{called_off}</p> }.into_any())
        }
    }
}

/// Who called it off, and when.
fn called_off(called_off: &CalledOff) -> AnyView {
    let (words, at) = (format!(" Called off by {}, ", called_off.by), called_off.at);
    view! { {words}<Time at style=TimeStyle::Exact />"." }.into_any()
}

/// A freeze that holds it: until when, and whether somebody has to do something meanwhile.
fn held(held: &Held) -> AnyView {
    let (name, until) = (held.freeze.name.clone(), held.freeze.until);
    let then = if held.asks_nobody {
        "Nobody has to decide: it goes on by itself then."
    } else {
        "People decide about it, and nothing is approved before that."
    };
    view! {
        "The freeze “"{name}"” holds it until "<Time at=until style=TimeStyle::Exact />". "{then}
    }
    .into_any()
}

/// What to do after a rollback that did not work: another one, or asking for the release that should run.
fn what_next(again: Option<String>, before: Option<&DeploySummary>, deploy: &DeploySummary) -> AnyView {
    let again = again.map(|href| view! { <a href=href>"roll it back again"</a>" or " });
    let id = before.map(|before| before.id.to_string()).unwrap_or_default();
    let href = paths::with_query(
        &paths::service_deploy(&deploy.service.slug),
        [
            ("environment", deploy.environment.as_str()),
            ("release", id.as_str()),
        ],
    );
    let which = match before.map(DeploySummary::release) {
        Some(release) => view! { "deploy "<Mono>{release}</Mono>" again" }.into_any(),
        None => "deploy the release that should run".into_any(),
    };
    view! { {again}<a href=href>{which}</a> }.into_any()
}

/// The drive that undoes it: why, who asked, and the time from the failure to the release before.
fn undone(by: &DriveDetail, standing: &DriveStanding, deploy: &DeploySummary) -> impl IntoView + use<> {
    let asker = standing
        .rollback
        .as_ref()
        .and_then(|rollback| rollback.initiator.as_ref());
    let why = by.reason.as_ref().map(|reason| why(reason, asker));
    let href = paths::deploy(by.drive.deploy);
    let word = match by.drive.standing {
        Standing::Ended(end) if end != End::Succeeded => "To be undone",
        _ => "Undone",
    };
    let took = match by.time_to_roll_back() {
        Some(length) => view! {
            "From the failure that was seen to the release before, watched and good: "<strong><Span length=Some(length) /></strong>"."
        }
        .into_any(),
        None if by.drive.standing.is_open() => "The release before it is on its way back.".into_any(),
        None => {
            let again = standing.why_not.roll_back.is_none().then(|| "#act".to_owned());
            let (href, next) = (href.clone(), what_next(again, standing.way_back.as_ref(), deploy));
            view! {
                "The release before it did not come back, and users may still see this one. Look at "
                <a href=href>"why the rollback did not work"</a>", then "{next}"."
            }
            .into_any()
        }
    };
    view! {
        <Notice tone=Tone::Danger>
            <p><strong>{word}</strong>" by "<a href=href>"a rollback"</a>": "{why}</p>
            <p>{took}</p>
        </Notice>
    }
}

/// What a rollback undoes, who asked for it, and why.
fn undoes(detail: &DriveDetail, deploy: &DeploySummary) -> Option<AnyView> {
    let (undone, why) = (
        detail.drive.undoes?,
        why(detail.reason.as_ref()?, deploy.initiator.as_ref()),
    );
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

/// Why a deploy is undone; where a person wants it, who.
fn why(reason: &Reason, asker: Option<&PersonRef>) -> AnyView {
    let text = match (reason, asker) {
        (Reason::Person { why }, Some(person)) => full(&format!("{} asked for it: {why}", person.name)),
        (reason, _) => full(&reason.sentence()),
    };
    view! { <Timed text /> }.into_any()
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
