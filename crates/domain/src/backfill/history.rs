//! The history of a repository, read newest first: kinds, progress, and the rows of one page.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::facts::{CommitFact, DeploymentFact, DeploymentStatusFact, PullRequestFact, ReleaseFact};

/// How far back history is read: two quarters, what the figures' longest usual comparison needs.
pub const HISTORY: TimeDelta = TimeDelta::days(180);
/// The share of GitHub's budget that reading history leaves to everything that is live.
pub const RESERVE_PERCENT: u64 = 10;
/// The first wait after GitHub did not answer; each further one is twice as long.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(30);
/// The longest such wait.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

/// What history consists of. Each is read for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryKind {
    /// Pull requests, merged, closed and open.
    PullRequests,
    /// Deployments with their statuses.
    Deployments,
    /// Releases.
    Releases,
}

impl HistoryKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::PullRequests, Self::Deployments, Self::Releases];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PullRequests => "pull_requests",
            Self::Deployments => "deployments",
            Self::Releases => "releases",
        }
    }

    /// The kind that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How far the reading of one kind is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackfillState {
    /// Pages are being read, or wait for GitHub.
    Reading,
    /// Everything back to the chosen time is stored.
    Done,
    /// GitHub refused for a reason that does not pass; a person can try again.
    Failed,
}

impl BackfillState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Reading, Self::Done, Self::Failed];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// The state that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// The reading of one kind of a repository's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryProgress {
    /// Of what.
    pub kind: HistoryKind,
    /// How far it is.
    pub state: BackfillState,
    /// It reads back to here.
    pub since: DateTime<Utc>,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// The oldest time that it came to.
    pub reached_at: Option<DateTime<Utc>>,
    /// Rows stored so far; a row that was there already counts too.
    pub rows: u64,
    /// Requests that it took.
    pub calls: u64,
    /// It waits until then.
    pub resume_at: Option<DateTime<Utc>>,
    /// Why it waits or failed, or what was odd about what was read.
    pub problem: Option<String>,
    /// When it ended well.
    pub finished_at: Option<DateTime<Utc>>,
}

impl HistoryProgress {
    /// The part of the time span that is read, in [0, 1].
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of a few years are exact in f64"
    )]
    pub fn share(&self) -> f64 {
        if self.state == BackfillState::Done {
            return 1.0;
        }
        let whole = (self.started_at - self.since).num_seconds();
        let Some(reached) = self.reached_at.filter(|_| whole > 0) else {
            return 0.0;
        };
        let read = (self.started_at - reached).num_seconds();
        (read as f64 / whole as f64).clamp(0.0, 1.0)
    }
}

/// When what failed for the `attempt`th time in a row, from 1, is tried again.
pub fn tries_again_at(now: DateTime<Utc>, attempt: u32) -> DateTime<Utc> {
    let doubled = 1_i32
        .checked_shl(attempt.saturating_sub(1).min(16))
        .unwrap_or(i32::MAX);
    now + (FIRST_WAIT * doubled).min(LONGEST_WAIT)
}

/// A pull request as it is now, and what is known of its life before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestHistory {
    /// As it is now.
    pub now: PullRequestFact,
    /// As it was when it became a draft or ready for review, oldest first.
    pub before: Vec<PullRequestFact>,
    /// Its own commits, oldest first; `None` where they are to be asked for one by one.
    pub commits: Option<Vec<CommitFact>>,
}

/// A deployment with its statuses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeploymentHistory {
    /// The deployment.
    pub deployment: DeploymentFact,
    /// Everything that was said of it.
    pub statuses: Vec<DeploymentStatusFact>,
}

/// The rows of a page, newest first.
#[derive(Clone, Debug, PartialEq)]
pub enum HistoryRows {
    /// By the time of their last change.
    PullRequests(Vec<PullRequestHistory>),
    /// By the time they were made.
    Deployments(Vec<DeploymentHistory>),
    /// By the time they were published.
    Releases(Vec<ReleaseFact>),
}

