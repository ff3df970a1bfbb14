//! What is moving, what reached production last, and which services are not well.

use domain::{
    catalog::ServiceSummary,
    deploys::read::{DeployOutcome, DeploySummary},
    environments::EnvironmentClass,
};
use leptos::prelude::*;

use crate::{
    format,
    parts::{EnvironmentName, Person, ServiceLink, deploy_status, health_status},
    paths,
    ui::{Badge, Column, Empty, Panel, Prop, Props, Row, Section, StatusMark, Table, Time},
};

/// The lists of Home.
pub fn overview(
    in_flight: Vec<DeploySummary>,
    delivered: Vec<DeploySummary>,
    unwell: Vec<ServiceSummary>,
) -> AnyView {
    let moving_all = || all_with("outcome", DeployOutcome::InFlight.as_str());
    let delivered_all = || all_with("class", EnvironmentClass::Production.as_str());
    let moving = (!in_flight.is_empty()).then(|| {
        view! {
            <Panel title="In flight" note=moving_all flush=true><Table caption="Deploys in flight" columns=columns() rows=rows(in_flight) /></Panel>
        }
    });
    let nothing = || view! { <Empty title="Nothing reached production yet">"The first deploy to an environment of class production shows here."</Empty> };
    view! {
        <div class="columns">
            <div class="stack">
                {moving}
                <Panel title="Latest to production" note=delivered_all flush=true>
                    <Table caption="Latest deploys to production" columns=columns() rows=rows(delivered) empty=nothing />
                </Panel>
            </div>
            <aside class="stack" aria-label="Attention">{attention(unwell)}</aside>
        </div>
    }
    .into_any()
}

/// The link to the timeline with one filter set.
fn all_with(filter: &'static str, value: &'static str) -> AnyView {
    let href = paths::with_query(&paths::deploys(), [(filter, value)]);
    view! { <a href=href>"All →"</a> }.into_any()
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
        let name = view! { <ServiceLink slug=service.slug name=service.title /> };
        Prop::of(
            name,
            view! { <span title=why><StatusMark status=health_status(service.state.health) /></span> },
        )
    });
    let items = items.collect();
    view! { <Section title="Needs attention"><Props items /></Section> }.into_any()
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Release"),
        Column::new("Service").grows(),
        Column::new("Environment").dim().wide_only(),
        Column::new("Outcome"),
        Column::new("By").wide_only(),
        Column::new("When").numeric().dim().wide_only(),
    ]
}

fn rows(deploys: Vec<DeploySummary>) -> Vec<Row> {
    deploys.into_iter().map(row).collect()
}

fn row(deploy: DeploySummary) -> Row {
    Row::new(view! { <a href=paths::deploy(deploy.id)>{deploy.release()}</a> })
        .cell(view! { <ServiceLink slug=deploy.service.slug name=deploy.service.title /> })
        .cell(view! { <EnvironmentName name=deploy.environment class=deploy.class /> })
        .cell(view! { <Badge status=deploy_status(deploy.state) /> })
        .cell(view! { <Person person=deploy.initiator /> })
        .cell(view! { <Time at=deploy.requested_at /> })
}
