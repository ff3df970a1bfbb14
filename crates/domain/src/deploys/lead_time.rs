//! The stages of a change's way to production (`definitions.md` §3).

use chrono::{DateTime, Utc};

use super::{derive::seconds, fold::Folded};
use crate::changes::Change;

/// Stages of one change's way to production. Seconds; `None` is unknown. Known stages sum to [`Self::lead`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeadTime {
    /// First commit → ready for review.
    pub coding: Option<f64>,
    /// Ready → merged.
    pub review: Option<f64>,
    /// Merged → deploy requested.
    pub queue: Option<f64>,
    /// Time at the gate.
    pub approval: Option<f64>,
    /// The rest, to full promotion.
    pub rollout: Option<f64>,
    /// First commit → full promotion.
    pub lead: Option<f64>,
    /// Merged → full promotion.
    pub delivery: Option<f64>,
    /// What is not known: `first commit`, `ready for review`, `merge`.
    pub unknown: Vec<&'static str>,
}

/// The lead time of a change that a deploy carried. Overlaps (a deploy requested before the merge) shorten the earlier
/// stage, so that the stages always sum.
pub fn lead_time(change: &Change, deploy: &Folded) -> LeadTime {
    let (Some(promoted), Some(requested)) = (deploy.promoted_at, deploy.requested_at) else {
        return LeadTime::default();
    };
    let merged = change.merged_at.map(|at| at.min(promoted));
    let first = change
        .first_commit_at
        .map(|at| at.min(merged.unwrap_or(promoted)));
    let ready = change.ready_at.map(|at| at.min(merged.unwrap_or(promoted)));
    let ready = ready.map(|at| first.map_or(at, |first| at.max(first)));
    let requested = requested.max(merged.unwrap_or(requested)).min(promoted);
    let between = |from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>| Some(seconds(to? - from?));
    let approval = deploy.approval_wait.min(promoted - requested);
    let mut unknown = Vec::new();
    for (known, name) in [
        (first, "first commit"),
        (ready, "ready for review"),
        (merged, "merge"),
    ] {
        if known.is_none() {
            unknown.push(name);
        }
    }
    LeadTime {
        coding: between(first, ready),
        review: between(ready, merged),
        queue: between(merged, Some(requested)),
        approval: Some(seconds(approval)),
        rollout: Some(seconds(promoted - requested - approval)),
        lead: between(first, Some(promoted)),
        delivery: between(merged, Some(promoted)),
        unknown,
    }
}