impl HistoryRows {
    /// The oldest time of the rows, by which they are in order; `None` without rows.
    pub fn oldest(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::PullRequests(rows) => rows.iter().map(|row| row.now.updated_at).min(),
            Self::Deployments(rows) => rows.iter().map(|row| row.deployment.created_at).min(),
            Self::Releases(rows) => rows
                .iter()
                .filter_map(|row| row.published_at.or(row.updated_at))
                .min(),
        }
    }

    /// The rows that are not older than `since`.
    #[must_use]
    pub fn since(self, since: DateTime<Utc>) -> Self {
        match self {
            Self::PullRequests(mut rows) => {
                rows.retain(|row| row.now.updated_at >= since);
                Self::PullRequests(rows)
            }
            Self::Deployments(mut rows) => {
                rows.retain(|row| row.deployment.created_at >= since);
                Self::Deployments(rows)
            }
            Self::Releases(mut rows) => {
                rows.retain(|row| row.published_at.or(row.updated_at).is_none_or(|at| at >= since));
                Self::Releases(rows)
            }
        }
    }

    /// The rows that something was said of since then: an old deployment may have a late status.
    #[must_use]
    pub fn touched_since(self, since: DateTime<Utc>) -> Self {
        match self {
            Self::Deployments(mut rows) => {
                rows.retain(|row| {
                    let statuses = row.statuses.iter().map(|status| status.created_at);
                    statuses.chain([row.deployment.created_at]).any(|at| at >= since)
                });
                Self::Deployments(rows)
            }
            other => other.since(since),
        }
    }

    /// How many facts they are: statuses count beside their deployments.
    pub fn count(&self) -> u64 {
        let count = match self {
            Self::PullRequests(rows) => rows.len(),
            Self::Deployments(rows) => rows.iter().map(|row| 1 + row.statuses.len()).sum(),
            Self::Releases(rows) => rows.len(),
        };
        count as u64
    }
}

/// One page of history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryPage {
    /// Its rows, newest first.
    pub rows: HistoryRows,
    /// Whether an older page follows.
    pub more: bool,
    /// A sentence where GitHub told rows in a shape that is not known, so that they took more requests.
    pub misfit: Option<String>,
}

/// Run and job that a status's log address names: `…/actions/runs/{run}/job/{job}`.
pub fn run_in_log_url(url: &str) -> Option<(i64, Option<i64>)> {
    let (_, rest) = url.split_once("/actions/runs/")?;
    let mut parts = rest.split(['/', '?', '#']);
    let run = parts.next()?.parse().ok()?;
    let job = match parts.next() {
        Some("job" | "jobs") => parts.next().and_then(|job| job.parse().ok()),
        _ => None,
    };
    Some((run, job))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(days)
    }

    fn progress(state: BackfillState, reached: Option<i64>) -> HistoryProgress {
        HistoryProgress {
            kind: HistoryKind::Deployments,
            state,
            since: at(0),
            started_at: at(180),
            reached_at: reached.map(at),
            rows: 0,
            calls: 0,
            resume_at: None,
            problem: None,
            finished_at: None,
        }
    }

    #[test]
    fn progress_is_the_part_of_the_time_span() {
        let share = |state, reached| progress(state, reached).share();
        let same = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        same(share(BackfillState::Reading, None), 0.0);
        same(share(BackfillState::Reading, Some(180)), 0.0);
        same(share(BackfillState::Reading, Some(45)), 0.75);
        same(share(BackfillState::Reading, Some(-20)), 1.0);
        same(share(BackfillState::Reading, Some(200)), 0.0);
        same(share(BackfillState::Done, None), 1.0);
        let backwards = HistoryProgress {
            since: at(200),
            ..progress(BackfillState::Reading, Some(10))
        };
        same(backwards.share(), 0.0);
    }

    #[test]
    fn waits_grow_to_an_hour() {
        let wait = |attempt| (tries_again_at(at(0), attempt) - at(0)).num_seconds();
        assert_eq!([wait(0), wait(1), wait(2), wait(4)], [30, 30, 60, 240]);
        assert_eq!([wait(9), wait(1000)], [3600, 3600]);
    }

    #[test]
    fn the_run_stands_in_the_address_of_the_log() {
        let url = "https://github.com/acme/pay/actions/runs/123/job/456?pr=7";
        assert_eq!(run_in_log_url(url), Some((123, Some(456))));
        assert_eq!(run_in_log_url("https://x/a/b/actions/runs/9"), Some((9, None)));
        assert_eq!(run_in_log_url("https://ci.example/builds/9"), None);
        assert_eq!(run_in_log_url("https://x/actions/runs/abc/job/1"), None);
    }
}
