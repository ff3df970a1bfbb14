//! `/admin/unmatched`

use commands::CommandError;
use domain::{
    deploys::{matching::MatchField, read::UnmatchedDeployments},
    environments::{Environment, EnvironmentClass},
    page::{PAGE_SIZE, Page as Rows},
};
use leptos::prelude::*;
use serde::Deserialize;

use crate::{
    address,
    ctx::Ctx,
    format,
    forms::{self, Sent},
    page::{Page, Section, respond},
    parts::class_words,
    paths,
    ui::{
        Button, ButtonKind, Column, Empty, ErrorSummary, LinkButton, Mono, PageHeader, Pagination, Panel,
        Row, Sha, Table, Time,
    },
};

/// Where the page of waiting deployments starts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    after: String,
    before: String,
}

/// Deployments that wait for a person to say whose they are.
pub fn unmatched_page() -> impl IntoView {
    let sent = forms::sent();
    respond(|ctx| async move {
        let loaded = load(&ctx, &ctx.query()?).await?;
        Ok(Page::new(Section::Unmatched, "Unmatched").body(view(loaded, &sent)))
    })
}

struct Loaded {
    kinds: Rows<UnmatchedDeployments>,
    count: u64,
    environments: Vec<Environment>,
}

async fn load(ctx: &Ctx, query: &ListQuery) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    let position = address::position(&query.after, &query.before);
    Ok(Loaded {
        kinds: reads.unmatched_deployments(&position, PAGE_SIZE).await?,
        count: u64::try_from(reads.unmatched_count().await?).unwrap_or_default(),
        environments: reads.environments().await?,
    })
}

fn view(loaded: Loaded, sent: &Sent) -> impl IntoView + use<> {
    let Loaded {
        kinds,
        count,
        environments,
    } = loaded;
    let errors = sent.errors.clone();
    let columns = vec![
        Column::new("Deployment").grows(),
        Column::new("Waiting").numeric(),
        Column::new("Newest").numeric().dim().wide_only(),
        Column::new("Belongs to"),
    ];
    let at = |name: &'static str, cursor: Option<String>| {
        cursor.map(|cursor| paths::with_query(&paths::admin_unmatched(), [(name, cursor)]))
    };
    let (previous, next) = (at("before", kinds.previous), at("after", kinds.next));
    let rows = kinds.rows.into_iter().map(row).collect();
    view! {
        <PageHeader
            title="Unmatched"
            actions=|| view! { <LinkButton href=paths::admin_unmatched_csv() kind=ButtonKind::Quiet>"CSV"</LinkButton> }
            about=move || format!(
                "{} that no rule gives to a service. They count nowhere until somebody says whose they are.",
                format::counted(count, "deployment")
            )
        />
        <ErrorSummary errors />
        <Panel title="Waiting deployments" flush=true>
            <Table caption="Waiting deployments" columns rows empty=nothing />
        </Panel>
        <Pagination previous next previous_word="Newer" next_word="Older" />
        {classes(environments)}
    }
}

fn nothing() -> impl IntoView {
    view! {
        <Empty title="Every deployment belongs to a service">
            <LinkButton href=paths::deploys()>"See the deploys"</LinkButton>
        </Empty>
    }
}

