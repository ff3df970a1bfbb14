//! The client: what is sent, within which bounds, and whether anything is sent now.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{
    HeaderMap, HeaderValue, Request,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

use super::{
    convert::{self, InstantAnswer, RangeAnswer},
    error::PrometheusError,
};
use crate::{
    breaker::{Breaker, BreakerStatus, Patience},
    outbound::{Allowed, Bounds, OutboundClient},
};

/// A sample is due every half minute, and one check asks three times.
const TIME: Duration = Duration::from_secs(5);
/// An answer of one series has some hundred bytes; a range of a day in steps of half a minute has 100 KB.
const MOST_BYTES: usize = 1024 * 1024;

/// In whose name is asked.
#[derive(Clone, Debug)]
pub enum Access {
    /// `Authorization: Bearer …`.
    Bearer(SecretString),
    /// `Authorization: Basic …`.
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: SecretString,
    },
}

/// How to reach a Prometheus.
#[derive(Clone, Debug)]
pub struct PrometheusConfig {
    /// Its address, below which `api/v1` is. A setting of the operator's, so it may be inside.
    pub url: Url,
    /// In whose name; without it, in nobody's.
    pub access: Option<Access>,
    /// The tenant, of systems that have several (`X-Scope-OrgID`).
    pub tenant: Option<String>,
}

/// Asks one Prometheus. Never waits and never repeats: whoever asks takes the next sample later.
#[derive(Debug)]
pub struct Prometheus {
    client: OutboundClient,
    base: Url,
    headers: HeaderMap,
    breaker: Mutex<Breaker>,
}

impl Prometheus {
    /// A client for a configuration. Nothing is asked yet.
    ///
    /// # Errors
    /// [`PrometheusError::Misconfigured`].
    pub fn new(config: &PrometheusConfig) -> Result<Self, PrometheusError> {
        let bounds = Bounds {
            time: TIME,
            bytes: MOST_BYTES,
            redirects: 0,
        };
        if config.url.cannot_be_a_base() {
            return Err(PrometheusError::Misconfigured {
                what: "FAIRWAY_PROMETHEUS_URL is no http or https address".to_owned(),
            });
        }
        Ok(Self {
            client: OutboundClient::new(Allowed::default().and_host_of(&config.url), bounds)?,
            base: config.url.clone(),
            headers: headers(config)?,
            breaker: Mutex::new(Breaker::new(Patience::default())),
        })
    }

