//! Taking files of policies over: what they say now, what they no longer say, and what keeps one from it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    approvals::{
        FileClaim, Origin, Policy, PolicyDocuments, PolicyFile, PolicySource, StoredPolicy, Twin, twins,
    },
    catalog::Place,
    ids::PolicyId,
};
use serde_json::{Value, json};
use store::{AuditEntry, PolicyToStore, Tx};

use crate::{
    Commands, Result,
    intake::system,
    jobs::{Job, ReconcileRepository},
};

/// Whether a file with this path is still there.
pub(super) type IsThere<'a> = dyn Fn(&str) -> bool + Sync + 'a;

/// A file as it was read.
pub(super) struct ReadFile {
    pub(super) path: String,
    /// Git's id of its content.
    pub(super) blob: String,
    pub(super) documents: PolicyDocuments,
}

/// What a comparison found.
pub(super) struct Taking<'a> {
    /// The files that were read.
    pub(super) read: Vec<ReadFile>,
    /// Whether a file with this path is still there.
    pub(super) is_there: &'a IsThere<'a>,
    /// The commit.
    pub(super) head: &'a str,
    /// How the repository stood before it was asked.
    pub(super) source: PolicySource,
}

/// What is in force, while it is compared.
struct InForce<'a> {
    head: &'a str,
    at: DateTime<Utc>,
    /// The policies in Git, by their names in lower case.
    policies: BTreeMap<String, StoredPolicy>,
    /// Their files, by path.
    files: BTreeMap<String, PolicyFile>,
}

