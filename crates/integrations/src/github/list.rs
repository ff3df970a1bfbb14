//! Lists of GitHub, a page at a time, newest first: repositories, and the history of one.
//!
//! REST lists a hundred rows a call. What it would tell one row at a time (statuses, own commits) is asked of GraphQL for
//! the hundred at once.

mod commits;
mod deliveries;
mod deployments;
mod graphql;
mod misfits;
mod node_ids;
mod pull_requests;
mod repositories;

use chrono::{DateTime, Utc};
use domain::{
    backfill::{HistoryKind, HistoryPage, HistoryRows, RESERVE_PERCENT},
    facts::ReleaseFact,
};
use serde::de::DeserializeOwned;

pub use self::{
    commits::ListedCommit,
    deliveries::{SentDeliveries, SentDelivery},
    repositories::RepositoryList,
};
use super::{
    answers::missing,
    budget::GRAPHQL,
    client::{GithubClient, parse},
    convert,
    error::GithubError,
    tokens::Caller,
    transport::now,
    wire::ReleaseWire,
};

/// GitHub's largest page.
const PER_PAGE: &str = "100";

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// The rows in GitHub's order.
    pub rows: Vec<T>,
    /// Whether another page follows.
    pub more: bool,
}

impl GithubClient {
    /// A page of a repository's history, from 1, newest first.
    pub async fn history_page(
        &self,
        kind: HistoryKind,
        (owner, repo): (&str, &str),
        page: u32,
    ) -> Result<HistoryPage, GithubError> {
        match kind {
            HistoryKind::PullRequests => self.pull_requests_page((owner, repo), page).await,
            HistoryKind::Deployments => self.deployments_page((owner, repo), page).await,
            HistoryKind::Releases => self.releases_page((owner, repo), page).await,
        }
    }

    /// Until when reading an account's history has to wait, so that its budget keeps a reserve for what is live; `None`
    /// where it may go on, and where GitHub has said nothing yet.
    pub async fn reserve_reached(
        &self,
        account: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, GithubError> {
        let identified = self.transport.identify(Caller::Account(account));
        let caller = self.transport.in_time(identified).await?.name;
        let graphql = format!("{caller}{GRAPHQL}");
        let budgets = self.status().budgets;
        let waits = budgets
            .into_iter()
            .filter(|budget| budget.caller == caller || budget.caller == graphql)
            .filter_map(|budget| {
                let spent = budget.limit.filter(|limit| {
                    limit.remaining * 100 <= limit.limit * RESERVE_PERCENT && limit.reset_at > now
                });
                spent.map(|limit| limit.reset_at).max(budget.paused_until)
            });
        Ok(waits.max())
    }

    /// Stops at the reserve what asks for rows one by one: that may be many requests for one page.
    pub async fn keep_reserve(&self, account: &str) -> Result<(), GithubError> {
        match self.reserve_reached(account, now()).await? {
            Some(until) => Err(GithubError::RateLimited { until }),
            None => Ok(()),
        }
    }

    async fn releases_page(
        &self,
        (owner, repo): (&str, &str),
        page: u32,
    ) -> Result<HistoryPage, GithubError> {
        let listed: Listed<ReleaseWire> = self
            .list_page(&["repos", owner, repo, "releases"], &[], page)
            .await?;
        let rows: Result<Vec<ReleaseFact>, _> = listed
            .rows
            .into_iter()
            .map(|wire| convert::release_fact(wire, false).map_err(missing))
            .collect();
        Ok(HistoryPage {
            rows: HistoryRows::Releases(rows?),
            more: listed.more,
            misfit: None,
        })
    }

    async fn list_page<W: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
        page: u32,
    ) -> Result<Listed<W>, GithubError> {
        let page = page.to_string();
        let mut query = query.to_vec();
        query.extend([("per_page", PER_PAGE), ("page", &*page)]);
        let answer = self.transport.get(segments, &query).await?;
        Ok(Listed {
            rows: parse(&answer)?,
            more: answer.has_next,
        })
    }
}
