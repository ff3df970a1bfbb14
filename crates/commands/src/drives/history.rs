//! What a drive says in the history of its service: the same facts that somebody reports of a deploy that Fairway only
//! watches, so that history and figures follow from one derivation.

use chrono::{DateTime, Utc};
use domain::deploys::{
    DeployState,
    drive::{Drive, End, Phase, Place, Step, inputs::Inputs},
    report::NewPhase,
};

/// That a deploy stands somewhere since a time.
pub(super) fn event(state: DeployState, at: DateTime<Utc>) -> NewPhase {
    NewPhase {
        state,
        at,
        exposed: None,
        weight: None,
        note: None,
    }
}

/// What a step says, each with its key.
pub(super) fn events(drive: &Drive, place: &Place, step: &Step, inputs: &Inputs) -> Vec<(String, NewPhase)> {
    let now = inputs.now;
    match step {
        // The history finds out by itself which deploy took the place of one that is superseded.
        Step::Stay { .. }
        | Step::End {
            state: End::Superseded,
            ..
        } => Vec::new(),
        Step::Enter {
            phase, round, step, ..
        } => {
            let entered = Place {
                phase: *phase,
                round: *round,
                step: *step,
                since: now,
            };
            let key = drive.key_of(&entered);
            if *phase == Phase::Verify {
                deployed(drive, place, inputs, key)
            } else {
                vec![(key, event(phase.state(), now))]
            }
        }
        Step::RollBack { reason, .. } => {
            let key = drive.key_of(&Place {
                phase: Phase::RollingBack,
                ..*place
            });
            let mut said = event(DeployState::RollingBack, now);
            said.note = Some(reason.sentence());
            vec![(key, said)]
        }
        Step::End { state, why, .. } => {
            let seen = drive.exposed || executor_exposed(inputs);
            let failed = matches!(state, End::Failed | End::Lost);
            let mut said = event(state.state(), now);
            said.exposed = (failed && seen).then_some(true);
            said.note = Some(why.clone());
            vec![(drive.key_of_end(*state), said)]
        }
    }
}

/// A step of the weights was reached when the executor says, and is watched from now on. A share of 0 shows nothing to users.
fn deployed(drive: &Drive, place: &Place, inputs: &Inputs, key: String) -> Vec<(String, NewPhase)> {
    let weight = drive.weight(place.step);
    let reached = inputs.deployed.as_ref().map_or(inputs.now, |report| report.at);
    let mut done = event(DeployState::Deploy, reached.max(place.since).min(inputs.now));
    done.weight = Some(weight);
    done.exposed = Some(weight > 0);
    let mut watched = event(DeployState::Verify, inputs.now);
    watched.exposed = Some(weight > 0 || drive.exposed);
    let reached_key = format!("{}:reached", drive.key_of(place));
    vec![(reached_key, done), (key, watched)]
}

fn executor_exposed(inputs: &Inputs) -> bool {
    let report = inputs.deployed.as_ref();
    report.and_then(|report| report.exposed) == Some(true)
}
