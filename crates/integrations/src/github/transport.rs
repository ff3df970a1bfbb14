//! One GET to GitHub's API: address, token, deadline, redirects, and what a status means.
//!
//! Knows no endpoint. It never waits and never repeats: a rate limit is an answer to the caller.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT, AUTHORIZATION, HeaderName, LINK, LOCATION, RETRY_AFTER, USER_AGENT},
};
use http_body_util::{BodyExt, LengthLimitError, Limited, combinators::BoxBody};
use octocrab::Octocrab;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::error::GithubError;

/// The largest answer that is read; GitHub's largest (a compare with patches) stays below.
const MAX_ANSWER: usize = 32 * 1024 * 1024;
/// GitHub redirects once when a repository was renamed or transferred, once more when it happened twice.
const MAX_REDIRECTS: usize = 3;
/// Waiting after a limit that does not say how long: what GitHub's documentation advises.
const UNSAID_WAIT: TimeDelta = TimeDelta::seconds(60);
/// The longest wait that is believed; GitHub's windows are an hour.
const MAX_WAIT: TimeDelta = TimeDelta::hours(2);

/// How to reach GitHub.
#[derive(Clone, Debug)]
pub struct GithubConfig {
    /// `https://api.github.com`, or `https://host/api/v3` of a GitHub Enterprise Server.
    pub base_url: Url,
    /// A token that may read contents, pull requests and metadata; without one only public repositories answer.
    pub token: Option<SecretString>,
    /// How long one request may take from start to last byte.
    pub timeout: Duration,
}

impl GithubConfig {
    /// The time that a request may take unless it is configured.
    pub const TIMEOUT: Duration = Duration::from_secs(10);
}

/// What GitHub last said about the token's budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests allowed per window.
    pub limit: u64,
    /// Requests left.
    pub remaining: u64,
    /// When the window ends.
    pub reset_at: DateTime<Utc>,
}

/// A successful answer.
pub(super) struct Answer {
    pub body: Bytes,
    /// Whether the `Link` header names a next page.
    pub has_next: bool,
    /// What this answer says about the budget that it was taken from: REST and GraphQL have one each.
    pub rate_limit: Option<RateLimit>,
}

pub(super) struct Transport {
    octocrab: Octocrab,
    base_url: Url,
    token: Option<HeaderValue>,
    timeout: Duration,
    rate_limit: Mutex<Option<RateLimit>>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base_url", &self.base_url.as_str())
            .finish_non_exhaustive()
    }
}

impl Transport {
    pub fn new(config: GithubConfig) -> Result<Self, GithubError> {
        if !matches!(config.base_url.scheme(), "https" | "http") || config.base_url.cannot_be_a_base() {
            let what = format!(
                "the address `{}` is no http or https URL",
                config.base_url.scheme()
            );
            return Err(GithubError::Misconfigured { what });
        }
        let token = config.token.as_ref().map(bearer).transpose()?;
        // The token is not given to octocrab: it would put it into a header that is not marked as sensitive, and panic on a
        // token with a line break.
        let octocrab = Octocrab::builder().build();
        let octocrab = octocrab.map_err(|error| GithubError::Misconfigured {
            what: error.to_string(),
        })?;
        Ok(Self {
            octocrab,
            base_url: config.base_url,
            token,
            timeout: config.timeout,
            rate_limit: Mutex::default(),
        })
    }

    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.rate_limit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Gets `segments` under the base address; each segment is percent-encoded whole.
    pub async fn get(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Answer, GithubError> {
        let what = segments.join("/");
        let url = self
            .url(segments, query)
            .ok_or_else(|| GithubError::NotFound { what: what.clone() })?;
        tokio::time::timeout(self.timeout, self.follow(url, &what))
            .await
            .unwrap_or(Err(GithubError::Timeout))
    }

    /// Asks the GraphQL API. A POST because the question is long; nothing changes by it.
    pub async fn graphql(&self, question: &serde_json::Value) -> Result<Answer, GithubError> {
        let what = "graphql";
        let asked = async {
            let url = graphql_url(&self.base_url);
            let mut request = http::Request::post(url.as_str());
            if let Some(headers) = request.headers_mut() {
                headers.extend(self.headers());
            }
            let unsendable = |error: octocrab::Error| GithubError::Garbled {
                what: error.to_string(),
            };
            let request = self
                .octocrab
                .build_request(request, Some(question))
                .map_err(unsendable)?;
            let (status, headers, body) = self.receive(self.octocrab.execute(request).await).await?;
            judge(status, &headers, body, what)
        };
        tokio::time::timeout(self.timeout, asked)
            .await
            .unwrap_or(Err(GithubError::Timeout))
    }

    /// `None` for a segment that would climb out of its place.
    fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> Option<Url> {
        if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return None;
        }
        let mut url = self.base_url.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(segments);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Some(url)
    }

