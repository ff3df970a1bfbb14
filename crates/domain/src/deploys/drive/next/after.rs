//! From the order to deploy on: the executor's words, watching, confirming, undoing.

use chrono::{DateTime, TimeDelta, Utc};

use super::{At, tell, words, works};
use crate::deploys::drive::{
    Effect, End, Phase, Reason, Step,
    inputs::{Ask, Asked, Outcome, Rollback, Verdict},
};

/// How long an executor may be silent while it works on a step …
const SILENT: TimeDelta = TimeDelta::hours(1);
/// … and how long it may work on it however often it says so.
const WORKING: TimeDelta = TimeDelta::hours(6);
/// How long one that was told to stop may say nothing of how far it came.
const STOPPING: TimeDelta = TimeDelta::minutes(10);
/// How long a deploy that users see waits for a verdict or a person: as long as silence takes to end an observed one.
const HOLD: TimeDelta = TimeDelta::hours(24);

impl At<'_> {
    pub(super) fn deploy(&self) -> Step {
        let report = self.inputs.deployed.as_ref();
        match report.map(|report| report.outcome) {
            Some(Outcome::Failed) => self.executor_failed(),
            Some(Outcome::Succeeded) => {
                let weight = self.drive.weight(self.place.step);
                self.enter(Phase::Verify, self.place.step, vec![Effect::Watch { weight }])
            }
            Some(Outcome::Running) | None => {
                let heard = report.map_or(self.place.since, |report| report.at.max(self.place.since));
                if let Some(asked) = self.called_off() {
                    return self.told_to_stop(asked, heard);
                }
                let silent = self.inputs.now - heard >= SILENT;
                if !silent && !self.is_late(WORKING) {
                    return self.stay(works("the executor deploys", report), SILENT);
                }
                if self.drive.exposed {
                    return self.roll_back(Reason::Silence);
                }
                self.lost("the executor said nothing of the deploy in time")
            }
        }
    }

    /// What somebody said who called it off, where that holds.
    fn called_off(&self) -> Option<&Asked> {
        let asked = self.inputs.asked.as_ref();
        asked.filter(|asked| asked.what == Ask::Cancel && !self.drive.brings_back(self.place.phase))
    }

    fn told_to_stop(&self, asked: &Asked, heard: DateTime<Utc>) -> Step {
        let since = asked.at.map_or(heard, |at| at.max(heard));
        let called_off = format!("it was called off: {}", asked.why);
        if self.inputs.now - since >= STOPPING || self.is_late(WORKING) {
            return self.lost(&format!(
                "{called_off}; the executor did not say in time how far it came, so users may see it"
            ));
        }
        let why = format!("{called_off}; the executor was told to stop, and has to say how far it came");
        self.stay(why, SILENT)
    }

    fn executor_failed(&self) -> Step {
        let report = self.inputs.deployed.as_ref();
        let said = report.and_then(|report| report.exposed);
        let why = words(report);
        let called_off = self.called_off();
        if self.drive.exposed || said == Some(true) {
            return self.roll_back(match called_off {
                Some(asked) => Reason::Person {
                    why: asked.why.clone(),
                },
                None => Reason::Executor { why },
            });
        }
        if let Some(asked) = called_off {
            let why = works(&format!("it was called off: {}", asked.why), report);
            return self.end(End::Cancelled, why, self.stopping());
        }
        if self.drive.is_rollback() {
            return self.failed_rollback(&why);
        }
        self.end(
            End::Failed,
            format!("the executor failed: {why}"),
            self.stopping(),
        )
    }

    pub(super) fn verify(&self) -> Step {
        if let Some(step) = self.violated() {
            return step;
        }
        match &self.inputs.verdict {
            Some(Verdict::Pass { .. }) => self.go_on(),
            Some(Verdict::Insufficient { .. }) if self.inputs.confirmation.is_some() => self.go_on(),
            // Nobody waits for a person where nothing is at stake but the drill, and what ran before is to come again.
            Some(Verdict::Insufficient { why }) if self.drive.drill.is_some() => {
                self.failed_rollback(&format!("too little is known to say that it works: {why}"))
            }
            _ if self.is_late(HOLD) => self.lost("there was no verdict in time, and nobody decided"),
            Some(Verdict::Insufficient { why }) => {
                self.stay(format!("too little is known: {why}; a person decides"), HOLD)
            }
            _ => self.stay("it is watched".to_owned(), HOLD),
        }
    }

    /// What undoes a step that was deployed: a violation, or the executor's own second thoughts. A failure stays one
    /// whatever is said later.
    fn violated(&self) -> Option<Step> {
        if let Some(Verdict::Fail { why, detail }) = &self.inputs.verdict {
            return Some(if self.drive.exposed {
                self.roll_back(Reason::Verdict {
                    why: why.clone(),
                    detail: detail.clone(),
                })
            } else {
                let why = format!("it failed before users saw it: {why}");
                self.end(End::Failed, why, self.stopping())
            });
        }
        let outcome = self.inputs.deployed.as_ref().map(|report| report.outcome);
        (outcome == Some(Outcome::Failed)).then(|| self.executor_failed())
    }

    fn go_on(&self) -> Step {
        if self.drive.weights.is_last(self.place.step) {
            let asks = self
                .inputs
                .needs_person
                .then(|| tell("it is green, and a person confirms it"));
            return self.enter(Phase::Confirm, self.place.step, asks.into_iter().collect());
        }
        self.dispatch(self.place.step + 1)
    }

    pub(super) fn confirm(&self) -> Step {
        if let Some(step) = self.violated() {
            return step;
        }
        if self.inputs.needs_person && self.inputs.confirmation.is_none() {
            if self.is_late(HOLD) {
                return self.lost("nobody confirmed it in time");
            }
            return self.stay("a person confirms it".to_owned(), HOLD);
        }
        // What a drill brings was marked when it was deployed, and nobody waits for it.
        let effects = if self.drive.drill.is_some() {
            Vec::new()
        } else {
            vec![Effect::MarkStable, tell("it succeeded")]
        };
        self.end(
            End::Succeeded,
            "it was watched, and nothing was wrong".into(),
            effects,
        )
    }

    pub(super) fn rolling_back(&self) -> Step {
        match self.inputs.rollback {
            Rollback::Open => self.stay("another deploy undoes it".to_owned(), HOLD),
            Rollback::Ended(End::Succeeded) => {
                self.end(End::RolledBack, "the release before it runs again".into(), vec![])
            }
            Rollback::Ended(End::Cancelled) => {
                self.end(End::Failed, "undoing it was called off".into(), vec![])
            }
            // Who could undo it was told by the rollback itself.
            Rollback::Ended(_) => self.end(End::Failed, "undoing it did not work".into(), vec![]),
            Rollback::None => self.paging(End::Failed, "nothing undoes it"),
        }
    }
}
