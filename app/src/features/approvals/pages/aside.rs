//! The side column of a request: who can still decide and who cannot, the release, who has a part in it, what waits.

use commands::ApprovalStanding;
use domain::{
    approvals::{ApprovalDetail, ApprovalState, Gate, GateKind, Involved, Part, Party, Written},
    deploys::drive::waits_at,
};
use leptos::prelude::*;

use crate::{
    format, paths,
    ui::{Copyable, Mono, Notice, Prop, Props, Section, Sha, Status, StatusMark, Tag, Time, Tone},
};

/// More names than this are counted.
const NAMED: usize = 12;

/// Who can still decide; nothing once the request is over.
pub(super) fn deciders(standing: &ApprovalStanding) -> Option<AnyView> {
    if standing.detail.request.state != ApprovalState::Pending {
        return None;
    }
    let names: Vec<String> = standing.can.iter().map(|decider| decider.name.clone()).collect();
    let stuck = standing.dead_end.as_ref().map(ToString::to_string);
    let asks_nobody = standing.detail.request.needs.asks_nobody();
    let who = match (names.is_empty(), &stuck) {
        _ if asks_nobody => {
            Some("Nobody has to: what waits goes on by itself once the freeze ends.".to_owned())
        }
        (false, _) => Some(listed(names)),
        (true, None) => Some("Nobody: its time is over.".to_owned()),
        (true, Some(_)) => None,
    };
    let who = who.map(|who| view! { <p>{who}</p> });
    let stuck = stuck
        .filter(|_| !asks_nobody)
        .map(|why| view! { <Notice tone=Tone::Warn>{why}</Notice> });
    Some(view! { <Section title="Who can still decide">{who}{stuck}</Section> }.into_any())
}

/// Some names, and how many more there are.
fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let names = names.join(", ");
    match more {
        0 => names,
        more => format!("{names} and {} more", format::count(more as u64)),
    }
}

/// What is approved, to the byte.
pub(super) fn release(detail: &ApprovalDetail, written: &Written) -> impl IntoView + use<> {
    let (release, card) = (detail.request.release.clone(), &detail.card);
    let repository = written.repository.clone();
    let mut items = Vec::new();
    items.extend(
        release
            .version
            .map(|version| Prop::new("Version", view! { <Mono>{version}</Mono> })),
    );
    items.extend(release.sha.map(|sha| {
        let href = repository.map(|repository| format!("https://github.com/{repository}/commit/{sha}"));
        Prop::new("Commit", view! { <Sha sha href=href /> })
    }));
    let hashes = [
        ("Digest", "digest", release.digest),
        ("Configuration", "configuration", card.config.clone()),
        ("Plan", "plan", card.terraform_plan.clone()),
        (
            "Approved is",
            "what is approved",
            Some(detail.request.binding.to_string()),
        ),
    ];
    items.extend(hashes.into_iter().filter_map(|(name, what, hash)| {
        let hash = hash?;
        Some(Prop::new(name, view! { <Copyable text=hash what /> }))
    }));
    view! { <Section title="Release"><Props items /></Section> }
}

/// Who has a part in it, and must not decide.
pub(super) fn asked_by(detail: &ApprovalDetail) -> impl IntoView + use<> {
    let parties = detail.request.parties.iter().map(party).collect_view();
    let note = if detail.request.parties.is_empty() {
        "Nobody is known to have a part in it."
    } else {
        "People who have a part in a release do not decide about it."
    };
    view! {
        <Section title="Who has a part in it">
            <ul class="items">{parties}</ul>
            <p class="aside-note">{note}</p>
        </Section>
    }
}

fn party(party: &Party) -> impl IntoView + use<> {
    let did = match party.part {
        Part::Initiator => "asked for it",
        Part::Author => "wrote some of it",
    };
    let mark = match party.who {
        Involved::Person { .. } => None,
        Involved::Machine => Some("a program"),
        Involved::Unmapped => Some("nobody knows who"),
    };
    let mark = mark.map(|mark| view! { " "<Tag>{mark}</Tag> });
    // Names of those who are not known go on in a sentence.
    let name = party.name.trim_end_matches(',').to_owned();
    view! {
        <li>
            <p class="item-name">{name}</p>
            <p class="item-note">{did}{mark}</p>
        </li>
    }
}

/// What waits for it.
pub(super) fn waiting(detail: &ApprovalDetail, written: &Written) -> impl IntoView + use<> {
    let gates = detail
        .gates
        .iter()
        .map(|gate| self::gate(gate, written))
        .collect_view();
    let nothing = detail
        .gates
        .is_empty()
        .then(|| view! { <p>"Nothing waits for it."</p> });
    view! { <Section title="What waits for it">{nothing}<ul class="items">{gates}</ul></Section> }
}

fn gate(gate: &Gate, written: &Written) -> impl IntoView + use<> {
    let words = match gate.gate.kind {
        GateKind::Drive => "A deploy that Fairway drives",
        GateKind::Github => "A run that GitHub holds",
        GateKind::Step => "A step of a workflow",
    };
    let key = gate.gate.key.clone();
    let driven = waits_at(&gate.gate.key).map(|(deploy, _)| paths::deploy(deploy));
    let name = match (driven, run_of(gate, written)) {
        (Some(href), _) => view! { <a href=href>{words}</a> }.into_any(),
        (None, Some(href)) => view! { <a href=href rel="noreferrer">{words}</a> }.into_any(),
        (None, None) => words.into_any(),
    };
    let (since, went) = (gate.created_at, gate.released_at);
    let stands = match went {
        Some(at) => view! { <StatusMark status=Status::ok("went on") />" "<Time at /> }.into_any(),
        None => view! { "since "<Time at=since /> }.into_any(),
    };
    view! {
        <li>
            <p>{name}</p>
            <p class="item-note"><Mono>{key}</Mono></p>
            <p class="item-note">{stands}</p>
        </li>
    }
}

/// The page of a workflow's run at GitHub, which its key names: `github:<run>/<attempt>/<environment>`. What a step says of its run
/// is its own word.
fn run_of(gate: &Gate, written: &Written) -> Option<String> {
    if gate.gate.kind != GateKind::Github {
        return None;
    }
    let (_, run) = gate.gate.key.split_once(':')?;
    let run: u64 = run.split('/').next()?.parse().ok()?;
    let repository = written.repository.as_ref()?;
    Some(format!("https://github.com/{repository}/actions/runs/{run}"))
}
