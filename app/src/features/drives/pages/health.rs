//! What is asked for the health of a service in the environment that is open.

use leptos::prelude::*;

use super::{super::settings::settings_of, settings::Loaded};
use crate::{
    forms::Sent,
    ui::{Button, ButtonKind, ErrorSummary, Mono, Panel, TextField},
};

/// The panel with its form; nothing before there is an environment.
pub(super) fn health(loaded: &Loaded, sent: &Sent) -> Option<AnyView> {
    let place = loaded.place()?;
    let name = place.environment.name.clone();
    let action = settings_of(&loaded.service.summary.slug, &name);
    let stored = place.health_url.clone().unwrap_or_default();
    let value = if sent.errors.is_empty() {
        stored
    } else {
        sent.fields.get("health_url").to_owned()
    };
    let (errors, error, why_not) = (
        sent.errors.clone(),
        sent.error("health_url"),
        loaded.not_checks.clone(),
    );
    let asked = asked(loaded.service.health_url.as_deref(), place.health_url.is_some());
    let label = format!("Health address in {name}");
    let hint =
        "http or https, without a password. Empty is the one of the catalog file, fairway.dev/health-url.";
    let view = view! {
        <Panel title="Health address" id="health">
            <p>{asked}</p>
            <form class="deploy-form" method="post" action=action>
                <ErrorSummary errors />
                <input type="hidden" name="act" value="health" />
                <input type="hidden" name="environment" value=name />
                <TextField label name="health_url" value kind="url" autocomplete="off" hint=Some(hint.to_owned()) error />
                <Button kind=ButtonKind::Primary disabled_because=why_not>"Save the address"</Button>
            </form>
        </Panel>
    };
    Some(view.into_any())
}

/// Which address counts there, and what comes of it.
fn asked(in_file: Option<&str>, is_set: bool) -> AnyView {
    let what = "What answers with 500 or more, or not at all, is taken as down; it is asked too where metrics say nothing.";
    match (is_set, in_file) {
        (true, _) => format!("The address below is asked there. {what}").into_any(),
        (false, Some(url)) => {
            let url = url.to_owned();
            view! { "The address of the catalog file is asked there: "<Mono>{url}</Mono>". "{what} }
                .into_any()
        }
        (false, None) => {
            format!("No health address is known there, so nothing stands in for metrics. {what}").into_any()
        }
    }
}
