//! Writing one entity, and what follows from it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::{
    catalog::{Entity, EntityChange, EntityKind},
    ids::{CatalogSourceId, RepositoryId, ServiceId},
};
use store::{EntityPlace, Tx};

use super::codeowners::codeowners_team;
use crate::{
    Commands, Result,
    jobs::{DeriveService, Job},
};

/// What became of one entity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) change: EntityChange,
    /// The service that it is, where it is one.
    pub(super) service: Option<ServiceId>,
    repository: Option<RepositoryId>,
}

impl Commands {
    /// Writes one entity with the team and the repository that it names.
    pub(super) async fn put(
        &self,
        tx: &mut Tx,
        entity: &Entity,
        (source, file_repository): (CatalogSourceId, Option<RepositoryId>),
        at: DateTime<Utc>,
    ) -> Result<Written> {
        if entity.kind == EntityKind::Group {
            tx.ensure_team(self.id(), &entity.reference(), at).await?;
        }
        let mut place = EntityPlace {
            source,
            team: None,
            repository: file_repository,
        };
        if let Some(owner) = entity
            .owner()
            .filter(|owner| owner.known_kind() == Some(EntityKind::Group))
        {
            place.team = Some(tx.ensure_team(self.id(), owner, at).await?);
        }
        let is_service = entity.kind == EntityKind::Component;
        if is_service && let Some(project) = &entity.honoured.project {
            place.repository = Some(tx.ensure_named_repository(self.id(), project, at).await?);
        }
        if let (true, None, Some(repository)) = (is_service, place.team, place.repository) {
            place.team = codeowners_team(tx, repository, &entity.honoured.paths).await?;
        }
        let put = tx.put_entity(self.id(), entity, place, at).await?;
        Ok(Written {
            change: put.change,
            service: is_service.then_some(ServiceId(put.id.0)),
            repository: place.repository,
        })
    }

    /// Places the deployments that waited for these services, and has the services derived again. The queue holds a lock
    /// per key until the commit, so that jobs come last.
    pub(super) async fn derive_written(&self, tx: &mut Tx, written: &[Written]) -> Result<()> {
        let changed = || {
            written
                .iter()
                .filter(|written| written.change != EntityChange::Unchanged)
        };
        let repositories: BTreeSet<RepositoryId> = changed()
            .filter(|written| written.service.is_some())
            .filter_map(|written| written.repository)
            .collect();
        let mut services: BTreeSet<ServiceId> = changed().filter_map(|written| written.service).collect();
        for repository in repositories {
            for placed in self.place_repository(tx, repository).await? {
                services.remove(&placed);
            }
        }
        for service in services {
            tx.enqueue(DeriveService { service }.enqueued()?).await?;
        }
        Ok(())
    }
}
