//! Telling runs at GitHub what was decided. Which that is, is asked when it is told: what was voided meanwhile goes nowhere.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    approvals::{ApprovalState, GateAnswer, HeldRun, RuleReply, RuleWord, WaitingGate},
    ids::DeployId,
    moments::moment,
    outbox::Attempt,
};
use integrations::github::{GithubClient, GithubError, RuleAnswer};
use serde_json::json;
use store::{ClaimedEffect, RepositoryPlace};

use super::{executing::met, sending::read};
use crate::{Commands, Result};

/// How often it is looked whether a freeze is over that holds what was approved.
const LOOK_AGAIN: TimeDelta = TimeDelta::minutes(5);

/// What a run is told.
enum Says {
    Now(RuleAnswer),
    /// Nothing before this time.
    Later(DateTime<Utc>),
    Nothing,
}

/// What answering takes.
const NEEDS: &str = "to answer protection rules it needs Deployments: read and write";

impl Commands {
    /// Tells a run what waits for it to be told.
    pub(super) async fn answer_rule(&self, claimed: &ClaimedEffect) -> Result<Attempt> {
        let reply: RuleReply = match read(claimed) {
            Ok(reply) => reply,
            Err(attempt) => return Ok(attempt),
        };
        let Some(github) = self.github() else {
            let words = "no GitHub is set; set FAIRWAY_GITHUB_APP_ID with its key, then replay it";
            return Ok(Attempt::Refused(words.to_owned()));
        };
        let Some(place) = self.reads().repository_place(reply.run.repository).await? else {
            return Ok(Attempt::Sent(json!({ "dropped": "its repository is gone" })));
        };
        let says = match &reply.says {
            RuleWord::Refused(why) => Says::Now(answered(&reply.run, Some(false), why.clone())),
            RuleWord::Waits => self.waiting(&reply.run).await?,
            RuleWord::Decided => self.decided_for(&reply.run).await?,
            RuleWord::Ordered { deploy, key } => {
                Says::Now(self.ordered_by(&reply.run, (*deploy, key)).await?)
            }
        };
        let answer = match says {
            Says::Now(answer) => answer,
            Says::Later(at) => return Ok(Attempt::Later("a freeze holds what was approved".to_owned(), at)),
            Says::Nothing => {
                return Ok(Attempt::Sent(
                    json!({ "dropped": "it was decided otherwise meanwhile" }),
                ));
            }
        };
        let run = (&place, &reply.run);
        Ok(Box::pin(say(github, claimed, run, &answer)).await)
    }

    /// Why a run waits; nothing once it is decided.
    async fn waiting(&self, run: &HeldRun) -> Result<Says> {
        let gate = self.reads().gate(&run.gate()).await?;
        let gate = gate.filter(|gate| gate.state == ApprovalState::Pending);
        Ok(gate.map_or(Says::Nothing, |gate| {
            let until = moment(gate.deadline);
            let page = self.page(&gate);
            Says::Now(answered(
                run,
                None,
                format!("Waits for a decision until {until}: {page}"),
            ))
        }))
    }

    /// What was decided, asked in the moment before it is told. Nothing is approved but by a decision that still holds.
    async fn decided_for(&self, run: &HeldRun) -> Result<Says> {
        let Some(gate) = self.reads().gate(&run.gate()).await? else {
            return Ok(Says::Nothing);
        };
        let page = self.page(&gate);
        let why = gate.why.as_deref().unwrap_or("What was decided on has changed.");
        let (is_approved, words) = match self.release_gate(&gate.gate.key, &gate.release).await? {
            GateAnswer::Wait if gate.state == ApprovalState::Pending => return Ok(Says::Nothing),
            // It may be voided or be over before the freeze is: what is long is looked at in between.
            GateAnswer::Wait => return Ok(Says::Later(gate.deadline.min(self.now() + LOOK_AGAIN))),
            GateAnswer::Go | GateAnswer::Gone if gate.state == ApprovalState::Bypassed => {
                (true, "An admin went on without the decision".to_owned())
            }
            GateAnswer::Go | GateAnswer::Gone => (true, "Approved".to_owned()),
            GateAnswer::No(ApprovalState::Rejected) => (false, format!("Rejected: {why}")),
            GateAnswer::No(ApprovalState::Expired) if gate.state.lets_go_on() => (
                false,
                "It was approved, and its time was over before it went on; run it again to ask anew"
                    .to_owned(),
            ),
            GateAnswer::No(ApprovalState::Expired) => (
                false,
                "Nobody decided in time; run it again to ask anew".to_owned(),
            ),
            GateAnswer::No(_) | GateAnswer::Changed => (false, format!("Not approved: {why}")),
        };
        Ok(Says::Now(answered(
            run,
            Some(is_approved),
            format!("{words}\n\n{page}"),
        )))
    }

    /// What a drive's order is worth now. It was given after the decision, under a binding that was checked then; one that was called
    /// off since, or is undone, does not go on.
    async fn ordered_by(&self, run: &HeldRun, (deploy, key): (DeployId, &str)) -> Result<RuleAnswer> {
        let is_due = self.reads().is_order_due(key).await? == Some(true)
            && !self.reads().is_run_called_off(run.run).await?;
        let words = if is_due {
            "Fairway ordered it"
        } else {
            "The deploy that ordered it has gone on without it"
        };
        let page = format!("{}/deploys/{deploy}", self.base());
        Ok(answered(run, Some(is_due), format!("{words}\n\n{page}")))
    }

    fn base(&self) -> &str {
        let base = self.outward().map_or("", |outward| &*outward.public_url);
        base.trim_end_matches('/')
    }

    /// The address of what is asked, for people.
    fn page(&self, gate: &WaitingGate) -> String {
        format!("{}/approvals/{}", self.base(), gate.request)
    }
}

fn answered(run: &HeldRun, is_approved: Option<bool>, comment: String) -> RuleAnswer {
    RuleAnswer {
        environment: run.environment.clone(),
        is_approved,
        comment,
    }
}

/// Says it, after a look where it may have been said before: GitHub has no key by which an answer is one, but says what waits.
async fn say(
    github: &GithubClient,
    claimed: &ClaimedEffect,
    (place, held): (&RepositoryPlace, &HeldRun),
    answer: &RuleAnswer,
) -> Attempt {
    let repository = (&*place.owner, &*place.name);
    let waits = || github.waits_for_environment(repository, held.run, &held.environment);
    let over = || Attempt::Sent(json!({ "over": "the run does not wait any more" }));
    if claimed.unsure_since.is_some() {
        // Of why it waits a run is told once, rather not than twice.
        if answer.is_approved.is_none() {
            return over();
        }
        match waits().await {
            Ok(true) => {}
            Ok(false) => return over(),
            Err(error) => return met(&error, NEEDS),
        }
    }
    match github.answer_rule(repository, held.run, answer).await {
        Ok(()) => Attempt::Sent(json!({ "run": held.run, "approved": answer.is_approved })),
        Err(error @ (GithubError::Refused { .. } | GithubError::NotFound { .. })) => match waits().await {
            Ok(true) if answer.is_approved.is_some() => met(&error, NEEDS),
            Ok(_) | Err(GithubError::NotFound { .. }) => over(),
            Err(other) => met(&other, NEEDS),
        },
        Err(error) => met(&error, NEEDS),
    }
}
