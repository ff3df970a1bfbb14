//! Up to the order to deploy: evidence, people, the way back.

use chrono::{DateTime, TimeDelta, Utc};

use super::{At, LOOK, seen, words, works};
use crate::{
    deploys::drive::{
        Effect, End, Phase, Prepared, Step,
        evidence::{Item, Judged},
        inputs::{Approval, Lease, Outcome, Report},
    },
    environments::EnvironmentClass,
    moments::moment,
};

/// How long a release's evidence may take: a pipeline's checks are done in this time, or somebody looks.
const PREPARE: TimeDelta = TimeDelta::hours(2);
/// How long a drive waits for people or for the environment, whatever the policy's own deadline is. Freezes hold the approval.
const WAIT: TimeDelta = TimeDelta::days(7);
/// How often a drive looks while people decide, unless their time ends before. It is told what they decide, so that it has
/// nothing to find by itself.
const PEOPLE: TimeDelta = TimeDelta::minutes(15);
/// How long a backup may take, and how long a rollback waits for the environment.
const BACKUP: TimeDelta = TimeDelta::hours(1);
/// How often a release is prepared before whoever asked has to look why it keeps changing.
const ROUNDS: i16 = 5;

impl At<'_> {
    pub(super) fn requested(&self) -> Step {
        if !self.drive.is_rollback() {
            return self.enter(Phase::Prepare, self.place.step, Vec::new());
        }
        if self.drive.drill.is_some() && self.drive.class == EnvironmentClass::Production {
            return self
                .failed_rollback("its environment is of class production now, which no drill touches");
        }
        match self.inputs.lease {
            // What undoes a deploy ran there before: nobody is asked, and nothing is prepared.
            Lease::Own | Lease::Free => self.dispatch(0),
            Lease::Of(_) if self.is_late(BACKUP) => self.failed_rollback("the environment was never free"),
            Lease::Of(other) => self.stay(format!("deploy {other} has the environment"), BACKUP),
        }
    }

    pub(super) fn prepare(&self) -> Step {
        match self.inputs.evidence.judge(self.drive.class) {
            Judged::Wrong(why) => self.end(End::Failed, why, vec![]),
            Judged::Missing(why) if self.is_late(PREPARE) => {
                self.end(End::Failed, format!("not known in time: {why}"), vec![])
            }
            Judged::Missing(why) => self.stay(why, PREPARE),
            Judged::Enough => self.ask(),
        }
    }

    fn ask(&self) -> Step {
        let binding = self.drive.binding();
        let prepared = Prepared {
            binding,
            evidence: self.inputs.evidence.clone(),
        };
        Step::Enter {
            phase: Phase::AwaitingApproval,
            round: self.place.round,
            step: 0,
            evidence: seen(&prepared),
            prepared: Some(prepared),
            effects: vec![Effect::AskForApproval { binding }],
        }
    }

    pub(super) fn awaiting_approval(&self) -> Step {
        if let Some(step) = self.not_allowed() {
            return step;
        }
        match self.inputs.lease {
            Lease::Of(other) => self.stay(format!("deploy {other} has the environment"), WAIT),
            Lease::Free | Lease::Own => {
                let effects = if self.backup_waiver() {
                    vec![]
                } else {
                    vec![Effect::TakeBackup]
                };
                self.enter(Phase::Backup, 0, effects)
            }
        }
    }

    /// Why the approval lets it not go on, as a step; `None` when it allows exactly what was prepared.
    fn not_allowed(&self) -> Option<Step> {
        let Some(prepared) = &self.drive.prepared else {
            return Some(self.again("it was not prepared"));
        };
        if self.drive.binding() != prepared.binding {
            return Some(self.again("what is deployed is not what was decided on"));
        }
        let approval = &self.inputs.approval;
        match approval {
            Approval::Rejected { why } => return Some(self.end(End::Rejected, why.clone(), self.stopping())),
            Approval::Expired => {
                return Some(self.end(End::Expired, "nobody decided in time".into(), self.stopping()));
            }
            Approval::Void { why } => return Some(self.again(why)),
            _ => {}
        }
        if self.place.phase == Phase::AwaitingApproval && self.is_late(WAIT) {
            return Some(self.end(End::Expired, "nobody decided in time".into(), self.stopping()));
        }
        match approval.allows() {
            Some(binding) if *binding == prepared.binding => None,
            Some(_) => Some(self.again("the approval is of something else")),
            None => {
                let Approval::Pending { deadline } = approval else {
                    let why = "nobody said yet whether an approval is needed";
                    return Some(self.stay(why.to_owned(), WAIT));
                };
                Some(self.people_decide(*deadline))
            }
        }
    }

    /// Waits for people until their time ends, and for the end of a freeze, during which nothing is approved.
    fn people_decide(&self, deadline: DateTime<Utc>) -> Step {
        let now = self.inputs.now;
        let frozen = self.frozen_until();
        let next = frozen.map_or(deadline, |until| until.min(deadline));
        let every = if self.place.phase == Phase::AwaitingApproval {
            PEOPLE.min(next - now).max(LOOK)
        } else {
            LOOK
        };
        let why = match frozen {
            Some(until) => format!("nothing goes on before a freeze ends, at {}", moment(until)),
            None => format!("people decide until {}", moment(deadline)),
        };
        self.stay_looking(why, (WAIT, every))
    }

    pub(super) fn backup(&self) -> Step {
        if self.is_late(BACKUP) {
            return self.end(End::Failed, "there was no backup in time".into(), self.stopping());
        }
        if let Some(step) = self.not_allowed() {
            return step;
        }
        let report = self.inputs.backup.as_ref();
        match report.map(|report| report.outcome) {
            Some(Outcome::Failed) => {
                let why = format!("the backup failed: {}", words(report));
                return self.end(End::Failed, why, vec![]);
            }
            Some(Outcome::Succeeded) if report.is_some_and(Report::is_good_backup) => {}
            _ if self.backup_waiver() => {}
            _ => return self.stay(works("the executor backs up", report), BACKUP),
        }
        match self.changed() {
            Some(why) => self.again(&why),
            None => self.dispatch(0),
        }
    }

    fn frozen_until(&self) -> Option<DateTime<Utc>> {
        self.inputs.frozen_until.filter(|until| *until > self.inputs.now)
    }

    /// What differs from what people decided on, looked at once more when deploy starts.
    fn changed(&self) -> Option<String> {
        if let Some(until) = self.frozen_until() {
            return Some(format!("a freeze began, which lasts until {}", moment(until)));
        }
        let prepared = self.drive.prepared.as_ref()?;
        let evidence = &self.inputs.evidence;
        evidence
            .difference(&prepared.evidence)
            .or_else(|| match evidence.judge(self.drive.class) {
                Judged::Enough => None,
                Judged::Missing(why) | Judged::Wrong(why) => Some(why),
            })
    }

    /// Begins another round: what people said does not hold for what there is now.
    fn again(&self, why: &str) -> Step {
        let void = Effect::VoidApproval { why: why.to_owned() };
        if self.place.round + 1 >= ROUNDS {
            return self.end(End::Failed, format!("it keeps changing: {why}"), vec![void]);
        }
        Step::Enter {
            phase: Phase::Prepare,
            round: self.place.round + 1,
            step: 0,
            prepared: None,
            evidence: seen(&why),
            effects: vec![void],
        }
    }

    fn backup_waiver(&self) -> bool {
        let mut waivers = self.drive.waivers.iter();
        waivers.any(|waiver| waiver.item == Item::Backup)
    }
}
