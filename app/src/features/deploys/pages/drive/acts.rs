//! What one can do with a deploy, in two clicks: the first shows what will happen, the second does it.

use commands::{drives::DriveStanding, outbox::WhoIsTold};
use domain::{
    deploys::{NotCounted, drive::read::DriveDetail, read::DeploySummary},
    environments::EnvironmentClass,
};
use leptos::prelude::*;

use crate::{
    features::deploys::actions::{Act, PHASE},
    format::{counted_as, joined},
    forms::{Sent, sentence},
    paths,
    ui::{Button, ButtonKind, ErrorSummary, Mono, Panel, TextArea, Time, Timed},
};

/// One act: what it is called, what follows from it, and why it cannot be done.
struct Offered {
    act: Act,
    kind: ButtonKind,
    then: Vec<AnyView>,
    /// The phase that it is about, where no other one is meant.
    phase: Option<String>,
    why_not: Option<String>,
}

/// The panel. `denied` is why whoever looks may do nothing here at all.
pub(in super::super) fn acts(
    (standing, deploy): (&DriveStanding, &DeploySummary),
    denied: Option<&String>,
    sent: &Sent,
) -> impl IntoView + use<> {
    let why_not = |why: Option<&String>| {
        let why = why.map(|why| format!("{}.", sentence(why)));
        denied.cloned().or(why)
    };
    let mut offered = Vec::new();
    if let Some(detail) = open(standing) {
        offered.push(Offered {
            act: Act::Confirm,
            kind: ButtonKind::Primary,
            then: confirming(detail),
            phase: key(detail),
            why_not: why_not(standing.why_not.confirm.as_ref()),
        });
        offered.push(Offered {
            act: Act::Cancel,
            kind: ButtonKind::Plain,
            then: cancelling(detail),
            phase: None,
            why_not: why_not(standing.why_not.cancel.as_ref()),
        });
    }
    offered.push(Offered {
        act: Act::RollBack,
        kind: ButtonKind::Danger,
        then: rolling_back(standing, deploy),
        phase: None,
        why_not: why_not(standing.why_not.roll_back.as_ref()),
    });
    offered.push(Offered {
        act: Act::Report,
        kind: ButtonKind::Plain,
        then: vec![standing.minor_defect.words_of_defect().into_any()],
        phase: None,
        why_not: why_not(standing.why_not.report.as_ref()),
    });
    // What is not offered any more, because the deploy went on meanwhile, is answered all the same.
    let asked = sent.fields.get("act");
    let is_answered = asked.is_empty() || offered.iter().any(|one| one.act.as_str() == asked);
    let late = if is_answered {
        Vec::new()
    } else {
        sent.errors.clone()
    };
    let action = paths::deploy(deploy.id);
    let views = offered
        .into_iter()
        .map(|one| offer(one, &action, sent))
        .collect_view();
    let defects = defects(standing);
    view! {
        <Panel title="Act" id="act">
            <ErrorSummary errors=late title="It was not done" />
            <div class="acts">{views}</div>
            {defects}
        </Panel>
    }
}

fn open(standing: &DriveStanding) -> Option<&DriveDetail> {
    let drive = standing.drive.as_ref();
    drive.filter(|detail| detail.drive.standing.is_open())
}

/// A disabled button with its reason; else what will happen, behind a first click, with the button that does it.
fn offer(offered: Offered, action: &str, sent: &Sent) -> AnyView {
    let Offered {
        act,
        kind,
        then,
        phase,
        why_not,
    } = offered;
    let sent = sent.of(act.as_str());
    let (errors, field) = (sent.errors.clone(), act.field());
    if why_not.is_some() {
        return view! {
            <div class="act">
                <ErrorSummary errors title="It was not done" />
                <Button kind disabled_because=why_not>{act.title()}</Button>
            </div>
        }
        .into_any();
    }
    let (typed, error, open) = (
        sent.fields.get(field).to_owned(),
        sent.error(field),
        !errors.is_empty(),
    );
    let look = if kind == ButtonKind::Danger {
        "danger"
    } else {
        "plain"
    };
    let then = then
        .into_iter()
        .map(|line| view! { <li>{line}</li> })
        .collect_view();
    let action = action.to_owned();
    view! {
        <details class="act" open=open>
            <summary class="button" data-kind=look>{act.title()}"…"</summary>
            <ErrorSummary errors title="It was not done" />
            <ul class="act-then">{then}</ul>
            <form method="post" action=action>
                <input type="hidden" name="act" value=act.as_str() />
                {phase.map(|phase| view! { <input type="hidden" name=PHASE value=phase /> })}
                <TextArea label="Reason" name=field value=typed required=true rows=2
                    hint=Some("It stands in the audit trail and on this page.".to_owned()) error />
                <Button kind>{act.does()}</Button>
            </form>
        </details>
    }
    .into_any()
}

