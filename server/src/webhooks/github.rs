//! `POST /webhooks/github`: a delivery of GitHub, verified over its raw bytes, stored with its job, answered 202.

use std::{sync::Arc, time::Instant};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, State},
    response::{IntoResponse, Response},
};
use commands::{CommandError, Commands, Received};
use domain::intake::NewDelivery;
use http::{HeaderMap, StatusCode, header};
use integrations::{
    github::{
        json_of,
        signature::{SignatureError, WebhookSecrets},
    },
    json,
};
use secrecy::SecretString;
use serde_json::json;

use super::{gathering::Gathering, security::SecurityLog, waking::Waking};

const SOURCE: &str = "github";
const SIGNATURE: &str = "x-hub-signature-256";
const DELIVERY: &str = "x-github-delivery";
const EVENT: &str = "x-github-event";
/// GitHub's ids are uuids and its events short words; longer headers are not GitHub's.
const LONGEST_HEADER: usize = 128;

/// What the route needs.
pub(super) struct GithubWebhook {
    inbox: Gathering,
    secrets: Arc<WebhookSecrets>,
    security: SecurityLog,
    waking: Waking,
}

impl GithubWebhook {
    pub fn new(commands: &Commands, secrets: Vec<SecretString>) -> Self {
        // The settings were checked when they were read; secrets that cannot be used close the endpoint.
        let secrets = WebhookSecrets::new(secrets).unwrap_or_else(|problem| {
            tracing::error!(%problem, "/webhooks/github stays closed");
            WebhookSecrets::default()
        });
        Self {
            inbox: Gathering::new(commands),
            secrets: Arc::new(secrets),
            security: SecurityLog::new(commands),
            waking: Waking::new(commands),
        }
    }
}

/// Why a delivery is not taken.
enum Refused {
    Closed,
    Signature(SignatureError),
    Header { name: &'static str },
    ContentType,
    TooDeep(json::TooDeep),
    CutOff,
    Command(CommandError),
}

/// Receives one delivery.
pub(super) async fn receive(State(webhook): State<Arc<GithubWebhook>>, request: Request) -> Response {
    let begun = Instant::now();
    let outcome = webhook.receive(request).await;
    let (outcome, response) = match outcome {
        Ok(Received::New) => ("new", StatusCode::ACCEPTED.into_response()),
        Ok(Received::Duplicate) => ("duplicate", StatusCode::ACCEPTED.into_response()),
        Err(refused) => (refused.name(), refused.into_response()),
    };
    metrics::counter!("fairway_deliveries_total", "source" => SOURCE, "outcome" => outcome).increment(1);
    metrics::histogram!("fairway_delivery_seconds", "source" => SOURCE).record(begun.elapsed().as_secs_f64());
    response
}

impl GithubWebhook {
    async fn receive(&self, mut request: Request) -> Result<Received, Refused> {
        if self.secrets.is_empty() {
            return Err(Refused::Closed);
        }
        let headers = std::mem::take(request.headers_mut());
        let body = if headers.contains_key(SIGNATURE) {
            Bytes::from_request(request, &())
                .await
                .map_err(|_| Refused::CutOff)?
        } else {
            // It will be refused whatever it says, so it is not read.
            Bytes::new()
        };
        let signature = headers.get(SIGNATURE).map(http::HeaderValue::as_bytes);
        if let Err(problem) = self.secrets.verify(signature, &body) {
            self.note(problem, &headers, body.len()).await;
            return Err(Refused::Signature(problem));
        }
        let delivery = NewDelivery {
            source: SOURCE.to_owned(),
            delivery_id: named(&headers, DELIVERY)?,
            event: named(&headers, EVENT)?,
            body: body.into(),
        };
        check_content(&headers, &delivery.body)?;
        let received = self.inbox.receive(delivery).await.map_err(Refused::Command)?;
        if received == Received::New {
            self.waking.soon();
        }
        Ok(received)
    }

    async fn note(&self, problem: SignatureError, headers: &HeaderMap, bytes: usize) {
        let text = |name: &str| {
            let value = headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            value.chars().take(LONGEST_HEADER).collect::<String>()
        };
        let detail = json!({
            "reason": problem.to_string(), "delivery_id": text(DELIVERY), "event": text(EVENT),
            "user_agent": text("user-agent"), "bytes": bytes,
        });
        self.security.note("bad_signature", SOURCE, detail).await;
    }
}

fn named(headers: &HeaderMap, name: &'static str) -> Result<String, Refused> {
    let value = headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::trim);
    let value = value.filter(|value| !value.is_empty() && value.len() <= LONGEST_HEADER);
    value.map(str::to_owned).ok_or(Refused::Header { name })
}

/// The two content types that a webhook can be set to, and how deep their JSON may nest.
fn check_content(headers: &HeaderMap, body: &[u8]) -> Result<(), Refused> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match &*kind {
        "application/json" => json::check_depth(body),
        "application/x-www-form-urlencoded" => json::check_depth(&json_of(body)),
        _ => return Err(Refused::ContentType),
    }
    .map_err(Refused::TooDeep)
}

impl Refused {
    /// The label of the count.
    fn name(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Signature(_) => "bad_signature",
            Self::Header { .. } | Self::ContentType | Self::TooDeep(_) => "malformed",
            Self::CutOff => "cut_off",
            Self::Command(CommandError::Conflict { .. }) => "conflict",
            Self::Command(_) => "failed",
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::CutOff => problem(
                StatusCode::BAD_REQUEST,
                "The body did not arrive whole. Redeliver it from the webhook's page.",
            ),
            Self::Closed => problem(
                StatusCode::NOT_FOUND,
                "No webhook secret is configured, so nothing is accepted. Set FAIRWAY_GITHUB_WEBHOOK_SECRET and the same \
                 secret on the webhook.",
            ),
            Self::Signature(wrong) => problem(StatusCode::UNAUTHORIZED, &wrong.to_string()),
            Self::Header { name } => problem(
                StatusCode::BAD_REQUEST,
                &format!(
                    "The header {name} is missing or longer than {LONGEST_HEADER} characters. GitHub sets it on every delivery."
                ),
            ),
            Self::ContentType => problem(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Set the webhook's content type to application/json (application/x-www-form-urlencoded works too).",
            ),
            Self::TooDeep(limit) => problem(StatusCode::BAD_REQUEST, &limit.to_string()),
            Self::Command(CommandError::Conflict { why }) => problem(StatusCode::CONFLICT, &why),
            Self::Command(error @ CommandError::Unavailable { .. }) => {
                problem(StatusCode::SERVICE_UNAVAILABLE, &error.to_string())
            }
            Self::Command(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a delivery was not stored"
                );
                problem(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "The delivery was not stored. Redeliver it from the webhook's page.",
                )
            }
        }
    }
}

/// Problem details (RFC 9457).
fn problem(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Refused");
    let body = json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail });
    (
        status,
        [(header::CONTENT_TYPE, "application/problem+json")],
        body.to_string(),
    )
        .into_response()
}
