//! Noting how it stands with GitHub, so that pages of every process say the same and budgets are shared.

use chrono::TimeDelta;
use domain::integrations::{GithubBudget, SystemHealth};
use integrations::github::{BreakerState, Budget, GithubStatus};

use crate::{Commands, Result};

/// The name of the system in tables and metrics.
pub(crate) const GITHUB: &str = "github";
/// A process that asked nothing for so long has nothing to say; another one may know better.
const SPEAKS_FOR: TimeDelta = TimeDelta::minutes(1);
/// Answers that are kept: with the largest that is, some hundreds of megabytes; usually a tenth of that.
const MOST_ANSWERS: i64 = 20_000;

impl Commands {
    /// What this process knows of GitHub; `None` where it asks none.
    pub fn github_status(&self) -> Option<GithubStatus> {
        self.github().map(integrations::github::GithubClient::status)
    }

    /// Notes what this process knows of GitHub, and takes over the pauses that others met. Called every few seconds.
    pub async fn note_github(&self) -> Result<()> {
        let Some(client) = self.github() else {
            return Ok(());
        };
        let (status, now) = (client.status(), self.now());
        let failed_at = status.last_failure.as_ref().map(|(at, _)| *at);
        let last = status.last_answer_at.max(failed_at);
        if last.is_some_and(|last| now - last < SPEAKS_FOR) || is_open(&status) {
            self.store
                .note_system_health(GITHUB, &health(&status, now))
                .await?;
            let budgets: Vec<GithubBudget> = status.budgets.iter().map(|budget| noted(budget, now)).collect();
            self.store.note_github_budgets(&budgets).await?;
        }
        for budget in self.reads().github_budgets().await? {
            if let Some(until) = budget.paused_until.filter(|until| *until > now) {
                client.pause(&budget.caller, until);
            }
        }
        Ok(())
    }

    /// Drops the answers that were not used for longest. Run by the clock.
    pub async fn drop_kept_answers(&self) -> Result<u64> {
        Ok(self.store.drop_github_answers(MOST_ANSWERS).await?)
    }
}

fn is_open(status: &GithubStatus) -> bool {
    status
        .breaker
        .as_ref()
        .is_some_and(|breaker| breaker.state != BreakerState::Closed)
}

fn health(status: &GithubStatus, now: chrono::DateTime<chrono::Utc>) -> SystemHealth {
    let breaker = status.breaker.as_ref();
    let (last_failure_at, last_failure) = status.last_failure.clone().unzip();
    let state = breaker.map_or(BreakerState::Closed, |breaker| breaker.state);
    SystemHealth {
        breaker: state.as_str().to_owned(),
        open_since: breaker.and_then(|breaker| breaker.open_since),
        next_try: breaker.and_then(|breaker| breaker.next_try),
        last_answer_at: status.last_answer_at,
        last_failure_at,
        last_failure,
        noted_at: now,
    }
}

fn noted(budget: &Budget, now: chrono::DateTime<chrono::Utc>) -> GithubBudget {
    let limit = budget.limit.as_ref();
    GithubBudget {
        caller: budget.caller.clone(),
        account: None,
        limit: limit.map(|limit| limit.limit),
        remaining: limit.map(|limit| limit.remaining),
        reset_at: limit.map(|limit| limit.reset_at),
        paused_until: budget.paused_until,
        refused_since: budget.refused_since,
        noted_at: now,
    }
}