/// The defects that were reported of it, each with what fixes it.
fn defects(standing: &DriveStanding) -> Option<impl IntoView + use<>> {
    let lines = standing.defects.iter().map(|defect| {
        let (what, at) = (defect.what.clone(), defect.reported_at);
        let fix = defect.fix.map(|fix| {
            let href = paths::deploy(fix);
            view! { ". "<a href=href>"The release that was asked for after it"</a> }
        });
        view! { <li>"Minor defect, reported "<Time at />": "{what}{fix}</li> }
    });
    let lines = lines.collect::<Vec<_>>();
    (!lines.is_empty()).then(|| view! { <ul class="act-then">{lines}</ul> })
}

/// The identity of the phase that a drive is in.
fn key(detail: &DriveDetail) -> Option<String> {
    let drive = &detail.drive;
    drive.standing.place().map(|place| drive.key_of(place))
}

fn confirming(detail: &DriveDetail) -> Vec<AnyView> {
    let drive = &detail.drive;
    let step = drive.standing.place().map_or(0, |place| place.step);
    let next = if drive.weights.is_last(step) {
        "It counts as good: it is tagged as stable, and later rollbacks come back to it.".to_owned()
    } else {
        format!(
            "It goes on from {} % to {} % of the traffic, and is watched there again.",
            drive.weight(step),
            drive.weight(step.saturating_add(1))
        )
    };
    let mut lines = vec![next.into_any()];
    lines.extend(
        detail
            .why
            .clone()
            .map(|why| view! { "What is known now: "<Timed text=why />"." }.into_any()),
    );
    lines
}

fn cancelling(detail: &DriveDetail) -> Vec<AnyView> {
    let drive = &detail.drive;
    let place = drive.standing.place();
    if place.is_some_and(|place| drive.may_be_showing(place)) {
        let stops = "Its executor, which may be showing it to users at this moment, is told to stop at once.";
        let then = "It ends as called off when the executor says that users saw nothing of it, and is rolled back if they did.";
        let silent =
            "If the executor says nothing for ten minutes, it counts as lost, and a person is woken.";
        return vec![stops.into_any(), then.into_any(), silent.into_any()];
    }
    let ends = if drive.is_rollback() {
        "The rollback stops where it is, and nothing is brought back by it."
    } else {
        "Nothing reaches users; what the executor began is stopped, and what people decide on is void."
    };
    let meanwhile =
        "If the executor deploys it by then, that is told to stop, and what users saw of it is rolled back.";
    vec![ends.into_any(), meanwhile.into_any()]
}

/// From which release to which, who is told, and what is known.
fn rolling_back(standing: &DriveStanding, deploy: &DeploySummary) -> Vec<AnyView> {
    let from = deploy.release();
    let to = standing.way_back.clone();
    let environment = deploy.environment.clone();
    let mut lines = vec![
        view! {
            "In "{environment}", from "<Mono>{from}</Mono>" to "{to.map(back_to)}
            ". At once and without an approval, since that ran there before."
        }
        .into_any(),
    ];
    lines.extend(exposed(deploy));
    lines.push(
        "It is a deploy of its own, watched as any other. If it fails too, a person is woken and it stops."
            .into_any(),
    );
    lines.push(figures(deploy).into_any());
    lines.push(told(&standing.told).into_any());
    lines
}

fn back_to(deploy: DeploySummary) -> impl IntoView {
    let (href, release) = (paths::deploy(deploy.id), deploy.release());
    let since = deploy.exposed_at;
    view! {
        <a href=href><Mono>{release}</Mono></a>
        {since.map(|at| view! { ", which was good there since "<Time at /> })}
    }
}

/// What is known of the one that is undone.
fn exposed(deploy: &DeploySummary) -> Option<AnyView> {
    let at = deploy.exposed_at?;
    Some(
        view! { "Users see it since "<Time at />"; what was measured stands under “What was watched”." }
            .into_any(),
    )
}

/// What the figures say of a deploy that is rolled back: they count what reached production.
fn figures(deploy: &DeploySummary) -> String {
    let why = match deploy.not_counted_why {
        None if deploy.class != EnvironmentClass::Production => Some(NotCounted::NotProduction),
        why => why,
    };
    match why {
        Some(why) => format!("The DORA figures stay as they are. {}", why.sentence()),
        None => "This deploy counts as a failed one in the DORA figures, unless somebody says that the rollback was planned."
            .to_owned(),
    }
}

/// Who hears of it.
fn told(told: &WhoIsTold) -> String {
    let channels = (!told.channels.is_empty()).then(|| told.channels.join(", "));
    let people = (told.people > 0).then(|| counted_as(told.people as u64, "person", "people"));
    match joined([channels, people]) {
        nobody if nobody.is_empty() => "Nobody chose to be told of it.".to_owned(),
        who => format!("Told: {who}."),
    }
}
