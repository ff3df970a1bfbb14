//! The policies on the page: writing, taking away, and what one would have done before it is written.

use chrono::TimeDelta;
use domain::{
    access::Action,
    actor::Viewer,
    approvals::{Origin, Policy, Replay, StoredPolicy, replay},
    audit::parse_reason,
    error::FieldErrors,
    ids::PolicyId,
};
use serde_json::json;
use store::{AuditEntry, PolicyToStore};

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
    /// Which version of it was read before; `None` for a new one.
    pub version: Option<i32>,
}

impl Commands {
    /// Writes a policy, new or in the place of the version that was read. Requests that are open keep what asked them.
    pub async fn save_policy(&self, by: &Viewer, form: &PolicyForm) -> Result<PolicyId> {
        whole(by, Action::EditPolicies)?;
        let policy = Policy::from_yaml(&form.document)?;
        let now = self.now();
        let mut tx = self.store.begin(by.actor()).await?;
        let before = tx.policy_named(Origin::Page, &policy.name).await?;
        check_version(before.as_ref(), form.version)?;
        let new = PolicyToStore {
            fresh: self.id(),
            policy: &policy,
            origin: Origin::Page,
            position: form.position,
        };
        let (id, version) = tx.put_policy(new, now).await?;
        // Of two who write a new one at the same moment the second finds it written.
        if version != form.version.unwrap_or(0) + 1 {
            return Err(moved());
        }
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

    /// Takes a policy of the page away, with a reason. What no policy fits is asked about all the same.
    pub async fn remove_policy(&self, by: &Viewer, name: &str, reason: &str) -> Result<()> {
        whole(by, Action::EditPolicies)?;
        let reason = parse_reason(reason)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let before = tx.policy_named(Origin::Page, name).await?;
        let before = before.ok_or_else(|| CommandError::not_found(format!("policy “{name}” on the page")))?;
        tx.delete_policy(before.id).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "policy.remove",
            subject: format!("policy:{}", before.id),
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
        let name = policy.name.to_lowercase();
        let mut after: Vec<StoredPolicy> = before
            .iter()
            .filter(|stored| stored.origin == Origin::Git || stored.policy.name.to_lowercase() != name)
            .cloned()
            .collect();
        after.push(StoredPolicy {
            id: self.id(),
            policy,
            origin: Origin::Page,
            position: form.position,
            version: 1,
            updated_at: now,
        });
        let deploys = reads
            .past_deploys(now - TimeDelta::days(days.into()), MOST_DEPLOYS)
            .await?;
        Ok(replay(&before, &after, &deploys))
    }
}

/// Whoever writes over a policy has read what they write over.
fn check_version(before: Option<&StoredPolicy>, read: Option<i32>) -> Result<()> {
    if before.map(|before| before.version) == read {
        Ok(())
    } else {
        Err(moved())
    }
}

fn moved() -> CommandError {
    let why = "somebody wrote this policy meanwhile; reload the page, look at theirs and save again";
    CommandError::Conflict { why: why.to_owned() }
}
