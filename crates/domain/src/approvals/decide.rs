//! Deciding: who may, and what comes of it. Nothing is ever approved because something is missing.

use chrono::{DateTime, Utc};

use super::{
    ApprovalRequest, ApprovalState, Binding, Decider, Decision, Exclusion, Frozen, Subject, Tally, Verdict,
    frozen, people::excluded,
};
use crate::{
    access::{Action, Denial, authorize},
    audit::parse_reason,
    error::FieldErrors,
    moments::MOMENT,
    sight::Sight,
};

/// A request with all that its decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The request.
    pub request: &'a ApprovalRequest,
    /// What it is about.
    pub subject: &'a Subject,
    /// What was decided already.
    pub decisions: &'a [Decision],
    /// Those who did, as they stand now: whoever lost the right since does not count any more.
    pub decided: &'a [Decider],
}

/// What somebody says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDecision {
    /// Yes or no.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<String>,
    /// What they saw and speak of.
    pub binding: Binding,
}

impl NewDecision {
    /// Reads a decision as a form sends it; a reason of nothing is none.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub fn parse(verdict: &str, reason: &str, binding: &str) -> Result<Self, FieldErrors> {
        let verdict =
            Verdict::parse(verdict).ok_or_else(|| FieldErrors::one("verdict", "write approve or reject"));
        let binding = binding
            .parse::<Binding>()
            .map_err(|wrong| FieldErrors::one("binding", wrong.to_string()));
        let reason = if reason.trim().is_empty() {
            Ok(None)
        } else {
            parse_reason(reason).map(Some)
        };
        let (verdict, (reason, binding)) = FieldErrors::both(verdict, FieldErrors::both(reason, binding))?;
        Ok(Self {
            verdict,
            reason,
            binding,
        })
    }
}

/// What comes of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It counts, and more are needed.
    Counted(Tally),
    /// It was the last that was needed.
    Approved(Tally),
    /// It ends the request.
    Rejected,
}

/// Why somebody cannot decide, or not so. Every sentence says what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// Only people decide.
    #[error("Only people decide about releases. Sign in.")]
    NotAPerson,
    /// It is over.
    #[error("This request is {} already. Open it to see what came of it.", .0.as_str())]
    Over(ApprovalState),
    /// It was too late.
    #[error("This request has expired. Ask for the deploy again.")]
    Expired,
    /// What is to be deployed is not what was looked at.
    #[error(
        "What is to be deployed has changed since you opened this page. Open it as it is now, and look again."
    )]
    Changed,
    /// One decision of each person.
    #[error("You have decided about this already. Another approver must decide.")]
    AlreadyDecided,
    /// Four eyes.
    #[error("{0}")]
    Excluded(Exclusion),
    /// The right is missing.
    #[error("{0}")]
    Denied(Denial),
    /// The policy names others.
    #[error("The policy asks {0}. Ask one of them.")]
    NotAsked(String),
    /// The policy lets nobody approve it.
    #[error(
        "The policy refuses this: {0}. Reject it, or wait until that changes and ask for the deploy again."
    )]
    Refused(String),
    /// Not now.
    #[error("“{name}” lasts until {}. Approve it then, or reject it.", .until.format(MOMENT))]
    Frozen {
        /// Name of the freeze.
        name: String,
        /// When it ends.
        until: DateTime<Utc>,
    },
    /// Not now, and then without anybody.
    #[error("“{name}” lasts until {}. Nobody has to decide: what waits goes on by itself then.", .until.format(MOMENT))]
    Held {
        /// Name of the freeze.
        name: String,
        /// When it ends.
        until: DateTime<Utc>,
    },
    /// A reason is needed.
    #[error("Say why; the policy asks for a reason.")]
    NoReason,
    /// Whoever says no says why.
    #[error("Say why; rejecting needs a reason.")]
    NoReasonToReject,
}

