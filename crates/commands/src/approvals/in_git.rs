//! Policies in Git: finding the repository that is set, and comparing what is in force with its files. Whoever compares catalogs
//! brings the tree; a file is taken over whole or not at all.

use std::sync::Arc;

use domain::{
    access::Action,
    actor::Viewer,
    approvals::{PolicyDocuments, PolicyFile, PolicyPlace, PolicySource},
    catalog::Level,
    ids::RepositoryId,
};
use integrations::github::RepositoryTree;
use serde_json::json;
use store::{AuditEntry, Tx};

use super::taking::{ReadFile, Taking};
use crate::{
    CommandError, Commands, Result,
    access::whole,
    catalog::Compared,
    intake::system,
    jobs::{Job, ReconcileRepository},
};

/// More files than any organisation writes; a path that names more is not the one that was meant.
const MOST_FILES: usize = 200;

impl Commands {
    /// The same commands, which read policies from a place in a repository too.
    #[must_use]
    pub fn with_policies_in(self, place: Option<PolicyPlace>) -> Self {
        Self {
            policies_in: place.map(Arc::new),
            ..self
        }
    }

    /// Where policies are read from beside the page, where that is set.
    pub fn policies_in(&self) -> Option<&PolicyPlace> {
        self.policies_in.as_deref()
    }

    /// Enqueues the comparison of the policies with their repository. Run at start and by the clock; gives whether there is one.
    pub async fn compare_policies(&self) -> Result<bool> {
        let Some(place) = self.policies_in().filter(|_| self.asks_github()) else {
            return Ok(false);
        };
        let mut tx = self.store.begin(&system("fairway")).await?;
        tx.lock_policies().await?;
        let repository = match tx.policy_source().await? {
            Some(source) if source.is_of(place) => {
                if source.path != place.path {
                    tx.set_policy_source(place, source.repository_id).await?;
                }
                source.repository_id
            }
            other => self.read_from(&mut tx, place, other).await?,
        };
        tx.enqueue(ReconcileRepository { repository }.enqueued()?).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Has the policies read from whichever repository has the name that is set now: the one that was kept to may be gone.
    pub async fn read_policies(&self, by: &Viewer) -> Result<()> {
        whole(by, Action::EditPolicies)?;
        let Some(place) = self.policies_in() else {
            let why = "no repository of policies is set; set FAIRWAY_POLICIES_REPOSITORY".to_owned();
            return Err(CommandError::Conflict { why });
        };
        if !self.asks_github() {
            let why = "GitHub is not set up; make an App or set FAIRWAY_GITHUB_TOKEN".to_owned();
            return Err(CommandError::Conflict { why });
        }
        let mut tx = self.store.begin(by.actor()).await?;
        tx.lock_policies().await?;
        let before = tx.policy_source().await?;
        let repository = self.read_from(&mut tx, place, before).await?;
        tx.enqueue(ReconcileRepository { repository }.enqueued()?).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps to the repository that has the name that is set, and says so in the trail.
    async fn read_from(
        &self,
        tx: &mut Tx,
        place: &PolicyPlace,
        before: Option<PolicySource>,
    ) -> Result<RepositoryId> {
        let at = self.now();
        let repository = tx
            .ensure_named_repository(self.id(), &place.repository, at)
            .await?;
        let is_same = before.as_ref().is_some_and(|before| {
            before.repository_id == repository && before.path == place.path && before.is_of(place)
        });
        if !is_same {
            tx.set_policy_source(place, repository).await?;
        }
        let said = |repository: &str, path: &str, id: RepositoryId| json!({ "repository": repository, "path": path, "id": id });
        tx.audit(AuditEntry {
            id: self.id(),
            at,
            action: "policies.read",
            subject: "policies:git".to_owned(),
            reason: None,
            before: before.map(|before| said(&before.repository, &before.path, before.repository_id)),
            after: Some(said(&place.repository.full_name(), &place.path, repository)),
        })
        .await?;
        Ok(repository)
    }

    /// The place that policies are read from and how it stands, where it is in this repository. Looked up before GitHub is asked,
    /// so that of two comparisons the one that asked first does not write last.
    pub(crate) async fn policies_of(
        &self,
        repository: RepositoryId,
    ) -> Result<Option<(&PolicyPlace, PolicySource)>> {
        let Some(place) = self.policies_in() else {
            return Ok(None);
        };
        let source = self.reads().policy_source().await?;
        let is_here = |source: &PolicySource| source.repository_id == repository && source.is_of(place);
        Ok(source.filter(is_here).map(|source| (place, source)))
    }

    /// Whether a push to a repository may change policies; `touches` says whether it may change a file.
    pub(crate) async fn may_change_policies(
        &self,
        tx: &mut Tx,
        repository: RepositoryId,
        touches: impl FnOnce(&PolicyPlace) -> bool,
    ) -> Result<bool> {
        let Some(place) = self.policies_in().filter(|&place| touches(place)) else {
            return Ok(false);
        };
        let source = tx.policy_source().await?;
        Ok(source.is_some_and(|source| source.repository_id == repository && source.is_of(place)))
    }

    /// Notes why a repository could not be read, where policies are read from it. What is in force stays.
    pub(crate) async fn note_policies_unread(&self, repository: RepositoryId, problem: &str) -> Result<()> {
        if self.policies_of(repository).await?.is_none() {
            return Ok(());
        }
        let mut tx = self.store.begin(&system("github")).await?;
        tx.note_policies_unread(problem, self.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Compares the policies with the files of their repository: only files whose content is another one, or was refused, are
    /// read.
    pub(crate) async fn reconcile_policies(
        &self,
        compared: &Compared<'_>,
        tree: &RepositoryTree,
        (place, source): (&PolicyPlace, PolicySource),
    ) -> Result<()> {
        let there: Vec<_> = tree.files.iter().filter(|file| place.names(&file.path)).collect();
        if there.len() > MOST_FILES {
            let problem = format!(
                "there are {} files in the place that is set, more than {MOST_FILES}; set FAIRWAY_POLICIES_PATH to the folder of policies",
                there.len()
            );
            return self.note_policies_unread(compared.repository, &problem).await;
        }
        let known = self.reads().policy_files().await?;
        let mut read = Vec::new();
        for file in &there {
            if !is_taken(&known, &file.path, &file.sha) {
                read.extend(self.read_policy_file(compared, &file.path).await?);
            }
        }
        let is_there = |path: &str| !tree.complete || there.iter().any(|file| file.path == path);
        let taking = Taking {
            read,
            is_there: &is_there,
            head: compared.head,
            source,
        };
        self.take_policies(taking).await
    }

    async fn read_policy_file(&self, compared: &Compared<'_>, path: &str) -> Result<Option<ReadFile>> {
        let Compared {
            client, place, head, ..
        } = compared;
        let file = client.file(&place.owner, &place.name, path, head).await;
        let file = file.map_err(|error| self.passed_on(error))?;
        Ok(file.map(|file| ReadFile {
            path: path.to_owned(),
            documents: PolicyDocuments::parse(&file.bytes),
            blob: file.sha,
        }))
    }
}

/// Whether this version of a file was looked at, and nothing is wrong with it. One that was refused is read again: what stood in its
/// way may be gone.
fn is_taken(known: &[PolicyFile], path: &str, blob: &str) -> bool {
    let broken = |file: &PolicyFile| file.problems.iter().any(|problem| problem.level == Level::Error);
    known
        .iter()
        .any(|file| file.path == path && file.seen_blob == blob && !broken(file))
}
