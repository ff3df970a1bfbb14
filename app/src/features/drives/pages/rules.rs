//! `/admin/rollback`: from which value on, seen how often, what follows; by tier.

use commands::CommandError;
use domain::{
    access::{Action, Resource},
    catalog::Tier,
    error::FieldErrors,
    verify::{Check, Remedy, RollbackMatrix, Rule, WatchSettings, as_read},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::super::settings::rules_of;
use crate::{
    ctx::Ctx,
    format::{decimal, duration},
    forms::{self, Sent},
    page::{Page, Section, respond_to},
    paths,
    query::Known,
    ui::{
        Button, ButtonKind, Choice, Column, ErrorSummary, LinkButton, PageHeader, Panel, Row, Select, Table,
        TextArea, TextField,
    },
};

/// The query of the page, as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct RulesQuery {
    tier: String,
}

impl Known for RulesQuery {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        Some(vec!["tier"])
    }
}

/// What holds for a tier.
type Rules = (Tier, RollbackMatrix, WatchSettings);

/// The matrix of every tier.
pub fn rollback_rules_page() -> impl IntoView {
    let sent = forms::sent();
    respond_to(|ctx, query: RulesQuery| async move {
        let open = match query.tier.trim() {
            "" => Tier::ALL[0],
            tier => {
                let words = "choose a tier from 1 to 4";
                Tier::parse(tier).map_err(|_| FieldErrors::one("tier", words))?
            }
        };
        let rules = load(&ctx).await?;
        let why_not = ctx.why_not(Action::EditPolicies, &Resource::Organisation);
        Ok(Page::new(Section::Admin, "Rollback rules")
            .crumb("Admin", paths::admin())
            .body(body(&rules, open, (&sent, why_not))))
    })
}

async fn load(ctx: &Ctx) -> Result<Vec<Rules>, CommandError> {
    let mut rules = Vec::new();
    for tier in Tier::ALL {
        let (matrix, watch) = ctx.reads().rollback_rules(Some(tier)).await?;
        rules.push((tier, matrix, watch));
    }
    Ok(rules)
}

fn body(rules: &[Rules], open: Tier, (sent, why_not): (&Sent, Option<String>)) -> impl IntoView + use<> {
    let form = rules
        .iter()
        .find(|(tier, ..)| *tier == open)
        .map(|rules| form(rules, sent, why_not));
    view! {
        <PageHeader
            title="Rollback rules"
            about=|| "When a release that is watched is rolled back at once and without an approval. A service without a tier has the defaults."
        />
        <div class="stack">{matrix(rules)}{form}</div>
    }
}

/// Symptoms by tiers, in words.
fn matrix(rules: &[Rules]) -> impl IntoView + use<> {
    let tiers = rules.iter().map(|(tier, ..)| Column::new(format!("Tier {tier}")));
    let columns = std::iter::once(Column::new("Symptom")).chain(tiers).collect();
    let mut rows: Vec<Row> = Check::ALL
        .into_iter()
        .map(|check| {
            let cells = rules
                .iter()
                .map(|(_, matrix, _)| rule_words(check, matrix.rule(check)));
            named(symptom(check), cells)
        })
        .collect();
    let minor = rules
        .iter()
        .map(|(_, matrix, _)| remedy_words(matrix.minor_defect).to_owned());
    rows.push(named("Minor defect, reported by a person", minor));
    rows.push(named(
        "Watched",
        rules.iter().map(|(_, _, watch)| watch_words(watch)),
    ));
    let links = rules.iter().map(|(tier, ..)| {
        let (href, words) = (
            format!("{}#rules", rules_of(*tier)),
            format!("Change tier {tier}"),
        );
        view! { <LinkButton href=href>{words}</LinkButton> }
    });
    let links = links.collect_view();
    view! {
        <Panel title="What follows from what" id="matrix" flush=true>
            <div class="rules-by-tier" role="region" aria-label="Rollback rules by tier" tabindex="0">
                <Table caption="Rollback rules by tier" columns rows />
            </div>
            <div class="panel-inset cluster">{links}</div>
        </Panel>
    }
}

fn named(name: &'static str, cells: impl Iterator<Item = String>) -> Row {
    cells.fold(Row::new(name), |row, words| {
        row.cell(view! { <span class="drive-because">{words}</span> })
    })
}

fn symptom(check: Check) -> &'static str {
    match check {
        Check::Down => "Service down",
        Check::ErrorRatio => "Error rate",
        Check::P95 => "p95 latency",
        Check::P99 => "p99 latency",
    }
}

/// "above 1 %, 2 of the last 3, at least 5 bad of 100 requests: roll back"
fn rule_words(check: Check, rule: &Rule) -> String {
    let beyond = match check {
        Check::Down => "nothing is up or its address fails".to_owned(),
        Check::ErrorRatio => format!("above {} %", decimal(rule.threshold * 100.0, 2)),
        Check::P95 | Check::P99 => format!("above {} s", decimal(rule.threshold, 2)),
    };
    let often = if rule.needed.hits == rule.needed.of {
        format!("{} in a row", rule.needed.hits)
    } else {
        format!("{} of the last {}", rule.needed.hits, rule.needed.of)
    };
    let least = match check {
        Check::Down => String::new(),
        Check::ErrorRatio => format!(
            ", at least {} bad and {} requests",
            rule.least_bad, rule.least_requests
        ),
        Check::P95 | Check::P99 => format!(", at least {} requests", rule.least_requests),
    };
    format!("{beyond}, {often}{least}: {}", remedy_words(rule.remedy))
}

