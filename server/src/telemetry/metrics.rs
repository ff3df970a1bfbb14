//! Prometheus metrics on a listener of their own, so that they can stay inside when pages go out.

use std::{io, net::SocketAddr, time::Duration};

use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Request durations in seconds: from a cached file to the 30 s deadline of a body.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// How often histograms are folded; without it they grow between two scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// Why metrics cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The listener could not be opened.
    #[error(
        "cannot listen on {address} for metrics: {source}. Set FAIRWAY_METRICS_LISTEN to a free port, or to off."
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Another recorder is installed.
    #[error("metrics cannot be recorded: {0}")]
    Recorder(#[from] metrics_exporter_prometheus::BuildError),
}

/// Serves `/metrics` until `stop`. Port 0 takes a free one; the address is in the log.
///
/// # Errors
/// [`MetricsError`] when the port is taken.
pub async fn serve(address: SocketAddr, stop: CancellationToken) -> Result<(), MetricsError> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| MetricsError::Listen { address, source })?;
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)?
        .install_recorder()?;
    describe();
    if let Ok(address) = listener.local_addr() {
        tracing::info!("metrics at http://{address}/metrics");
    }
    let router = Router::new()
        .route("/metrics", get(render))
        .with_state(handle.clone());
    tokio::spawn(upkeep(handle, stop.clone()));
    tokio::spawn(async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
        if let Err(problem) = serving.await {
            tracing::error!(%problem, "the metrics listener stopped");
        }
    });
    Ok(())
}

async fn render(State(handle): State<PrometheusHandle>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        handle.render(),
    )
}

async fn upkeep(handle: PrometheusHandle, stop: CancellationToken) {
    while stop
        .run_until_cancelled(tokio::time::sleep(UPKEEP))
        .await
        .is_some()
    {
        handle.run_upkeep();
    }
}

fn describe() {
    metrics::describe_counter!(
        "fairway_http_requests_total",
        "Requests answered, by route, method and status."
    );
    metrics::describe_histogram!(
        "fairway_http_request_seconds",
        "Time to the head of the answer, by route."
    );
    metrics::describe_counter!(
        "fairway_history_pages_total",
        "Pages of repositories' history read from GitHub."
    );
    metrics::describe_counter!(
        "fairway_gaps_looked_at_total",
        "Repositories compared with GitHub for what events did not bring."
    );
    metrics::describe_counter!(
        "fairway_deliveries_missing_total",
        "Deliveries of GitHub's log that were not in the inbox."
    );
    metrics::describe_counter!(
        "fairway_redeliveries_asked_total",
        "Deliveries that GitHub was asked to send again."
    );
    metrics::describe_counter!(
        "fairway_gaps_healed_total",
        "Facts that events had not brought and a look at GitHub found, by kind."
    );
    metrics::describe_gauge!(
        "fairway_http_body_bytes_in_flight",
        "Bytes of request bodies held now."
    );
    metrics::describe_counter!(
        "fairway_deliveries_total",
        "Deliveries answered, by source and outcome."
    );
    metrics::describe_histogram!(
        "fairway_delivery_seconds",
        "Time to answer a delivery, its body included, by source."
    );
    metrics::describe_counter!("fairway_jobs_total", "Jobs run, by kind and outcome.");
    metrics::describe_counter!(
        "fairway_drive_steps_total",
        "Steps of deploys that Fairway drives."
    );
    metrics::describe_counter!(
        "fairway_drives_taken_up_total",
        "Drives that nobody looked at in time and the clock took up."
    );
    metrics::describe_counter!(
        "fairway_drills_begun_total",
        "Rollback drills that the clock began."
    );
    metrics::describe_counter!(
        "fairway_deliveries_processed_total",
        "Deliveries processed, by outcome."
    );
    metrics::describe_gauge!(
        "fairway_inbox_lag_seconds",
        "Age of the oldest delivery that is not processed."
    );
    metrics::describe_gauge!(
        "fairway_inbox_waiting",
        "Deliveries that are stored and not yet processed."
    );
    metrics::describe_gauge!("fairway_inbox_dead_letters", "Deliveries that wait for a person.");
    metrics::describe_gauge!("fairway_queue_waiting", "Jobs that will run.");
    metrics::describe_gauge!("fairway_queue_dead", "Jobs that failed as often as they may.");
    metrics::describe_gauge!(
        "fairway_audit_unsealed",
        "Rows of the audit trail that have no seal yet."
    );
    metrics::describe_gauge!(
        "fairway_audit_unsealed_seconds",
        "Age of the oldest row of the audit trail that has no seal."
    );
    describe_waiting();
    metrics::describe_gauge!("fairway_live_streams", "Open pages that are told what changes.");
    metrics::describe_counter!(
        "fairway_live_resets_total",
        "Times that an open page was told to look anew, because it had missed too much."
    );
    metrics::describe_histogram!(
        "fairway_live_delay_seconds",
        "Time from a change to the streams of this process. It grows with the longest open transaction of the database server."
    );
    describe_github();
    metrics::describe_gauge!("fairway_build_info", "Always 1; the label is the version.");
    metrics::gauge!("fairway_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

fn describe_waiting() {
    metrics::describe_gauge!(
        "fairway_gates_oldest_seconds",
        "Age of the oldest request for a decision that nobody has decided."
    );
    metrics::describe_gauge!(
        "fairway_reviews_overdue",
        "Deploys that went ahead without approval and that no second person reviewed in time."
    );
    metrics::describe_counter!(
        "fairway_effects_total",
        "Attempts to do something outside, by outcome."
    );
    metrics::describe_gauge!(
        "fairway_outbox_oldest_seconds",
        "Age of the oldest effect that is not sent."
    );
    metrics::describe_gauge!("fairway_outbox_waiting", "Effects that are to be sent.");
    metrics::describe_gauge!("fairway_outbox_dead_letters", "Effects that wait for a person.");
    metrics::describe_gauge!(
        "fairway_outbox_hosts_resting",
        "Hosts of webhooks that are left alone for a while."
    );
}

fn describe_github() {
    metrics::describe_gauge!(
        "fairway_github_budget_remaining",
        "Requests that GitHub still answers in this window, by caller."
    );
    metrics::describe_gauge!(
        "fairway_github_budget_limit",
        "Requests that GitHub answers per window, by caller."
    );
    metrics::describe_gauge!(
        "fairway_github_budget_reset_timestamp_seconds",
        "When the window ends, by caller."
    );
    metrics::describe_gauge!(
        "fairway_github_refused",
        "1 while GitHub accepts the token of this caller no more."
    );
    metrics::describe_gauge!(
        "fairway_breaker_state",
        "Whether an outside system is left alone: 0 closed, 0.5 trying, 1 open."
    );
    metrics::describe_counter!("fairway_github_requests_total", "Requests sent to GitHub.");
    metrics::describe_counter!(
        "fairway_github_unchanged_total",
        "Requests whose answer was known already; they cost no budget."
    );
    metrics::describe_counter!(
        "fairway_github_misfits_total",
        "Rows that GitHub's GraphQL told in another shape than documented; each is asked for by itself instead."
    );
}
