//! Logs and metrics.

use std::{
    io::IsTerminal,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use tracing_subscriber::EnvFilter;

use super::{
    Settings,
    problems::{Name, Reader},
};

/// Info, without the chatter of the queue's migrations and of PostgreSQL's notices.
const FILTER_DEFAULT: &str = "info,graphile_worker_migrations=warn,sqlx::postgres::notice=warn";

const FORMAT: Name = Name {
    env: "FAIRWAY_LOG_FORMAT",
    flag: "--log-format",
};
const FILTER: Name = Name {
    env: "FAIRWAY_LOG",
    flag: "--log",
};
const METRICS: Name = Name {
    env: "FAIRWAY_METRICS_LISTEN",
    flag: "--metrics-listen",
};

/// How log lines look, which are written, and where metrics are read.
#[derive(Clone, Debug)]
pub struct TelemetryConfig {
    /// Shape of a log line.
    pub format: LogFormat,
    /// Which lines are written, in the syntax of `tracing_subscriber::EnvFilter`.
    pub filter: String,
    /// Listener of `/metrics`; `None` when it is off.
    pub metrics: Option<SocketAddr>,
}

/// Shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object per line, for machines.
    Json,
}

impl TelemetryConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Self {
        let format = if std::io::stderr().is_terminal() {
            LogFormat::Pretty
        } else {
            LogFormat::Json
        };
        let metrics = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);
        Self {
            format: reader.value(FORMAT, settings.log_format.as_deref(), format, parse_format),
            filter: reader.value(
                FILTER,
                settings.log.as_deref(),
                FILTER_DEFAULT.into(),
                parse_filter,
            ),
            metrics: reader.value(
                METRICS,
                settings.metrics_listen.as_deref(),
                Some(metrics),
                parse_metrics,
            ),
        }
    }
}

fn parse_format(text: &str) -> Result<LogFormat, (String, String)> {
    match text {
        "pretty" => Ok(LogFormat::Pretty),
        "json" => Ok(LogFormat::Json),
        _ => Err(("is not a log format".into(), "Write pretty or json.".into())),
    }
}

fn parse_filter(text: &str) -> Result<String, (String, String)> {
    match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(problem) => Err((
            format!("is no log filter ({problem})"),
            "Write for example info,server=debug.".into(),
        )),
    }
}

fn parse_metrics(text: &str) -> Result<Option<SocketAddr>, (String, String)> {
    if text == "off" {
        return Ok(None);
    }
    match text.parse() {
        Ok(address) => Ok(Some(address)),
        Err(_) => Err((
            "is no address with a port".into(),
            "Write it as 127.0.0.1:9464, or off.".into(),
        )),
    }
}
