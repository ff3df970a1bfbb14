//! `/`

mod checklist;
mod now;
mod overview;

use std::sync::Arc;

use commands::CommandError;
use domain::{
    catalog::{Health, ServiceFacets, ServiceFilter, ServiceSummary},
    deploys::read::{DeployFilter, DeployOutcome, DeploySummary},
    environments::EnvironmentClass,
    home::{OpenIncident, OpenPullRequests},
    intake::{Delivery, DeliveryFilter},
    live::{ChangeKind, Topic},
    page::Position,
};
use futures::try_join;
use leptos::prelude::*;

use self::checklist::FirstSteps;
use crate::{
    ctx::Ctx,
    features::catalog::facets::facets,
    format,
    page::{Page, Section, respond},
    ui::{PageHeader, region},
};

/// Rows of each list: Home answers "is anything wrong, what is moving", the lists behind it answer the rest.
const ROWS: u32 = 8;
/// Read for the list of finished deploys; those still open stand in the list above it.
const READ: u32 = 3 * ROWS;
/// Open incidents read; more than this at once is one disaster.
const INCIDENTS: i64 = 50;

/// What Home shows.
struct Home {
    in_flight: Vec<DeploySummary>,
    in_flight_count: u64,
    delivered: Vec<DeploySummary>,
    unwell: Vec<ServiceSummary>,
    services: Arc<ServiceFacets>,
    incidents: Vec<OpenIncident>,
    pull_requests: OpenPullRequests,
    last_delivery: Option<Delivery>,
    unmatched: u64,
    github_problem: Option<&'static str>,
}

impl Home {
    /// Whether the first steps still wait for something.
    fn is_beginning(&self) -> bool {
        self.services.total == 0 || (self.in_flight.is_empty() && self.delivered.is_empty())
    }
}

/// What is moving, what is unwell, what reached production last; before anything has arrived, what to do first.
pub fn home_page() -> impl IntoView {
    respond(|ctx| async move {
        let since = ctx.reads().live_end().await?;
        let mut home = load(&ctx).await?;
        if home.is_beginning() && ctx.commands().asks_github() {
            home.github_problem = github_problem(&ctx).await?;
        }
        Ok(Page::new(Section::Home, "Home")
            .live(since, topics(&home))
            .body(view(&ctx, home)))
    })
}

/// What Home shows; deliveries only while the first steps wait for them, since later there is no end of them.
fn topics(home: &Home) -> Vec<Topic> {
    let mut kinds = vec![
        ChangeKind::Deploy,
        ChangeKind::Health,
        ChangeKind::Catalog,
        ChangeKind::PullRequest,
    ];
    if home.is_beginning() {
        kinds.push(ChangeKind::Delivery);
    }
    kinds.into_iter().map(Topic::Kind).collect()
}

async fn load(ctx: &Ctx) -> Result<Home, CommandError> {
    let reads = ctx.reads();
    let in_flight = DeployFilter {
        outcome: Some(DeployOutcome::InFlight),
        size: ROWS,
        ..DeployFilter::default()
    };
    let delivered = DeployFilter {
        class: Some(EnvironmentClass::Production),
        size: READ,
        ..DeployFilter::default()
    };
    let with = |health| ServiceFilter {
        health: Some(health),
        size: ROWS,
        ..ServiceFilter::default()
    };
    let (down, degraded) = (with(Health::Down), with(Health::Degraded));
    let (all, everything) = (ServiceFilter::default(), DeliveryFilter::default());
    let lists = async {
        try_join!(
            reads.deploys(&in_flight),
            reads.deploys(&delivered),
            reads.services(&down),
            reads.services(&degraded),
            reads.open_incidents(INCIDENTS),
            reads.open_pull_requests(i64::from(ROWS)),
        )
    };
    let counts = async {
        try_join!(
            facets(&reads, &all, ctx.now),
            reads.deploys_in_flight(),
            reads.unmatched_count(),
            reads.deliveries(&everything, &Position::Start, 1),
        )
    };
    let (lists, (services, in_flight_count, unmatched, last)) = try_join!(lists, counts)?;
    let (in_flight, delivered, down, degraded, incidents, pull_requests) = lists;
    let whole = |count: i64| u64::try_from(count).unwrap_or_default();
    Ok(Home {
        in_flight: in_flight.rows,
        in_flight_count: whole(in_flight_count),
        delivered: delivered
            .rows
            .into_iter()
            .filter(|deploy| !deploy.is_open())
            .take(ROWS as usize)
            .collect(),
        unwell: down
            .rows
            .into_iter()
            .chain(degraded.rows)
            .take(ROWS as usize)
            .collect(),
        services,
        incidents,
        pull_requests,
        last_delivery: last.rows.into_iter().next(),
        unmatched: whole(unmatched),
        github_problem: None,
    })
}

/// What is wrong with how Fairway asks GitHub, as far as it is noted.
async fn github_problem(ctx: &Ctx) -> Result<Option<&'static str>, CommandError> {
    let reads = ctx.reads();
    let (health, budgets, checks) = try_join!(
        reads.system_health("github"),
        reads.github_budgets(),
        reads.github_checks()
    )?;
    Ok(checklist::problem(health.as_ref(), &budgets, &checks))
}

fn view(ctx: &Ctx, home: Home) -> AnyView {
    let last_deploy = home
        .in_flight
        .iter()
        .chain(&home.delivered)
        .map(|deploy| deploy.requested_at)
        .max();
    let steps = FirstSteps {
        last_delivery: home.last_delivery.as_ref().map(|last| last.received_at),
        services: home.services.total,
        last_deploy,
        unmatched: home.unmatched,
        github_problem: home.github_problem,
    };
    let teams = home.services.owners.iter().filter(|owner| owner.value.is_some());
    let about = format!(
        "{}, {}",
        format::counted(home.services.total, "service"),
        format::counted(teams.count() as u64, "team")
    );
    let begun = steps.services > 0 || last_deploy.is_some();
    let title = ctx.app.organisation.name.clone();
    let first_steps = (!steps.complete()).then(|| checklist::checklist(&steps));
    let overview = begun.then(|| view! { {region("now", now::now(&home))}{overview::overview(home)} });
    let about = move || {
        if begun {
            about.clone()
        } else {
            "Three steps from here to the first figures. Each is checked off when its first event arrives."
                .to_owned()
        }
    };
    view! {
        {region("header", view! { <PageHeader title about /> })}
        {region("first-steps", first_steps)}
        {region("overview", overview)}
    }
    .into_any()
}
