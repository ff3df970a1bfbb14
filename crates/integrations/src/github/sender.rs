//! One exchange with GitHub over HTTP: address, headers, redirects and the bounds of an answer.
//!
//! Knows no caller, no budget and no endpoint. It never waits and never repeats.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH, LOCATION, USER_AGENT},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use octocrab::Octocrab;
use url::Url;

use super::error::GithubError;

/// The largest answer that is read; GitHub's largest (a compare with patches) stays below.
const MAX_ANSWER: usize = 32 * 1024 * 1024;
/// GitHub redirects once when a repository was renamed or transferred, once more when it happened twice.
const MAX_REDIRECTS: usize = 3;
/// The version of the API that this client is written for.
const API_VERSION: &str = "2022-11-28";

/// What is sent.
pub(super) struct Question<'a> {
    pub method: Method,
    pub url: Url,
    pub token: Option<&'a HeaderValue>,
    /// The version that is known already.
    pub etag: Option<&'a str>,
    pub body: Option<serde_json::Value>,
}

/// What came back, whatever its status.
pub(super) struct Raw {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

pub(super) struct Sender {
    octocrab: Octocrab,
    base_url: Url,
}

impl Sender {
    pub fn new(base_url: Url) -> Result<Self, GithubError> {
        if !matches!(base_url.scheme(), "https" | "http") || base_url.cannot_be_a_base() {
            let what = format!("the address `{}` is no http or https URL", base_url.scheme());
            return Err(GithubError::Misconfigured { what });
        }
        // No token is given to octocrab: it would put it into a header that is not marked as sensitive, and panic on a
        // token with a line break.
        let octocrab = Octocrab::builder().build();
        let octocrab = octocrab.map_err(|error| GithubError::Misconfigured {
            what: error.to_string(),
        })?;
        Ok(Self { octocrab, base_url })
    }

    pub fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// The address of `segments`, each percent-encoded whole. `None` for a segment that would climb out of its place.
    pub fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> Option<Url> {
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

    /// Sends a question, following redirects on the same host.
    pub async fn ask(&self, mut question: Question<'_>, what: &str) -> Result<Raw, GithubError> {
        for _ in 0..=MAX_REDIRECTS {
            let raw = self.send(&question).await?;
            // 304 is no redirection: what is known is still true.
            if !raw.status.is_redirection() || raw.status == StatusCode::NOT_MODIFIED {
                return Ok(raw);
            }
            let target = raw
                .headers
                .get(LOCATION)
                .and_then(|location| location.to_str().ok());
            let target = target.and_then(|location| question.url.join(location).ok());
            // The token goes to the configured host and nowhere else; a body is sent once.
            question.url = target
                .filter(|target| target.origin() == self.base_url.origin() && question.method == Method::GET)
                .ok_or_else(|| GithubError::Garbled {
                    what: format!("`{what}` redirects to another host, or nowhere"),
                })?;
        }
        Err(GithubError::Garbled {
            what: format!("`{what}` redirects more than {MAX_REDIRECTS} times"),
        })
    }

    async fn send(&self, question: &Question<'_>) -> Result<Raw, GithubError> {
        let unsayable = |_| GithubError::Misconfigured {
            what: "the request cannot be put into HTTP".to_owned(),
        };
        let answer = self.octocrab.execute(request(question).map_err(unsayable)?).await;
        let (head, body) = answer
            .map_err(|_| GithubError::Unavailable { status: None })?
            .into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                GithubError::Garbled {
                    what: format!("it is larger than {MAX_ANSWER} bytes"),
                }
            } else {
                GithubError::Unavailable { status: None }
            }
        })?;
        Ok(Raw {
            status: head.status,
            headers: head.headers,
            body: body.to_bytes(),
        })
    }
}

fn request(question: &Question<'_>) -> Result<Request<String>, http::Error> {
    let mut request = Request::builder()
        .method(&question.method)
        .uri(question.url.as_str())
        .header(ACCEPT, "application/vnd.github+json")
        .header(USER_AGENT, "fairway")
        .header("x-github-api-version", API_VERSION);
    if let Some(token) = question.token {
        request = request.header(AUTHORIZATION, token);
    }
    if let Some(etag) = question.etag {
        request = request.header(IF_NONE_MATCH, etag);
    }
    match &question.body {
        Some(body) => request
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string()),
        None => request.body(String::new()),
    }
}
