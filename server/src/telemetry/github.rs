//! Gauges of how it stands with GitHub, and the note of it that all processes share. Alert rules read these.

use std::time::Duration;

use commands::Commands;
use integrations::github::GithubStatus;
use tokio_util::sync::CancellationToken;

use super::breakers;

/// As often as Prometheus usually asks; a pause that one replica met reaches the others as fast.
const EVERY: Duration = Duration::from_secs(15);

/// Keeps gauges and note current until `stop`. Returns at once where no GitHub is asked.
pub async fn keep(commands: Commands, stop: CancellationToken) {
    while let Some(status) = commands.github_status() {
        set(&status);
        if let Err(problem) = commands.note_github().await {
            tracing::debug!(%problem, "how it stands with GitHub could not be noted");
        }
        let slept = stop.run_until_cancelled(tokio::time::sleep(EVERY)).await;
        if slept.is_none() {
            return;
        }
    }
}

fn set(status: &GithubStatus) {
    metrics::counter!("fairway_github_requests_total").absolute(status.requests);
    metrics::counter!("fairway_github_unchanged_total").absolute(status.unchanged);
    metrics::counter!("fairway_github_misfits_total").absolute(status.misfits);
    if let Some(breaker) = &status.breaker {
        breakers::set("github", breaker);
    }
    for budget in &status.budgets {
        let caller = budget.caller.clone();
        let refused = if budget.refused_since.is_some() { 1.0 } else { 0.0 };
        metrics::gauge!("fairway_github_refused", "caller" => caller.clone()).set(refused);
        let Some(limit) = &budget.limit else { continue };
        metrics::gauge!("fairway_github_budget_remaining", "caller" => caller.clone())
            .set(float(limit.remaining));
        metrics::gauge!("fairway_github_budget_limit", "caller" => caller.clone()).set(float(limit.limit));
        let reset = limit.reset_at.timestamp();
        metrics::gauge!("fairway_github_budget_reset_timestamp_seconds", "caller" => caller)
            .set(float(u64::try_from(reset).unwrap_or_default()));
    }
}

/// Budgets are thousands and times fit 32 bits until 2106.
fn float(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
