//! Log lines on standard error, for people or as one JSON object per line.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{LogFormat, TelemetryConfig};

/// Begins to write log lines. A second call in one process changes nothing.
pub fn init(config: &TelemetryConfig) {
    // The filter was checked when the settings were read.
    let filter = EnvFilter::try_new(&config.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let lines = fmt::layer().with_writer(std::io::stderr);
    let begun = match config.format {
        LogFormat::Pretty => registry.with(lines.with_target(false).compact()).try_init(),
        LogFormat::Json => registry
            .with(
                lines
                    .json()
                    .flatten_event(true)
                    .with_current_span(true)
                    .with_span_list(false),
            )
            .try_init(),
    };
    if begun.is_err() {
        tracing::debug!("log lines are written already");
    }
}