fn remedy_words(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::RollBack => "roll back",
        Remedy::Ask => "ask a person",
        Remedy::FixForward => "fix forward",
        Remedy::Note => "draw it only",
    }
}

fn watch_words(watch: &WatchSettings) -> String {
    format!(
        "{}, a sample every {}, at least {} of {}",
        duration(watch.window.num_seconds()),
        duration(watch.step.num_seconds()),
        watch.least,
        watch.samples()
    )
}

fn form((tier, matrix, watch): &Rules, sent: &Sent, why_not: Option<String>) -> impl IntoView + use<> {
    let checks = Check::ALL
        .map(|check| rule(check, matrix.rule(check), sent))
        .collect_view();
    let (errors, action) = (sent.errors.clone(), rules_of(*tier));
    let minor = typed(sent, "minor_defect", matrix.minor_defect.as_str().to_owned());
    let window = typed(sent, "window_seconds", watch.window.num_seconds().to_string());
    let step = typed(sent, "step_seconds", watch.step.num_seconds().to_string());
    let least = typed(sent, "least_samples", watch.least.to_string());
    let [minor_error, window_error, step_error, least_error, reason_error] = [
        "minor_defect",
        "window_seconds",
        "step_seconds",
        "least_samples",
        "reason",
    ]
    .map(|name| sent.error(name));
    let reason = sent.fields.get("reason").to_owned();
    let title = format!("Rules of tier {tier}");
    let read = read(matrix, watch, sent);
    let remedies = [Remedy::FixForward, Remedy::Ask, Remedy::RollBack].map(remedy_choice);
    let number = tier.to_string();
    view! {
        <Panel title id="rules">
            <form class="deploy-form" method="post" action=action>
                <ErrorSummary errors />
                <input type="hidden" name="tier" value=number />
                <input type="hidden" name="read" value=read />
                {checks}
                <Select label="After a minor defect" name="minor_defect" choices=remedies.into() selected=minor error=minor_error />
                <fieldset>
                    <legend>"For how long it is watched"</legend>
                    <TextField label="Seconds" name="window_seconds" value=window kind="number" error=window_error />
                    <TextField label="Seconds between samples" name="step_seconds" value=step kind="number" error=step_error />
                    <TextField label="Samples that must be there" name="least_samples" value=least kind="number" error=least_error />
                </fieldset>
                <TextArea label="Reason" name="reason" value=reason required=true rows=2
                    hint=Some("It stands in the audit trail. The rules hold for what is watched now too, from the next sample on.".to_owned())
                    error=reason_error />
                <Button kind=ButtonKind::Primary disabled_because=why_not>"Save the rules"</Button>
            </form>
        </Panel>
    }
}

fn remedy_choice(remedy: Remedy) -> Choice {
    Choice::new(remedy.as_str(), remedy_words(remedy))
}

/// By what the rules are known that whoever fills the form in has read: of one that was sent those of then, whatever somebody set
/// meanwhile. Who is told of theirs has read them in the table.
fn read(matrix: &RollbackMatrix, watch: &WatchSettings, sent: &Sent) -> String {
    let read = sent.fields.get("read");
    if sent.is_conflict() || read.is_empty() {
        as_read(matrix, watch)
    } else {
        read.to_owned()
    }
}

/// What was typed, else what is set.
fn typed(sent: &Sent, name: &str, stored: String) -> String {
    if sent.errors.is_empty() {
        stored
    } else {
        sent.fields.get(name).to_owned()
    }
}

fn rule(check: Check, rule: &Rule, sent: &Sent) -> impl IntoView + use<> {
    let field = |name: &'static str, label: &'static str, set: String| {
        let name = format!("{name}.{}", check.as_str());
        let (value, error) = (typed(sent, &name, set), sent.error(&name));
        view! { <TextField label name value autocomplete="off" error /> }
    };
    let threshold = match check {
        Check::Down => None,
        Check::ErrorRatio => Some(field(
            "threshold",
            "Above, in percent",
            decimal(rule.threshold * 100.0, 3),
        )),
        Check::P95 | Check::P99 => Some(field(
            "threshold",
            "Above, in seconds",
            decimal(rule.threshold, 3),
        )),
    };
    let bad = (check == Check::ErrorRatio)
        .then(|| field("least_bad", "Bad requests at least", rule.least_bad.to_string()));
    let requests = check.needs_requests().then(|| {
        field(
            "least_requests",
            "Requests at least",
            rule.least_requests.to_string(),
        )
    });
    let name = format!("remedy.{}", check.as_str());
    let (selected, error) = (
        typed(sent, &name, rule.remedy.as_str().to_owned()),
        sent.error(&name),
    );
    let remedies = [Remedy::RollBack, Remedy::Ask, Remedy::Note].map(remedy_choice);
    view! {
        <fieldset>
            <legend>{symptom(check)}</legend>
            {threshold}
            {field("hits", "Samples beyond it", rule.needed.hits.to_string())}
            {field("of", "Of so many in a row", rule.needed.of.to_string())}
            {bad}
            {requests}
            <Select label="Then" name choices=remedies.into() selected error />
        </fieldset>
    }
}
