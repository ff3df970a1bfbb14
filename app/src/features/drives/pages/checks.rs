//! By what a service is watched after a deploy: each check with its queries, and what the rules of its tier make of it.

use domain::verify::{Check, CheckSetting};
use leptos::prelude::*;

use super::settings::Loaded;
use crate::{
    forms::Sent,
    paths,
    ui::{Button, ButtonKind, Checkbox, ErrorSummary, Notice, Panel, TextArea, Tone},
};

/// The panel with one form for all checks.
pub(super) fn checks(loaded: &Loaded, sent: &Sent) -> impl IntoView + use<> {
    let action = paths::service_settings(&loaded.service.summary.slug);
    let environment = loaded
        .place()
        .map(|place| place.environment.name.clone())
        .unwrap_or_default();
    let each = loaded
        .checks
        .iter()
        .map(|setting| check(setting, sent))
        .collect_view();
    let (errors, why_not) = (sent.errors.clone(), loaded.not_checks.clone());
    let rules = paths::admin_rollback();
    let unwatched = loaded.checks.iter().all(|setting| !setting.enabled).then(|| {
        view! {
            <Notice tone=Tone::Warn>
                "Nothing is measured: no deploy of this service is watched, none is rolled back by rule, and each that Fairway drives \
                 waits for a person to confirm it."
            </Notice>
        }
    });
    view! {
        <Panel title="Checks" id="checks">
            <p>"What follows from a value beyond its threshold "<a href=rules>"is set by tier"</a>"."</p>
            {unwatched}
            <form class="deploy-form" method="post" action=action>
                <ErrorSummary errors />
                <input type="hidden" name="act" value="checks" />
                <input type="hidden" name="environment" value=environment />
                {each}
                <Button kind=ButtonKind::Primary disabled_because=why_not>"Save the checks"</Button>
            </form>
        </Panel>
    }
}

fn check(setting: &CheckSetting, sent: &Sent) -> impl IntoView + use<> {
    let (check, word) = (setting.check, setting.check.as_str());
    let default = check.default_queries();
    let was_sent = !sent.errors.is_empty();
    let enabled = if was_sent {
        sent.fields.all("enabled").contains(&word)
    } else {
        setting.enabled
    };
    let field = |name: &str, set: &str, default: &str| {
        let name = format!("{name}.{word}");
        let value = match (was_sent, set == default) {
            (true, _) => sent.fields.get(&name).to_owned(),
            (false, true) => String::new(),
            (false, false) => set.to_owned(),
        };
        let error = sent.error(&name);
        (name, value, error)
    };
    let (name, value, error) = field("measure", &setting.queries.measure, &default.measure);
    let requests = default.requests.as_deref().map(|default| {
        let query = setting.queries.requests.as_deref().unwrap_or(default);
        let (name, value, error) = field("requests", query, default);
        let label = format!("All requests, for {}", called(check));
        let placeholder = default.to_owned();
        view! { <TextArea label name value rows=2 placeholder error /> }
    });
    let hint = "PromQL. {service}, {environment} and {version} are values of labels, {window} is a range; empty is what stands in grey.";
    view! {
        <fieldset>
            <legend>{check.label()}</legend>
            <Checkbox label="Measured" name="enabled" value=word checked=enabled />
            <TextArea label=measured(check) name value rows=3 placeholder=default.measure hint=Some(hint.to_owned()) error />
            {requests}
        </fieldset>
    }
}

fn measured(check: Check) -> &'static str {
    match check {
        Check::Down => "How many are up",
        Check::ErrorRatio => "Bad requests",
        Check::P95 => "Seconds, of p95",
        Check::P99 => "Seconds, of p99",
    }
}

fn called(check: Check) -> &'static str {
    match check {
        Check::Down => "what is up",
        Check::ErrorRatio => "the error rate",
        Check::P95 => "p95",
        Check::P99 => "p99",
    }
}
