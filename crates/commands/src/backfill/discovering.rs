//! Which repositories GitHub lists for us.

use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    actor::Viewer,
    backfill::ListedRepository,
    facts::{Observation, ObservedEvent, RepositoryChange},
};
use integrations::github::GithubClient;
use store::AuditEntry;

use super::jobs::DiscoverRepositories;
use crate::{Commands, Result, access::whole, intake::system, jobs::Job};

/// Pages of one list that are read at most: 50,000 repositories.
const MOST_PAGES: u32 = 500;

impl Commands {
    /// Has GitHub's list read again, soon.
    pub async fn look_for_repositories(&self, by: &Viewer) -> Result<()> {
        whole(by, Action::ManageRepositories)?;
        self.needed_github()?;
        let mut tx = self.store.begin(by.actor()).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "repositories.look",
            subject: "repositories".to_owned(),
            reason: None,
            before: None,
            after: None,
        })
        .await?;
        tx.enqueue(DiscoverRepositories {}.enqueued()?).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reads which repositories there are; gives how many. One that a whole list has no more keeps its history and is
    /// marked; one with a new name or owner is found by GitHub's id. Without a GitHub to ask nothing is known and nothing
    /// changes.
    pub async fn discover_repositories(&self) -> Result<u64> {
        let Some(client) = self.github() else {
            return Ok(0);
        };
        let began = self.now();
        let mut tx = self.store.begin(&system("github")).await?;
        tx.begin_repository_scan(began).await?;
        tx.commit().await?;
        let read = self.read_lists(client, began).await;
        let mut tx = self.store.begin(&system("github")).await?;
        match &read {
            Ok(found) => {
                let gone = tx.mark_unlisted(began).await?;
                tx.end_repository_scan(self.now(), Ok(*found)).await?;
                tracing::info!(found, gone, "read which repositories there are");
            }
            Err(error) => {
                tx.end_repository_scan(self.now(), Err(&error.to_string()))
                    .await?;
            }
        }
        tx.commit().await?;
        read
    }

    async fn read_lists(&self, client: &GithubClient, began: DateTime<Utc>) -> Result<u64> {
        let mut found = 0;
        for list in client
            .repository_lists()
            .await
            .map_err(|error| self.passed_on(error))?
        {
            for page in 1..=MOST_PAGES {
                let listed = client
                    .repositories_page(&list, page)
                    .await
                    .map_err(|error| self.passed_on(error))?;
                found += listed.rows.len() as u64;
                self.note_listed(&listed.rows, began).await?;
                if !listed.more {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// One unit of work for each: two repositories whose names went from one to the other are never held at once.
    async fn note_listed(&self, listed: &[ListedRepository], at: DateTime<Utc>) -> Result<()> {
        for repository in listed {
            let mut tx = self.store.begin(&system("github")).await?;
            let seen = Observation {
                repository: Some(repository.fact.clone()),
                sender: None,
                event: ObservedEvent::Repository(RepositoryChange::Seen),
            };
            self.observe_in(&mut tx, &seen).await?;
            tx.put_listing(repository, at).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
