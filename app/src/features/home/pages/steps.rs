//! What the first steps are read from: facts of the whole organisation, whosever Home is shown.

use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{catalog::ServiceFilter, deploys::read::DeploySummary, intake::DeliveryFilter, page::Position};
use futures::try_join;

use super::{
    Home,
    checklist::{self, FirstSteps},
    delivered, in_flight, whole,
};
use crate::{ctx::Ctx, features::catalog::facets::facets};

/// What the first steps wait for; nothing once services are deployed, whosever they are.
pub(super) async fn first_steps(ctx: &Ctx, home: &Home) -> Result<Option<FirstSteps>, CommandError> {
    let has_deploys = !home.in_flight.is_empty() || !home.delivered.is_empty();
    if home.services.total > 0 && has_deploys {
        return Ok(None);
    }
    let reads = ctx.reads();
    let (moving, reached) = (in_flight(None, 1), delivered(None, 1));
    let (all, everything) = (ServiceFilter::default(), DeliveryFilter::default());
    let (services, moving, reached, unmatched, deliveries) = try_join!(
        facets(&reads, &all, ctx.now),
        reads.deploys(&moving),
        reads.deploys(&reached),
        reads.unmatched_count(),
        reads.deliveries(&everything, &Position::Start, 1),
    )?;
    let mut steps = FirstSteps {
        last_delivery: deliveries.rows.first().map(|last| last.received_at),
        services: services.total,
        last_deploy: newest(moving.rows.iter().chain(&reached.rows)),
        unmatched: whole(unmatched),
        github_problem: None,
    };
    if steps.complete() {
        return Ok(None);
    }
    if ctx.commands().asks_github() {
        steps.github_problem = github_problem(ctx).await?;
    }
    Ok(Some(steps))
}

fn newest<'a>(deploys: impl Iterator<Item = &'a DeploySummary>) -> Option<DateTime<Utc>> {
    deploys.map(|deploy| deploy.requested_at).max()
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
