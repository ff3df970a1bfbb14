//! What holds for every sequence of inputs.

use proptest::prelude::*;

use super::{
    Drive, Effect, End, Phase, Standing, Step, Weights,
    evidence::{Evidence, Finding},
    inputs::{Approval, Ask, Asked, Inputs, Lease, Outcome, Rollback, Verdict},
    next::next,
    world::{at, drive, fail, good, id, inputs, pass, place, report},
};
use crate::{approvals::Binding, deploys::Strategy as DeployStrategy};

fn phase(drive: &Drive) -> Option<Phase> {
    drive.standing.place().map(|place| place.phase)
}

/// One look at a drive: which of the two, and what is known then.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent answers of independent sources"
)]
struct Look {
    of: usize,
    minutes: i64,
    approval: u8,
    evidence: u8,
    backup: u8,
    deployed: u8,
    verdict: u8,
    asked: u8,
    needs_person: bool,
    confirms: bool,
    has_target: bool,
    superseded: bool,
    pushed: bool,
}

fn looks() -> impl Strategy<Value = Vec<Look>> {
    let what = (0usize..4, 0i64..90, 0u8..12, 0u8..12, 0u8..4, 0u8..8, 0u8..8);
    let who = (
        0u8..20,
        any::<bool>(),
        any::<bool>(),
        prop::bool::weighted(0.9),
        prop::bool::weighted(0.02),
        prop::bool::weighted(0.03),
    );
    let look = (what, who).prop_map(|(what, who)| Look {
        of: what.0,
        minutes: what.1,
        approval: what.2,
        evidence: what.3,
        backup: what.4,
        deployed: what.5,
        verdict: what.6,
        asked: who.0,
        needs_person: who.1,
        confirms: who.2,
        has_target: who.3,
        superseded: who.4,
        pushed: who.5,
    });
    prop::collection::vec(look, 1..120)
}

fn of_something_else(drive: &Drive) -> Binding {
    let mut other = drive.clone();
    other.configuration.plan = Some("another".into());
    other.binding()
}

fn known(drive: &Drive, look: &Look, minute: i64) -> Inputs {
    let binding = drive.binding();
    let mut sources = good();
    match look.evidence {
        0 => sources.scan = Finding::unknown("nobody said"),
        1 => sources.checks = Finding::bad("2 failed"),
        2 => sources.signature = Finding::good("another"),
        _ => {}
    }
    let said = |number: u8| match number {
        0 => None,
        1 => Some(report(Outcome::Running, minute)),
        2 => Some(report(Outcome::Failed, minute)),
        _ => Some(report(Outcome::Succeeded, minute)),
    };
    Inputs {
        approval: match look.approval {
            0 => Approval::Unknown,
            1 => Approval::Pending {
                deadline: at(minute + 60),
            },
            2 => Approval::Rejected { why: "no".into() },
            3 => Approval::Expired,
            4 => Approval::Void { why: "pushed".into() },
            5 => Approval::Approved {
                binding: of_something_else(drive),
            },
            6 => Approval::NotNeeded { binding },
            7 => Approval::Bypassed { binding },
            _ => Approval::Approved { binding },
        },
        evidence: Evidence::of(drive, sources),
        backup: said(look.backup),
        deployed: said(look.deployed),
        verdict: match look.verdict {
            0 => None,
            1 => Some(fail()),
            2 => Some(Verdict::Insufficient {
                why: "no series".into(),
            }),
            _ => Some(pass()),
        },
        needs_person: look.needs_person,
        confirmation: look.confirms.then(|| "it is good".to_owned()),
        asked: (look.asked < 2).then(|| Asked {
            what: if look.asked == 0 {
                Ask::Cancel
            } else {
                Ask::RollBack
            },
            why: "it is wrong".into(),
            at: None,
            person: None,
            name: None,
        }),
        superseded_by: look.superseded.then(|| id(99)),
        target: inputs(drive, minute).target.filter(|_| look.has_target),
        ..inputs(drive, minute)
    }
}

/// One environment with its lease, and the drives that want it.
struct World {
    drives: Vec<Drive>,
    lease: Option<usize>,
    minute: i64,
}

impl World {
    fn new() -> Self {
        Self {
            drives: vec![drive(1), drive(2)],
            lease: None,
            minute: 0,
        }
    }

