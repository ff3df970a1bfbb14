//! The names of the five metrics and of the stages of a change.

use serde::{Deserialize, Serialize};

/// One of the five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Counted deployments per day.
    Frequency,
    /// First commit to full promotion.
    LeadTime,
    /// Failed of counted deployments.
    ChangeFailRate,
    /// From exposure to restored, over failed deployments.
    Recovery,
    /// Unplanned of counted deployments.
    Rework,
}

impl Metric {
    /// All five, in the order of the page.
    pub const ALL: [Self; 5] = [
        Self::Frequency,
        Self::LeadTime,
        Self::ChangeFailRate,
        Self::Recovery,
        Self::Rework,
    ];

    /// The word in addresses, documents and the table of bands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Frequency => "frequency",
            Self::LeadTime => "lead_time",
            Self::ChangeFailRate => "change_fail_rate",
            Self::Recovery => "recovery",
            Self::Rework => "rework",
        }
    }

    /// The metric that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.as_str() == text)
    }

    /// The metric's name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Frequency => "Deployment frequency",
            Self::LeadTime => "Change lead time",
            Self::ChangeFailRate => "Change fail rate",
            Self::Recovery => "Failed deployment recovery time",
            Self::Rework => "Deployment rework rate",
        }
    }

    /// What it means, in a sentence.
    pub fn definition(self) -> &'static str {
        match self {
            Self::Frequency => {
                "Counted deployments per day: exposed in production, neither a rollback nor a release that already ran. \
                 For a team or the organisation the band uses the median service."
            }
            Self::LeadTime => {
                "For each change first carried to production: from its first commit to full promotion. The first \
                 deployment of a service carries no changes."
            }
            Self::ChangeFailRate => {
                "Failed of counted deployments that were exposed at least 24 h ago: rolled back, failed after exposure, \
                 the confirmed cause of an incident, or named by a hotfix or revert."
            }
            Self::Recovery => {
                "Over failed deployments: from exposure to the earliest of rollback complete, fix deployed, incident \
                 mitigated. Those not restored yet are shown as open."
            }
            Self::Rework => {
                "Unplanned deployments caused by an incident or a user-facing bug, of counted deployments."
            }
        }
    }
}

/// A part of a change's way to production. The stages of one change sum to its lead time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// First commit → ready for review.
    Coding,
    /// Ready for review → merged.
    Review,
    /// Merged → deploy requested.
    Queue,
    /// Time at the gate.
    Approval,
    /// The rest, to full promotion.
    Rollout,
}

impl Stage {
    /// All, in order of time.
    pub const ALL: [Self; 5] = [
        Self::Coding,
        Self::Review,
        Self::Queue,
        Self::Approval,
        Self::Rollout,
    ];

    /// The word in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Coding => "coding",
            Self::Review => "review",
            Self::Queue => "queue",
            Self::Approval => "approval",
            Self::Rollout => "rollout",
        }
    }

    /// The stage's name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Coding => "Coding",
            Self::Review => "Review",
            Self::Queue => "Build and queue",
            Self::Approval => "Approval wait",
            Self::Rollout => "Rollout",
        }
    }
}
