//! Who carries out the deploys of a service, by environment. What orders are signed with is written and never shown.

use domain::executors::{DELIVERY_INPUT, Executor, PLACEHOLDERS, Reach, whole_inputs};
use leptos::prelude::*;

use super::{
    super::settings::settings_of,
    settings::{Loaded, Place},
};
use crate::{
    forms::Sent,
    parts::EnvironmentName,
    ui::{
        Button, ButtonKind, Choice, Column, Empty, ErrorSummary, Mono, Panel, Row, Select, Table, TextArea,
        TextField, Time,
    },
};

/// The panel: every environment with who carries deploys out there, and the form of the one that is open.
pub(super) fn executors(loaded: &Loaded, sent: &Sent) -> impl IntoView + use<> {
    let slug = loaded.service.summary.slug.clone();
    let columns = vec![
        Column::new("Environment"),
        Column::new("Carried out by").grows(),
        Column::new("Set").numeric().dim().wide_only(),
        Column::new("After success in").wide_only(),
    ];
    let rows = loaded
        .places
        .iter()
        .enumerate()
        .map(|(index, place)| row(place, &slug, loaded.open == Some(index)))
        .collect();
    let form = loaded.place().map(|place| form(place, loaded, sent));
    view! {
        <Panel title="Executors" id="executor" flush=true>
            <Table caption="Executors by environment" columns rows empty=|| view! {
                <Empty title="No environments yet">"An environment is known once something was deployed to it."</Empty>
            } />
            {form.map(|form| view! { <div class="panel-inset">{form}</div> })}
        </Panel>
    }
}

fn row(place: &Place, slug: &str, is_open: bool) -> Row {
    let (name, class) = (place.environment.name.clone(), place.environment.class);
    let href = format!("{}#executor", settings_of(slug, &name));
    let upstreams: Vec<&str> = place.upstreams.iter().map(|one| one.name.as_str()).collect();
    Row::new(view! { <a href=href><EnvironmentName name class /></a> })
        .cell(carried_out(place.executor.as_ref()))
        .cell(place.executor.as_ref().map(|executor| {
            let at = executor.set_at;
            view! { <Time at /> }
        }))
        .cell(upstreams.join(", "))
        .current(is_open)
}

fn carried_out(executor: Option<&Executor>) -> AnyView {
    match executor.map(|executor| &executor.reach) {
        None => view! { <span class="unknown">"nobody"</span> }.into_any(),
        Some(Reach::GithubActions {
            repository,
            workflow,
            git_ref,
            ..
        }) => {
            let (what, branch) = (format!("{repository} {workflow}"), git_ref.clone());
            view! { "the workflow "<Mono>{what}</Mono>" on "<Mono>{branch}</Mono> }.into_any()
        }
        Some(Reach::Webhook { url }) => {
            let url = url.clone();
            view! { "a signed webhook to "<Mono>{url}</Mono> }.into_any()
        }
    }
}

/// What stands in the fields: what was typed, else what is set.
struct Written {
    kind: String,
    repository: String,
    workflow: String,
    git_ref: String,
    inputs: String,
    url: String,
    /// Whether a secret is kept where none is typed.
    keeps: bool,
}

impl Written {
    fn of(place: &Place, loaded: &Loaded, sent: &Sent) -> Self {
        let repository = loaded.service.repository.as_ref();
        let mut written = Self {
            kind: "github_actions".to_owned(),
            repository: repository
                .map(|known| known.full_name.clone())
                .unwrap_or_default(),
            workflow: String::new(),
            git_ref: String::new(),
            inputs: whole_inputs(),
            url: String::new(),
            keeps: place
                .executor
                .as_ref()
                .is_some_and(|executor| executor.has_secret),
        };
        match place.executor.as_ref().map(|executor| &executor.reach) {
            Some(Reach::GithubActions {
                repository,
                workflow,
                git_ref,
                inputs,
            }) => {
                let lines = inputs.iter().map(|(name, value)| format!("{name}={value}"));
                (written.repository, written.workflow) = (repository.clone(), workflow.clone());
                (written.git_ref, written.inputs) = (git_ref.clone(), lines.collect::<Vec<_>>().join("\n"));
            }
            Some(Reach::Webhook { url }) => {
                "webhook".clone_into(&mut written.kind);
                written.url.clone_from(url);
            }
            None => {}
        }
        if !sent.errors.is_empty() {
            let typed = |name: &str| sent.fields.get(name).to_owned();
            (written.kind, written.url) = (typed("kind"), typed("url"));
            (written.repository, written.workflow) = (typed("repository"), typed("workflow"));
            (written.git_ref, written.inputs) = (typed("git_ref"), typed("inputs"));
        }
        written
    }
}

