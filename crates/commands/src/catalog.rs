//! Catalog files in, services out: importing, following a push, registering by hand.
//!
//! A file is taken over whole or not at all. Whoever fetched it knows nothing of what it means, and this module does not
//! know where it was fetched.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{
    actor::{Scope, Viewer},
    catalog::{
        Descriptor, Entity, EntityChange, EntityKind, EntityRef, Level, NewService, Place, Problem, Service,
        SourceKind,
    },
    ids::{CatalogSourceId, EntityId, RepositoryId, ServiceId},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{AuditEntry, EntityPlace, GoodVersion, Tx};

use crate::{
    CommandError, Commands, Result,
    jobs::{DeriveService, Job},
};

/// A catalog file as somebody read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogFile {
    /// Its path or address, unique among files.
    pub location: String,
    /// Its bytes.
    pub content: Vec<u8>,
    /// What the reader found wrong beside the content, for example a `Location` target that does not exist.
    pub problems: Vec<Problem>,
}

/// The files of one import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogImport {
    /// The files, each location once.
    pub files: Vec<CatalogFile>,
    /// The directory that they are all of: files imported from it earlier that are not among them are gone.
    pub directory: Option<String>,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// File by file, in the order of the import; files that are gone come last.
    pub files: Vec<FileReport>,
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// Its path or address.
    pub location: String,
    /// Whether this version is the one shown now; otherwise the last good one stays.
    pub taken_over: bool,
    /// Everything wrong with it.
    pub problems: Vec<Problem>,
    /// What happened to each entity that it describes, or described before.
    pub changes: Vec<(EntityRef, EntityChange)>,
}

impl ImportReport {
    /// Whether every file was taken over.
    pub fn is_clean(&self) -> bool {
        self.files.iter().all(|file| file.taken_over)
    }

    /// How many entities met a change.
    pub fn count(&self, change: EntityChange) -> usize {
        self.files
            .iter()
            .flat_map(|file| &file.changes)
            .filter(|(_, met)| *met == change)
            .count()
    }
}

/// A file between reading and writing.
struct Candidate<'a> {
    file: &'a CatalogFile,
    kind: SourceKind,
    repository: Option<RepositoryId>,
    commit: Option<&'a str>,
    source: CatalogSourceId,
    descriptor: Descriptor,
    changes: Vec<(EntityRef, EntityChange)>,
}

impl Candidate<'_> {
    fn references(&self) -> Vec<EntityRef> {
        self.descriptor.entities.iter().map(Entity::reference).collect()
    }

    fn refuse(&mut self, reference: &EntityRef, message: String) {
        let entity = self
            .descriptor
            .entities
            .iter()
            .find(|entity| entity.reference() == *reference);
        self.descriptor.problems.push(Problem {
            level: Level::Error,
            place: entity.map_or(Place::START, |entity| entity.place),
            field: "metadata.name".to_owned(),
            message,
        });
    }

    fn into_report(self, location: String) -> FileReport {
        FileReport {
            location,
            taken_over: self.descriptor.is_good(),
            problems: self.descriptor.problems,
            changes: self.changes,
        }
    }
}

impl Commands {
    /// Takes catalog files over. Each good file replaces its last version, each broken one keeps it.
    pub async fn import_catalog(&self, by: &Viewer, import: &CatalogImport) -> Result<ImportReport> {
        by.require(Scope::CatalogWrite)?;
        let at = self.now();
        let mut tx = self.store.begin(by.actor()).await?;
        tx.lock_catalog().await?;
        let mut candidates = Vec::with_capacity(import.files.len());
        for file in &import.files {
            candidates.push(self.candidate(&mut tx, file, SourceKind::File, None, at).await?);
        }
        let mut gone = Vec::new();
        if let Some(directory) = &import.directory {
            gone = self
                .remove_gone_files(&mut tx, directory, &import.files, at)
                .await?;
        }
        self.take_over(&mut tx, &mut candidates, at).await?;
        let mut files: Vec<FileReport> = candidates
            .into_iter()
            .map(|candidate| {
                let location = candidate.file.location.clone();
                candidate.into_report(location)
            })
            .collect();
        files.append(&mut gone);
        let report = ImportReport { files };
        tx.audit(self.import_entry(import, &report, at)).await?;
        tx.commit().await?;
        Ok(report)
    }

