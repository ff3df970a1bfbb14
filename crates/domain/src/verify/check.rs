//! What is measured of a service, and the queries that measure it unless its team wrote others.

use serde::{Deserialize, Serialize};

/// What is measured. The word is the same in tables, addresses and the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Check {
    /// Whether anything of the version is up: 1 or 0.
    Down,
    /// Bad requests among all, from 0 to 1.
    ErrorRatio,
    /// Seconds within which 95 % of the requests are answered.
    P95,
    /// Seconds within which 99 % of the requests are answered.
    P99,
}

/// The queries of a check, with places for what they are about ([`super::Template`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queries {
    /// Gives the targets that are up, the bad requests of the window, or the seconds.
    pub measure: String,
    /// Gives all requests of the window. `None` for [`Check::Down`], which needs no traffic.
    pub requests: Option<String>,
}

const UP: &str = r#"max(up{service="{service}",environment="{environment}",version="{version}"})"#;

// A counter that never counted has no series. Where there are requests, that is written as 0; without any it stays nothing.
const BAD: &str = r#"sum(increase(http_requests_total{service="{service}",environment="{environment}",version="{version}",code=~"5.."}[{window}])) or 0 * sum(increase(http_requests_total{service="{service}",environment="{environment}",version="{version}"}[{window}]))"#;

const REQUESTS: &str = r#"sum(increase(http_requests_total{service="{service}",environment="{environment}",version="{version}"}[{window}]))"#;

const P95: &str = r#"histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{service="{service}",environment="{environment}",version="{version}"}[{window}])))"#;

const P99: &str = r#"histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service="{service}",environment="{environment}",version="{version}"}[{window}])))"#;

const OBSERVED: &str = r#"sum(increase(http_request_duration_seconds_count{service="{service}",environment="{environment}",version="{version}"}[{window}]))"#;

impl Check {
    /// All, worst first.
    pub const ALL: [Self; 4] = [Self::Down, Self::ErrorRatio, Self::P95, Self::P99];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::ErrorRatio => "error_ratio",
            Self::P95 => "p95",
            Self::P99 => "p99",
        }
    }

    /// The check that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.as_str() == text)
    }

    /// As the beginning of a sentence.
    pub fn label(self) -> &'static str {
        match self {
            Self::Down => "Whether it is up",
            Self::ErrorRatio => "The error rate",
            Self::P95 => "The p95 latency",
            Self::P99 => "The p99 latency",
        }
    }

    /// Whether a value is on the wrong side of a threshold: below it for what is up, above it for the others.
    pub fn is_beyond(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Down => value < threshold,
            Self::ErrorRatio | Self::P95 | Self::P99 => value > threshold,
        }
    }

    /// Whether its queries count requests.
    pub fn needs_requests(self) -> bool {
        self != Self::Down
    }

    /// The queries for metrics as Prometheus's own client libraries name them, with the labels `service`, `environment`
    /// and `version` on every target.
    pub fn default_queries(self) -> Queries {
        let (measure, requests) = match self {
            Self::Down => (UP, None),
            Self::ErrorRatio => (BAD, Some(REQUESTS)),
            Self::P95 => (P95, Some(OBSERVED)),
            Self::P99 => (P99, Some(OBSERVED)),
        };
        Queries {
            measure: measure.to_owned(),
            requests: requests.map(ToOwned::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Template;

    #[test]
    fn the_default_queries_are_ones_that_may_be_saved() {
        for check in Check::ALL {
            assert_eq!(Check::parse(check.as_str()), Some(check));
            let queries = check.default_queries();
            assert_eq!(queries.requests.is_some(), check.needs_requests());
            for text in [Some(queries.measure), queries.requests].into_iter().flatten() {
                let template = Template::parse(&text).unwrap();
                assert!(template.keeps_to_the_version(), "{text}");
            }
        }
    }
}
