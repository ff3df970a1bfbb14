//! A request for a decision, and what was decided.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Binding, Freeze, Needs, Party, has_stranger};
use crate::{
    access::{Owned, Resource},
    changes::short,
    environments::EnvironmentClass,
    ids::{ApprovalId, EnvironmentId, PersonId, ServiceId},
    sight::Audience,
};

/// The earliest that whoever can decide is urged to before the deadline: more would be forgotten again.
pub const URGED_EARLIEST: TimeDelta = TimeDelta::hours(1);
/// The latest: less is too little to look at what is asked.
const URGED_LATEST: TimeDelta = TimeDelta::minutes(10);

/// When people are urged to decide about a request that nobody has decided yet: when a quarter of its time is left, within those
/// bounds. `None` where they have just been asked by then.
pub fn urged_at(opened_at: DateTime<Utc>, deadline: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let left = ((deadline - opened_at) / 4).clamp(URGED_LATEST, URGED_EARLIEST);
    Some(deadline - left).filter(|at| *at > opened_at)
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// It waits for people.
    Pending,
    /// It was approved.
    Approved,
    /// Somebody who may decide said no.
    Rejected,
    /// Nobody decided in time.
    Expired,
    /// What it was about has changed.
    Void,
    /// An admin went on without a decision.
    Bypassed,
}

impl ApprovalState {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Approved,
        Self::Rejected,
        Self::Expired,
        Self::Void,
        Self::Bypassed,
    ];

    /// The stored and displayed word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Void => "void",
            Self::Bypassed => "bypassed",
        }
    }

    /// The state that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether what waits may go on.
    pub fn lets_go_on(self) -> bool {
        matches!(self, Self::Approved | Self::Bypassed)
    }
}

/// The artifact that a request is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Sha of the commit.
    pub sha: Option<String>,
    /// Version, as its sender says.
    pub version: Option<String>,
    /// Digest of the image.
    pub digest: Option<String>,
}

impl Release {
    /// What people call it: its version, or the beginning of its sha or of its digest.
    pub fn name(&self) -> String {
        let digest = || {
            let digest = self.digest.as_deref()?.strip_prefix("sha256:")?;
            digest.get(..12).map(str::to_owned)
        };
        self.version
            .clone()
            .or_else(|| self.sha.as_deref().map(|sha| short(sha).to_owned()))
            .or_else(digest)
            .unwrap_or_else(|| "a plan".to_owned())
    }
}

/// What the rules of access look at in what a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Team, tier and environment.
    pub owned: Owned,
    /// Who may hear of the service.
    pub audience: Audience,
    /// Whether neither a person nor its name says what the environment is for.
    pub is_unclassed: bool,
}

impl Subject {
    /// The class by which its policy is chosen. What is not known is taken for what asks the most.
    pub fn class_for_policy(&self) -> EnvironmentClass {
        let said = self.owned.class.filter(|_| !self.is_unclassed);
        said.unwrap_or(EnvironmentClass::Production)
    }

    /// The same for the one rule of access.
    pub fn resource(&self) -> Resource {
        Resource::Owned(self.owned.clone())
    }
}

/// A request for a decision about one release in one environment. It covers whatever waits for that, however many jobs.
#[derive(Clone, Debug, PartialEq)]
pub struct ApprovalRequest {
    /// Which.
    pub id: ApprovalId,
    /// The service.
    pub service: ServiceId,
    /// Where to.
    pub environment: EnvironmentId,
    /// What.
    pub release: Release,
    /// All that is approved, as a hash.
    pub binding: Binding,
    /// Where it stands.
    pub state: ApprovalState,
    /// Why it ended, where somebody or something said so.
    pub ended_why: Option<String>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it ends without a decision.
    pub deadline: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Name of the policy that asks, as it was then.
    pub policy: String,
    /// What is needed.
    pub needs: Needs,
    /// Freezes of the policy, as they were then.
    pub freezes: Vec<Freeze>,
    /// Who must not decide.
    pub parties: Vec<Party>,
}