    async fn follow(&self, mut url: Url, what: &str) -> Result<Answer, GithubError> {
        for _ in 0..=MAX_REDIRECTS {
            let (status, headers, body) = self.send(&url).await?;
            if !status.is_redirection() {
                return judge(status, &headers, body, what);
            }
            let target = headers.get(LOCATION).and_then(|location| location.to_str().ok());
            let target = target.and_then(|location| url.join(location).ok());
            // The token goes to the configured host and nowhere else.
            url = target
                .filter(|target| target.origin() == self.base_url.origin())
                .ok_or_else(|| GithubError::Garbled {
                    what: format!("`{what}` redirects to another host, or nowhere"),
                })?;
        }
        Err(GithubError::Garbled {
            what: format!("`{what}` redirects more than {MAX_REDIRECTS} times"),
        })
    }

    async fn send(&self, url: &Url) -> Result<(StatusCode, HeaderMap, Bytes), GithubError> {
        let answer = self
            .octocrab
            ._get_with_headers(url.as_str(), Some(self.headers()))
            .await;
        self.receive(answer).await
    }

    async fn receive(
        &self,
        answer: octocrab::Result<http::Response<BoxBody<Bytes, octocrab::Error>>>,
    ) -> Result<(StatusCode, HeaderMap, Bytes), GithubError> {
        let (head, body) = answer
            .map_err(|_| GithubError::Unavailable { status: None })?
            .into_parts();
        if let Some(rate_limit) = rate_limit(&head.headers) {
            *self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner) = Some(rate_limit);
        }
        let body = Limited::new(body, MAX_ANSWER).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                GithubError::Garbled {
                    what: format!("it is larger than {MAX_ANSWER} bytes"),
                }
            } else {
                GithubError::Unavailable { status: None }
            }
        })?;
        Ok((head.status, head.headers, body.to_bytes()))
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
        headers.insert(USER_AGENT, HeaderValue::from_static("fairway"));
        headers.insert(
            HeaderName::from_static("x-github-api-version"),
            HeaderValue::from_static("2022-11-28"),
        );
        if let Some(token) = &self.token {
            headers.insert(AUTHORIZATION, token.clone());
        }
        headers
    }
}

/// `https://api.github.com/graphql`; on an Enterprise Server `https://host/api/graphql` beside `/api/v3`.
fn graphql_url(base: &Url) -> Url {
    let mut url = base.clone();
    let path = base.path().trim_end_matches('/');
    let path = path.strip_suffix("/v3").unwrap_or(path);
    url.set_path(&format!("{path}/graphql"));
    url
}

fn bearer(token: &SecretString) -> Result<HeaderValue, GithubError> {
    let value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()));
    let mut value = value.map_err(|_| GithubError::Misconfigured {
        what: "the token has characters that no token has; copy it again, without line breaks".to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// What a status means.
fn judge(status: StatusCode, headers: &HeaderMap, body: Bytes, what: &str) -> Result<Answer, GithubError> {
    let what = what.to_owned();
    match status.as_u16() {
        200..=299 => Ok(Answer {
            body,
            has_next: has_next(headers),
            rate_limit: rate_limit(headers),
        }),
        401 => Err(GithubError::Unauthorized),
        403 | 429 => Err(match limited_until(status, headers, &body) {
            Some(until) => GithubError::RateLimited { until },
            None => GithubError::Forbidden { what },
        }),
        // 409: an empty repository; 410: gone; 422: no such commit; 451: withdrawn.
        404 | 409 | 410 | 422 | 451 => Err(GithubError::NotFound { what }),
        status @ 500.. => Err(GithubError::Unavailable { status: Some(status) }),
        status => Err(GithubError::Garbled {
            what: format!("status {status} for `{what}`"),
        }),
    }
}

fn has_next(headers: &HeaderMap) -> bool {
    headers
        .get(LINK)
        .and_then(|link| link.to_str().ok())
        .is_some_and(|link| link.contains("rel=\"next\""))
}

/// When a refused request may be sent again; `None` when it was refused for another reason than a limit.
///
/// GitHub's rules: `Retry-After` first; else, with no request remaining, the end of the window; else a minute.
fn limited_until(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<DateTime<Utc>> {
    let now = now();
    let until = if let Some(wait) = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()) {
        let seconds = wait.trim().parse().ok().and_then(TimeDelta::try_seconds);
        let date = || DateTime::parse_from_rfc2822(wait).ok().map(|date| date.to_utc());
        seconds
            .and_then(|wait| now.checked_add_signed(wait))
            .or_else(date)
    } else if number(headers, "x-ratelimit-remaining") == Some(0) {
        rate_limit(headers).map(|limit| limit.reset_at)
    } else if status != StatusCode::TOO_MANY_REQUESTS && !String::from_utf8_lossy(body).contains("rate limit")
    {
        return None;
    } else {
        None
    };
    Some(
        until
            .unwrap_or(now + UNSAID_WAIT)
            .clamp(now + TimeDelta::seconds(1), now + MAX_WAIT),
    )
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn rate_limit(headers: &HeaderMap) -> Option<RateLimit> {
    let reset = i64::try_from(number(headers, "x-ratelimit-reset")?).ok()?;
    Some(RateLimit {
        limit: number(headers, "x-ratelimit-limit")?,
        remaining: number(headers, "x-ratelimit-remaining")?,
        reset_at: DateTime::from_timestamp(reset, 0)?,
    })
}

/// `Retry-After` counts from now, and now is when the answer is read.
#[allow(
    clippy::disallowed_methods,
    reason = "a wait given in seconds needs this machine's clock"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}