    /// The same client with another patience.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self {
            breaker: Mutex::new(Breaker::new(patience)),
            ..self
        }
    }

    /// Whether it is asked, and since when not.
    pub fn breaker(&self) -> BreakerStatus {
        self.locked().status()
    }

    /// What a query gives at one time.
    pub async fn query(
        &self,
        query: &str,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<InstantAnswer, PrometheusError> {
        let time = seconds(at);
        let fields: [(&str, &str); 2] = [("query", query), ("time", &time)];
        self.ask("query", &fields, (now, convert::instant)).await
    }

    /// What a query gives over a range, both ends included, in steps of at least a millisecond.
    pub async fn query_range(
        &self,
        query: &str,
        (from, to, step): (DateTime<Utc>, DateTime<Utc>, TimeDelta),
        now: DateTime<Utc>,
    ) -> Result<RangeAnswer, PrometheusError> {
        let (start, end) = (seconds(from), seconds(to));
        let step = format!("{}ms", step.num_milliseconds().max(1));
        let fields: [(&str, &str); 4] = [
            ("query", query),
            ("start", &start),
            ("end", &end),
            ("step", &step),
        ];
        self.ask("query_range", &fields, (now, convert::range)).await
    }

    /// Asks by a form, since a query may be longer than an address can be.
    async fn ask<T>(
        &self,
        endpoint: &str,
        fields: &[(&str, &str)],
        (now, read): (DateTime<Utc>, Read<T>),
    ) -> Result<T, PrometheusError> {
        self.locked()
            .admit(now)
            .map_err(|until| PrometheusError::Resting { until })?;
        let answer = self.exchange(self.request(endpoint, fields)?, read).await;
        let mut breaker = self.locked();
        match &answer {
            Err(error) if error.is_silence() => {
                if breaker.failed(now) {
                    tracing::warn!(%error, "Prometheus is left alone for a while");
                }
            }
            _ => {
                if breaker.succeeded() {
                    tracing::info!("Prometheus answers again");
                }
            }
        }
        answer
    }

    async fn exchange<T>(&self, request: Request<Bytes>, read: Read<T>) -> Result<T, PrometheusError> {
        let answer = self.client.send(request).await?;
        read(answer.status().as_u16(), answer.body())
    }

    fn request(&self, endpoint: &str, fields: &[(&str, &str)]) -> Result<Request<Bytes>, PrometheusError> {
        let unsayable = || PrometheusError::Misconfigured {
            what: "FAIRWAY_PROMETHEUS_URL cannot be asked".to_owned(),
        };
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| unsayable())?
            .pop_if_empty()
            .extend(["api", "v1", endpoint]);
        // It ends what nobody waits for any more.
        let timeout = format!("{}s", TIME.as_secs());
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .append_pair("timeout", &timeout)
            .finish();
        let mut request = Request::post(url.as_str())
            .body(Bytes::from(form))
            .map_err(|_| unsayable())?;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }

    fn locked(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How an answer is read: its status and its body.
type Read<T> = fn(u16, &Bytes) -> Result<T, PrometheusError>;

fn headers(config: &PrometheusConfig) -> Result<HeaderMap, PrometheusError> {
    let unsayable = |name: &str| PrometheusError::Misconfigured {
        what: format!("{name} holds a character that no header can"),
    };
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    if let Some(access) = &config.access {
        let text = match access {
            Access::Bearer(token) => format!("Bearer {}", token.expose_secret()),
            Access::Basic { user, password } => {
                let pair = format!("{user}:{}", password.expose_secret());
                format!("Basic {}", BASE64_STANDARD.encode(pair))
            }
        };
        let value = HeaderValue::from_str(&text);
        let mut value = value.map_err(|_| unsayable("FAIRWAY_PROMETHEUS_TOKEN"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    if let Some(tenant) = &config.tenant {
        let value = HeaderValue::from_str(tenant);
        let value = value.map_err(|_| unsayable("FAIRWAY_PROMETHEUS_TENANT"))?;
        headers.insert("x-scope-orgid", value);
    }
    Ok(headers)
}

/// Unix seconds with milliseconds.
fn seconds(at: DateTime<Utc>) -> String {
    let milliseconds = at.timestamp_millis();
    format!(
        "{}.{:03}",
        milliseconds.div_euclid(1000),
        milliseconds.rem_euclid(1000)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> PrometheusConfig {
        PrometheusConfig {
            url: "http://metrics.internal:9090/prometheus/".parse().unwrap(),
            access: Some(Access::Basic {
                user: "fairway".into(),
                password: "canary-7c1e".into(),
            }),
            tenant: Some("acme".into()),
        }
    }

    #[test]
    fn a_question_is_a_form_below_the_address() {
        let client = Prometheus::new(&config()).unwrap();
        let request = client.request("query", &[("query", "up{a=\"b&c\"}")]).unwrap();
        assert_eq!(
            request.uri().to_string(),
            "http://metrics.internal:9090/prometheus/api/v1/query"
        );
        assert_eq!(request.body(), "query=up%7Ba%3D%22b%26c%22%7D&timeout=5s");
        assert_eq!(request.headers()["x-scope-orgid"], "acme");
        assert_eq!(
            request.headers()[AUTHORIZATION],
            "Basic ZmFpcndheTpjYW5hcnktN2MxZQ=="
        );
        assert!(
            !format!("{client:?}").contains("ZmFpcndheT"),
            "it shows no secret"
        );
    }

    #[test]
    fn settings_that_no_request_can_carry_are_said() {
        let tenant = PrometheusConfig {
            tenant: Some("a\nb".into()),
            ..config()
        };
        let refused = Prometheus::new(&tenant).unwrap_err();
        assert!(
            refused.to_string().contains("FAIRWAY_PROMETHEUS_TENANT"),
            "{refused}"
        );
    }

    #[test]
    fn times_are_seconds_with_a_fraction() {
        let at = |milliseconds| seconds(DateTime::from_timestamp_millis(milliseconds).unwrap());
        assert_eq!(at(1_800_000_000_050), "1800000000.050");
        assert_eq!(at(0), "0.000");
    }
}
