//! What is remembered of each request: an id, one log line, a count and a duration.
//!
//! Neither the query nor any header stands in a log line; both may hold secrets.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::{
    HeaderValue,
    header::{self, HeaderName},
};
use store::Origin;
use tracing::Instrument;

use super::address;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest request id that is taken over from a proxy.
const LONGEST_ID: usize = 64;

/// Longest name of a client that an audit row keeps.
const LONGEST_AGENT: usize = 300;

/// Gives the request its id (a proxy's, when it is plain letters, digits and dashes) and writes its line. The state is how
/// many proxies are trusted.
pub async fn observe(State(hops): State<usize>, mut request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .filter(|id| is_plain(id))
        .cloned()
        .unwrap_or_else(fresh_id);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("other", MatchedPath::as_str)
        .to_owned();
    let origin = origin(&request, &id, hops);
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default(), %method, path);
    async move {
        let begun = Instant::now();
        let mut response = origin.during(next.run(request)).await;
        let seconds = begun.elapsed().as_secs_f64();
        record(method.as_str(), route, response.status().as_u16(), seconds);
        response.headers_mut().insert(REQUEST_ID, id);
        response
    }
    .instrument(span)
    .await
}

/// Where the request comes from, for the audit trail.
fn origin(request: &Request, id: &HeaderValue, hops: usize) -> Origin {
    let agent = request.headers().get(header::USER_AGENT);
    Origin {
        request_id: id.to_str().ok().map(str::to_owned),
        address: address::of(request, hops),
        user_agent: agent.map(|agent| {
            let text = String::from_utf8_lossy(agent.as_bytes());
            text.chars().take(LONGEST_AGENT).collect()
        }),
    }
}

fn record(method: &str, route: String, status: u16, seconds: f64) {
    let method = known(method);
    if matches!(route.as_str(), "/healthz" | "/readyz") {
        tracing::debug!(status, seconds, "answered");
    } else {
        tracing::info!(status, seconds, "answered");
    }
    metrics::counter!("fairway_http_requests_total", "route" => route.clone(), "method" => method, "status" => status.to_string())
        .increment(1);
    // Whoever looks at a gate may ask to be kept waiting: how long that is says nothing about Fairway, and would wake somebody.
    if route != "/api/v1/gates/{id}" {
        metrics::histogram!("fairway_http_request_seconds", "route" => route).record(seconds);
    }
}

/// Methods are free text in HTTP; unknown ones share a label so that a sender cannot make labels.
fn known(method: &str) -> &'static str {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("OTHER")
}

fn is_plain(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    (1..=LONGEST_ID).contains(&bytes.len()) && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}

#[expect(
    clippy::disallowed_methods,
    reason = "an id of the edge: nothing is decided by it"
)]
fn fresh_id() -> HeaderValue {
    let id = hex::encode(rand::random::<[u8; 12]>());
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("none"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::is_plain;

    #[test]
    fn only_plain_ids_are_taken_over() {
        assert!(is_plain(&HeaderValue::from_static("5f0c-A9")));
        for id in ["", "a b", "<script>", "a\"b"] {
            assert!(!is_plain(&HeaderValue::from_static(id)), "{id}");
        }
        assert!(!is_plain(&HeaderValue::from_str(&"a".repeat(65)).unwrap()));
    }
}
