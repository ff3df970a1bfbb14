//! Approvals: what has to be decided about a release, by whom, and what was decided.
//!
//! Owns the policies, the facts they look at, quorum and four eyes, freezes, what an approval binds, and what a policy would have
//! done to past deploys. Pure: knows no table, and nothing of what a decision sets going.

mod binding;
mod calendar;
mod canary;
mod card;
mod co_authors;
mod condition;
mod course;
mod dead_end;
mod decide;
mod document;
mod evaluate;
mod fact;
mod found;
mod freeze;
mod glass;
mod held;
mod in_git;
mod listing;
mod people;
mod policy;
mod quorum;
mod replay;
mod request;
mod risk;
mod waiting;
mod words;

pub(crate) use self::freeze::{Edge, instant, span_of};
pub use self::{
    binding::{Binding, BoundRelease},
    calendar::Occurrence,
    canary::{CanarySeen, CanaryStep, Extremes},
    card::{CommitSeen, EvidenceCard, IncidentSeen, PastRelease, PullRequestSeen},
    co_authors::CoAuthors,
    condition::{Automatic, Compare, Condition, Then, Truth},
    course::{Course, terms},
    dead_end::{DeadEnd, dead_end},
    decide::{
        Case, Decided, DecisionError, NewDecision, decide, may_be_approved, may_decide, who_can_still_decide,
    },
    evaluate::{Evaluation, evaluate},
    fact::{Fact, FactKind, FactName, FactValue, Facts},
    freeze::{Freeze, Frozen, Span, frozen},
    glass::{ReviewError, may_break_glass, may_review},
    held::{HeldRun, RuleReply, RuleWord},
    in_git::{FileClaim, POLICIES_PATH, PolicyDocuments, PolicyFile, PolicyPlace, PolicySource, Twin, twins},
    listing::{
        ApprovalDetail, ApprovalFilter, ApprovalOutcome, ApprovalSummary, Gate, GateAnswer, GateKind,
        NewApproval, NewGate, OpenRequest, Review, Reviewed, Seen, Stage, Written,
    },
    people::{Decider, Exclusion, Involved, Part, Party, each_party, has_stranger},
    policy::{
        Applies, Eligible, Origin, Policy, Rule, StoredPolicy, Target, choose, covered_by, is_shadowed,
    },
    quorum::{Needs, Tally},
    replay::{PastDeploy, Replay, Replayed, Shift, replay},
    request::{
        ApprovalRequest, ApprovalState, Decision, Release, ReviewVerdict, Subject, URGED_EARLIEST, Verdict,
        urged_at,
    },
    risk::{Risk, RiskFacts},
    waiting::{NewStep, RawStep, WaitingGate},
};
