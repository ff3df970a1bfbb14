//! `/`

mod checklist;
mod overview;

use commands::CommandError;
use domain::{
    catalog::{Health, ServiceFilter, ServiceSummary},
    deploys::read::{DeployFilter, DeployOutcome, DeploySummary},
    environments::EnvironmentClass,
    intake::{Delivery, DeliveryFilter},
    page::Position,
};
use futures::try_join;
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    page::{Page, Section, respond},
    ui::PageHeader,
};

/// Rows of each list: Home answers "is anything wrong, what is moving", the lists behind it answer the rest.
const ROWS: u32 = 8;
/// Read for the list of finished deploys; those still open stand in the list above it.
const READ: u32 = 3 * ROWS;

/// What Home shows.
struct Home {
    in_flight: Vec<DeploySummary>,
    delivered: Vec<DeploySummary>,
    unwell: Vec<ServiceSummary>,
    any_service: bool,
    last_delivery: Option<Delivery>,
}

/// What is moving, what is unwell, what reached production last; before anything has arrived, what to do first.
pub fn home_page() -> impl IntoView {
    respond(|ctx| async move {
        let home = load(&ctx).await?;
        Ok(Page::new(Section::Home, "Home").body(view(&ctx, home)))
    })
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
    let any = ServiceFilter {
        size: 1,
        ..ServiceFilter::default()
    };
    let everything = DeliveryFilter::default();
    let (in_flight, delivered, down, degraded, any, last) = try_join!(
        reads.deploys(&in_flight),
        reads.deploys(&delivered),
        reads.services(&down),
        reads.services(&degraded),
        reads.services(&any),
        reads.deliveries(&everything, &Position::Start, 1),
    )?;
    Ok(Home {
        in_flight: in_flight.rows,
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
        any_service: !any.rows.is_empty(),
        last_delivery: last.rows.into_iter().next(),
    })
}

fn view(ctx: &Ctx, home: Home) -> AnyView {
    let any_deploy = !home.delivered.is_empty() || !home.in_flight.is_empty();
    let complete = home.any_service && any_deploy;
    let first_steps = (!complete).then(|| {
        checklist::checklist(
            home.any_service,
            any_deploy,
            home.last_delivery.as_ref().map(|last| last.received_at),
        )
    });
    let overview = any_deploy.then(|| overview::overview(home.in_flight, home.delivered, home.unwell));
    view! {
        <PageHeader title=ctx.app.organisation.name.clone() />
        {first_steps}
        {overview}
    }
    .into_any()
}