impl Commands {
    /// Takes over what was read. Nothing else writes policies meanwhile; every change is in the trail.
    pub(super) async fn take_policies(&self, taking: Taking<'_>) -> Result<()> {
        let mut tx = self.store.begin(&system("github")).await?;
        tx.lock_policies().await?;
        // Another comparison came first, perhaps of a later commit: what was read here may be old by now.
        if tx.policy_source().await?.as_ref() != Some(&taking.source) {
            let repository = taking.source.repository_id;
            tx.enqueue(ReconcileRepository { repository }.enqueued()?).await?;
            return Ok(tx.commit().await?);
        }
        let in_git = tx.policies().await?.into_iter();
        let in_git = in_git.filter(|stored| stored.origin == Origin::Git);
        let mut in_force = InForce {
            head: taking.head,
            at: self.now(),
            policies: in_git
                .map(|stored| (stored.policy.name.to_lowercase(), stored))
                .collect(),
            files: tx
                .policy_files()
                .await?
                .into_iter()
                .map(|file| (file.path.clone(), file))
                .collect(),
        };
        let mut read = taking.read;
        for twin in twins(in_force.claims(&read, taking.is_there)) {
            refuse(&mut read, &twin);
        }
        self.forget_gone(&mut tx, &mut in_force, (read.as_slice(), taking.is_there))
            .await?;
        for file in &read {
            self.take_policy_file(&mut tx, &mut in_force, file).await?;
        }
        in_force.place(&mut tx).await?;
        tx.note_policies_compared(taking.head, in_force.at).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes away what no file says any more, before what others say is written.
    async fn forget_gone(
        &self,
        tx: &mut Tx,
        in_force: &mut InForce<'_>,
        (read, is_there): (&[ReadFile], &IsThere<'_>),
    ) -> Result<()> {
        let good = || read.iter().filter(|file| file.documents.is_good());
        let said: BTreeSet<String> = good().flat_map(|file| file.documents.names()).collect();
        let changed: BTreeSet<&str> = good().map(|file| file.path.as_str()).collect();
        let (mut gone_files, mut gone) = (Vec::new(), Vec::new());
        for file in in_force.files.values() {
            let is_gone = !is_there(&file.path);
            if is_gone {
                gone_files.push(file.path.clone());
            }
            if is_gone || changed.contains(file.path.as_str()) {
                let names = in_force.names_of(file).into_iter();
                gone.extend(
                    names
                        .filter(|name| !said.contains(name))
                        .map(|name| (name, file.path.clone())),
                );
            }
        }
        for (name, path) in gone {
            if let Some(stored) = in_force.policies.remove(&name) {
                tx.delete_policy(stored.id).await?;
                let before = Some(document(&stored.policy));
                let change = (before, None);
                self.note_change(tx, in_force, (stored.id, &path), change).await?;
            }
        }
        for path in gone_files {
            tx.delete_policy_file(&path).await?;
            in_force.files.remove(&path);
        }
        Ok(())
    }

    /// Takes one file over, or notes what is wrong with it and keeps what it said.
    async fn take_policy_file(&self, tx: &mut Tx, in_force: &mut InForce<'_>, read: &ReadFile) -> Result<()> {
        let before = in_force.files.get(&read.path);
        let mut file = PolicyFile {
            path: read.path.clone(),
            seen_blob: read.blob.clone(),
            seen_at: in_force.at,
            good: before.and_then(|before| before.good.clone()),
            problems: read.documents.problems.clone(),
            policies: before.map(|before| before.policies.clone()).unwrap_or_default(),
        };
        if read.documents.is_good() {
            file.good = Some((in_force.head.to_owned(), in_force.at));
            file.policies.clear();
            for (policy, _) in &read.documents.policies {
                let id = self.take_policy(tx, in_force, (policy, &read.path)).await?;
                file.policies.push(id);
            }
        }
        tx.put_policy_file(&file).await?;
        in_force.files.insert(file.path.clone(), file);
        Ok(())
    }

    /// Writes a policy of a file, unless it says what it said. Its place follows from all files together.
    async fn take_policy(
        &self,
        tx: &mut Tx,
        in_force: &mut InForce<'_>,
        (policy, path): (&Policy, &str),
    ) -> Result<PolicyId> {
        let name = policy.name.to_lowercase();
        let known = in_force.policies.get(&name);
        if let Some(known) = known
            && known.policy == *policy
        {
            return Ok(known.id);
        }
        let id = known.map_or_else(|| self.id(), |known| known.id);
        let position = known.map_or(0, |known| known.position);
        let before = known.map(|known| document(&known.policy));
        let new = PolicyToStore {
            id,
            policy,
            origin: Origin::Git,
            position,
        };
        tx.put_policy(new, in_force.at).await?;
        let change = (before, Some(document(policy)));
        self.note_change(tx, in_force, (id, path), change).await?;
        let stored = StoredPolicy {
            id,
            policy: policy.clone(),
            origin: Origin::Git,
            position,
            version: 1,
            updated_at: in_force.at,
        };
        in_force.policies.insert(name, stored);
        Ok(id)
    }

    async fn note_change(
        &self,
        tx: &mut Tx,
        in_force: &InForce<'_>,
        (id, path): (PolicyId, &str),
        (before, after): (Option<Value>, Option<Value>),
    ) -> Result<()> {
        let is_gone = after.is_none();
        let from_git = |mut state: Value| {
            if let Some(state) = state.as_object_mut() {
                state.insert("file".to_owned(), path.into());
                state.insert("commit".to_owned(), in_force.head.into());
            }
            state
        };
        tx.audit(AuditEntry {
            id: self.id(),
            at: in_force.at,
            action: if is_gone { "policy.remove" } else { "policy.save" },
            subject: format!("policy:{id}"),
            reason: None,
            before,
            // Of what is gone stays where it was, and which commit took it away.
            after: after
                .map(from_git)
                .or_else(|| Some(from_git(json!({ "document": null })))),
        })
        .await?;
        Ok(())
    }
}

fn document(policy: &Policy) -> Value {
    json!({ "document": policy.to_json() })
}

/// Notes in the file that wants a name which file has it.
fn refuse(read: &mut [ReadFile], twin: &Twin) {
    let Some(file) = read.iter_mut().find(|file| file.path == twin.path) else {
        return;
    };
    let named =
        |(policy, place): &(Policy, Place)| (policy.name.to_lowercase() == twin.name).then_some(*place);
    let place = file.documents.policies.iter().find_map(named);
    let message = format!(
        "{} has a policy of this name; write another name, or take that one away",
        twin.other
    );
    file.documents
        .refuse(place.unwrap_or(Place::START), "metadata.name", message);
}

impl InForce<'_> {
    /// The names of the policies that a file holds, in lower case.
    fn names_of(&self, file: &PolicyFile) -> BTreeSet<String> {
        let held = |stored: &StoredPolicy| file.policies.contains(&stored.id);
        let names = self.policies.iter().filter(|(_, stored)| held(stored));
        names.map(|(name, _)| name.clone()).collect()
    }

    /// What every file that is still there has and would have.
    fn claims(&self, read: &[ReadFile], is_there: &IsThere<'_>) -> Vec<FileClaim> {
        let wants = |path: &str| {
            let file = read.iter().find(|file| file.path == path);
            file.filter(|file| file.documents.is_good())
                .map(|file| file.documents.names())
        };
        let known = self.files.values().filter(|file| is_there(&file.path));
        let known = known.map(|file| FileClaim {
            path: file.path.clone(),
            has: self.names_of(file),
            wants: wants(&file.path),
        });
        let new = read.iter().filter(|file| !self.files.contains_key(&file.path));
        let new = new.map(|file| FileClaim {
            path: file.path.clone(),
            has: BTreeSet::new(),
            wants: wants(&file.path),
        });
        known.chain(new).collect()
    }

    /// Gives the policies their places: by the paths of their files, and in each as they stand there.
    async fn place(&self, tx: &mut Tx) -> Result<()> {
        let ids: Vec<PolicyId> = self
            .files
            .values()
            .flat_map(|file| file.policies.clone())
            .collect();
        let positions: Vec<i32> = (1..).take(ids.len()).collect();
        Ok(tx.place_policies(&ids, &positions).await?)
    }
}
