//! What a person does on the page of repositories: make a service, ignore, read history.

use domain::{
    access::Action,
    actor::Viewer,
    backfill::{HISTORY, service_name},
    catalog::{NewService, RawService},
    deploys::read::ServiceRef,
    ids::RepositoryId,
};
use integrations::github::GithubClient;
use serde_json::json;
use store::{AuditEntry, RepositoryPlace};

use super::jobs::{LANES, ReadHistory};
use crate::{
    CommandError, Commands, Result,
    access::{sees_repository, whole},
    jobs::Job,
};

/// Where a repository describes its services.
const CATALOG_FILES: [&str; 2] = ["catalog-info.yaml", "catalog-info.yml"];

impl Commands {
    /// Makes services of a repository: those that its catalog file describes; else one of its name, owned by `owner`, or
    /// by the account that it is in. Asked again, it gives the services that are there.
    pub async fn make_services_of(
        &self,
        by: &Viewer,
        repository: RepositoryId,
        owner: Option<&str>,
    ) -> Result<Vec<ServiceRef>> {
        whole(by, Action::ManageRepositories)?;
        let place = self.reads_of(by).repository_place(repository).await?;
        let place = place.ok_or_else(|| CommandError::not_found(format!("repository {repository}")))?;
        let there = self.services_in(repository).await?;
        if !there.is_empty() {
            return Ok(there);
        }
        if let Some(client) = self.github()
            && let Some(described) = self.take_described(by, client, (repository, &place)).await?
        {
            return Ok(described);
        }
        self.make_service(by, (repository, &place), owner).await?;
        self.services_in(repository).await
    }

    async fn services_in(&self, repository: RepositoryId) -> Result<Vec<ServiceRef>> {
        Ok(self.reads().service_refs_of_repository(repository).await?)
    }

    /// Takes over what the catalog file on the default branch describes; `None` where there is none.
    async fn take_described(
        &self,
        by: &Viewer,
        client: &GithubClient,
        (repository, place): (RepositoryId, &RepositoryPlace),
    ) -> Result<Option<Vec<ServiceRef>>> {
        for path in CATALOG_FILES {
            let file = client
                .file(&place.owner, &place.name, path, &place.default_branch)
                .await
                .map_err(|error| self.passed_on(error))?;
            let Some(file) = file else { continue };
            // Following a file is an observation without an audit row; that a person began it is written here.
            let mut tx = self.store.begin(by.actor()).await?;
            tx.audit(AuditEntry {
                id: self.id(),
                at: self.now(),
                action: "repository.follow_catalog_file",
                subject: format!("repository:{repository}"),
                reason: None,
                before: None,
                after: Some(json!({ "file": path, "blob": file.sha })),
            })
            .await?;
            tx.commit().await?;
            let report = self
                .sync_catalog_file(by, (repository, path), &place.default_branch, Some(&file.bytes))
                .await?;
            if let Some(problem) = report.problems.first().filter(|_| !report.taken_over) {
                return Err(CommandError::Conflict {
                    why: format!(
                        "{path} of {}/{} cannot be taken over: line {}, {}: {}; mend it there and try again",
                        place.owner, place.name, problem.place.line, problem.field, problem.message
                    ),
                });
            }
            return Ok(Some(self.services_in(repository).await?));
        }
        Ok(None)
    }

    /// Registers a service named after the repository; where that name is taken, after its owner too.
    async fn make_service(
        &self,
        by: &Viewer,
        (repository, place): (RepositoryId, &RepositoryPlace),
        owner: Option<&str>,
    ) -> Result<()> {
        let full_name = format!("{}/{}", place.owner, place.name);
        let names = [
            service_name(&place.name),
            service_name(&format!("{}-{}", place.owner, place.name)),
        ];
        let mut taken = None;
        for name in names {
            let new = NewService::parse(RawService {
                name,
                owner: owner.unwrap_or(&place.owner).to_owned(),
                repository: full_name.clone(),
                ..RawService::default()
            })?;
            match self.register_service(by, &new).await {
                Ok(_) => return Ok(()),
                Err(CommandError::Conflict { why }) => taken = Some(why),
                Err(other) => return Err(other),
            }
            // Pressed twice: the first one made it.
            if !self.services_in(repository).await?.is_empty() {
                return Ok(());
            }
        }
        Err(CommandError::Conflict {
            why: taken.unwrap_or_default(),
        })
    }

    /// Says that no service is to be made of a repository, or takes that back.
    pub async fn ignore_repository(
        &self,
        by: &Viewer,
        repository: RepositoryId,
        ignored: bool,
    ) -> Result<()> {
        whole(by, Action::ManageRepositories)?;
        let at = self.now();
        let missing = || CommandError::not_found(format!("repository {repository}"));
        let mut tx = self.store.begin(by.actor()).await?;
        if !sees_repository(&mut tx, by, repository).await? {
            return Err(missing());
        }
        let since = ignored.then_some(at);
        let Some((name, before)) = tx.ignore_repository(repository, since).await? else {
            return Err(missing());
        };
        if before == ignored {
            return Ok(());
        }
        tx.audit(AuditEntry {
            id: self.id(),
            at,
            action: "repository.ignore",
            subject: format!("repository:{repository}"),
            reason: None,
            before: Some(json!({ "ignored": before })),
            after: Some(json!({ "ignored": ignored, "name": name })),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Starts reading the last 180 days of a repository, or of every listed one that was not read yet. What failed goes on
    /// where it was, and what is being read is left alone. Gives how many repositories were started.
    pub async fn start_backfill(&self, by: &Viewer, only: Option<RepositoryId>) -> Result<u64> {
        whole(by, Action::ManageRepositories)?;
        self.needed_github()?;
        let at = self.now();
        let mut tx = self.store.begin(by.actor()).await?;
        if let Some(repository) = only
            && !sees_repository(&mut tx, by, repository).await?
        {
            return Ok(0);
        }
        let started = tx.start_backfills(only, at - HISTORY, at).await?;
        if started == 0 {
            return Ok(0);
        }
        tx.audit(AuditEntry {
            id: self.id(),
            at,
            action: "history.read",
            subject: only.map_or_else(|| "repositories".to_owned(), |id| format!("repository:{id}")),
            reason: None,
            before: None,
            after: Some(json!({ "repositories": started, "since": at - HISTORY })),
        })
        .await?;
        for lane in 0..LANES {
            tx.enqueue(ReadHistory { lane }.enqueued()?).await?;
        }
        tx.commit().await?;
        Ok(started)
    }

    /// The GitHub to ask.
    pub(super) fn needed_github(&self) -> Result<&GithubClient> {
        self.github().ok_or_else(|| CommandError::Conflict {
            why: "no GitHub is configured to be asked; set FAIRWAY_GITHUB_TOKEN, or make an App".to_owned(),
        })
    }
}
