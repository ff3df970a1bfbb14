//! Asking GitHub for what events leave out: a pull request's own commits, what lies between two commits, a catalog file.
//!
//! GitHub is asked before the unit of work begins, so that no row is locked while it thinks. What is fetched is stored as
//! facts like any others, and what depends on them is derived again.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    backfill::HistoryKind,
    facts::CommitFact,
    ids::{RepositoryId, ServiceId},
};
use integrations::github::{CommitList, CompareStatus, Comparison, GithubClient, GithubError};
use store::{ComparedCommits, NewCommit, RepositoryPlace, Tx};

use crate::{
    CommandError, Commands, Result,
    intake::system,
    jobs::{DeriveService, FetchCompare, FetchPullRequestCommits, Job, SyncCatalogFile},
    observe::concerned,
};

/// How far back a pull request's commits are still worth asking for.
const WORTH_FETCHING: TimeDelta = TimeDelta::days(400);
/// The most that one round enqueues; GitHub's budget is 5,000 requests an hour.
const FETCHED_AT_ONCE: i64 = 500;
/// How long jobs wait for a token that GitHub refuses, or for the App to be installed again.
const REFUSED: TimeDelta = TimeDelta::minutes(10);

impl Commands {
    /// Fetches the own commits of a merged pull request: the first of them begins its lead time.
    pub async fn fetch_pull_request_commits(&self, job: &FetchPullRequestCommits) -> Result<()> {
        let of = (job.repository, HistoryKind::PullRequests);
        self.counted_as_history(of, Box::pin(self.ask_for_commits(job)))
            .await
    }

    async fn ask_for_commits(&self, job: &FetchPullRequestCommits) -> Result<()> {
        let Some((client, place)) = self.github_place(job.repository).await? else {
            return Ok(());
        };
        let list = client
            .pull_request_commits(&place.owner, &place.name, job.number)
            .await
            .map_err(|error| self.passed_on(error))?;
        self.store_commits((job.repository, job.number), &list.commits)
            .await
    }

    /// Takes the own commits of a pull request as GitHub would list them, of a repository by its full name.
    pub async fn note_pull_request_commits(
        &self,
        (repository, number): (&str, i64),
        commits: &[CommitFact],
    ) -> Result<()> {
        let mut tx = self.store.begin(&system("github")).await?;
        let known = tx.repository_called(repository).await?;
        tx.commit().await?;
        let known = known.ok_or_else(|| CommandError::not_found(format!("repository {repository}")))?;
        self.store_commits((known, number), commits).await
    }

