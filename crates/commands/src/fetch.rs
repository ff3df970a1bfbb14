//! Asking GitHub for what events leave out: a pull request's own commits, what lies between two commits, a catalog file.
//!
//! GitHub is asked before the unit of work begins, so that no row is locked while it thinks. What is fetched is stored as
//! facts like any others, and what depends on them is derived again.

use chrono::TimeDelta;
use domain::{
    actor::Viewer,
    ids::{RepositoryId, ServiceId},
};
use integrations::github::{CommitList, CompareStatus, Comparison, GithubClient, GithubError};
use store::{ComparedCommits, NewCommit, RepositoryPlace, Tx};

use crate::{
    CommandError, Commands, Result,
    intake::system,
    jobs::{DeriveService, FetchCompare, FetchPullRequestCommits, Job, SyncCatalogFile},
};

/// How far back a pull request's commits are still worth asking for.
const WORTH_FETCHING: TimeDelta = TimeDelta::days(400);
/// The most that one round enqueues; GitHub's budget is 5,000 requests an hour.
const FETCHED_AT_ONCE: i64 = 500;

impl Commands {
    /// Fetches the own commits of a merged pull request: the first of them begins its lead time.
    pub async fn fetch_pull_request_commits(&self, job: &FetchPullRequestCommits) -> Result<()> {
        let (client, place) = self.github_place(job.repository).await?;
        let list = client
            .pull_request_commits(&place.owner, &place.name, job.number)
            .await
            .map_err(passed_on)?;
        let mut tx = self.store.begin(&system("github")).await?;
        tx.lock_repository(job.repository).await?;
        let Some(known) = tx.pull_request_record(job.repository, job.number).await? else {
            return Ok(());
        };
        let at = known.record.newest.updated_at;
        let commits = self.with_authors(&mut tx, &list.commits, at).await?;
        tx.put_pull_request_commits(known.id, &commits).await?;
        derive_all(&mut tx, job.repository).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Fetches what lies between two commits, where the stored pushes have a gap.
    pub async fn fetch_compare(&self, job: &FetchCompare) -> Result<()> {
        let (client, place) = self.github_place(job.repository).await?;
        let compared = client
            .compare(&place.owner, &place.name, &job.base, &job.head)
            .await
            .map_err(passed_on)?;
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
        derive_all(&mut tx, job.repository).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reads a catalog file as the newest known push left it and takes it over. The job's own commit may be older: pushes
    /// arrive in any order, and an old file must not replace a new one.
    pub async fn fetch_catalog_file(&self, job: &SyncCatalogFile) -> Result<()> {
        let (client, place) = self.github_place(job.repository).await?;
        let branch = format!("refs/heads/{}", place.default_branch);
        let newest = self.reads().newest_head(job.repository, &branch).await?;
        let commit = newest.as_ref().unwrap_or(&job.commit);
        let file = client
            .file(&place.owner, &place.name, &job.path, commit)
            .await
            .map_err(passed_on)?;
        let by = Viewer::trusted(system("github"));
        let content = file.as_ref().map(|file| &*file.bytes);
        self.sync_catalog_file(&by, (job.repository, &job.path), commit, content)
            .await?;
        Ok(())
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
        for pull_request in &missing {
            let job = FetchPullRequestCommits {
                repository: pull_request.repository,
                number: pull_request.number,
            };
            tx.enqueue(job.enqueued()?).await?;
        }
        tx.commit().await?;
        Ok(missing.len())
    }

    async fn github_place(&self, repository: RepositoryId) -> Result<(&GithubClient, RepositoryPlace)> {
        let client = self.github().ok_or_else(|| CommandError::Conflict {
            why: "no GitHub token is configured; set FAIRWAY_GITHUB_TOKEN, then this is fetched".to_owned(),
        })?;
        let place = self.reads().repository_place(repository).await?;
        Ok((
            client,
            place.ok_or_else(|| CommandError::not_found(format!("repository {repository}")))?,
        ))
    }
}

async fn derive_all(tx: &mut Tx, repository: RepositoryId) -> Result<()> {
    let services: Vec<ServiceId> = tx.services_of_repository(repository).await?;
    for service in services {
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

/// What an error of GitHub means for the job that met it: wait, or stop and say what a person can do.
fn passed_on(error: GithubError) -> CommandError {
    match error {
        GithubError::RateLimited { until } => CommandError::Unavailable {
            system: "GitHub",
            retry_at: Some(until),
        },
        GithubError::Unavailable { .. } | GithubError::Timeout => CommandError::Unavailable {
            system: "GitHub",
            retry_at: None,
        },
        GithubError::NotFound { what } => CommandError::not_found(format!("{what} on GitHub")),
        GithubError::Unauthorized
        | GithubError::Forbidden { .. }
        | GithubError::Garbled { .. }
        | GithubError::Misconfigured { .. } => CommandError::Denied {
            why: error.to_string(),
        },
    }
}
