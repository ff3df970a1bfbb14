//! The policies on the page: writing, taking away, and what one would have done before it is written.

use chrono::TimeDelta;
use domain::{
    access::Action,
    actor::Viewer,
    approvals::{Eligible, Origin, Policy, Replay, StoredPolicy, replay},
    audit::parse_reason,
    error::FieldErrors,
    ids::PolicyId,
};
use serde_json::json;
use store::{AuditEntry, PolicyToStore, Tx};

use crate::{CommandError, Commands, Result, access::whole};

/// The longest time that is replayed.
const MOST_DAYS: u16 = 365;
/// Deploys that are replayed at most, the newest: a year of an organisation that deploys every five minutes.
const MOST_DEPLOYS: i64 = 100_000;

/// A policy as somebody writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyForm {
    /// The document, as YAML or JSON.
    pub document: String,
    /// Its place: of those that fit, the first is taken.
    pub position: i32,
    /// Which policy it takes the place of, and which version of that was read before; `None` for a new one.
    pub replaces: Option<(PolicyId, i32)>,
}

impl Commands {
    /// Writes a policy, new or in the place of the version that was read. Requests that are open keep what asked them.
    pub async fn save_policy(&self, by: &Viewer, form: &PolicyForm) -> Result<PolicyId> {
        whole(by, Action::EditPolicies)?;
        let policy = Policy::from_yaml(&form.document)?;
        let now = self.now();
        let mut tx = self.store.begin(by.actor()).await?;
        tx.lock_policies().await?;
        let all = tx.policies().await?;
        let before = as_it_was_read(&all, form.replaces)?;
        let id = before.map_or_else(|| self.id(), |before| before.id);
        name_is_free(&all, &policy, id)?;
        all_are_known(&mut tx, &policy).await?;
        let new = PolicyToStore {
            id,
            policy: &policy,
            origin: Origin::Page,
            position: form.position,
        };
        tx.put_policy(new, now).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "policy.save",
            subject: format!("policy:{id}"),
            reason: None,
            before: before
                .map(|before| json!({ "position": before.position, "document": before.policy.to_json() })),
            after: Some(json!({ "position": form.position, "document": policy.to_json() })),
        })
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Takes a policy away, with a reason. What no policy fits is asked about all the same. One in Git is taken away there, unless
    /// none are read from Git any more.
    pub async fn remove_policy(
        &self,
        by: &Viewer,
        (id, version): (PolicyId, i32),
        reason: &str,
    ) -> Result<()> {
        whole(by, Action::EditPolicies)?;
        let reason = parse_reason(reason)?;
        let mut tx = self.store.begin(by.actor()).await?;
        tx.lock_policies().await?;
        let all = tx.policies().await?;
        let before = all.iter().find(|stored| stored.id == id);
        let before = before.ok_or_else(|| CommandError::not_found(format!("policy {id}")))?;
        if before.origin == Origin::Git && self.policies_in().is_some() {
            return Err(CommandError::Conflict {
                why: "this policy is in Git; take it away there".to_owned(),
            });
        }
        if before.version != version {
            return Err(CommandError::Conflict {
                why: "somebody wrote this policy meanwhile; look at theirs, which stands here now, and take it away then".to_owned(),
            });
        }
        tx.delete_policy(id).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "policy.remove",
            subject: format!("policy:{id}"),
            reason: Some(&reason),
            before: Some(json!({ "position": before.position, "document": before.policy.to_json() })),
            after: None,
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// What a policy would have done to the deploys of the last days, had it stood among the others. Changes nothing.
    pub async fn replay_policy(&self, by: &Viewer, form: &PolicyForm, days: u16) -> Result<Replay> {
        whole(by, Action::EditPolicies)?;
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(FieldErrors::one("days", format!("write 1 to {MOST_DAYS}")).into());
        }
        let policy = Policy::from_yaml(&form.document)?;
        let now = self.now();
        let reads = self.reads_of(by);
        let before = reads.policies().await?;
        let replaced = form.replaces.map(|(id, _)| id);
        let others = before.iter().filter(|stored| Some(stored.id) != replaced);
        let mut after: Vec<StoredPolicy> = others.cloned().collect();
        after.push(StoredPolicy {
            id: replaced.unwrap_or_else(|| self.id()),
            policy,
            origin: Origin::Page,
            position: form.position,
            version: 1,
            updated_at: now,
        });
        let deploys = reads
            .past_deploys(now - TimeDelta::days(days.into()), MOST_DEPLOYS)
            .await?;
        // Beside the threads that answer requests: it is as much as the days and the policies are.
        tokio::task::spawn_blocking(move || replay(&before, &after, &deploys))
            .await
            .map_err(CommandError::internal)
    }
}

/// The policy that is written over: whoever does that has read what they write over.
fn as_it_was_read(all: &[StoredPolicy], replaces: Option<(PolicyId, i32)>) -> Result<Option<&StoredPolicy>> {
    let Some((id, version)) = replaces else {
        return Ok(None);
    };
    let why = match all.iter().find(|stored| stored.id == id) {
        Some(stored) if stored.origin == Origin::Git => "this policy is in Git; change it there",
        Some(stored) if stored.version == version => return Ok(Some(stored)),
        Some(_) => {
            "somebody wrote this policy meanwhile; look at what differs, and save again to put yours in the place of theirs"
        }
        None => "somebody took this policy away meanwhile; look at the others",
    };
    Err(CommandError::Conflict { why: why.to_owned() })
}

/// Whom nobody knows nobody can be: a policy that asks them would be satisfied by nobody.
async fn all_are_known(tx: &mut Tx, policy: &Policy) -> Result<()> {
    let named: Vec<&Eligible> = policy.named().map(|(_, who)| who).collect();
    let unknown = tx.unknown_to_policies(&named).await?;
    let mut errors = FieldErrors::new();
    for (field, who) in policy.named().filter(|(_, who)| unknown.contains(who)) {
        let message = match who {
            Eligible::Team(slug) => format!("there is no team {slug}; write the slug of one that there is"),
            Eligible::User(name) => format!(
                "nobody is known as {name}; write the e-mail of somebody’s account, or their login at GitHub"
            ),
            Eligible::Role(_) => continue,
        };
        errors.add(field, message);
    }
    Ok(errors.or(())?)
}

/// A name is taken once, and one that Git has would be looked at there only.
fn name_is_free(all: &[StoredPolicy], policy: &Policy, id: PolicyId) -> Result<()> {
    let name = policy.name.to_lowercase();
    let other = all
        .iter()
        .find(|stored| stored.id != id && stored.policy.name.to_lowercase() == name);
    let message = match other.map(|stored| stored.origin) {
        None => return Ok(()),
        Some(Origin::Page) => "another policy has this name; change that one, or write another name",
        Some(Origin::Git) => {
            "Git has a policy of this name, and it wins; change it there, or write another name"
        }
    };
    Err(FieldErrors::one("metadata.name", message).into())
}
