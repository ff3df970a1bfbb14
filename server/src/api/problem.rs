//! Refusals as problem details (RFC 9457): what is wrong, where, and what to do.
//!
//! A refusal is made without knowing its request; [`write`] adds the reference and writes the body.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::error::{FieldError, FieldErrors};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request was refused.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ProblemDetails {
    /// `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong and what to do.
    detail: String,
    /// The request's reference; it stands in Fairway's log too.
    instance: String,
    /// What is wrong with each field of the body or the query.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// A refusal on its way to the answer.
#[derive(Debug)]
pub(super) enum ApiError {
    /// A command or a read did not do what it was asked.
    Command(CommandError),
    /// A token that was brought is not to be believed.
    Untrusted(String),
    /// The body is not JSON.
    Malformed(String),
    /// The body is not said to be JSON.
    NotJson,
    /// The body could not be read to its end.
    CutOff,
    /// The header of that name is wrong.
    Header(&'static str, &'static str),
    /// Another request had this key.
    KeyTaken,
}

impl From<CommandError> for ApiError {
    fn from(error: CommandError) -> Self {
        Self::Command(error)
    }
}

impl From<store::StoreError> for ApiError {
    fn from(error: store::StoreError) -> Self {
        Self::Command(error.into())
    }
}

impl From<FieldErrors> for ApiError {
    fn from(errors: FieldErrors) -> Self {
        Self::Command(CommandError::Invalid(errors))
    }
}

/// A refusal that names one field.
pub(super) fn invalid(field: &str, message: impl Into<String>) -> ApiError {
    FieldErrors::one(field, message).into()
}

/// There is no such thing.
pub(super) fn not_found(what: impl Into<String>) -> ApiError {
    ApiError::Command(CommandError::not_found(what))
}

const SEE_ERRORS: &str = "Some fields are not right; see errors.";
const KEY_TAKEN: &str =
    "This Idempotency-Key belongs to another request of this token. Send a new key for a new request.";
const BROKEN: &str = "Something went wrong inside Fairway. The failure is in the log under this reference; nothing was changed.";

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, detail, errors, retry_at) = match self {
            Self::CutOff => {
                let detail = "The body did not arrive whole. Send it again.".to_owned();
                (StatusCode::BAD_REQUEST, detail, Vec::new(), None)
            }
            Self::Untrusted(why) => (StatusCode::UNAUTHORIZED, sentence(&why), Vec::new(), None),
            Self::Malformed(detail) => (StatusCode::BAD_REQUEST, detail, Vec::new(), None),
            Self::NotJson => {
                let detail =
                    "Send the body as JSON with the header Content-Type: application/json.".to_owned();
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, detail, Vec::new(), None)
            }
            Self::Header(name, message) => {
                let error = FieldError {
                    field: name.to_owned(),
                    message: message.to_owned(),
                };
                (
                    StatusCode::BAD_REQUEST,
                    format!("The header {name} is not right; see errors."),
                    vec![error],
                    None,
                )
            }
            Self::KeyTaken => (
                StatusCode::UNPROCESSABLE_ENTITY,
                KEY_TAKEN.to_owned(),
                Vec::new(),
                None,
            ),
            Self::Command(error) => of_command(error),
        };
        respond(status, detail, errors, retry_at)
    }
}

fn of_command(error: CommandError) -> (StatusCode, String, Vec<FieldError>, Option<DateTime<Utc>>) {
    let plain = |status, detail: String| (status, sentence(&detail), Vec::new(), None);
    match error {
        CommandError::SignedOut => plain(
            StatusCode::UNAUTHORIZED,
            "Send a token that works in the header Authorization: Bearer fwy_…. Make one at /account, or with `fairway token create --name CI --scope read`.".into(),
        ),
        CommandError::Denied { why } => plain(StatusCode::FORBIDDEN, why),
        CommandError::NotFound { .. } => plain(StatusCode::NOT_FOUND, error.to_string()),
        CommandError::Conflict { why } => plain(StatusCode::CONFLICT, why),
        CommandError::Invalid(errors) => (StatusCode::UNPROCESSABLE_ENTITY, SEE_ERRORS.to_owned(), errors.0, None),
        CommandError::TooMany { retry_at } => {
            (StatusCode::TOO_MANY_REQUESTS, sentence(&error.to_string()), Vec::new(), Some(retry_at))
        }
        CommandError::Unavailable { retry_at, .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, sentence(&error.to_string()), Vec::new(), retry_at)
        }
        CommandError::Garbled { why } => plain(StatusCode::SERVICE_UNAVAILABLE, why),
        CommandError::Internal(source) => {
            tracing::error!(error = &*source as &dyn std::error::Error, "an API request failed");
            plain(StatusCode::INTERNAL_SERVER_ERROR, BROKEN.to_owned())
        }
    }
}

/// Messages of commands are clauses; a detail is a sentence.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    let end = if clause.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{}{}{end}", first.unwrap_or_default(), letters.as_str())
}

fn respond(
    status: StatusCode,
    detail: String,
    errors: Vec<FieldError>,
    retry_at: Option<DateTime<Utc>>,
) -> Response {
    let mut response = status.into_response();
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Bearer realm=\"fairway\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(at) = retry_at
        && let Ok(value) = HeaderValue::from_str(&at.to_rfc2822().replace("+0000", "GMT"))
    {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response.extensions_mut().insert(ProblemDetails {
        kind: "about:blank",
        title: status.canonical_reason().unwrap_or("Refused"),
        status: status.as_u16(),
        detail,
        instance: String::new(),
        errors,
    });
    response
}

/// Writes the body of a refusal with the request's reference.
pub(super) async fn write(request: Request, next: Next) -> Response {
    let reference = request.headers().get("x-request-id").cloned();
    let mut response = next.run(request).await;
    let Some(mut problem) = response.extensions_mut().remove::<ProblemDetails>() else {
        return response;
    };
    problem.instance = reference
        .and_then(|id| id.to_str().map(str::to_owned).ok())
        .unwrap_or_default();
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    match serde_json::to_string(&problem) {
        Ok(body) => (parts, kind, body).into_response(),
        Err(_) => (parts, kind).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn details_are_sentences() {
        assert_eq!(sentence("there is no deploy 7"), "There is no deploy 7.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(""), ".");
    }
}