    async fn store_commits(
        &self,
        (repository, number): (RepositoryId, i64),
        commits: &[CommitFact],
    ) -> Result<()> {
        let mut tx = self.store.begin(&system("github")).await?;
        tx.lock_repository(repository).await?;
        let Some(known) = tx.pull_request_record(repository, number).await? else {
            return Ok(());
        };
        let at = known.record.newest.updated_at;
        let commits = self.with_authors(&mut tx, commits, at).await?;
        tx.put_pull_request_commits(known.id, &commits).await?;
        let merge_sha = known.record.newest.merge_commit_sha.as_deref();
        let services = concerned::by_pull_request(&mut tx, repository, merge_sha).await?;
        derive(&mut tx, services).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Fetches what lies between two commits, where the stored pushes have a gap.
    pub async fn fetch_compare(&self, job: &FetchCompare) -> Result<()> {
        let of = (job.repository, HistoryKind::Deployments);
        self.counted_as_history(of, Box::pin(self.compare_range(job)))
            .await
    }

    /// The same, its requests counted by the caller.
    pub(crate) async fn compare_range(&self, job: &FetchCompare) -> Result<()> {
        let Some((client, place)) = self.github_place(job.repository).await? else {
            return Ok(());
        };
        let compared = client
            .compare(&place.owner, &place.name, &job.base, &job.head)
            .await
            .map_err(|error| self.passed_on(error))?;
        let at = self.now();
        let shas: Vec<String> = compared
            .commits
            .commits
            .iter()
            .map(|commit| commit.sha.clone())
            .collect();
        let mut tx = self.store.begin(&system("github")).await?;
        tx.lock_repository(job.repository).await?;
        let commits: Vec<NewCommit<'_>> = self.with_authors(&mut tx, &compared.commits.commits, at).await?;
        tx.insert_commits(job.repository, &commits, None).await?;
        if is_whole(&compared) {
            let range = ComparedCommits {
                base: &job.base,
                head: &job.head,
                status: status(compared.status),
                shas: &shas,
                fetched_at: at,
            };
            tx.put_compared_range(job.repository, &range).await?;
        }
        let services = tx.services_of_repository(job.repository).await?;
        derive(&mut tx, services).await?;
        tx.commit().await?;
        if is_whole(&compared) {
            return Ok(());
        }
        let why = "GitHub lists fewer commits between the two than there are, so the range is not known; the deploy names it";
        Err(CommandError::Denied { why: why.to_owned() })
    }

    /// Reads a catalog file as the default branch has it now and takes it over.
    pub async fn fetch_catalog_file(&self, job: &SyncCatalogFile) -> Result<()> {
        let Some((client, place)) = self.github_place(job.repository).await? else {
            return Ok(());
        };
        self.read_catalog_file(client, (job.repository, &place), &job.path)
            .await
    }

    /// Enqueues the fetching of what is missing because no GitHub was configured when its event came. Gives how much.
    pub async fn fetch_missing(&self) -> Result<usize> {
        if self.github().is_none() {
            return Ok(0);
        }
        let since = self.now() - WORTH_FETCHING;
        let missing = self
            .reads()
            .pull_requests_without_commits(since, FETCHED_AT_ONCE)
            .await?;
        let mut tx = self.store.begin(&system("fairway")).await?;
        let mut asked = 0;
        for pull_request in &missing {
            let job = FetchPullRequestCommits {
                repository: pull_request.repository,
                number: pull_request.number,
            };
            let job = job.enqueued()?;
            // One that was given up waits for a person; asking again every few minutes would bury it.
            if !tx.is_given_up(&job).await? {
                tx.enqueue(job).await?;
                asked += 1;
            }
        }
        tx.commit().await?;
        Ok(asked)
    }

    /// GitHub and where the repository is there. `None` without a token: pages say what is missing because of that, and what
    /// can still be fetched when one is set is enqueued again then.
    pub(crate) async fn github_place(
        &self,
        repository: RepositoryId,
    ) -> Result<Option<(&GithubClient, RepositoryPlace)>> {
        let Some(client) = self.github() else {
            tracing::debug!(%repository, "no GitHub token is configured, so nothing is fetched");
            return Ok(None);
        };
        let place = self.reads().repository_place(repository).await?;
        let place = place.ok_or_else(|| CommandError::not_found(format!("repository {repository}")))?;
        Ok(Some((client, place)))
    }

    /// What becomes of a failed request: wait, as long as GitHub says where it does, or stop and say what a person can do.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "whoever met it has no other use for it"
    )]
    pub(crate) fn passed_on(&self, error: GithubError) -> CommandError {
        match error {
            GithubError::RateLimited { until } | GithubError::Resting { until } => paused(until),
            GithubError::Unavailable { .. } | GithubError::Timeout => CommandError::Unavailable {
                system: "GitHub",
                retry_at: None,
            },
            GithubError::NotInstalled { .. } | GithubError::Unauthorized => {
                tracing::warn!(%error, "jobs wait for GitHub's consent");
                paused(self.now() + REFUSED)
            }
            GithubError::Garbled { .. } => CommandError::Garbled {
                why: error.to_string(),
            },
            GithubError::NotFound { .. }
            | GithubError::Forbidden { .. }
            | GithubError::Refused { .. }
            | GithubError::Misconfigured { .. } => CommandError::Denied {
                why: error.to_string(),
            },
        }
    }
}

fn paused(until: DateTime<Utc>) -> CommandError {
    CommandError::Unavailable {
        system: "GitHub",
        retry_at: Some(until),
    }
}

/// Enqueues in one order, because the queue holds a lock per key until the commit.
pub(crate) async fn derive(tx: &mut Tx, services: Vec<ServiceId>) -> Result<()> {
    for service in services.into_iter().collect::<BTreeSet<_>>() {
        tx.enqueue(DeriveService { service }.enqueued()?).await?;
    }
    Ok(())
}

/// A list that was cut would hide changes for good, so it is not stored as the whole range.
fn is_whole(compared: &Comparison) -> bool {
    let CommitList { complete, .. } = &compared.commits;
    *complete
}

fn status(status: CompareStatus) -> &'static str {
    match status {
        CompareStatus::Ahead => "ahead",
        CompareStatus::Behind => "behind",
        CompareStatus::Diverged => "diverged",
        CompareStatus::Identical => "identical",
    }
}
