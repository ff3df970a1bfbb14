//! Answers that the server gives before or instead of a page: too large, too slow, busy, from elsewhere, broken.
//!
//! A layer that refuses answers with a bare status and a [`Refusal`]; one middleware further out writes the body, as a
//! page for people or as problem details (RFC 9457) for machines. Every body says what to do next.

use std::sync::Arc;

use app::forms::MAX_FORM;
use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::access::Denial;
use http::{HeaderValue, StatusCode, header};

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The body is larger than this route accepts.
    TooLarge {
        /// The most it accepts, in bytes.
        largest: usize,
    },
    /// The address is longer than any of ours.
    LongAddress {
        /// The longest that is read, in bytes.
        longest: usize,
    },
    /// The headers are larger than any that are sent for a reason.
    LargeHeaders {
        /// The most that is read, in bytes.
        largest: usize,
    },
    /// The body took too long.
    TooSlow,
    /// Too many bodies are being received.
    Busy,
    /// A form was sent from another site.
    CrossOrigin,
    /// Nobody is signed in.
    SignedOut,
    /// Whoever asks may not.
    Denied(Denial),
    /// The request is for a host that Fairway does not serve.
    WrongHost,
    /// A handler broke.
    Panic,
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::LongAddress { .. } => StatusCode::URI_TOO_LONG,
            Self::LargeHeaders { .. } => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::CrossOrigin | Self::Denied(_) => StatusCode::FORBIDDEN,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::Panic => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn words(self) -> String {
        match self {
            Self::TooLarge { largest } => {
                format!("This route accepts at most {} KiB. Send less, or split it.", largest / 1024)
            }
            Self::LongAddress { longest } => {
                format!("An address may have at most {} KiB. Set fewer filters.", longest / 1024)
            }
            Self::LargeHeaders { largest } => {
                format!("Headers may have at most {} KiB. Delete this site's cookies, then ask again.", largest / 1024)
            }
            Self::TooSlow => "The request did not arrive in time. Send it again.".into(),
            Self::Busy => "Fairway is receiving as much as it can hold. Send it again in a few seconds.".into(),
            Self::CrossOrigin => {
                "This form was sent from another site, so nothing was changed. Open the page in Fairway and send it from there."
                    .into()
            }
            Self::SignedOut => "Nobody is signed in here. Sign in, then ask again.".into(),
            Self::Denied(why) => why.to_string(),
            Self::WrongHost => {
                "Fairway does not answer under this name. Use the address it was started with, or set FAIRWAY_PUBLIC_URL."
                    .into()
            }
            Self::Panic => {
                "The failure is in the log under the reference below. Look at the state of things before trying again.".into()
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Seconds after which a 503 is worth repeating: the time a request waits for a database connection.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("3");

/// Writes the body of bare refusals, and `Retry-After` on every 503.
pub async fn explain(State(css): State<Arc<str>>, request: Request, next: Next) -> Response {
    let machine = is_machine(&request);
    let head = request.method() == http::Method::HEAD;
    let reference = request
        .headers()
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .unwrap_or("none")
        .to_owned();
    let mut response = next.run(request).await;
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response
            .headers_mut()
            .entry(header::RETRY_AFTER)
            .or_insert(RETRY_AFTER);
    }
    if !head && is_bare(&response) {
        write_body(&mut response, machine, &css, &reference);
    }
    response
}

/// An error status without words.
fn is_bare(response: &Response) -> bool {
    let failed = response.status().is_client_error() || response.status().is_server_error();
    let refused = response.extensions().get::<Refusal>().is_some();
    failed && (refused || response.body().is_end_stream())
}

/// Machines get problem details: whoever calls the API or a webhook, or does not ask for HTML.
fn is_machine(request: &Request) -> bool {
    let path = request.uri().path();
    let asks_html = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    path.starts_with("/api/") || path.starts_with("/webhooks/") || !asks_html
}

fn write_body(response: &mut Response, machine: bool, css: &str, reference: &str) {
    let status = response.status();
    let title = status.canonical_reason().unwrap_or("Refused");
    let words = response
        .extensions()
        .get::<Refusal>()
        .map_or_else(|| words_for(status), |refusal| refusal.words());
    let (kind, body) = if machine {
        let problem = serde_json::json!({
            "type": "about:blank", "title": title, "status": status.as_u16(), "detail": words, "instance": reference,
        });
        ("application/problem+json", problem.to_string())
    } else {
        (
            "text/html; charset=utf-8",
            page(status, title, &words, css, reference),
        )
    };
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    *response.body_mut() = Body::from(body);
}

fn words_for(status: StatusCode) -> String {
    match status {
        StatusCode::NOT_FOUND => {
            "There is nothing at this address. The list of services knows what exists.".into()
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            "This address does not accept that method. The header Allow says which it does.".into()
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            "Fairway cannot answer right now. Try again in a few seconds.".into()
        }
        // Forms are cut off by the app itself; every other refusal of a body names its own limit.
        StatusCode::PAYLOAD_TOO_LARGE => {
            format!(
                "A form may have at most {} KiB. Write less, then send it again.",
                MAX_FORM / 1024
            )
        }
        _ => "The request does not fit what this address accepts.".into(),
    }
}

/// A page that needs neither the app nor the database. Nothing in it comes from the request but the reference, which
/// holds only letters, digits and dashes.
fn page(status: StatusCode, title: &str, words: &str, css: &str, reference: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · Fairway</title><link rel=\"stylesheet\" href=\"{css}\">\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"></head>\
         <body><main id=\"main\"><section class=\"failure\" aria-labelledby=\"failure-title\">\
         <p class=\"failure-status\">{}</p><h1 id=\"failure-title\">{title}</h1>\
         <p class=\"failure-words\">{words}</p><p class=\"failure-fact\">Reference <code>{reference}</code></p>\
         <div class=\"failure-ways\"><a class=\"button\" href=\"/services\">All services</a> \
         <a class=\"button\" href=\"/\">Home</a></div></section></main></body></html>",
        status.as_u16()
    )
}
