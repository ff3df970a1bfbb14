//! What is moving, what reached production last, which services are not well, what is open.

use domain::{
    catalog::ServiceSummary,
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
    ui::{Badge, Column, Empty, Mono, Panel, Row, Section, Span, StatusMark, Table, Tag, Time, list_region, region},
};

/// The lists of Home.
pub fn overview(home: Home) -> AnyView {
    let moving_all = || all_with("outcome", DeployOutcome::InFlight.as_str());
    let delivered_all = || all_with("class", EnvironmentClass::Production.as_str());
    let nothing_moves = || view! { <p class="panel-line">"Nothing is on its way."</p> };
    let nothing = || view! { <Empty title="Nothing reached production yet">"The first deploy to an environment of class production shows here."</Empty> };
    view! {
        <div class="columns">
            <div class="stack">
                {list_region("in-flight", "deploy", view! {

                    <Panel title="In flight" note=moving_all flush=true>
                        <Table caption="Deploys in flight" columns=columns("For") rows=rows(home.in_flight) empty=nothing_moves />
                    </Panel>
                })}
                {list_region("delivered", "deploy", view! {

                    <Panel title="Latest to production" note=delivered_all flush=true>
                        <Table caption="Latest deploys to production" columns=columns("Took") rows=rows(home.delivered) empty=nothing />
                    </Panel>
                })}
                {list_region("pull-requests", "pull request", pull_requests(home.pull_requests))}
            </div>
            <aside class="stack" aria-label="Attention">
                {region("incidents", incidents(home.incidents))}
                {region("attention", attention(home.unwell))}
            </aside>
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

fn columns(length: &'static str) -> Vec<Column> {
    vec![
        Column::new("Deploy").grows(),
        Column::new("Environment").dim().wide_only(),
        Column::new("Outcome"),
        Column::new("By").wide_only(),
        Column::new("Asked for").numeric().dim().wide_only(),
        Column::new(length).numeric().dim().wide_only(),
    ]
}

fn rows(deploys: Vec<DeploySummary>) -> Vec<Row> {
    deploys.into_iter().map(row).collect()
}

fn row(deploy: DeploySummary) -> Row {
    let (href, release) = (paths::deploy(deploy.id), deploy.release());
    let length = deploy.finished_at.map(|end| end - deploy.requested_at);
    let length = if deploy.is_open() {
        view! { <Time at=deploy.requested_at style=crate::ui::TimeStyle::Age /> }.into_any()
    } else {
        view! { <Span length /> }.into_any()
    };
    Row::new(view! { <a href=href>{deploy.service.title}" "<Mono>{release}</Mono></a> })
        .cell(view! { <EnvironmentName name=deploy.environment class=deploy.class /> })
        .cell(view! { <Badge status=deploy_status(deploy.state) /> })
        .cell(view! { <Person person=deploy.initiator /> })
        .cell(view! { <Time at=deploy.requested_at /> })
        .cell(length)
        .item(deploy.id)
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
    let none = || view! { <p class="panel-line">"No pull request is open in a repository that Fairway knows."</p> };
    view! {
        <Panel title="Open pull requests" id="pull-requests" note=move || note.clone() flush=true>
            <Table caption="Open pull requests" columns rows empty=none />
        </Panel>
    }
    .into_any()
}

fn pull_request(open: OpenPullRequest) -> Row {
    let href = format!("https://github.com/{}/pull/{}", open.repository, open.number);
    let number = format!("#{}", open.number);
    let draft = open.draft.then(|| view! { " "<Tag>"draft"</Tag> });
    let (repository, id) = (open.repository, href.clone());
    Row::new(view! { <a href=href rel="noreferrer">{open.title}" "<span class="dim">{number}</span></a>{draft} })
        .cell(repository)
        .cell(view! { <Person person=open.author /> })
        .cell(view! { <Time at=open.opened_at /> })
        .item(id)
}
