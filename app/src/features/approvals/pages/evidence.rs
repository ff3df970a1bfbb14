//! The evidence card: what was known when the request was opened. It stands as it was stored; what nobody knows is named with
//! whose answer is missing.

use domain::{
    approvals::{
        ApprovalDetail, CanarySeen, EvidenceCard, Fact, FactName, FactValue, IncidentSeen, PastRelease,
    },
    deploys::drive::evidence::{Finding, Item},
    incidents::Severity,
};
use leptos::prelude::*;

use super::canary::{canaries, canary_words};
use crate::{
    format,
    parts::{ServiceLink, deploy_status, finding_status, finding_words, risk_status, severity_status},
    ui::{Column, Mono, Panel, Row, Status, StatusMark, Table, Time, TimeStyle, Tone},
};

/// The panel of evidence.
pub(super) fn evidence(detail: &ApprovalDetail) -> impl IntoView + use<> {
    let as_of = detail.card.as_of;
    let (known, unknown): (Vec<Found>, Vec<Found>) =
        found(&detail.card).into_iter().partition(|found| found.is_known);
    let incidents = detail.card.incidents.clone();
    let columns = vec![
        Column::new("What"),
        Column::new("Found"),
        Column::new("About it").grows().dim().wide_only(),
    ];
    let rows = known.into_iter().chain(unknown).map(Found::row).collect();
    let incidents = (!incidents.is_empty()).then(|| {
        view! { <ul class="items evidence-incidents">{incidents.into_iter().map(incident).collect_view()}</ul> }
    });
    let canaries = canaries(&detail.card);
    let note = move || view! { "kept with each decision, as of "<Time at=as_of style=TimeStyle::Exact /> };
    view! {
        <Panel title="Evidence" id="evidence" flush=true note>
            <Table caption="Evidence" columns rows />
            {canaries}
            {incidents}
        </Panel>
    }
}

/// One thing that is known, or not.
struct Found {
    name: &'static str,
    status: Status,
    about: AnyView,
    /// The same in a line, for where the table is narrow.
    under: String,
    is_known: bool,
}

impl Found {
    fn new(name: &'static str, status: Status, about: impl Into<String>) -> Self {
        let about = about.into();
        Self {
            name,
            status,
            under: about.clone(),
            about: about.into_any(),
            is_known: true,
        }
    }

    /// Nobody says; this is whose answer is missing.
    fn unknown(name: &'static str, missing: &str) -> Self {
        Self {
            is_known: false,
            ..Self::new(name, Status::idle("not known"), missing)
        }
    }