fn form(place: &Place, loaded: &Loaded, sent: &Sent) -> impl IntoView + use<> {
    let (name, why_not) = (place.environment.name.clone(), loaded.not_executors.clone());
    let action = settings_of(&loaded.service.summary.slug, &name);
    let removing = place
        .executor
        .is_some()
        .then(|| remove((&action, &name), why_not.clone()));
    let late = sent.of("remove_executor").errors;
    let sent = sent.of("executor");
    let Written {
        kind,
        repository,
        workflow,
        git_ref,
        inputs,
        url,
        keeps,
    } = Written::of(place, loaded, &sent);
    let error = |field: &str| sent.error(field);
    let kinds = vec![
        Choice::new("github_actions", "a workflow of GitHub Actions"),
        Choice::new("webhook", "a signed webhook"),
    ];
    let named = format!("Deploys to {name} are carried out by");
    view! {
        <div class="setting">
            <form class="deploy-form" method="post" action=action.clone()>
                <ErrorSummary errors=late title="It was not removed" />
                <ErrorSummary errors=sent.errors.clone() />
                <input type="hidden" name="act" value="executor" />
                <input type="hidden" name="environment" value=name />
                <Select label=named name="kind" choices=kinds selected=kind error=error("kind") />
                <fieldset>
                    <legend>"Where it is a workflow"</legend>
                    <TextField label="Repository" name="repository" value=repository autocomplete="off" error=error("repository") />
                    <TextField label="Workflow file" name="workflow" value=workflow autocomplete="off" error=error("workflow") />
                    <TextField label="Branch or tag" name="git_ref" value=git_ref autocomplete="off"
                        hint=Some("main where it is empty.".to_owned()) error=error("git_ref") />
                    <TextArea label="Inputs" name="inputs" value=inputs hint=Some(inputs_hint()) error=error("inputs") />
                </fieldset>
                <fieldset>
                    <legend>"Where it is a webhook"</legend>
                    <TextField label="Address" name="url" value=url kind="url" autocomplete="off" error=error("url") />
                    <TextField label="Secret" name="secret" kind="password" autocomplete="new-password"
                        hint=Some(secret_hint(keeps).to_owned()) error=error("secret") />
                </fieldset>
                <Button kind=ButtonKind::Primary disabled_because=why_not>"Save the executor"</Button>
            </form>
            {removing}
        </div>
    }
}

fn inputs_hint() -> String {
    let places = PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(" ");
    format!(
        "A line name=value for each that the workflow declares; a value may hold {places}. It has to be told {{act}}, {{key}} and \
         {{commit}} or {{digest}}. {DELIVERY_INPUT} is sent by itself."
    )
}

fn secret_hint(keeps: bool) -> &'static str {
    if keeps {
        "One is set, and never shown. Empty keeps it; at least 32 characters replace it."
    } else {
        "Orders are signed with it: at least 32 characters, for example what `openssl rand -hex 32` prints. It is never shown again."
    }
}

fn remove((action, name): (&str, &str), why_not: Option<String>) -> impl IntoView + use<> {
    let (action, name) = (action.to_owned(), name.to_owned());
    view! {
        <details class="undo">
            <summary>"Remove the executor"</summary>
            <form method="post" action=action>
                <input type="hidden" name="act" value="remove_executor" />
                <input type="hidden" name="environment" value=name />
                <p>"Nothing is driven there until another one is set. What is on its way there ends when nothing is heard of it."</p>
                <Button kind=ButtonKind::Danger disabled_because=why_not>"Remove it"</Button>
            </form>
        </details>
    }
}
