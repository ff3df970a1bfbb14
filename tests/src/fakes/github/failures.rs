//! The ways in which GitHub, or the way to it, fails.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::Utc;
use serde_json::json;

/// What the fake answers instead of the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// 401: the token was revoked.
    RevokedToken,
    /// 403: the token may not read this.
    NoAccess,
    /// 403: the App is suspended there.
    Suspended,
    /// 403: no requests left; the window ends in so many seconds.
    RateLimited {
        /// Seconds.
        reset_in: i64,
    },
    /// 429: too much at once; `Retry-After` in seconds.
    SecondaryLimit {
        /// Seconds.
        retry_after: u64,
    },
    /// 403 that names a secondary limit only in its text.
    UnsaidLimit,
    /// A status of one's own, with a page of HTML as a proxy makes it.
    Status(u16),
    /// The truth, but late.
    Slow(Duration),
    /// What is asked is done, and its answer never comes.
    LostAnswer,
    /// 200 and no JSON.
    Garbage,
    /// 200 and JSON of another shape.
    WrongShape,
    /// 200 and JSON that nests too deep.
    Deep,
    /// 200, and the connection ends in the middle of the body.
    CutOff,
    /// A redirect to another host.
    RedirectElsewhere,
    /// A redirect to itself.
    RedirectLoop,
}

impl Failure {
    /// The answer; `None` for a failure that only delays.
    pub(super) fn response(self, path: &str) -> Option<Response> {
        let message = |status: StatusCode, text: &str, headers: &[(&'static str, String)]| {
            let body =
                json!({"message": text, "documentation_url": "https://docs.github.com/rest"}).to_string();
            with_headers(headers, (status, body).into_response())
        };
        let redirect = |to: String| message(StatusCode::FOUND, "Found", &[("location", to)]);
        Some(match self {
            Self::Slow(_) | Self::LostAnswer => return None,
            Self::RevokedToken => message(StatusCode::UNAUTHORIZED, "Bad credentials", &[]),
            Self::NoAccess => message(
                StatusCode::FORBIDDEN,
                "Resource not accessible by personal access token",
                &[],
            ),
            Self::Suspended => message(StatusCode::FORBIDDEN, "This installation has been suspended", &[]),
            Self::RateLimited { reset_in } => {
                let reset = (Utc::now().timestamp() + reset_in).to_string();
                let headers = [
                    ("limit", "5000"),
                    ("remaining", "0"),
                    ("used", "5000"),
                    ("reset", &reset),
                ];
                let names = [
                    "x-ratelimit-limit",
                    "x-ratelimit-remaining",
                    "x-ratelimit-used",
                    "x-ratelimit-reset",
                ];
                let headers = names
                    .into_iter()
                    .zip(headers)
                    .map(|(name, (_, value))| (name, value.to_owned()));
                let headers: Vec<_> = headers.collect();
                message(
                    StatusCode::FORBIDDEN,
                    "API rate limit exceeded for user ID 1.",
                    &headers,
                )
            }
            Self::SecondaryLimit { retry_after } => {
                let headers = [("retry-after", retry_after.to_string())];
                message(
                    StatusCode::TOO_MANY_REQUESTS,
                    "You have exceeded a secondary rate limit.",
                    &headers,
                )
            }
            Self::UnsaidLimit => message(
                StatusCode::FORBIDDEN,
                "You have exceeded a secondary rate limit. Please wait a few minutes.",
                &[],
            ),
            Self::Status(status) => {
                let status = StatusCode::from_u16(status).expect("a status");
                (status, "<html><body><h1>Unicorn!</h1></body></html>").into_response()
            }
            Self::Garbage => (StatusCode::OK, "<html>Log in to the hotel's network</html>").into_response(),
            Self::WrongShape => {
                (StatusCode::OK, r#"{"sha": 7, "commits": "none", "type": []}"#).into_response()
            }
            Self::Deep => (StatusCode::OK, "[".repeat(1000)).into_response(),
            Self::CutOff => {
                let chunks = [
                    Ok(Bytes::from_static(b"[{\"sha\": \"")),
                    Err(std::io::Error::other("cut off")),
                ];
                (StatusCode::OK, Body::from_stream(futures::stream::iter(chunks))).into_response()
            }
            Self::RedirectElsewhere => redirect("https://elsewhere.example/repos".to_owned()),
            Self::RedirectLoop => redirect(path.to_owned()),
        })
    }
}

pub(super) fn with_headers(headers: &[(&'static str, String)], mut response: Response) -> Response {
    let mut all = HeaderMap::new();
    for (name, value) in headers {
        all.insert(*name, HeaderValue::from_str(value).expect("a header's value"));
    }
    all.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    response.headers_mut().extend(all);
    response
}
