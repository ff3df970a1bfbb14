//! Exchanging a token that a workflow of GitHub Actions brings: the one route that asks for no token of ours.

use axum::{
    Json,
    extract::{FromRequest, Request, State},
};
use commands::{ExchangeError, Origin};
use domain::{actor::Scope, error::FieldErrors, tokens::EXCHANGED_FOR};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    auth::Gate,
    problem::ApiError,
    receive::{Body, body_of},
};
use crate::http::address;

/// What is exchanged, in the words of RFC 8693.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExchangeBody {
    /// The ID token that GitHub Actions gave to the job, as it is. Each is exchanged once.
    #[schema(min_length = 1, max_length = 16384)]
    subject_token: String,
    /// Scopes with spaces between, to ask for fewer than the rule gives; all of the rule's when left out.
    #[schema(max_length = 200, example = "deploys:write")]
    scope: Option<String>,
}

/// A token for 15 minutes.
#[derive(Serialize, ToSchema)]
pub(super) struct Exchanged {
    /// The token: send it as `Authorization: Bearer …`.
    access_token: String,
    /// `urn:ietf:params:oauth:token-type:access_token`
    issued_token_type: &'static str,
    /// `Bearer`
    token_type: &'static str,
    /// Seconds until it stops working.
    expires_in: i64,
    /// What it may do: scopes with spaces between.
    scope: String,
}

/// A request of somebody who has no token yet: its body, and where it comes from.
pub(super) struct Brought {
    body: Body<ExchangeBody>,
    from: Origin,
}

impl FromRequest<Gate> for Brought {
    type Rejection = ApiError;

    async fn from_request(request: Request, gate: &Gate) -> Result<Self, ApiError> {
        let from = Origin {
            address: address::of(&request, gate.hops)
                .map_or_else(|| "unknown".to_owned(), |address| address.to_string()),
            device: String::new(),
        };
        let body = body_of(request).await?;
        Ok(Self { body, from })
    }
}

/// Exchanges the ID token of a workflow for a token that works for 15 minutes, where a trust rule fits.
#[utoipa::path(post, path = "/api/v1/tokens/exchange", tag = "tokens", request_body = ExchangeBody,
    responses((status = 200, description = "A token", body = Exchanged)))]
pub(super) async fn exchange(
    State(gate): State<Gate>,
    brought: Brought,
) -> Result<Json<Exchanged>, ApiError> {
    let Brought { body, from } = brought;
    let (subject, asked) = body.checked(|body| {
        let asked = scopes(body.scope.as_deref().unwrap_or_default())?;
        Ok((body.subject_token.clone(), asked))
    })?;
    let (token, secret) = gate
        .commands
        .exchange(&subject, &asked, &from)
        .await
        .map_err(refusal)?;
    let scopes: Vec<&str> = token.scopes.iter().copied().map(Scope::as_str).collect();
    Ok(Json(Exchanged {
        access_token: secret,
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
        token_type: "Bearer",
        expires_in: EXCHANGED_FOR.num_seconds(),
        scope: scopes.join(" "),
    }))
}

fn scopes(text: &str) -> Result<Vec<Scope>, FieldErrors> {
    let known: Option<Vec<Scope>> = text.split_whitespace().map(Scope::parse).collect();
    known.ok_or_else(|| {
        let choices = Scope::ALL.map(Scope::as_str).join(", ");
        FieldErrors::one("scope", format!("choose from {choices}, with spaces between"))
    })
}

fn refusal(error: ExchangeError) -> ApiError {
    match error {
        ExchangeError::Untrusted(why) => ApiError::Untrusted(why),
        ExchangeError::NoRule => ApiError::Command(commands::CommandError::Denied {
            why: error.to_string(),
        }),
        ExchangeError::Command(error) => error.into(),
    }
}
