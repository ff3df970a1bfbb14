//! A catalog file between reading and writing, and what keeps it from being taken over.

use std::collections::{HashMap, HashSet};

use domain::{
    catalog::{Descriptor, Entity, EntityChange, EntityRef, Level, Place, Problem, SourceKind},
    ids::{CatalogSourceId, RepositoryId},
};
use store::Tx;

use super::{CatalogFile, FileReport};
use crate::Result;

/// A file between reading and writing.
pub(super) struct Candidate<'a> {
    pub(super) file: &'a CatalogFile,
    pub(super) kind: SourceKind,
    pub(super) repository: Option<RepositoryId>,
    pub(super) commit: Option<&'a str>,
    pub(super) source: CatalogSourceId,
    pub(super) descriptor: Descriptor,
    pub(super) changes: Vec<(EntityRef, EntityChange)>,
}

impl Candidate<'_> {
    pub(super) fn references(&self) -> Vec<EntityRef> {
        self.descriptor.entities.iter().map(Entity::reference).collect()
    }

    pub(super) fn refuse(&mut self, reference: &EntityRef, message: String) {
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

    pub(super) fn into_report(self, location: String) -> FileReport {
        FileReport {
            location,
            taken_over: self.descriptor.is_good(),
            problems: self.descriptor.problems,
            changes: self.changes,
        }
    }
}

/// Refuses files that describe what an earlier file of the same import describes.
pub(super) fn refuse_twins(candidates: &mut [Candidate<'_>]) {
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
pub(super) async fn refuse_claimed(tx: &mut Tx, candidate: &mut Candidate<'_>) -> Result<()> {
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
pub(super) fn forget_moves(candidates: &mut [Candidate<'_>], removed: &HashSet<EntityRef>) {
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