    /// Takes over a repository's catalog file as of a commit; `None` for a file that the commit does not have. This is
    /// an observation: it writes no audit row.
    pub async fn sync_catalog_file(
        &self,
        by: &Viewer,
        (repository, path): (RepositoryId, &str),
        commit: &str,
        content: Option<&[u8]>,
    ) -> Result<FileReport> {
        by.require(Scope::CatalogWrite)?;
        let at = self.now();
        let mut tx = self.store.begin(by.actor()).await?;
        tx.lock_catalog().await?;
        let file = CatalogFile {
            location: format!("{repository}:{path}"),
            content: content.unwrap_or_default().to_vec(),
            problems: Vec::new(),
        };
        let mut candidate = self
            .candidate(&mut tx, &file, SourceKind::Repository, Some(repository), at)
            .await?;
        candidate.commit = Some(commit);
        if content.is_none() {
            candidate.descriptor = Descriptor::default();
        }
        let mut candidates = [candidate];
        self.take_over(&mut tx, &mut candidates, at).await?;
        tx.commit().await?;
        let [candidate] = candidates;
        Ok(candidate.into_report(path.to_owned()))
    }

    /// Registers a service by hand. What is in the catalog already is changed where it is described.
    pub async fn register_service(&self, by: &Viewer, new: &NewService) -> Result<Service> {
        by.require(Scope::CatalogWrite)?;
        let (at, entity, document) = (self.now(), new.entity()?, new.document());
        let mut tx = self.store.begin(by.actor()).await?;
        tx.lock_catalog().await?;
        if let Some(claim) = tx.entity_claims(&[new.reference()]).await?.first() {
            let (reference, location) = (&claim.reference, &claim.location);
            return Err(CommandError::Conflict {
                why: format!(
                    "{reference} is in the catalog already; change it where it is described: {location}"
                ),
            });
        }
        let location = new.reference().to_string();
        let source = tx
            .ensure_catalog_source(self.id(), (SourceKind::Api, &location), None, at)
            .await?;
        let text = serde_json::to_string_pretty(&document).map_err(CommandError::internal)?;
        let sha256 = Sha256::digest(text.as_bytes());
        let version = GoodVersion {
            commit: None,
            sha256: &sha256,
            text: &text,
        };
        tx.note_good_version(source.id, version, &[], at).await?;
        let (id, _) = self.put(&mut tx, &entity, source.id, None, at).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at,
            action: "service.register",
            subject: format!("service:{id}"),
            reason: None,
            before: None,
            after: Some(document),
        })
        .await?;
        tx.commit().await?;
        let service = self.reads().service_by_id(ServiceId(id.0)).await?;
        service.ok_or_else(|| CommandError::not_found(format!("service {}", new.slug())))
    }

    async fn candidate<'a>(
        &self,
        tx: &mut Tx,
        file: &'a CatalogFile,
        kind: SourceKind,
        repository: Option<RepositoryId>,
        at: DateTime<Utc>,
    ) -> Result<Candidate<'a>> {
        let source = tx
            .ensure_catalog_source(self.id(), (kind, &file.location), repository, at)
            .await?;
        let mut descriptor = Descriptor::parse(&file.content);
        descriptor.problems.extend(file.problems.iter().cloned());
        descriptor.problems.sort_by_key(|problem| problem.place);
        Ok(Candidate {
            file,
            kind,
            repository,
            commit: None,
            source: source.id,
            descriptor,
            changes: Vec::new(),
        })
    }

    /// Writes the good candidates. What their files no longer describe goes first, so that an entity may move from one
    /// of them to another.
    async fn take_over(
        &self,
        tx: &mut Tx,
        candidates: &mut [Candidate<'_>],
        at: DateTime<Utc>,
    ) -> Result<()> {
        refuse_twins(candidates);
        let mut removed = HashSet::new();
        for candidate in candidates
            .iter_mut()
            .filter(|candidate| candidate.descriptor.is_good())
        {
            let keep = candidate.references();
            for (_, reference) in tx.remove_entities_except(candidate.source, &keep, at).await? {
                candidate.changes.push((reference.clone(), EntityChange::Removed));
                removed.insert(reference);
            }
        }
        for candidate in candidates.iter_mut() {
            refuse_claimed(tx, candidate).await?;
            if candidate.descriptor.is_good() {
                self.write(tx, candidate, at).await?;
            } else {
                tx.note_catalog_problems(candidate.source, &candidate.descriptor.problems, at)
                    .await?;
            }
        }
        forget_moves(candidates, &removed);
        Ok(())
    }

    async fn write(&self, tx: &mut Tx, candidate: &mut Candidate<'_>, at: DateTime<Utc>) -> Result<()> {
        let text = String::from_utf8_lossy(&candidate.file.content);
        let sha256 = Sha256::digest(&candidate.file.content);
        let version = GoodVersion {
            commit: candidate.commit,
            sha256: &sha256,
            text: &text,
        };
        tx.note_good_version(candidate.source, version, &candidate.descriptor.problems, at)
            .await?;
        for entity in &candidate.descriptor.entities {
            let (_, change) = self
                .put(tx, entity, candidate.source, candidate.repository, at)
                .await?;
            candidate.changes.push((entity.reference(), change));
        }
        Ok(())
    }

    /// Writes one entity with the team and the repository that it names, and has its service derived again.
    async fn put(
        &self,
        tx: &mut Tx,
        entity: &Entity,
        source: CatalogSourceId,
        file_repository: Option<RepositoryId>,
        at: DateTime<Utc>,
    ) -> Result<(EntityId, EntityChange)> {
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
        if entity.kind == EntityKind::Component
            && let Some(project) = &entity.honoured.project
        {
            place.repository = Some(tx.ensure_named_repository(self.id(), project, at).await?);
        }
        let put = tx.put_entity(self.id(), entity, place, at).await?;
        if entity.kind == EntityKind::Component && put.change != EntityChange::Unchanged {
            tx.enqueue(
                DeriveService {
                    service: ServiceId(put.id.0),
                }
                .enqueued()?,
            )
            .await?;
        }
        Ok((put.id, put.change))
    }

    async fn remove_gone_files(
        &self,
        tx: &mut Tx,
        directory: &str,
        files: &[CatalogFile],
        at: DateTime<Utc>,
    ) -> Result<Vec<FileReport>> {
        let prefix = format!("{}/", directory.trim_end_matches('/'));
        let here: HashSet<&str> = files.iter().map(|file| file.location.as_str()).collect();
        let mut reports = Vec::new();
        for source in tx.catalog_sources_below(SourceKind::File, &prefix).await? {
            if here.contains(source.location.as_str()) {
                continue;
            }
            let removed = tx.remove_entities_except(source.id, &[], at).await?;
            tx.note_catalog_problems(source.id, &[], at).await?;
            reports.push(FileReport {
                location: source.location,
                taken_over: true,
                problems: Vec::new(),
                changes: removed
                    .into_iter()
                    .map(|(_, reference)| (reference, EntityChange::Removed))
                    .collect(),
            });
        }
        Ok(reports)
    }

    fn import_entry(
        &self,
        import: &CatalogImport,
        report: &ImportReport,
        at: DateTime<Utc>,
    ) -> AuditEntry<'static> {
        let place = import
            .directory
            .as_deref()
            .or(import.files.first().map(|file| file.location.as_str()));
        AuditEntry {
            id: self.id(),
            at,
            action: "catalog.import",
            subject: format!("catalog:{}", place.unwrap_or_default()),
            reason: None,
            before: None,
            after: Some(json!({
                "files": report.files.len(),
                "refused": report.files.iter().filter(|file| !file.taken_over).count(),
                "created": report.count(EntityChange::Created),
                "changed": report.count(EntityChange::Changed),
                "revived": report.count(EntityChange::Revived),
                "removed": report.count(EntityChange::Removed),
            })),
        }
    }
}

