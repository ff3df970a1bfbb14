//! A look at GitHub for what events did not bring (promise 7): recently changed pull requests and deployments.
//!
//! GitHub sends no delivery again by itself, so a webhook that was lost, or sent while Fairway was away, is found here.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    backfill::{HistoryKind, HistoryRows, JobAttempts},
    facts::DeploymentStatusFact,
};
use integrations::github::GithubClient;
use store::{Known, RepositoryToCompare, Tx};

use super::jobs::HealGaps;
use crate::{Commands, Result, intake::system, jobs::Job};

/// How often each repository is looked at. Two or three requests each: 200 repositories take an eighth of the budget.
const EVERY: TimeDelta = TimeDelta::hours(1);
/// How far back the first look goes: as long as GitHub keeps deliveries.
const FIRST_LOOK: TimeDelta = TimeDelta::days(3);
/// A look begins before the last one, so that clocks that differ leave no gap.
const OVERLAP: TimeDelta = TimeDelta::hours(1);
/// What is younger may still be on its way as an event; it is stored, and not counted as a gap.
const ON_ITS_WAY: TimeDelta = TimeDelta::minutes(10);
/// Repositories that one run of the job looks at.
const AT_ONCE: u8 = 20;
/// Pages of a repository that one look reads.
const MOST_PAGES: u32 = 10;

/// What a look found that events had not brought. It is stored now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Healed {
    /// Repositories that were looked at.
    pub looked_at: u64,
    /// Deployments.
    pub deployments: u64,
    /// Statuses of deployments.
    pub statuses: u64,
    /// Pull requests, new ones or newer states.
    pub pull_requests: u64,
}

impl Healed {
    /// All facts together.
    pub fn facts(&self) -> u64 {
        self.deployments + self.statuses + self.pull_requests
    }

    fn add(&mut self, other: Self) {
        self.looked_at += other.looked_at;
        self.deployments += other.deployments;
        self.statuses += other.statuses;
        self.pull_requests += other.pull_requests;
    }
}

impl Commands {
    /// Looks at the repositories that were longest not looked at, and goes on in another run while there are more. Stops
    /// at GitHub's reserve and at the first failure: the next round comes soon.
    pub async fn heal_gaps(&self) -> Result<Healed> {
        let mut healed = Healed::default();
        let Some(client) = self.github() else {
            return Ok(healed);
        };
        let due = self.now() - EVERY;
        let repositories = self
            .reads()
            .repositories_to_compare(due, i64::from(AT_ONCE))
            .await?;
        let full = repositories.len() == usize::from(AT_ONCE);
        for repository in &repositories {
            let reserve = client.reserve_reached(&repository.owner, self.now()).await;
            if reserve.map_err(|error| self.passed_on(error))?.is_some() {
                return Ok(healed);
            }
            healed.add(self.heal_repository(client, repository).await?);
        }
        if full {
            let mut tx = self.store.begin(&system("fairway")).await?;
            tx.enqueue(HealGaps {}.enqueued()?).await?;
            tx.commit().await?;
        }
        Ok(healed)
    }

    async fn heal_repository(
        &self,
        client: &GithubClient,
        repository: &RepositoryToCompare,
    ) -> Result<Healed> {
        let began = self.now();
        let since = repository.looked_at.map_or(began - FIRST_LOOK, |at| at - OVERLAP);
        let mut healed = Healed {
            looked_at: 1,
            ..Healed::default()
        };
        let place = (&*repository.owner, &*repository.name);
        for kind in [HistoryKind::PullRequests, HistoryKind::Deployments] {
            for number in 1..=MOST_PAGES {
                let page = match client.history_page(kind, place, number).await {
                    Ok(page) => page,
                    // Gone, or not to be read by this token: the page of repositories says so, others go on.
                    Err(error) if !error.is_temporary() => {
                        tracing::warn!(%error, repository = %repository.id, "a repository cannot be compared");
                        break;
                    }
                    Err(error) => return Err(self.passed_on(error)),
                };
                let last = !page.more || page.rows.oldest().is_none_or(|oldest| oldest < since);
                let mut rows = page.rows.touched_since(since);
                let runs = self.runs_to_tell(&rows).await?;
                let attempts = client
                    .attempts_of_jobs(place, &runs)
                    .await
                    .map_err(|error| self.passed_on(error))?;
                rows.tell_attempts(&attempts);
                healed.add(self.store_missing(repository, (&rows, &attempts), began).await?);
                if last {
                    break;
                }
            }
        }
        let mut tx = self.store.begin(&system("fairway")).await?;
        tx.note_compared(repository.id, began, healed.facts()).await?;
        tx.commit().await?;
        if healed.facts() > 0 {
            tracing::info!(repository = %repository.id, ?healed, "events had not brought everything");
        }
        Ok(healed)
    }

