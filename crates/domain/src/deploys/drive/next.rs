//! What happens next with a drive: the rules of the loop, one function for each phase.
//!
//! Nothing goes on because of an error or a timeout: what is not known holds the drive, and time only ever ends it. What
//! users saw is undone by a violation, by the executor's failure or silence and by a person, never because too little is
//! known.

mod after;
mod before;

use chrono::TimeDelta;
use serde::Serialize;
use serde_json::Value;

use super::{
    Drive, Effect, End, Phase, Place, Reason, Step,
    inputs::{Ask, Inputs, Lease, Outcome, Report},
};
use crate::deploys::drills::Leg;

/// How often a drive looks by itself: its lease is renewed then.
pub const LOOK: TimeDelta = TimeDelta::seconds(60);

/// What happens next. A drive that ended stays as it is.
pub fn next(drive: &Drive, inputs: &Inputs) -> Step {
    let Some(place) = drive.standing.place() else {
        return Step::Stay {
            why: "it has ended".to_owned(),
            until: inputs.now + LOOK,
        };
    };
    let at = At { drive, inputs, place };
    at.interrupted().unwrap_or_else(|| match place.phase {
        Phase::Requested => at.requested(),
        Phase::Prepare => at.prepare(),
        Phase::AwaitingApproval => at.awaiting_approval(),
        Phase::Backup => at.backup(),
        Phase::Deploy => at.deploy(),
        Phase::Verify => at.verify(),
        Phase::Confirm => at.confirm(),
        Phase::RollingBack => at.rolling_back(),
    })
}

/// A drive that is on its way, with what is known.
struct At<'a> {
    drive: &'a Drive,
    inputs: &'a Inputs,
    place: &'a Place,
}