/// Refuses files that describe what an earlier file of the same import describes.
fn refuse_twins(candidates: &mut [Candidate<'_>]) {
    let mut first: HashMap<EntityRef, String> = HashMap::new();
    for candidate in candidates {
        for reference in candidate.references() {
            if let Some(location) = first.get(&reference) {
                let message = format!("{reference} is also described in {location}; remove one of the two");
                candidate.refuse(&reference, message);
            }
        }
        if candidate.descriptor.is_good() {
            for reference in candidate.references() {
                first.insert(reference, candidate.file.location.clone());
            }
        }
    }
}

/// Refuses a file that describes what another place describes, unless it may take it over from there.
async fn refuse_claimed(tx: &mut Tx, candidate: &mut Candidate<'_>) -> Result<()> {
    if !candidate.descriptor.is_good() {
        return Ok(());
    }
    for claim in tx.entity_claims(&candidate.references()).await? {
        if claim.source != candidate.source && !candidate.kind.takes_over_from(claim.kind) {
            let (reference, location) = (&claim.reference, &claim.location);
            let message = format!(
                "{reference} is described in {location}; remove it there first, then send this file again"
            );
            candidate.refuse(&claim.reference, message);
        }
    }
    Ok(())
}

/// What one file dropped and another took up was moved: it is reported once, as changed.
fn forget_moves(candidates: &mut [Candidate<'_>], removed: &HashSet<EntityRef>) {
    let mut moved = HashSet::new();
    for (reference, change) in candidates.iter_mut().flat_map(|candidate| &mut candidate.changes) {
        if *change == EntityChange::Revived && removed.contains(reference) {
            *change = EntityChange::Changed;
            moved.insert(reference.clone());
        }
    }
    for candidate in candidates {
        candidate
            .changes
            .retain(|(reference, change)| *change != EntityChange::Removed || !moved.contains(reference));
    }
}
