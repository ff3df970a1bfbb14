//! `/`

mod checklist;
mod gates;
mod now;
mod overview;
mod steps;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{
    catalog::{Health, ServiceFacets, ServiceFilter, ServiceSort, ServiceSummary},
    deploys::read::{DeployFilter, DeployOutcome, DeploySummary},
    environments::EnvironmentClass,
    home::{Mine, OpenIncident, OpenPullRequests},
    ids::TeamId,
    live::{ChangeKind, Topic},
    people::TeamRef,
};
use futures::try_join;
use leptos::prelude::*;
use store::{Reads, StoreError};

use self::{checklist::FirstSteps, gates::Gates};
use super::address::HomeQuery;
use crate::{
    ctx::Ctx,
    features::catalog::facets::facets,
    format,
    page::{Page, Section, respond_to},
    paths,
    ui::{LinkButton, PageHeader, region},
};

/// Rows of each list: Home answers "is anything wrong, what is moving", the lists behind it answer the rest.
const ROWS: u32 = 8;
/// Read for the list of finished deploys; those still open stand in the list above it.
const READ: u32 = 3 * ROWS;
/// Open incidents read; more than this at once is one disaster.
const INCIDENTS: i64 = 50;

/// What Home shows.
struct Home {
    /// Whose it is; everybody's where it is nobody's in particular.
    mine: Option<Mine>,
    /// What waits for whoever looks, where they decide anywhere.
    gates: Option<Gates>,
    in_flight: Vec<DeploySummary>,
    in_flight_count: u64,
    delivered: Vec<DeploySummary>,
    /// Of somebody's own services all, those that are not well first; of everybody's only these.
    listed: Vec<ServiceSummary>,
    services: Arc<ServiceFacets>,
    incidents: Vec<OpenIncident>,
    pull_requests: OpenPullRequests,
}

/// What is moving, what is unwell, what reached production last; before anything has arrived, what to do first. Whoever
/// belongs to a team sees what is theirs, unless they ask for everything.
pub fn home_page() -> impl IntoView {
    respond_to(|ctx, query: HomeQuery| async move {
        let since = ctx.reads().live_end().await?;
        let everything = query.is_everything()?;
        let whoever = whoever(&ctx).await?;
        let has_teams = whoever.is_some();
        let home = load(&ctx, whoever.filter(|_| !everything)).await?;
        let steps = steps::first_steps(&ctx, &home).await?;
        Ok(Page::new(Section::Home, "Home")
            .live(since, topics(steps.is_some()))
            .body(view(&ctx, (home, has_teams), steps)))
    })
}

/// Whoever asks with their teams, where they have any.
async fn whoever(ctx: &Ctx) -> Result<Option<Mine>, CommandError> {
    let Some(person) = ctx.viewer()?.signed_in() else {
        return Ok(None);
    };
    let teams = ctx.reads().teams_of(person).await?;
    Ok((!teams.is_empty()).then_some(Mine { person, teams }))
}

/// What Home shows; deliveries only while the first steps wait for them, since later there is no end of them.
fn topics(is_beginning: bool) -> Vec<Topic> {
    let mut kinds = vec![
        ChangeKind::Deploy,
        ChangeKind::Health,
        ChangeKind::Catalog,
        ChangeKind::PullRequest,
        ChangeKind::Approval,
    ];
    if is_beginning {
        kinds.push(ChangeKind::Delivery);
    }
    kinds.into_iter().map(Topic::Kind).collect()
}

async fn load(ctx: &Ctx, mine: Option<Mine>) -> Result<Home, CommandError> {
    let reads = ctx.reads();
    let teams = mine.as_ref().map(Mine::team_ids);
    let (moving, reached) = (in_flight(teams.clone(), ROWS), delivered(teams.clone(), READ));
    let owned = ServiceFilter {
        teams: teams.clone(),
        ..ServiceFilter::default()
    };
    let (in_flight, delivered, listed, incidents, pull_requests, services, count) = try_join!(
        reads.deploys(&moving),
        reads.deploys(&reached),
        listed(&reads, &owned),
        reads.open_incidents(mine.as_ref(), INCIDENTS),
        reads.open_pull_requests(mine.as_ref(), i64::from(ROWS)),
        counted(&reads, &owned, ctx.now),
        in_flight_count(&reads, teams.as_deref()),
    )?;
    let gates = gates::load(ctx).await?;
    let mut delivered = delivered.rows;
    delivered.retain(|deploy| !deploy.is_open());
    delivered.truncate(ROWS as usize);
    Ok(Home {
        mine,
        gates,
        in_flight: in_flight.rows,
        in_flight_count: whole(count),
        delivered,
        listed,
        services,
        incidents,
        pull_requests,
    })
}