impl Case<'_> {
    /// How far the request has come: approvals of people who may still give them.
    pub fn tally(&self) -> Tally {
        self.tally_with(&[])
    }

    /// The same once these approved too.
    pub(super) fn tally_with(&self, more: &[&Decider]) -> Tally {
        let approvers = self
            .decisions
            .iter()
            .filter(|decision| decision.verdict == Verdict::Approve);
        let approvers = approvers.filter_map(|decision| {
            self.decided
                .iter()
                .find(|decider| decider.person == decision.person)
        });
        let counted: Vec<_> = approvers
            .chain(more.iter().copied())
            .filter_map(|decider| Some((decider.person, self.rules_of(decider).ok()?)))
            .collect();
        self.request
            .needs
            .tally(counted.iter().map(|(person, rules)| (*person, rules.as_slice())))
    }

    /// The rules by which somebody may decide, whatever was decided already.
    fn rules_of(&self, decider: &Decider) -> Result<Vec<String>, DecisionError> {
        let exclusion = excluded(&self.request.parties, decider);
        if let Some(sure @ Exclusion::Has(_)) = &exclusion {
            return Err(DecisionError::Excluded(sure.clone()));
        }
        let viewer = decider.viewer();
        authorize(&viewer, Action::Approve, &self.subject.resource()).map_err(DecisionError::Denied)?;
        let not_asked = || DecisionError::NotAsked(self.asked());
        if !Sight::of(&viewer).hears(self.subject.audience) {
            return Err(not_asked());
        }
        let rules = self.request.needs.rules_of(decider, self.subject);
        let rules = rules.ok_or_else(not_asked)?;
        // Who could not decide anyhow is not told of whom they may be.
        match exclusion {
            Some(unsure) => Err(DecisionError::Excluded(unsure)),
            None => Ok(rules),
        }
    }

    fn asked(&self) -> String {
        let names = self.request.needs.rules.iter().map(|rule| rule.name.as_str());
        let names: Vec<&str> = names.collect();
        if names.is_empty() {
            return "approvers of the owning team".to_owned();
        }
        names.join(" or ")
    }
}

/// Whether somebody can decide about a request now; gives the rules by which they may.
///
/// # Errors
/// Why not, in a sentence for them.
pub fn may_decide(
    case: &Case<'_>,
    decider: &Decider,
    now: DateTime<Utc>,
) -> Result<Vec<String>, DecisionError> {
    if case.request.state != ApprovalState::Pending {
        return Err(DecisionError::Over(case.request.state));
    }
    if now >= case.request.deadline {
        return Err(DecisionError::Expired);
    }
    if case
        .decisions
        .iter()
        .any(|decision| decision.person == decider.person)
    {
        return Err(DecisionError::AlreadyDecided);
    }
    case.rules_of(decider)
}

/// Everybody of these who can decide about a request now.
pub fn who_can_still_decide<'a>(case: &Case<'_>, all: &'a [Decider], now: DateTime<Utc>) -> Vec<&'a Decider> {
    all.iter()
        .filter(|decider| may_decide(case, decider, now).is_ok())
        .collect()
}

/// Whether a request can be approved now, by whoever may decide; rejected it can be all the same.
///
/// # Errors
/// Why not, in a sentence for whoever decides.
pub fn may_be_approved(request: &ApprovalRequest, now: DateTime<Utc>) -> Result<(), DecisionError> {
    if let Some(why) = &request.needs.refused {
        return Err(DecisionError::Refused(why.clone()));
    }
    match frozen(&request.freezes, now) {
        Some(Frozen { name, until }) if request.needs.asks_nobody() => {
            Err(DecisionError::Held { name, until })
        }
        Some(Frozen { name, until }) => Err(DecisionError::Frozen { name, until }),
        None => Ok(()),
    }
}

/// What comes of a decision. The first rejection by somebody who may decide ends the request.
///
/// # Errors
/// Why it cannot be taken, in a sentence for whoever decides.
pub fn decide(
    case: &Case<'_>,
    decider: &Decider,
    new: &NewDecision,
    now: DateTime<Utc>,
) -> Result<Decided, DecisionError> {
    may_decide(case, decider, now)?;
    if new.binding != case.request.binding {
        return Err(DecisionError::Changed);
    }
    if new.verdict == Verdict::Reject {
        return if new.reason.is_some() {
            Ok(Decided::Rejected)
        } else {
            Err(DecisionError::NoReasonToReject)
        };
    }
    may_be_approved(case.request, now)?;
    if case.request.needs.reason && new.reason.is_none() {
        return Err(DecisionError::NoReason);
    }
    let tally = case.tally_with(&[decider]);
    Ok(if tally.is_complete() {
        Decided::Approved(tally)
    } else {
        Decided::Counted(tally)
    })
}

#[cfg(test)]
mod tests;
