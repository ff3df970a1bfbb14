//! Who is asked how a release does, as the settings describe it.

use commands::{Commands, verify::Watching};
use integrations::{
    probing::Prober,
    prometheus::{Prometheus, PrometheusError},
};

use crate::config::Config;

/// The same commands, which ask a Prometheus where one is set, and health addresses where they may be asked. Nothing is asked
/// yet.
///
/// # Errors
/// [`PrometheusError::Misconfigured`] when the settings cannot make a request.
pub fn connect(commands: Commands, config: &Config) -> Result<Commands, PrometheusError> {
    let prometheus = config.prometheus.as_ref().map(Prometheus::new);
    Ok(commands.with_watching(Watching {
        prometheus: prometheus.transpose()?,
        prober: Some(Prober::new(config.http.outbound.clone())?),
    }))
}