fn in_flight(teams: Option<Vec<TeamId>>, size: u32) -> DeployFilter {
    DeployFilter {
        teams,
        outcome: Some(DeployOutcome::InFlight),
        size,
        ..DeployFilter::default()
    }
}

fn delivered(teams: Option<Vec<TeamId>>, size: u32) -> DeployFilter {
    DeployFilter {
        teams,
        class: Some(EnvironmentClass::Production),
        size,
        ..DeployFilter::default()
    }
}

/// The counts of services; those of everything are read by many, and kept for a moment.
async fn counted(
    reads: &Reads,
    owned: &ServiceFilter,
    now: DateTime<Utc>,
) -> Result<Arc<ServiceFacets>, StoreError> {
    if owned.teams.is_some() {
        return Ok(Arc::new(reads.service_facets(owned).await?));
    }
    facets(reads, owned, now).await
}

async fn in_flight_count(reads: &Reads, teams: Option<&[TeamId]>) -> Result<i64, StoreError> {
    match teams {
        Some(teams) => reads.deploys_in_flight_of(teams).await,
        None => reads.deploys_in_flight().await,
    }
}

fn whole(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

/// The services that Home names.
async fn listed(reads: &Reads, owned: &ServiceFilter) -> Result<Vec<ServiceSummary>, StoreError> {
    if owned.teams.is_some() {
        let worst_first = ServiceFilter {
            sort: ServiceSort::Health,
            size: ROWS,
            ..owned.clone()
        };
        return Ok(reads.services(&worst_first).await?.rows);
    }
    let with = |health| ServiceFilter {
        health: Some(health),
        size: ROWS,
        ..owned.clone()
    };
    let (down, degraded) = (with(Health::Down), with(Health::Degraded));
    let (down, degraded) = try_join!(reads.services(&down), reads.services(&degraded))?;
    let unwell = down.rows.into_iter().chain(degraded.rows);
    Ok(unwell.take(ROWS as usize).collect())
}

fn view(ctx: &Ctx, (home, has_teams): (Home, bool), steps: Option<FirstSteps>) -> AnyView {
    let begun = steps
        .as_ref()
        .is_none_or(|steps| steps.services > 0 || steps.last_deploy.is_some());
    let title = ctx.app.organisation.name.clone();
    let (words, is_mine) = (summary(&home, begun), home.mine.is_some());
    let (teamless, switches) = (begun && !has_teams, begun && has_teams);
    let first_steps = steps.map(|steps| checklist::checklist(&steps));
    let overview = begun.then(|| overview::overview(home));
    let header = view! {
        <PageHeader
            title about=move || about(words.clone(), teamless)
            actions=move || switches.then(|| switch(is_mine))
        />
    };
    view! {
        {region("header", header)}
        {region("first-steps", first_steps)}
        {region("overview", overview)}
    }
    .into_any()
}

fn summary(home: &Home, begun: bool) -> String {
    if !begun {
        return "Three steps from here to the first figures. Each is checked off when its first event arrives."
            .to_owned();
    }
    let services = format::counted(home.services.total, "service");
    if let Some(mine) = &home.mine {
        return format!("{services} of {}", team_names(&mine.teams));
    }
    let teams = home.services.owners.iter().filter(|owner| owner.value.is_some());
    format!("{services}, {}", format::counted(teams.count() as u64, "team"))
}

/// "Payments", "Growth and Payments", "3 teams".
fn team_names(teams: &[TeamRef]) -> String {
    match teams {
        [one] => one.title.clone(),
        [one, other] => format!("{} and {}", one.title, other.title),
        several => format::counted(several.len() as u64, "team"),
    }
}

/// The line under the title; to whoever belongs to no team it says how one gets into one.
fn about(words: String, teamless: bool) -> AnyView {
    let how = teamless.then(|| {
        view! {
            ". You belong to no team, so this is everything; an admin gives you a role of one, or its Group in the catalogue names you. "
            <a href=paths::teams()>"See the teams"</a>
        }
    });
    view! { {words}{how} }.into_any()
}

/// The two addresses of Home, for whoever has things of their own.
fn switch(is_mine: bool) -> AnyView {
    view! {
        <nav class="whose" aria-label="Whose">
            <LinkButton href=paths::home() current=is_mine>"Mine"</LinkButton>
            <LinkButton href=paths::home_of_everything() current=!is_mine>"Everything"</LinkButton>
        </nav>
    }
    .into_any()
}