impl At<'_> {
    /// What ends or undoes it in any phase.
    fn interrupted(&self) -> Option<Step> {
        if self.place.phase == Phase::RollingBack {
            return None;
        }
        if self.place.phase.holds_lease() && self.inputs.lease != Lease::Own {
            return Some(self.lost("another deploy took its lease"));
        }
        if let Some(other) = self.inputs.superseded_by {
            let why = format!("a later deploy reached the environment first: {other}");
            return Some(self.end(End::Superseded, why, self.stopping()));
        }
        let asked = self.inputs.asked.as_ref()?;
        if self.drive.brings_back(self.place.phase) {
            return None;
        }
        if self.drive.exposed && !self.drive.is_rollback() {
            return Some(self.roll_back(Reason::Person {
                why: asked.why.clone(),
            }));
        }
        if asked.what == Ask::RollBack && self.drive.is_rollback() {
            return None;
        }
        // It was told to stop when that was asked. What it says decides whether there is something to undo.
        if self.drive.may_be_showing(self.place) {
            return None;
        }
        let why = format!("it was called off: {}", asked.why);
        Some(self.end(End::Cancelled, why, self.stopping()))
    }

    fn dispatch(&self, step: i16) -> Step {
        let weight = self.drive.weight(step);
        self.enter(Phase::Deploy, step, vec![Effect::Dispatch { weight }])
    }

    fn enter(&self, phase: Phase, step: i16, effects: Vec<Effect>) -> Step {
        Step::Enter {
            phase,
            round: self.place.round,
            step,
            prepared: None,
            evidence: self.evidence(),
            effects,
        }
    }

    fn roll_back(&self, reason: Reason) -> Step {
        if self.drive.is_rollback() {
            return self.failed_rollback(&reason.sentence());
        }
        let Some(target) = &self.inputs.target else {
            // Nothing can take its place, but no further user needs to meet it.
            let why = format!("{}; there is no release to go back to", reason.sentence());
            let effects = vec![Effect::Stop, page(&why)];
            return self.end(End::Failed, why, effects);
        };
        let mut effects = self.halting();
        effects.push(tell(&format!("it is rolled back: {}", reason.sentence())));
        Step::RollBack {
            effects,
            reason,
            target: target.clone(),
        }
    }

    /// Stops an order that is still carried out: what comes after it would meet it on its way. A rollback is not stopped: what it
    /// undoes is no better.
    fn halting(&self) -> Vec<Effect> {
        let outcome = self.inputs.deployed.as_ref().map(|report| report.outcome);
        let is_done = matches!(outcome, Some(Outcome::Failed | Outcome::Succeeded));
        let may_stop = self.inputs.lease == Lease::Own && !self.drive.is_rollback();
        if self.place.phase == Phase::Deploy && !is_done && may_stop {
            vec![Effect::Stop]
        } else {
            Vec::new()
        }
    }

    /// A rollback that does not work is not undone in turn: a person is woken, and it stops.
    fn failed_rollback(&self, why: &str) -> Step {
        let what = match self.drive.drill {
            None => "the rollback did not work",
            Some(Leg::Back) => "the rollback drill did not work",
            Some(Leg::Return) => "what ran before the rollback drill did not come again",
        };
        self.paging(End::Failed, &format!("{what}: {why}"))
    }

    fn lost(&self, why: &str) -> Step {
        if self.drive.is_rollback() {
            return self.failed_rollback(why);
        }
        self.paging(End::Lost, why)
    }

    fn paging(&self, state: End, why: &str) -> Step {
        let mut effects = self.halting();
        effects.push(page(why));
        self.end(state, why.to_owned(), effects)
    }

    fn end(&self, state: End, why: String, effects: Vec<Effect>) -> Step {
        Step::End {
            state,
            why,
            evidence: self.evidence(),
            effects,
        }
    }

    /// The executor has something to stop once it has an order, and people have nothing to decide any more.
    fn stopping(&self) -> Vec<Effect> {
        match self.place.phase {
            Phase::AwaitingApproval => vec![Effect::VoidApproval {
                why: "the deploy that waited for it has ended".to_owned(),
            }],
            phase if phase.holds_lease() => vec![Effect::Stop],
            _ => Vec::new(),
        }
    }

    /// Waits for at most a time since the phase began, and looks in between.
    fn stay(&self, why: String, most: TimeDelta) -> Step {
        self.stay_looking(why, (most, LOOK))
    }

    /// The same, and looks in between as often as is said.
    fn stay_looking(&self, why: String, (most, every): (TimeDelta, TimeDelta)) -> Step {
        let look = self.inputs.now + every;
        let last = self.place.since + most;
        let until = if last > self.inputs.now {
            look.min(last)
        } else {
            look
        };
        Step::Stay { why, until }
    }

    fn is_late(&self, most: TimeDelta) -> bool {
        self.inputs.now - self.place.since >= most
    }

    /// What was known when this phase ended, for the record of the next one.
    fn evidence(&self) -> Value {
        let inputs = self.inputs;
        match self.place.phase {
            Phase::AwaitingApproval => seen(&inputs.approval),
            Phase::Backup => seen(&inputs.backup),
            Phase::Deploy => seen(&inputs.deployed),
            Phase::Verify | Phase::Confirm => seen(&(&inputs.verdict, &inputs.confirmation)),
            Phase::Prepare => seen(&inputs.evidence),
            Phase::Requested | Phase::RollingBack => Value::Null,
        }
    }
}

fn tell(what: &str) -> Effect {
    Effect::Tell {
        what: what.to_owned(),
    }
}

fn page(why: &str) -> Effect {
    Effect::Page { why: why.to_owned() }
}

fn words(report: Option<&Report>) -> String {
    let note = report.and_then(|report| report.note.clone());
    note.unwrap_or_else(|| "it did not say why".to_owned())
}

/// What an executor does, with its last words on it: also that nobody knows whether it has the order.
fn works(what: &str, report: Option<&Report>) -> String {
    let note = report.and_then(|report| report.note.as_deref());
    note.map_or_else(|| what.to_owned(), |note| format!("{what}: {note}"))
}

fn seen(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}
