//! Taking catalog files over: whole or not at all, from an import or from a push.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    actor::Viewer,
    catalog::{Descriptor, EntityChange, SourceKind},
    ids::RepositoryId,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{AuditEntry, GoodVersion, Tx};

use super::{
    CatalogFile, CatalogImport, FileReport, ImportReport,
    candidate::{Candidate, forget_moves, refuse_claimed, refuse_twins},
    written::Written,
};
use crate::{Commands, Result, access::whole};

impl Commands {
    /// Takes catalog files over. Each good file replaces its last version, each broken one keeps it.
    pub async fn import_catalog(&self, by: &Viewer, import: &CatalogImport) -> Result<ImportReport> {
        whole(by, Action::ImportCatalog)?;
        let at = self.now();
        let mut tx = self.store.begin(by.actor()).await?;
        tx.lock_catalog().await?;
        let mut candidates = Vec::with_capacity(import.files.len());
        for file in &import.files {
            candidates.push(
                self.candidate(&mut tx, file, (SourceKind::File, None), at)
                    .await?,
            );
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
        at_path: (RepositoryId, &str),
        commit: &str,
        content: Option<&[u8]>,
    ) -> Result<FileReport> {
        let version = content.map(|content| (content, ""));
        self.sync_catalog_version(by, at_path, commit, version).await
    }

    /// The same with git's id of the content, by which a comparison knows later that it was looked at.
    pub(crate) async fn sync_catalog_version(
        &self,
        by: &Viewer,
        (repository, path): (RepositoryId, &str),
        commit: &str,
        version: Option<(&[u8], &str)>,
    ) -> Result<FileReport> {
        whole(by, Action::ImportCatalog)?;
        let at = self.now();
        let mut tx = self.store.begin_observation(by.actor()).await?;
        tx.lock_catalog().await?;
        let file = CatalogFile {
            location: format!("{repository}:{path}"),
            content: version.map(|(content, _)| content.to_vec()).unwrap_or_default(),
            problems: Vec::new(),
        };
        let mut candidate = self
            .candidate(&mut tx, &file, (SourceKind::Repository, Some(repository)), at)
            .await?;
        candidate.commit = Some(commit);
        if version.is_none() {
            candidate.descriptor = Descriptor::default();
        }
        let source = candidate.source;
        let mut candidates = [candidate];
        self.take_over(&mut tx, &mut candidates, at).await?;
        let blob = version.map(|(_, blob)| blob);
        tx.note_seen_version(source, blob, (commit, at)).await?;
        tx.commit().await?;
        let [candidate] = candidates;
        Ok(candidate.into_report(path.to_owned()))
    }

    async fn candidate<'a>(
        &self,
        tx: &mut Tx,
        file: &'a CatalogFile,
        (kind, repository): (SourceKind, Option<RepositoryId>),
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
        for candidate in candidates.iter_mut() {
            refuse_claimed(tx, candidate).await?;
        }
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
        let mut written = Vec::new();
        for candidate in candidates.iter_mut() {
            if candidate.descriptor.is_good() {
                written.append(&mut self.write(tx, candidate, at).await?);
            } else {
                tx.note_catalog_problems(candidate.source, &candidate.descriptor.problems, at)
                    .await?;
            }
        }
        forget_moves(candidates, &removed);
        self.derive_written(tx, &written).await
    }

    async fn write(
        &self,
        tx: &mut Tx,
        candidate: &mut Candidate<'_>,
        at: DateTime<Utc>,
    ) -> Result<Vec<Written>> {
        let text = String::from_utf8_lossy(&candidate.file.content);
        let sha256 = Sha256::digest(&candidate.file.content);
        let version = GoodVersion {
            commit: candidate.commit,
            sha256: &sha256,
            text: &text,
        };
        tx.note_good_version(candidate.source, version, &candidate.descriptor.problems, at)
            .await?;
        let mut all = Vec::with_capacity(candidate.descriptor.entities.len());
        for entity in &candidate.descriptor.entities {
            let written = self
                .put(tx, entity, (candidate.source, candidate.repository), at)
                .await?;
            candidate.changes.push((entity.reference(), written.change));
            all.push(written);
        }
        Ok(all)
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