    fn look(&mut self, look: &Look) {
        self.minute += look.minutes;
        let index = look.of % self.drives.len();
        if look.pushed {
            self.drives[index].configuration.config = Some(format!("pushed at {}", self.minute));
        }
        let before = self.drives[index].clone();
        let mut inputs = known(&before, look, self.minute);
        inputs.lease = match self.lease {
            None => Lease::Free,
            Some(own) if own == index => Lease::Own,
            Some(other) => Lease::Of(self.drives[other].deploy),
        };
        let undone_by = self
            .drives
            .iter()
            .find(|other| other.undoes == Some(before.deploy));
        inputs.rollback = match undone_by.map(|other| other.standing) {
            None => Rollback::None,
            Some(Standing::At(_)) => Rollback::Open,
            Some(Standing::Ended(end)) => Rollback::Ended(end),
        };
        let step = next(&before, &inputs);
        check(&before, &inputs, &step);
        self.apply(index, &step);
    }

    fn apply(&mut self, index: usize, step: &Step) {
        let after = self.drives[index].after(step, at(self.minute));
        let holds = phase(&after).is_some_and(Phase::holds_lease);
        match step {
            Step::RollBack { .. } => {
                assert_eq!(self.lease, Some(index), "who is undone has the lease to give");
                let undone = self.drives[index].deploy;
                assert!(
                    self.drives.iter().all(|other| other.undoes != Some(undone)),
                    "one rollback"
                );
                self.lease = Some(self.drives.len());
                self.drives.push(Drive {
                    undoes: Some(undone),
                    weights: Weights::of(DeployStrategy::Rolling),
                    standing: place(Phase::Requested, self.minute),
                    ..drive(100 + self.drives.len() as u128)
                });
            }
            _ if holds => {
                assert!(self.lease.is_none_or(|of| of == index), "a lease has one holder");
                self.lease = Some(index);
            }
            _ if self.lease == Some(index) && step.moves() => self.lease = None,
            _ => {}
        }
        self.drives[index] = after;
    }
}

/// What holds for every step.
fn check(before: &Drive, inputs: &Inputs, step: &Step) {
    if !before.standing.is_open() {
        assert!(!step.moves(), "what ended stays: {step:?}");
        assert_eq!(before.after(step, inputs.now), *before);
    }
    let starts = matches!(
        step,
        Step::Enter {
            phase: Phase::Deploy,
            step: 0,
            ..
        }
    );
    if starts && !before.is_rollback() {
        let prepared = before.prepared.as_ref().expect("it was prepared");
        assert_eq!(
            inputs.approval.allows(),
            Some(&prepared.binding),
            "of exactly this"
        );
        assert_eq!(before.binding(), prepared.binding);
        assert_eq!(inputs.evidence.difference(&prepared.evidence), None);
    }
    let dispatches = step
        .effects()
        .iter()
        .any(|effect| matches!(effect, Effect::Dispatch { .. }));
    assert_eq!(
        dispatches,
        matches!(
            step,
            Step::Enter {
                phase: Phase::Deploy,
                ..
            }
        ),
        "an order to deploy is a phase"
    );
    if let Step::RollBack { .. } = step {
        assert!(!before.is_rollback(), "a rollback is not undone");
        let failed = matches!(inputs.verdict, Some(Verdict::Fail { .. }))
            || inputs
                .deployed
                .as_ref()
                .is_some_and(|report| report.outcome == Outcome::Failed);
        let silent = phase(before) == Some(Phase::Deploy);
        assert!(
            failed || silent || inputs.asked.is_some(),
            "nothing is undone for want of data"
        );
    }
    if matches!(
        step,
        Step::End {
            state: End::Succeeded,
            ..
        }
    ) {
        assert_eq!(phase(before), Some(Phase::Confirm));
        assert!(
            !matches!(inputs.verdict, Some(Verdict::Fail { .. })),
            "a failure is sticky"
        );
    }
}

/// Hours of silence, in which nobody says anything any more.
fn silence(of: usize) -> Look {
    Look {
        of,
        minutes: 400,
        approval: 0,
        evidence: 9,
        backup: 0,
        deployed: 0,
        verdict: 0,
        asked: 9,
        needs_person: true,
        confirms: false,
        has_target: true,
        superseded: false,
        pushed: false,
    }
}

proptest! {
    #[test]
    fn whatever_is_said_nothing_unapproved_is_deployed_and_everything_ends(looks in looks()) {
        let mut world = World::new();
        for look in &looks {
            world.look(look);
        }
        for _ in 0..200 {
            for of in 0..world.drives.len() {
                world.look(&silence(of));
            }
        }
        for drive in &world.drives {
            prop_assert!(!drive.standing.is_open(), "{:?} did not end", drive.standing);
        }
        prop_assert_eq!(world.lease, None);
        let undone: Vec<_> = world.drives.iter().filter_map(|drive| drive.undoes).collect();
        let mut once = undone.clone();
        once.sort_unstable();
        once.dedup();
        prop_assert_eq!(once.len(), undone.len(), "at most one rollback each");
    }
}