    /// With the beginning of a hash beside it.
    fn hash((name, status): (&'static str, Status), hash: &str) -> Self {
        let found = Self::new(name, status, beginning(hash));
        let short = found.under.clone();
        Self {
            about: view! { <Mono>{short}</Mono> }.into_any(),
            ..found
        }
    }

    fn row(self) -> Row {
        let row = Row::new(self.name)
            .cell(view! { <StatusMark status=self.status /> })
            .cell(self.about);
        // An empty line would stand there all the same.
        if self.under.is_empty() {
            row
        } else {
            row.under(self.under)
        }
    }
}

/// Everything of a card, in the order in which people look.
fn found(card: &EvidenceCard) -> Vec<Found> {
    let risk = "from the changes, and whether there is something to go back to";
    let mut all = vec![
        Found::new("Risk", risk_status(card.risk), risk),
        image(card),
        looked_at(card, (FactName::Signed, Item::Signature, "Signature"), |value| {
            flag(value, ("signed", "not signed"))
        }),
        looked_at(card, (FactName::CriticalFindings, Item::Scan, "Scan"), |value| {
            none(value, ("no critical finding", "critical findings"))
        }),
        checks(card),
        looked_at(
            card,
            (FactName::SucceededUpstream, Item::Promotion, "Before this"),
            |value| flag(value, ("succeeded", "did not succeed")),
        ),
        changes(card),
        kind(card),
        configuration(card),
        plan(card),
        budget(card),
        last(card),
        incidents(card),
    ];
    all.extend(card.canaries.iter().map(canary));
    if card.is_unclassed {
        let missing = "nobody has said what class it is, so people are asked as in production; an admin sets it under Environments";
        all.insert(0, Found::unknown("Environment", missing));
    }
    all
}

/// "Canary: passed, in staging: 5, 25, 50 and 100 %".
fn canary(seen: &CanarySeen) -> Found {
    let (status, steps) = canary_words(seen);
    Found::new("Canary", status, steps)
}

/// The beginning of a digest or hash, as people compare it; the whole stands under "Release".
fn beginning(hash: &str) -> String {
    let mut letters: String = hash.chars().take(19).collect();
    if letters.len() < hash.len() {
        letters.push('…');
    }
    letters
}

fn of_fact(
    card: &EvidenceCard,
    (name, words): (FactName, &'static str),
    read: fn(&FactValue) -> (Status, &'static str),
) -> Found {
    match card.facts.value(name) {
        Some(value) => {
            let (status, about) = read(value);
            Found::new(words, status, about)
        }
        None => Found::unknown(words, card.facts.missing(name).unwrap_or(name.source())),
    }
}

/// A fact that Fairway looks at too before it deploys. What is wrong is said as it was found, also where whoever asked goes on without
/// it; and so is what policies do not take for known: by hand, or that there is nothing to pass.
fn looked_at(
    card: &EvidenceCard,
    (name, item, words): (FactName, Item, &'static str),
    read: fn(&FactValue) -> (Status, &'static str),
) -> Found {
    let is_known = card.facts.value(name).is_some();
    match card.finding(item) {
        Some(found) if found.wrong().is_some() => as_found(words, found),
        Some(found @ Finding::Good { .. }) if !is_known => as_found(words, found),
        _ => of_fact(card, (name, words), read),
    }
}

fn as_found(words: &'static str, found: &Finding) -> Found {
    Found::new(words, finding_status(found), finding_words(found))
}

/// The checks of the commit, which are counted when the card is made.
fn checks(card: &EvidenceCard) -> Found {
    let (name, words) = (FactName::ChecksGreen, "Checks");
    match card.finding(Item::Checks) {
        Some(found) if found.wrong().is_some() => as_found(words, found),
        _ => of_fact(card, (name, words), |value| {
            flag(value, ("all green", "not all green"))
        }),
    }
}

fn flag(value: &FactValue, (yes, no): (&'static str, &'static str)) -> (Status, &'static str) {
    match value {
        FactValue::Flag(true) => (Status::ok(yes), ""),
        FactValue::Flag(false) => (Status::warn(no), "look at it before you approve"),
        other @ (FactValue::Number(_) | FactValue::Text(_)) => (Status::idle(other.to_string()), ""),
    }
}

fn none(value: &FactValue, (none, some): (&'static str, &'static str)) -> (Status, &'static str) {
    match value {
        FactValue::Number(count) if *count <= 0.0 => (Status::ok(none), ""),
        FactValue::Number(count) => {
            let words = format!("{} {some}", format::decimal(*count, 0));
            (Status::danger(words), "look at it before you approve")
        }
        other @ (FactValue::Flag(_) | FactValue::Text(_)) => (Status::idle(other.to_string()), ""),
    }
}

fn image(card: &EvidenceCard) -> Found {
    let name = FactName::Pinned;
    let is_typed = card.has_typed_image();
    match (&card.release.digest, card.facts.value(name)) {
        (None, _) => Found::new("Image", Status::warn("not pinned"), name.source()),
        (Some(digest), _) if is_typed => {
            let missing = card.facts.missing(name).unwrap_or(name.source());
            let about = format!("{}: {missing}", beginning(digest));
            Found::new("Image", Status::warn("typed by hand"), about)
        }
        (Some(digest), Some(FactValue::Flag(false))) => {
            Found::hash(("Image", Status::warn("not pinned")), digest)
        }
        (Some(digest), _) => Found::hash(("Image", Status::ok("pinned")), digest),
    }
}

fn changes(card: &EvidenceCard) -> Found {
    match &card.changes {
        Fact::Known(0) => Found::new("Changes", Status::ok("none"), "over what runs there"),
        Fact::Known(count) => {
            let words = format::counted(u64::from(*count), "change");
            Found::new("Changes", Status::ok(words), "over what runs there")
        }
        Fact::Unknown { missing } => Found::unknown("Changes", missing),
    }
}

fn kind(card: &EvidenceCard) -> Found {
    let name = FactName::Kind;
    match card.facts.value(name) {
        Some(kind) => Found::new(
            "Kind",
            Status::idle(kind.to_string()),
            "what the deploy is for, as its sender says",
        ),
        None => Found::unknown("Kind", card.facts.missing(name).unwrap_or(name.source())),
    }
}

fn configuration(card: &EvidenceCard) -> Found {
    match &card.config {
        Some(config) => Found::hash(("Configuration", Status::ok("named")), config),
        None => Found::new("Configuration", Status::idle("none"), "none goes with it"),
    }
}

fn plan(card: &EvidenceCard) -> Found {
    let name = FactName::TerraformDestroys;
    let Some(plan) = &card.terraform_plan else {
        return of_fact(card, (name, "Terraform"), |value| {
            none(value, ("destroys nothing", "destroyed"))
        });
    };
    let status = match card.facts.value(name) {
        Some(value) => none(value, ("destroys nothing", "destroyed")).0,
        None => Status::idle("a plan"),
    };
    Found::hash(("Terraform", status), plan)
}

fn budget(card: &EvidenceCard) -> Found {
    of_fact(
        card,
        (FactName::ErrorBudgetLeft, "Error budget"),
        |value| match value {
            FactValue::Number(left) if *left <= 0.0 => {
                (Status::danger("spent"), "only what mends it should go out")
            }
            FactValue::Number(left) => {
                let words = format!("{} left", format::percent(*left).text());
                let status = if *left < 0.1 {
                    Status::warn(words)
                } else {
                    Status::ok(words)
                };
                (status, "")
            }
            other @ (FactValue::Flag(_) | FactValue::Text(_)) => (Status::idle(other.to_string()), ""),
        },
    )
}

fn last(card: &EvidenceCard) -> Found {
    let all = card.last_deploys.len();
    if all == 0 {
        return Found::new(
            "Last deploys",
            Status::idle("none"),
            "it was never deployed there",
        );
    }
    let bad = |past: &&PastRelease| past.failed || deploy_status(past.state).tone == Tone::Danger;
    match card.last_deploys.iter().filter(bad).count() {
        0 => Found::new(
            "Last deploys",
            Status::ok(format!("none of {all} failed")),
            "of this service there",
        ),
        failed => Found::new(
            "Last deploys",
            Status::warn(format!("{failed} of {all} failed")),
            "of this service there",
        ),
    }
}

fn incidents(card: &EvidenceCard) -> Found {
    let about = "of the service and of what it depends on";
    match card.incidents.len() {
        0 => Found::new("Open incidents", Status::ok("none"), about),
        open => Found::new("Open incidents", Status::warn(format!("{open} open")), about),
    }
}

fn incident(seen: IncidentSeen) -> impl IntoView {
    let severity = Severity::new(seen.severity)
        .map(|severity| view! { <StatusMark status=severity_status(severity) /> });
    view! {
        <li>
            <p><span class="item-name">{seen.title}</span></p>
            <p class="item-note"><ServiceLink slug=seen.service />" · "{severity}</p>
        </li>
    }
}
