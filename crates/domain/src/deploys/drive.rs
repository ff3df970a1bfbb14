//! A driven deploy: the loop that Fairway runs itself, from asking to confirmed or rolled back.
//!
//! [`next::next`] is the heart: a pure function from where a drive stands and what is known to the one thing that happens
//! next. It decides and orders; it knows no database, no executor and no clock. Whoever runs it stores the step, the facts
//! of the history and the orders in one unit of work, so that a process that ends in between leaves a phase to resume.

pub mod acts;
mod binding;
#[cfg(test)]
mod drill_stories;
pub mod evidence;
pub mod grounds;
mod heard;
pub mod inputs;
pub mod mode;
pub mod next;
mod phase;
pub mod promotion;
#[cfg(test)]
mod properties;
pub mod read;
pub mod report;
pub mod request;
mod shown;
mod step;
#[cfg(test)]
mod stories;
mod weights;
#[cfg(test)]
mod world;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use self::evidence::{Evidence, Waiver};
pub use self::{
    binding::waits_at,
    heard::Heard,
    phase::{End, Phase, Place, Standing},
    shown::{CheckShown, DeploymentShown, Shown},
    step::{Effect, Reason, Step, Target, TargetRelease},
    weights::Weights,
};
use super::{DeployState, Strategy, drills::Leg, report::NamedRelease};
use crate::{
    approvals::Binding,
    environments::EnvironmentClass,
    ids::{DeployId, EnvironmentId, ServiceId},
};

/// A deploy that Fairway drives, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drive {
    /// The deploy; a drive has no other identity.
    pub deploy: DeployId,
    /// Of which service.
    pub service: ServiceId,
    /// Where to.
    pub environment: EnvironmentId,
    /// What that environment is for.
    pub class: EnvironmentClass,
    /// What is deployed.
    pub release: NamedRelease,
    /// How it reaches its users.
    pub strategy: Strategy,
    /// The shares of the traffic that it gets, one step each.
    pub weights: Weights,
    /// What else an approval binds: the configuration's hash, and the Terraform plan's.
    pub configuration: Configuration,
    /// The deploy that it undoes; then it is a rollback, which nobody approves.
    pub undoes: Option<DeployId>,
    /// Which leg of a drill it is. The first one undoes what it brings again later, and nothing failed.
    pub drill: Option<Leg>,
    /// What somebody waived, with their reasons.
    pub waivers: Vec<Waiver>,
    /// Where it stands.
    pub standing: Standing,
    /// What it was found to be when it was prepared: people decided on this.
    pub prepared: Option<Prepared>,
    /// Whether users saw it.
    pub exposed: bool,
}

/// Hashes of what is deployed beside the image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// Hash of the configuration.
    pub config: Option<String>,
    /// Hash of the Terraform plan.
    pub plan: Option<String>,
}

/// What people decided on: the binding that their approval holds for, and the evidence behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// What the approval binds.
    pub binding: Binding,
    /// What was found.
    pub evidence: Evidence,
}

/// One phase of a drive as it is stored: who did what, when, on which grounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseRecord {
    /// Identity of the phase: entering it twice is entering it once. Executors name it in their reports.
    pub key: String,
    /// Which phase; how it ended for the last one.
    pub state: DeployState,
    /// How often it was prepared before: an approval that was voided begins another round.
    pub round: i16,
    /// Which step of the weights.
    pub step: i16,
    /// Since when.
    pub started_at: DateTime<Utc>,
    /// Until when.
    pub finished_at: Option<DateTime<Utc>>,
    /// Who or what caused it to begin.
    pub actor: String,
    /// What was known when it began: the approval, the executor's words, the verdict.
    pub evidence: serde_json::Value,
    /// What was ordered.
    pub effects: Vec<Effect>,
}

/// What the order to stop adds to the name of the phase that ordered what it stops.
const STOP: &str = ":stop";

/// The name of the phase whose order a stop of this name stops.
pub fn stopped_by(key: &str) -> Option<&str> {
    key.strip_suffix(STOP)
}

impl Drive {
    /// Whether it brings what ran there before: a rollback, or a leg of a drill. Nobody decides about it, and nothing undoes it.
    pub fn is_rollback(&self) -> bool {
        self.undoes.is_some() || self.drill.is_some()
    }

    /// The identity of one of its phases.
    pub fn key_of(&self, place: &Place) -> String {
        let Place {
            phase, round, step, ..
        } = place;
        format!("{}:{}:{round}.{step}", self.deploy, phase.as_str())
    }

    /// What the order is called that stops what a phase ordered, while the phase waits for how far that came. No phase has this
    /// name, so that whoever reports the stop says nothing of what it stops.
    pub fn key_of_stop(&self, place: &Place) -> String {
        format!("{}{STOP}", self.key_of(place))
    }

    /// Whether it is a rollback that was ordered: that brings users back, and is not called off.
    pub fn brings_back(&self, phase: Phase) -> bool {
        let is_ordered = matches!(phase, Phase::Deploy | Phase::Verify | Phase::Confirm);
        self.undoes.is_some() && self.drill.is_none() && is_ordered
    }

    /// Whether the executor may show it to users at this moment: how far it comes only the executor says.
    pub fn may_be_showing(&self, place: &Place) -> bool {
        place.phase == Phase::Deploy && self.weight(place.step) > 0
    }

    /// The identity of its end.
    pub fn key_of_end(&self, end: End) -> String {
        format!("{}:{}", self.deploy, end.as_str())
    }

    /// The share of the traffic at its present step, in percent.
    pub fn weight(&self, step: i16) -> i16 {
        self.weights.at(step)
    }

    /// The drive after a step at a time. Every field that a step can change is changed here and nowhere else.
    #[must_use]
    pub fn after(&self, step: &Step, now: DateTime<Utc>) -> Self {
        let mut drive = self.clone();
        let Standing::At(place) = &self.standing else {
            return drive;
        };
        match step {
            Step::Stay { .. } => {}
            Step::Enter {
                phase,
                round,
                step,
                prepared,
                ..
            } => {
                drive.exposed |= *phase == Phase::Verify && self.weight(*step) > 0;
                // People decide on the last preparation: another round has none yet.
                drive.prepared = match phase {
                    Phase::Prepare => None,
                    _ => prepared.clone().or(drive.prepared),
                };
                drive.standing = Standing::At(Place {
                    phase: *phase,
                    round: *round,
                    step: *step,
                    since: now,
                });
            }
            Step::RollBack { .. } => {
                drive.exposed = true;
                drive.standing = Standing::At(Place {
                    phase: Phase::RollingBack,
                    since: now,
                    ..*place
                });
            }
            Step::End { state, .. } => drive.standing = Standing::Ended(*state),
        }
        drive
    }
}
