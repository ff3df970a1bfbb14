//! Requests as lists and pages show them, what waits for them, and what is asked when one is opened.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    ApprovalRequest, ApprovalState, BoundRelease, Course, Decision, EvidenceCard, Facts, Party, Release,
    ReviewVerdict,
};
use crate::{
    deploys::DeployKind,
    environments::EnvironmentClass,
    ids::{ApprovalId, EnvironmentId, GateId, PersonId, ServiceId},
    people::PersonRef,
};

/// A request as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalSummary {
    /// Which.
    pub id: ApprovalId,
    /// Slug of the service.
    pub service: String,
    /// What people call the service.
    pub title: String,
    /// Name of the environment.
    pub environment: String,
    /// What the environment is for.
    pub class: EnvironmentClass,
    /// What is asked about.
    pub release: Release,
    /// Where it stands.
    pub state: ApprovalState,
    /// Name of the policy that asks.
    pub policy: String,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it ends without a decision.
    pub deadline: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// People who approved.
    pub given: i64,
    /// People who must.
    pub needed: i32,
}

/// Whether requests wait or are over, which says in which order a list has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// They wait: the most urgent first.
    Open,
    /// They are over: what ended last first.
    Over,
}

/// Which requests a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApprovalFilter {
    /// Only those that wait, or that are over; otherwise all, the newest first.
    pub stage: Option<Stage>,
    /// Only those in this state.
    pub state: Option<ApprovalState>,
    /// Only those of the service with this slug.
    pub service: Option<String>,
    /// Only those of services that the team with this slug owns now.
    pub team: Option<String>,
    /// Only those to the environment of this name.
    pub environment: Option<String>,
    /// Only those to environments of this class.
    pub class: Option<EnvironmentClass>,
    /// Only these.
    pub among: Option<Vec<ApprovalId>>,
}

/// A request with everything about it.
#[derive(Clone, Debug, PartialEq)]
pub struct ApprovalDetail {
    /// As lists show it.
    pub summary: ApprovalSummary,
    /// The request.
    pub request: ApprovalRequest,
    /// The evidence when it was opened.
    pub card: EvidenceCard,
    /// What was decided, in order.
    pub decisions: Vec<Decision>,
    /// What each who decided saw.
    pub seen: BTreeMap<PersonId, Seen>,
    /// What waits for it.
    pub gates: Vec<Gate>,
    /// Who went on without a decision, and what the second person said.
    pub review: Option<Review>,
}

/// What somebody saw as they decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Names of the rules by which they were asked.
    pub rules: Vec<String>,
    /// The evidence that was before them.
    pub card: EvidenceCard,
}

/// Where a release's changes are and who wrote them, as they are called now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// `owner/name` of the repository.
    pub repository: Option<String>,
    /// By the number of the pull request.
    pub pull_requests: BTreeMap<i64, PersonRef>,
    /// By the sha of the commit.
    pub commits: BTreeMap<String, PersonRef>,
}

/// A request that waits, with what was decided about it so far.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenRequest {
    /// The request.
    pub request: ApprovalRequest,
    /// What was decided, in order.
    pub decisions: Vec<Decision>,
}

/// What kind of thing waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateKind {
    /// A deploy that Fairway drives.
    Drive,
    /// A run that a protection rule of GitHub holds.
    Github,
    /// A step of a workflow.
    Step,
}

impl GateKind {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drive => "drive",
            Self::Github => "github",
            Self::Step => "step",
        }
    }

    /// The kind that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Drive, Self::Github, Self::Step]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// Something that comes to wait for a request.
#[derive(Clone, Debug, PartialEq)]
pub struct NewGate {
    /// What kind of thing.
    pub kind: GateKind,
    /// Who it is: the same key is the same gate, however often it comes.
    pub key: String,
    /// What whoever answers it needs.
    pub details: Value,
}

/// Something that waits for a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// Which.
    pub id: GateId,
    /// What it is.
    pub gate: NewGate,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it went on.
    pub released_at: Option<DateTime<Utc>>,
}

/// Whether something that waits may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateAnswer {
    /// It may, now, and nobody else was told so.
    Go,
    /// It went on already.
    Gone,
    /// People decide, or a freeze holds what they approved.
    Wait,
    /// What it would do is not what was approved.
    Changed,
    /// It may not; the request ended like this.
    No(ApprovalState),
}

/// What is asked when a decision is needed.
#[derive(Clone, Debug, PartialEq)]
pub struct NewApproval {
    /// All that would be approved.
    pub release: BoundRelease,
    /// The release's version, as its sender says.
    pub version: Option<String>,
    /// What the deploy is for.
    pub kind: Option<DeployKind>,
    /// Who asked for the deploy; empty where whoever asks now did.
    pub initiators: Vec<Party>,
    /// The workflow run that asks: it is not finished, and no check of the release.
    pub run: Option<i64>,
    /// How Fairway would carry it out, where it does.
    pub course: Option<Course>,
    /// Whether a person typed the image's digest, and no source told of that image of the commit. Of a drive its course says so.
    pub is_typed: bool,
    /// What the sender knows: scan, signature, plan.
    pub facts: Facts,
    /// What waits.
    pub gate: NewGate,
}

/// Somebody went on without a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// About which request.
    pub request: ApprovalId,
    /// Who.
    pub broken_by: PersonId,
    /// What they are called.
    pub name: String,
    /// Why.
    pub reason: String,
    /// When.
    pub broken_at: DateTime<Utc>,
    /// Until when another person must look at it.
    pub due_at: DateTime<Utc>,
    /// What that one said.
    pub reviewed: Option<Reviewed>,
}

/// What the second person said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// What they are called.
    pub name: String,
    /// Whether it had to be.
    pub verdict: ReviewVerdict,
    /// Why.
    pub note: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What became of a request, for whatever follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalOutcome {
    /// Which.
    pub request: ApprovalId,
    /// Of which service.
    pub service: ServiceId,
    /// Where.
    pub environment: EnvironmentId,
    /// How it ended.
    pub state: ApprovalState,
    /// When.
    pub at: DateTime<Utc>,
    /// Keys of what waited for it.
    pub gates: Vec<String>,
}