    /// Stores the rows and tells which of them were missing.
    async fn store_missing(
        &self,
        repository: &RepositoryToCompare,
        (rows, attempts): (&HistoryRows, &JobAttempts),
        now: DateTime<Utc>,
    ) -> Result<Healed> {
        let mut tx = self.store.begin(&system("github")).await?;
        let Some(place) = tx.lock_repository(repository.id).await? else {
            return Ok(Healed::default());
        };
        let missing = missing(&mut tx, repository, rows, now - ON_ITS_WAY).await?;
        if missing.any || !attempts.0.is_empty() {
            self.store_history(&mut tx, (repository.id, &place.default_branch), rows)
                .await?;
            self.tell_stored_attempts(&mut tx, attempts).await?;
            tx.commit().await?;
        }
        Ok(missing.counted)
    }
}

struct Missing {
    /// Whether anything is to be stored, what is on its way included.
    any: bool,
    counted: Healed,
}

async fn missing(
    tx: &mut Tx,
    repository: &RepositoryToCompare,
    rows: &HistoryRows,
    settled: DateTime<Utc>,
) -> Result<Missing> {
    let known = known(tx, repository, rows).await?;
    let mut missing = Missing {
        any: false,
        counted: Healed::default(),
    };
    let mut count = |is_known: bool, at: DateTime<Utc>| {
        missing.any |= !is_known;
        u64::from(!is_known && at < settled)
    };
    let mut counted = Healed::default();
    match rows {
        HistoryRows::PullRequests(rows) => {
            for row in rows {
                let is_known = known.pull_requests.contains(&row.now.number);
                counted.pull_requests += count(is_known, row.now.updated_at);
            }
        }
        HistoryRows::Deployments(rows) => {
            for row in rows {
                let (id, at) = (row.deployment.github_id, row.deployment.created_at);
                counted.deployments += count(known.ids.contains(&id), at);
                for status in row.statuses.iter().filter(|status| is_sent(status)) {
                    counted.statuses += count(known.ids.contains(&status.github_id), status.created_at);
                }
            }
        }
        HistoryRows::Releases(_) => {}
    }
    missing.counted = counted;
    Ok(missing)
}

async fn known(tx: &mut Tx, repository: &RepositoryToCompare, rows: &HistoryRows) -> Result<Known> {
    Ok(match rows {
        HistoryRows::PullRequests(rows) => {
            let described: Vec<_> = rows.iter().map(|row| &row.now).collect();
            tx.known_pull_requests(repository.id, &described).await?
        }
        HistoryRows::Deployments(rows) => {
            let deployments: Vec<i64> = rows.iter().map(|row| row.deployment.github_id).collect();
            let statuses: Vec<i64> = rows
                .iter()
                .flat_map(|row| &row.statuses)
                .map(|status| status.github_id)
                .collect();
            tx.known_deployments(&deployments, &statuses).await?
        }
        HistoryRows::Releases(_) => Known::default(),
    })
}

/// `inactive` never arrives as an event, and means nothing.
fn is_sent(status: &DeploymentStatusFact) -> bool {
    status.state != "inactive"
}