impl ApprovalRequest {
    /// Whether nothing that waits for it goes on any more: it ended so, or what was approved is over its time.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        match self.state {
            ApprovalState::Pending => false,
            ApprovalState::Approved | ApprovalState::Bypassed => now >= self.deadline,
            ApprovalState::Rejected | ApprovalState::Expired | ApprovalState::Void => true,
        }
    }

    /// Whether it waits for people, and a stranger is among those who asked.
    pub fn waits_for_stranger(&self) -> bool {
        self.state == ApprovalState::Pending && has_stranger(&self.parties)
    }

    /// Whether these would spoil it for others who wait: a stranger may be anybody, so that nobody could decide any more about what
    /// those asked for. Where a stranger asked first, everybody has seen that before they came.
    pub fn is_spoilt_by(&self, initiators: &[Party]) -> bool {
        self.state == ApprovalState::Pending && has_stranger(initiators) && !has_stranger(&self.parties)
    }
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It may go on.
    Approve,
    /// It may not.
    Reject,
}

impl Verdict {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }

    /// The verdict that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Approve, Self::Reject]
            .into_iter()
            .find(|verdict| verdict.as_str() == text)
    }
}

/// What one person decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Who: the row that is left where several turned out to be one person.
    pub person: PersonId,
    /// What they are called now.
    pub name: String,
    /// Yes or no.
    pub verdict: Verdict,
    /// Why, where they said so.
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What the second person says about a broken glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// It had to be.
    Justified,
    /// It had not.
    Unjustified,
}

impl ReviewVerdict {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Justified => "justified",
            Self::Unjustified => "unjustified",
        }
    }

    /// The verdict that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Justified, Self::Unjustified]
            .into_iter()
            .find(|verdict| verdict.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approvals::{Involved, Part};

    #[test]
    fn people_are_urged_when_a_quarter_is_left_but_neither_too_early_nor_too_late() {
        let opened = DateTime::UNIX_EPOCH;
        for (minutes, left) in [
            (5, None),
            (10, None),
            (11, Some(10)),
            (40, Some(10)),
            (60, Some(15)),
            (240, Some(60)),
            (24 * 60, Some(60)),
        ] {
            let deadline = opened + TimeDelta::minutes(minutes);
            let urged = left.map(|left| deadline - TimeDelta::minutes(left));
            assert_eq!(urged_at(opened, deadline), urged, "{minutes} minutes");
        }
    }

    #[test]
    fn a_stranger_spoils_what_others_wait_for_and_nothing_else() {
        let party = |part, who| Party {
            part,
            who,
            name: "somebody".to_owned(),
        };
        let stranger = [party(Part::Initiator, Involved::Unmapped)];
        let program = [party(Part::Initiator, Involved::Machine)];
        let written = [program[0].clone(), party(Part::Author, Involved::Unmapped)];
        let request = |state, parties: &[Party]| ApprovalRequest {
            id: ApprovalId(uuid::Uuid::nil()),
            service: ServiceId(uuid::Uuid::nil()),
            environment: EnvironmentId(uuid::Uuid::nil()),
            release: Release::default(),
            binding: Binding::of_bytes(&[0; 32]).unwrap(),
            state,
            ended_why: None,
            opened_at: DateTime::UNIX_EPOCH,
            deadline: DateTime::UNIX_EPOCH,
            ended_at: None,
            policy: "Here".to_owned(),
            needs: Needs {
                approvals: 1,
                reason: false,
                rules: Vec::new(),
                refused: None,
            },
            freezes: Vec::new(),
            parties: parties.to_vec(),
        };
        let pending = |parties: &[Party]| request(ApprovalState::Pending, parties);
        for others in [&program[..], &written[..]] {
            assert!(pending(others).is_spoilt_by(&stranger));
            assert!(!pending(others).is_spoilt_by(others), "it is known who asks");
            assert!(!pending(others).waits_for_stranger());
        }
        assert!(!pending(&stranger).is_spoilt_by(&stranger), "it is theirs");
        assert!(pending(&stranger).waits_for_stranger());
        let approved = request(ApprovalState::Approved, &program);
        assert!(
            !approved.is_spoilt_by(&stranger),
            "nobody decides about it any more"
        );
    }

    #[test]
    fn a_release_is_called_by_what_people_quote() {
        let (sha, digest) = ("9f2c1ab".repeat(6), format!("sha256:{}", "41d09ac2".repeat(8)));
        let mut release = Release {
            sha: Some(sha[..40].to_owned()),
            version: Some("2.31.0".to_owned()),
            digest: Some(digest),
        };
        assert_eq!(release.name(), "2.31.0");
        release.version = None;
        assert_eq!(release.name(), "9f2c1ab");
        release.sha = None;
        assert_eq!(release.name(), "41d09ac241d0");
        assert_eq!(Release::default().name(), "a plan");
    }
}
