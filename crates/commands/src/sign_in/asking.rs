//! The question to a provider, bound to one browser, and its answer.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    error::FieldErrors,
    ids::PersonId,
    sign_in::{Outsider, Way},
};
use integrations::sign_in::{Challenge, Returned, SignInError};
use serde::{Deserialize, Serialize};
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::{CommandError, Commands, Origin, Result};

/// How long somebody may take at the provider.
const LASTS: TimeDelta = TimeDelta::minutes(15);

/// What the answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To begin a session.
    SignIn,
    /// To go on with the session of this person.
    GoOn(PersonId),
    /// To give this person, who is signed in, one more identity.
    Link(PersonId),
}

/// A question that waits for its answer. Kept in the session of the browser that asked, and used once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Who is asked.
    pub way: Way,
    /// What for.
    pub purpose: Purpose,
    /// Where to go on to, a path of ours.
    pub to: String,
    state: String,
    nonce: String,
    verifier: String,
    since: DateTime<Utc>,
}

/// Nothing that binds the answer.
impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flow")
            .field("way", &self.way)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

impl Flow {
    /// Whether an answer is to this question.
    pub fn is_asked_by(&self, way: Way, state: &str, now: DateTime<Utc>) -> bool {
        self.way == way && self.is_open(now) && bool::from(self.state.as_bytes().ct_eq(state.as_bytes()))
    }

    /// Whether an answer is still taken.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        now - self.since < LASTS
    }

    fn challenge(&self) -> Challenge<'_> {
        Challenge {
            state: &self.state,
            nonce: &self.nonce,
            verifier: &self.verifier,
            silent: matches!(self.purpose, Purpose::GoOn(_)),
        }
    }
}

impl Commands {
    /// Begins to ask a provider; gives what to keep, and where to send the browser.
    pub async fn ask_provider(
        &self,
        way: Way,
        purpose: Purpose,
        to: &str,
        from: &Origin,
    ) -> Result<(Flow, String)> {
        if purpose == Purpose::SignIn {
            self.hold_up(from)?;
        }
        let secret = || hex::encode(self.secret());
        let flow = Flow {
            way,
            purpose,
            to: to.to_owned(),
            state: secret(),
            nonce: secret(),
            verifier: secret(),
            since: self.now(),
        };
        let url = match (way, &self.ways.oidc, &self.ways.github) {
            (Way::Oidc, Some(oidc), _) => oidc.authorize_url(flow.challenge()).await,
            (Way::Github, _, Some(github)) => github.authorize_url(flow.challenge()),
            _ => return Err(not_a_way()),
        };
        let url = url.map_err(|error| failed(&error))?;
        Ok((flow, url))
    }

    /// An answer to no question of this browser: of another browser, sent twice, or too late.
    pub async fn refuse_answer(&self, from: &Origin) -> Result<CommandError> {
        self.note_answer_refused("sign_in_state_refused", "state", from)
            .await?;
        let why =
            "this answer belongs to no sign-in of this browser, was used, or came too late; begin again";
        Ok(FieldErrors::one("state", why).into())
    }

    /// Who the provider says that it is, and of which groups.
    pub(super) async fn outsider(&self, flow: &Flow, returned: &Returned, from: &Origin) -> Result<Outsider> {
        let challenge = flow.challenge();
        let told = match (flow.way, &self.ways.oidc, &self.ways.github) {
            (Way::Oidc, Some(oidc), _) => oidc.who(returned, challenge, self.now()).await,
            (Way::Github, _, Some(github)) => github.who(returned, challenge).await,
            _ => return Err(not_a_way()),
        };
        match told {
            Ok(mut who) => {
                if who.way == Way::Github {
                    who.groups = self.github_groups_of(&who.subject).await?;
                }
                Ok(who)
            }
            Err(error) => {
                if let SignInError::Refused { kind, .. } = &error {
                    self.note_answer_refused("sign_in_answer_refused", kind, from)
                        .await?;
                }
                Err(failed(&error))
            }
        }
    }

    pub(super) async fn note_answer_refused(&self, event: &str, kind: &str, from: &Origin) -> Result<()> {
        let detail = json!({ "kind": kind, "address": from.address, "device": from.device });
        self.note_at_the_door(event, &from.address, &detail).await
    }
}

fn not_a_way() -> CommandError {
    CommandError::not_found("such way to sign in here; the page of signing in has those that there are")
}

fn failed(error: &SignInError) -> CommandError {
    let why = error.to_string();
    match error {
        SignInError::Unavailable { .. } => {
            tracing::warn!(%error, "a provider cannot be asked");
            CommandError::Garbled { why }
        }
        SignInError::Misconfigured { .. } => {
            tracing::error!(%error, "nobody can sign in at a provider");
            CommandError::Garbled { why }
        }
        SignInError::Refused { .. } => {
            tracing::info!(%error, "a provider's answer was refused");
            CommandError::Denied { why }
        }
    }
}