fn row(waiting: UnmatchedDeployments) -> Row {
    let (at, sha) = (waiting.last_at, waiting.sha.clone());
    let environment = waiting.texts.environment.clone();
    let about: Vec<String> = [
        waiting
            .texts
            .text(MatchField::Workflow)
            .map(|workflow| format!("workflow {workflow}")),
        waiting
            .texts
            .text(MatchField::Payload)
            .map(|service| format!("payload names {service}")),
        waiting
            .texts
            .text(MatchField::Task)
            .filter(|task| *task != "deploy")
            .map(|task| format!("task {task}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let about = about.join(" · ");
    let repository = waiting.repository.clone();
    let name = view! {
        <span class="unmatched-name">{repository}" to "<Mono>{environment}</Mono>" "<Sha sha bare=true /></span>
        <span class="dim unmatched-about">{about}</span>
    };
    Row::new(name)
        .cell(waiting.count)
        .cell(view! { <Time at /> })
        .cell(form(&waiting))
}

fn form(waiting: &UnmatchedDeployments) -> impl IntoView + use<> {
    let id = waiting.github_id.to_string();
    let list = format!("services-{id}");
    let services = waiting.services.clone();
    let rules = MatchField::ALL
        .into_iter()
        .filter_map(|field| {
            let text = waiting.texts.text(field)?;
            Some((field.as_str(), format!("and all with {} {text}", field.label())))
        })
        .enumerate()
        // The most telling text first: an environment alone would take every service of the repository along.
        .map(|(place, (value, label))| view! { <option value=value selected=place == 0>{label}</option> })
        .collect_view();
    let label = format!(
        "Service of {} in {}",
        waiting.repository, waiting.texts.environment
    );
    view! {
        <form class="match-form" method="post" action=paths::admin_unmatched()>
            <input type="hidden" name="deployment" value=id />
            <input class="control" name="service" required=true list=list.clone() placeholder="service" aria-label=label autocomplete="off" />
            <datalist id=list>
                {services.into_iter().map(|service| view! { <option value=service.slug>{service.title}</option> }).collect_view()}
            </datalist>
            <select class="control" name="rule" aria-label="Which others belong there too">
                <option value="">"this one only"</option>
                {rules}
            </select>
            <Button>"Match"</Button>
        </form>
    }
}

/// What each environment is for, with a form to change it.
fn classes(environments: Vec<Environment>) -> impl IntoView {
    let columns = vec![
        Column::new("Environment").grows(),
        Column::new("Known by").dim().wide_only(),
        Column::new("Class"),
    ];
    let rows = environments.into_iter().map(class_row).collect();
    view! {
        <Panel title="Environments" id="environments" flush=true>
            <details class="class-rule">
                <summary>"How a name says the class"</summary>
                {class_rule()}
            </details>
            <Table caption="Environments and their classes" columns rows
                empty=|| view! { <Empty title="No environments yet">"They appear with the first deployment."</Empty> } />
        </Panel>
    }
}

/// The rule of `EnvironmentClass::of_name`, from the words that it uses.
fn class_rule() -> impl IntoView {
    let lines = EnvironmentClass::ASKED
        .map(|class| view! { <li>{class_words(class)}": "{class.words().join(", ")}</li> });
    let back = EnvironmentClass::TAKING_BACK.join(", ");
    view! {
        <p>
            "A name is cut into words at everything that is neither a letter nor a digit; a number at the end of a word does \
             not count. The first of these that has one of the words is its class:"
        </p>
        <ol>{lines.collect_view()}</ol>
        <p>
            {format!(
                "So a name is production only when nothing in it says otherwise: prod-eu is, prod-test is not. Beside one of \
                 the words {back} a production word means staging. Every other name is development, and so is one with \
                 characters that cannot be seen. A class that a person sets stays."
            )}
        </p>
    }
}

fn class_row(environment: Environment) -> Row {
    let known = if environment.class_by_hand {
        "a person"
    } else {
        "its name"
    };
    let options = EnvironmentClass::ALL
        .map(|class| view! { <option value=class.as_str() selected=class == environment.class>{class_words(class)}</option> });
    let name = environment.name.clone();
    let label = format!("Class of {name}");
    Row::new(view! { <Mono>{environment.name}</Mono> })
        .cell(known)
        .cell(view! {
            <form class="match-form" method="post" action=paths::admin_unmatched()>
                <input type="hidden" name="environment" value=name />
                <select class="control" name="class" aria-label=label>{options.collect_view()}</select>
                <Button kind=ButtonKind::Quiet>"Set"</Button>
            </form>
        })
}
