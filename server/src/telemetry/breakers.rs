//! Whether outside systems are left alone, as one gauge. Alert rules read it.

use std::time::Duration;

use commands::Commands;
use integrations::prometheus::{BreakerState, BreakerStatus};
use tokio_util::sync::CancellationToken;

/// As often as Prometheus usually asks.
const EVERY: Duration = Duration::from_secs(15);

/// Keeps the gauge of the Prometheus that releases are watched on current until `stop`. Returns at once where none is set.
pub async fn keep(commands: Commands, stop: CancellationToken) {
    while let Some(breaker) = commands.prometheus_breaker() {
        set("prometheus", &breaker);
        let slept = stop.run_until_cancelled(tokio::time::sleep(EVERY)).await;
        if slept.is_none() {
            return;
        }
    }
}

/// Sets the gauge of a system.
pub(super) fn set(system: &'static str, breaker: &BreakerStatus) {
    let state = match breaker.state {
        BreakerState::Closed => 0.0,
        BreakerState::HalfOpen => 0.5,
        BreakerState::Open => 1.0,
    };
    metrics::gauge!("fairway_breaker_state", "system" => system).set(state);
}
