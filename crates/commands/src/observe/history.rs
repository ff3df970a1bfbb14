//! Facts that were read from GitHub's lists: the same rows as those of events, a page at a time.

use std::collections::BTreeSet;

use domain::{
    backfill::{DeploymentHistory, HistoryRows, PullRequestHistory},
    ids::RepositoryId,
};
use store::{ObservedRepository, Tx};

use super::{Observing, events::store_release};
use crate::{Commands, Result};

impl Commands {
    /// Stores rows of a repository's history in a unit of work that the caller commits; it holds the repository's row.
    /// Any order, with events among them, and any repetition end in the same rows.
    pub(crate) async fn store_history(
        &self,
        tx: &mut Tx,
        (id, default_branch): (RepositoryId, &str),
        rows: &HistoryRows,
    ) -> Result<()> {
        let mut observing = Observing {
            tx,
            repository: ObservedRepository {
                id,
                default_branch: default_branch.to_owned(),
                gained_services: false,
            },
            at: self.now(),
            services: BTreeSet::new(),
            jobs: Vec::new(),
        };
        match rows {
            HistoryRows::PullRequests(rows) => {
                for row in rows {
                    self.store_pull_request_history(&mut observing, default_branch, row)
                        .await?;
                }
            }
            HistoryRows::Deployments(rows) => {
                for row in rows {
                    self.store_deployment_history(&mut observing, row).await?;
                }
            }
            HistoryRows::Releases(rows) => {
                for row in rows {
                    observing.at = row.updated_at.or(row.published_at).unwrap_or_else(|| self.now());
                    store_release(&mut observing, row).await?;
                }
            }
        }
        observing.enqueue().await
    }

    async fn store_pull_request_history(
        &self,
        observing: &mut Observing<'_>,
        branch: &str,
        row: &PullRequestHistory,
    ) -> Result<()> {
        for state in &row.before {
            observing.at = state.updated_at;
            self.store_pull_request(observing, branch, state, false).await?;
        }
        observing.at = row.now.updated_at;
        let to_fetch = row.commits.is_none();
        self.store_pull_request(observing, branch, &row.now, to_fetch)
            .await?;
        let merged_here = row.now.merged_at.is_some() && row.now.base_ref == branch;
        let Some(commits) = row.commits.as_ref().filter(|_| merged_here) else {
            return Ok(());
        };
        let id = observing.repository.id;
        let known = observing.tx.pull_request_record(id, row.now.number).await?;
        let Some(known) = known.filter(|known| !known.commits_known) else {
            return Ok(());
        };
        let commits = self.with_authors(observing.tx, commits, observing.at).await?;
        observing.tx.put_pull_request_commits(known.id, &commits).await?;
        observing.all_services().await
    }

    async fn store_deployment_history(
        &self,
        observing: &mut Observing<'_>,
        row: &DeploymentHistory,
    ) -> Result<()> {
        observing.at = row.deployment.updated_at;
        self.put_deployment(observing, &row.deployment).await?;
        observing
            .tx
            .insert_github_deployment_statuses(&row.statuses)
            .await?;
        self.place(observing, row.deployment.github_id).await
    }
}
