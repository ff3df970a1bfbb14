//! `/admin/unmatched`

use commands::CommandError;
use domain::{
    access::{Action, Resource},
    deploys::{matching::MatchField, read::UnmatchedDeployments},
    page::{PAGE_SIZE, Page as Rows},
};
use leptos::prelude::*;
use serde::Deserialize;

use crate::{
    address::{ListAddress, Place},
    ctx::{self, Ctx},
    format,
    forms::{self, Sent},
    page::{Page, Section, respond_to},
    paths,
    ui::{
        Button, Column, Empty, ErrorSummary, LinkButton, Mono, PageHeader, Pagination, Panel, Row, Sha,
        Table, Time,
    },
};

/// Where the page of waiting deployments starts: all of its query.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
struct ListQuery(Place);

impl ListAddress for ListQuery {
    fn path(&self) -> String {
        paths::admin_unmatched()
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        Vec::new()
    }

    fn place(&self) -> &Place {
        &self.0
    }

    fn place_mut(&mut self) -> &mut Place {
        &mut self.0
    }
}

/// Deployments that wait for a person to say whose they are.
pub fn unmatched_page() -> impl IntoView {
    let sent = forms::sent();
    respond_to(|ctx, query: ListQuery| async move {
        let loaded = load(&ctx, &query).await?;
        Ok(Page::new(Section::Unmatched, "Unmatched")
            .crumb("Admin", paths::admin())
            .body(view(&query, loaded, &sent)))
    })
}

struct Loaded {
    kinds: Rows<UnmatchedDeployments>,
    count: u64,
}

async fn load(ctx: &Ctx, query: &ListQuery) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    Ok(Loaded {
        kinds: reads.unmatched_deployments(&query.position(), PAGE_SIZE).await?,
        count: u64::try_from(reads.unmatched_count().await?).unwrap_or_default(),
    })
}

fn view(query: &ListQuery, loaded: Loaded, sent: &Sent) -> impl IntoView + use<> {
    let Loaded { kinds, count } = loaded;
    let errors = sent.errors.clone();
    let columns = vec![
        Column::new("Deployment").grows(),
        Column::new("Waiting").numeric(),
        Column::new("Newest").numeric().dim().wide_only(),
        Column::new("Belongs to"),
    ];
    let (previous, next) = query.neighbours(&kinds);
    let rows = kinds.rows.into_iter().map(row).collect();
    view! {
        <PageHeader
            title="Unmatched"
            actions=|| view! {
                <LinkButton href=paths::admin_environments()>"Environments"</LinkButton>
                <LinkButton href=paths::admin_unmatched_csv()>"CSV"</LinkButton>
            }
            about=move || format!(
                "{} that no rule gives to a service. Such a deployment counts nowhere until somebody says whose it is.",
                format::counted(count, "deployment")
            )
        />
        <ErrorSummary errors />
        <Panel title="Waiting deployments" flush=true>
            <Table caption="Waiting deployments" columns rows empty=nothing />
        </Panel>
        <Pagination previous next previous_word="Newer" next_word="Older" />
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
            <Button disabled_because=ctx::why_not(Action::MatchDeployment, &Resource::Anything)>"Match"</Button>
        </form>
    }
}
