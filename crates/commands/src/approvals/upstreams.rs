//! Whether a release has passed the environments upstream of where it would go: the same for every way to ask.

use domain::{
    approvals::{ApprovalState, FactName, FactValue, Facts, GateKind, NewApproval},
    deploys::{drive::promotion, report::NamedRelease},
    ids::{EnvironmentId, ServiceId},
};
use store::{StoredApproval, Tx};

use crate::Result;

/// What is known of a release with what the environments upstream say of it, and why it may not go on for that.
pub(crate) async fn upstream_facts(
    tx: &mut Tx,
    place: (ServiceId, EnvironmentId),
    release: &NamedRelease,
    facts: Facts,
) -> Result<(Facts, Option<String>)> {
    let upstreams = tx.upstream_successes(place, release).await?;
    if upstreams.is_empty() {
        return Ok((facts, None));
    }
    // Nothing is waived of what waits outside.
    let missing = promotion::missing(&upstreams);
    let why = missing.map(|missing| format!("{missing}, or have an admin break the glass"));
    let succeeded = FactValue::Flag(why.is_none());
    Ok((facts.with(FactName::SucceededUpstream, succeeded), why))
}

/// What is asked with what the environments upstream say, and why it may not go on for that. A drive brings its own evidence,
/// which whoever asked may have waived with a reason; for what else waits, going on without is breaking the glass.
pub(super) struct Promoted {
    /// What is asked.
    pub new: NewApproval,
    /// Why it cannot be approved.
    pub missing: Option<String>,
}

impl Promoted {
    /// Looks at the environments upstream.
    pub async fn of(tx: &mut Tx, new: &NewApproval) -> Result<Self> {
        let mut new = new.clone();
        if new.gate.kind == GateKind::Drive {
            return Ok(Self { new, missing: None });
        }
        let release = NamedRelease {
            sha: new.release.sha.as_ref().map(|sha| sha.to_ascii_lowercase()),
            version: new.version.clone(),
            digest: new.release.digest.clone(),
        };
        let place = (new.release.service, new.release.environment);
        let facts = std::mem::take(&mut new.facts);
        let (facts, missing) = upstream_facts(tx, place, &release, facts).await?;
        new.facts = facts;
        Ok(Self { new, missing })
    }

    /// Whether what was approved before does not hold any more, since it was undone upstream. An admin's word holds.
    pub fn outdates(&self, stored: &StoredApproval) -> bool {
        self.missing.is_some() && stored.request.state == ApprovalState::Approved
    }

    /// Whether what waits was refused for what has come since.
    pub fn lifts(&self, stored: &StoredApproval) -> bool {
        let upstream = |facts: &Facts| facts.value(FactName::SucceededUpstream).cloned();
        stored.request.state == ApprovalState::Pending
            && upstream(&stored.card.facts) == Some(FactValue::Flag(false))
            && upstream(&self.new.facts) == Some(FactValue::Flag(true))
    }
}
