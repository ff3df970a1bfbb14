//! Gauges of what waits: inbox lag, dead letters, jobs, effects, decisions, audit rows without a seal. Alert rules read these.

use std::time::Duration;

use commands::Commands;
use integrations::mail::Mailer;
use tokio_util::sync::CancellationToken;

/// As often as Prometheus usually asks.
const EVERY: Duration = Duration::from_secs(15);

/// Keeps the gauges current until `stop`.
pub async fn keep(commands: Commands, stop: CancellationToken) {
    loop {
        match commands.reads().backlog().await {
            Ok(backlog) => {
                let lag = backlog
                    .oldest_waiting
                    .map_or(0, |oldest| (commands.now() - oldest).num_seconds());
                metrics::gauge!("fairway_inbox_lag_seconds").set(float(lag));
                metrics::gauge!("fairway_inbox_waiting").set(float(backlog.deliveries_waiting));
                metrics::gauge!("fairway_inbox_dead_letters").set(float(backlog.deliveries_dead));
                metrics::gauge!("fairway_queue_waiting").set(float(backlog.jobs_waiting));
                let unsealed = backlog
                    .oldest_unsealed
                    .map_or(0, |oldest| (commands.now() - oldest).num_seconds());
                metrics::gauge!("fairway_audit_unsealed_seconds").set(float(unsealed));
                metrics::gauge!("fairway_audit_unsealed").set(float(backlog.audit_unsealed));
                let oldest = backlog
                    .oldest_effect
                    .map_or(0, |oldest| (commands.now() - oldest).num_seconds());
                metrics::gauge!("fairway_outbox_oldest_seconds").set(float(oldest));
                metrics::gauge!("fairway_outbox_waiting").set(float(backlog.effects_waiting));
                metrics::gauge!("fairway_outbox_dead_letters").set(float(backlog.effects_dead));
                metrics::gauge!("fairway_queue_dead").set(float(backlog.jobs_dead));
            }
            Err(problem) => tracing::debug!(%problem, "what waits could not be counted"),
        }
        keep_undecided(&commands).await;
        if let Some(outward) = commands.outward() {
            let resting = outward.hooks.resting() + outward.personal.resting();
            let resting = i64::try_from(resting).unwrap_or(i64::MAX);
            metrics::gauge!("fairway_outbox_hosts_resting").set(float(resting));
            let mail = outward.mail.as_ref().is_some_and(Mailer::is_resting);
            metrics::gauge!("fairway_breaker_state", "system" => "mail").set(if mail { 1.0 } else { 0.0 });
        }
        if stop
            .run_until_cancelled(tokio::time::sleep(EVERY))
            .await
            .is_none()
        {
            return;
        }
    }
}

/// What waits for people.
async fn keep_undecided(commands: &Commands) {
    match commands.reads().undecided(commands.now()).await {
        Ok(undecided) => {
            let oldest = undecided
                .oldest
                .map_or(0, |oldest| (commands.now() - oldest).num_seconds());
            metrics::gauge!("fairway_gates_oldest_seconds").set(float(oldest));
            metrics::gauge!("fairway_reviews_overdue").set(float(undecided.reviews_overdue));
        }
        Err(problem) => tracing::debug!(%problem, "what nobody decided could not be counted"),
    }
}

/// Metrics are floats; nothing here comes near the 2^53 where they stop counting singly.
fn float(count: i64) -> f64 {
    i32::try_from(count).map_or(f64::MAX, f64::from)
}
