//! Orders to executors.

use domain::{
    executors::{Act, DELIVERY_INPUT, Order, Reach},
    ids::{EnvironmentId, ServiceId},
    outbox::Attempt,
};
use integrations::{
    github::{Dispatch, DispatchedRun, GithubClient, GithubError, LookedUp},
    hooks::Hook,
};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde_json::{Value, json};
use store::{ClaimedEffect, SealedColumn, StoredExecutor};

use super::sending::read;
use crate::{CommandError, Commands, Result, keyring::Place};

/// What is said of an order that was not sent, since its deploy was called off before.
pub(super) const CALLED_OFF: &str = "called_off";
/// What dispatching takes.
const NEEDS: &str = "to dispatch workflows it needs Actions: read and write";

impl Commands {
    /// Sends an order to whoever carries out the deploys there now.
    pub(super) async fn execute(
        &self,
        claimed: &ClaimedEffect,
        of: (ServiceId, EnvironmentId),
    ) -> Result<Attempt> {
        let order: Order = match read(claimed) {
            Ok(order) => order,
            Err(attempt) => return Ok(attempt),
        };
        // A deploy that was called off, or is undone, is not begun by an order that waited.
        if self.reads().is_order_due(&order.key).await? == Some(false) {
            return Ok(Attempt::Sent(
                json!({ "dropped": "the deploy had gone on without it" }),
            ));
        }
        if order.act != Act::Stop && self.reads().is_order_called_off(&order.key).await? {
            return Ok(Attempt::Sent(json!({ CALLED_OFF: true })));
        }
        let Some(stored) = self.reads().executor(of).await? else {
            return Ok(Attempt::Refused(format!(
                "nobody is set to carry out deploys of {} to {}; set an executor, then ask for the deploy again",
                order.service, order.environment
            )));
        };
        match &stored.executor.reach {
            Reach::Webhook { url } => self.post_order(claimed, (&stored, url)).await,
            Reach::GithubActions { .. } => {
                Ok(Box::pin(self.dispatch(claimed, &order, &stored.executor.reach)).await)
            }
        }
    }

    /// Sent again with the same id, which the receiver knows.
    async fn post_order(
        &self,
        claimed: &ClaimedEffect,
        (stored, url): (&StoredExecutor, &str),
    ) -> Result<Attempt> {
        let (Some(outward), Some(sealed)) = (self.outward(), &stored.sealed) else {
            let words =
                "the executor has no secret to sign orders with; set one, then ask for the deploy again";
            return Ok(Attempt::Refused(words.to_owned()));
        };
        let place = Place {
            column: SealedColumn::ExecutorSecret.as_str(),
            row: stored.executor.id.0,
        };
        let secret = text(&self.opened(place, sealed)?)?;
        let hook = Hook {
            url,
            delivery: claimed.id,
            body: &claimed.payload,
            secret: Some(&secret),
        };
        let posted = outward.hooks.post(&hook, self.now()).await;
        Ok(posted.map_or_else(Attempt::from, Attempt::Sent))
    }

    /// Looks for the run of an earlier try first: GitHub makes another one for each dispatch.
    async fn dispatch(&self, claimed: &ClaimedEffect, order: &Order, reach: &Reach) -> Attempt {
        let Some(github) = self.github() else {
            let words = "no GitHub is set; set FAIRWAY_GITHUB_APP_ID with its key or FAIRWAY_GITHUB_TOKEN, then ask for the deploy again";
            return Attempt::Refused(words.to_owned());
        };
        let Some(dispatch) = dispatch_of(claimed, order, reach) else {
            let words =
                "the executor names no repository as owner/name; set it again, then ask for the deploy again";
            return Attempt::Refused(words.to_owned());
        };
        match look(github, claimed, &dispatch).await {
            Ok(Some(attempt)) => return attempt,
            Ok(None) => {}
            Err(error) => return met(&error, NEEDS),
        }
        match github.dispatch_workflow(&dispatch).await {
            Ok(made) => Attempt::Sent(made.map_or_else(|| json!({}), |run| of_run(&run, &dispatch))),
            Err(error) => met(&error, NEEDS),
        }
    }
}

fn dispatch_of<'a>(claimed: &ClaimedEffect, order: &Order, reach: &'a Reach) -> Option<Dispatch<'a>> {
    let Reach::GithubActions {
        repository,
        workflow,
        git_ref,
        inputs,
    } = reach
    else {
        return None;
    };
    let filled = inputs.iter().map(|(name, text)| (name.clone(), order.fill(text)));
    let own = (DELIVERY_INPUT.to_owned(), claimed.id.to_string());
    Some(Dispatch {
        repository: repository.split_once('/')?,
        workflow,
        git_ref,
        inputs: filled.chain([own]).collect(),
    })
}

/// What is known of an earlier try: nothing where it surely made no run, or a person looked and had it sent again.
async fn look(
    github: &GithubClient,
    claimed: &ClaimedEffect,
    dispatch: &Dispatch<'_>,
) -> Result<Option<Attempt>, GithubError> {
    let Some(since) = claimed.unsure_since else {
        return Ok(None);
    };
    let place = (dispatch.repository, dispatch.workflow);
    let found = github.look_for_run(place, &claimed.id.to_string(), since).await?;
    Ok(match found {
        LookedUp::Made(run) => Some(Attempt::Sent(of_run(&run, dispatch))),
        LookedUp::Unnamed if !claimed.is_replayed => {
            let ((owner, name), workflow) = place;
            Some(Attempt::Doubtful(format!(
                "runs of {workflow} in {owner}/{name} do not say what dispatched them, so one of them may be this one. Look, and \
                 replay it where none is; `run-name: … ${{{{ inputs.{DELIVERY_INPUT} }}}}` in the workflow tells from then on"
            )))
        }
        LookedUp::Unnamed | LookedUp::Nothing => None,
    })
}

fn of_run(run: &DispatchedRun, dispatch: &Dispatch<'_>) -> Value {
    let (owner, name) = dispatch.repository;
    json!({ "run": run.id, "url": run.html_url, "repository": format!("{owner}/{name}") })
}

/// What an attempt was that met an error; `needs` says which right is missing where one is.
pub(super) fn met(error: &GithubError, needs: &str) -> Attempt {
    let words = error.to_string();
    match error {
        GithubError::RateLimited { until } | GithubError::Resting { until } => Attempt::Later(words, *until),
        GithubError::Unavailable { .. } | GithubError::Timeout | GithubError::Garbled { .. } => {
            Attempt::Failed { words, unsure: true }
        }
        GithubError::Unauthorized | GithubError::NotInstalled { .. } => {
            Attempt::Failed { words, unsure: false }
        }
        GithubError::Forbidden { .. } => Attempt::Refused(format!("{words}; {needs}")),
        GithubError::NotFound { .. } | GithubError::Refused { .. } | GithubError::Misconfigured { .. } => {
            Attempt::Refused(words)
        }
    }
}

/// A secret that was stored as text.
pub(super) fn text(secret: &SecretSlice<u8>) -> Result<SecretString> {
    let text = String::from_utf8(secret.expose_secret().to_vec());
    // The error would hold the secret.
    let text = text.map_err(|_| CommandError::internal("a sealed secret is no text"))?;
    Ok(SecretString::from(text))
}
