//! What is moving, what reached production last, which services are not well, what is open.

use domain::{
    catalog::{ServiceFacets, ServiceSummary},
    deploys::read::{DeployOutcome, DeploySummary},
    environments::EnvironmentClass,
    home::{OpenIncident, OpenPullRequest, OpenPullRequests},
};
use leptos::prelude::*;

use super::Home;
use crate::{
    format,
    parts::{EnvironmentName, Incidents, Person, ServiceLink, deploy_status, health_status},
    paths,
    ui::{
        Badge, Column, Empty, Mono, Panel, Prop, Props, Row, Section, Span, StatusMark, Table, Tag, Time,
        TimeStyle, list_region, region,
    },
};

/// The lists of Home.
pub fn overview(home: Home) -> AnyView {
    let moving_all = || all_with("outcome", DeployOutcome::InFlight.as_str());
    let delivered_all = || all_with("class", EnvironmentClass::Production.as_str());
    let teams = teams(&home.services);
    let nothing_moves = || view! { <p class="panel-line">"Nothing is on its way."</p> };
    let nothing = || view! { <Empty title="Nothing reached production yet">"The first deploy to an environment of class production shows here."</Empty> };
    view! {
        <div class="columns">
            <aside class="stack" aria-label="Attention">
                {region("incidents", incidents(home.incidents))}
                {region("attention", attention(home.unwell))}
                {teams}
            </aside>
            <div class="stack home-lists">
                {list_region("in-flight", "deploy", view! {

                    <Panel title="In flight" note=moving_all flush=true>
                        <Table caption="Deploys in flight" columns=columns(["Environment", "For"]) rows=home.in_flight.into_iter().map(moving).collect() empty=nothing_moves />
                    </Panel>
                })}
                {list_region("delivered", "deploy", view! {

                    <Panel title="Latest to production" note=delivered_all flush=true>
                        <Table caption="Latest deploys to production" columns=columns(["Took", "Asked for"]) rows=home.delivered.into_iter().map(delivered).collect() empty=nothing />
                    </Panel>
                })}
                {list_region("pull-requests", "pull request", pull_requests(home.pull_requests))}
            </div>
        </div>
    }
    .into_any()
}

/// The link to the timeline with one filter set.
fn all_with(filter: &'static str, value: &'static str) -> AnyView {
    let href = paths::with_query(&paths::deploys(), [(filter, value)]);
    view! { <a href=href>"All →"</a> }.into_any()
}

fn incidents(open: Vec<OpenIncident>) -> AnyView {
    if open.is_empty() {
        return view! { <Section title="Open incidents"><p>"None is open."</p></Section> }.into_any();
    }
    let incidents = open
        .into_iter()
        .map(|open| (Some(open.service), open.incident))
        .collect();
    view! { <Section title="Open incidents"><Incidents incidents /></Section> }.into_any()
}

fn attention(unwell: Vec<ServiceSummary>) -> AnyView {
    if unwell.is_empty() {
        return view! { <Section title="Needs attention"><p>"No service is known to be unwell."</p></Section> }.into_any();
    }
    let items = unwell.into_iter().map(|service| {
        let why = match service.state.open_incidents {
            0 => "last production deploy failed".to_owned(),
            open => format::counted(u64::from(open), "open incident"),
        };
        let status = health_status(service.state.health);
        view! {
            <li>
                <p><ServiceLink slug=service.slug name=service.title /></p>
                <p class="item-note"><StatusMark status />" · "{why}</p>
            </li>
        }
    });
    let items = items.collect_view();
    view! { <Section title="Needs attention"><ul class="items">{items}</ul></Section> }.into_any()
}

/// Each team with its services.
fn teams(facets: &ServiceFacets) -> Option<AnyView> {
    let items: Vec<Prop> = facets
        .owners
        .iter()
        .filter_map(|owner| {
            let href = paths::with_query(&paths::services(), [("owner", owner.value.as_deref()?)]);
            let label = owner.label.clone();
            let count = format::counted(owner.count, "service");
            Some(Prop::of(
                view! { <a href=href>{label}</a> },
                view! { <span class="dim">{count}</span> },
            ))
        })
        .collect();
    (!items.is_empty()).then(|| view! { <Section title="Teams"><Props items /></Section> }.into_any())
}

/// Both lists have columns of the same widths, so that they stand below each other.
fn columns([fourth, fifth]: [&'static str; 2]) -> Vec<Column> {
    vec![
        Column::new("Deploy"),
        Column::new("Outcome"),
        Column::new("By").wide_only(),
        Column::new(fourth).dim().wide_only(),
        Column::new(fifth).numeric().dim().wide_only(),
    ]
}

fn name(deploy: &DeploySummary) -> impl IntoView + use<> {
    let (href, release) = (paths::deploy(deploy.id), deploy.release());
    let title = deploy.service.title.clone();
    view! { <a href=href>{title}" "<Mono>{release}</Mono></a> }
}

fn moving(deploy: DeploySummary) -> Row {
    let (id, at) = (deploy.id, deploy.requested_at);
    Row::new(name(&deploy))
        .cell(view! { <Badge status=deploy_status(deploy.state) /> })
        .cell(view! { <Person person=deploy.initiator /> })
        .cell(view! { <EnvironmentName name=deploy.environment class=deploy.class /> })
        .cell(view! { <Time at style=TimeStyle::Age /> })
        .item(id)
}

fn delivered(deploy: DeploySummary) -> Row {
    let (id, at) = (deploy.id, deploy.requested_at);
    let length = deploy.finished_at.map(|end| end - at);
    Row::new(name(&deploy))
        .cell(view! { <Badge status=deploy_status(deploy.state) /> })
        .cell(view! { <Person person=deploy.initiator /> })
        .cell(view! { <Span length /> })
        .cell(view! { <Time at /> })
        .item(id)
}

fn pull_requests(open: OpenPullRequests) -> AnyView {
    let columns = vec![
        Column::new("Pull request").grows(),
        Column::new("Repository").dim().wide_only(),
        Column::new("Author"),
        Column::new("Opened").numeric().dim(),
    ];
    let hidden = open.total.saturating_sub(open.newest.len() as u64);
    let note = if hidden == 0 {
        format::counted(open.total, "pull request")
    } else {
        format!("newest {} of {}", open.newest.len(), format::count(open.total))
    };
    let rows = open.newest.into_iter().map(pull_request).collect();
    let nothing =
        || view! { <p class="panel-line">"No pull request is open in a repository that Fairway knows."</p> };
    view! {
        <Panel title="Open pull requests" id="pull-requests" note=move || note.clone() flush=true>
            <Table caption="Open pull requests" columns rows empty=nothing />
        </Panel>
    }
    .into_any()
}

fn pull_request(open: OpenPullRequest) -> Row {
    let href = format!("https://github.com/{}/pull/{}", open.repository, open.number);
    let number = format!("#{}", open.number);
    let draft = open.draft.then(|| view! { " "<Tag>"draft"</Tag> });
    let (repository, id) = (open.repository, href.clone());
    Row::new(
        view! { <a href=href rel="noreferrer">{open.title}" "<span class="dim">{number}</span></a>{draft} },
    )
    .cell(repository)
    .cell(view! { <Person person=open.author /> })
    .cell(view! { <Time at=open.opened_at /> })
    .item(id)
}
