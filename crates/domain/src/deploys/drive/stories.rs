//! The loop by stories.

use super::{
    Drive, Effect, End, Phase, Prepared, Reason, Standing, Step, Weights,
    evidence::{Evidence, Finding, Item, Sources, Waiver},
    inputs::{Approval, Ask, Asked, Inputs, Lease, Outcome, Report, Rollback, Verdict},
    next::next,
    world::{at, drive, fail, favourable, good, id, inputs, pass, place, report},
};
use crate::{deploys::Strategy, moments::moment};

fn phase(drive: &Drive) -> Option<Phase> {
    drive.standing.place().map(|place| place.phase)
}

/// Where a drive gets when everything goes well, each step a minute later.
fn walk(mut drive: Drive) -> (Vec<(Phase, i16)>, Drive) {
    let mut seen = Vec::new();
    for minute in 0..40 {
        let step = next(&drive, &favourable(&drive, minute));
        drive = drive.after(&step, at(minute));
        match drive.standing.place() {
            Some(place) => seen.push((place.phase, place.step)),
            None => break,
        }
    }
    (seen, drive)
}

fn standing_in(phase: Phase) -> Drive {
    let mut drive = drive(1);
    drive.prepared = Some(Prepared {
        binding: drive.binding(),
        evidence: Evidence::of(&drive, good()),
    });
    drive.standing = place(phase, 0);
    drive.exposed = matches!(phase, Phase::Verify | Phase::Confirm | Phase::RollingBack);
    drive
}

fn has(step: &Step, name: &str) -> bool {
    step.effects().iter().any(|effect| effect.name() == name)
}

#[test]
fn a_canary_is_deployed_and_watched_at_each_weight() {
    let (seen, ended) = walk(drive(1));
    let mut expected = vec![
        (Phase::Prepare, 0),
        (Phase::AwaitingApproval, 0),
        (Phase::Backup, 0),
    ];
    for step in 0..4 {
        expected.extend([(Phase::Deploy, step), (Phase::Verify, step)]);
    }
    expected.push((Phase::Confirm, 3));
    assert_eq!(seen, expected);
    assert_eq!(ended.standing, Standing::Ended(End::Succeeded));
}

#[test]
fn a_rollback_asks_nobody_and_a_failed_one_pages_and_stops() {
    let mut rollback = drive(2);
    rollback.undoes = Some(id(1));
    rollback.weights = Weights::of(Strategy::Rolling);
    let (seen, ended) = walk(rollback.clone());
    assert_eq!(
        seen,
        [(Phase::Deploy, 0), (Phase::Verify, 0), (Phase::Confirm, 0)]
    );
    assert_eq!(ended.standing, Standing::Ended(End::Succeeded));
    rollback.standing = place(Phase::Verify, 0);
    rollback.exposed = true;
    let known = Inputs {
        verdict: Some(fail()),
        ..inputs(&rollback, 1)
    };
    let step = next(&rollback, &known);
    assert!(
        matches!(
            step,
            Step::End {
                state: End::Failed,
                ..
            }
        ) && has(&step, "page")
    );
}

#[test]
fn a_violation_rolls_back_and_too_little_does_not() {
    let drive = standing_in(Phase::Verify);
    let with = |verdict, minute| {
        let known = Inputs {
            verdict,
            ..inputs(&drive, minute)
        };
        next(&drive, &known)
    };
    assert!(matches!(with(Some(fail()), 1), Step::RollBack { .. }));
    let little = || {
        Some(Verdict::Insufficient {
            why: "4 requests".into(),
        })
    };
    assert!(matches!(with(little(), 1), Step::Stay { why, .. } if why.contains("a person decides")));
    assert!(matches!(with(None, 1), Step::Stay { .. }));
    let late = with(little(), 25 * 60);
    assert!(matches!(late, Step::End { state: End::Lost, .. }) && has(&late, "page"));
    let mut decided = inputs(&drive, 1);
    decided.verdict = little();
    decided.confirmation = Some("the shop is closed at night".into());
    assert!(matches!(
        next(&drive, &decided),
        Step::Enter {
            phase: Phase::Deploy,
            step: 1,
            ..
        }
    ));
}

#[test]
fn a_failure_stays_one_while_it_is_confirmed() {
    let drive = standing_in(Phase::Confirm);
    let known = Inputs {
        verdict: Some(fail()),
        ..inputs(&drive, 1)
    };
    assert!(matches!(next(&drive, &known), Step::RollBack { .. }));
    let second_thoughts = Inputs {
        deployed: Some(report(Outcome::Failed, 1)),
        verdict: Some(pass()),
        ..inputs(&drive, 1)
    };
    assert!(matches!(next(&drive, &second_thoughts), Step::RollBack { .. }));
}

#[test]
fn without_a_release_to_go_back_to_a_person_is_paged() {
    let drive = standing_in(Phase::Verify);
    let known = Inputs {
        verdict: Some(fail()),
        target: None,
        ..inputs(&drive, 1)
    };
    let step = next(&drive, &known);
    assert!(
        matches!(
            step,
            Step::End {
                state: End::Failed,
                ..
            }
        ) && has(&step, "page")
    );
    assert!(has(&step, "stop"), "no further user meets it");
}

#[test]
fn what_the_executor_still_carries_out_is_stopped_before_it_is_undone() {
    let with = |deployed: Option<Outcome>, minute| {
        let mut drive = standing_in(Phase::Deploy);
        drive.exposed = true;
        let known = Inputs {
            deployed: deployed.map(|outcome| report(outcome, 1)),
            ..inputs(&drive, minute)
        };
        next(&drive, &known)
    };
    let silent = with(Some(Outcome::Running), 7 * 60);
    assert!(matches!(silent, Step::RollBack { .. }) && has(&silent, "stop"));
    assert_eq!(silent.effects()[0], Effect::Stop, "first");
    let failed = with(Some(Outcome::Failed), 2);
    assert!(
        matches!(failed, Step::RollBack { .. }) && !has(&failed, "stop"),
        "it has ended"
    );
    let unseen = standing_in(Phase::Deploy);
    let lost = next(&unseen, &inputs(&unseen, 7 * 60));
    assert!(matches!(lost, Step::End { state: End::Lost, .. }) && has(&lost, "stop") && has(&lost, "page"));
    let taken = Inputs {
        lease: Lease::Of(id(9)),
        ..inputs(&unseen, 1)
    };
    assert!(
        !has(&next(&unseen, &taken), "stop"),
        "the environment is another's"
    );
}

#[test]
fn a_green_stack_that_fails_before_users_see_it_is_only_stopped() {
    let mut drive = standing_in(Phase::Verify);
    drive.weights = Weights::of(Strategy::BlueGreen);
    drive.exposed = false;
    let known = Inputs {
        verdict: Some(fail()),
        ..inputs(&drive, 1)
    };
    let step = next(&drive, &known);
    assert!(
        matches!(
            step,
            Step::End {
                state: End::Failed,
                ..
            }
        ) && has(&step, "stop")
    );
    let (seen, ended) = walk(Drive {
        standing: place(Phase::Requested, 0),
        ..drive
    });
    assert_eq!(
        seen.iter().filter(|(phase, _)| *phase == Phase::Verify).count(),
        2
    );
    assert!(ended.exposed);
}

#[test]
fn what_changed_since_people_decided_voids_their_approval() {
    let drive = standing_in(Phase::Backup);
    let sources = Sources {
        scan: Finding::good("another scan"),
        ..good()
    };
    let known = Inputs {
        evidence: Evidence::of(&drive, sources),
        ..favourable(&drive, 1)
    };
    let step = next(&drive, &known);
    assert!(has(&step, "void_approval"));
    let again = drive.after(&step, at(1));
    assert_eq!(
        (phase(&again), again.prepared.clone()),
        (Some(Phase::Prepare), None)
    );
    let mut pushed = standing_in(Phase::AwaitingApproval);
    let approval = Approval::Approved {
        binding: pushed.binding(),
    };
    pushed.configuration.config = Some("another".into());
    let known = Inputs {
        approval,
        ..inputs(&pushed, 1)
    };
    assert!(has(&next(&pushed, &known), "void_approval"));
}

#[test]
fn a_freeze_that_begins_before_the_order_is_asked_about_again() {
    let drive = standing_in(Phase::Backup);
    let with = |until| {
        let known = Inputs {
            frozen_until: Some(at(until)),
            ..favourable(&drive, 1)
        };
        next(&drive, &known)
    };
    assert!(has(&with(60), "void_approval"));
    assert!(has(&with(1), "dispatch"), "it is over");
}

#[test]
fn what_a_freeze_holds_says_so_and_until_when() {
    let drive = standing_in(Phase::AwaitingApproval);
    let waits = |frozen_until| {
        let known = Inputs {
            approval: Approval::Pending { deadline: at(600) },
            frozen_until,
            ..inputs(&drive, 1)
        };
        match next(&drive, &known) {
            Step::Stay { why, until } => (why, until),
            other => panic!("{other:?}"),
        }
    };
    let (why, until) = waits(Some(at(11)));
    assert!(
        why.ends_with(&format!("a freeze ends, at {}", moment(at(11)))),
        "{why}"
    );
    assert_eq!(until, at(11), "it looks when that is over");
    let over = waits(Some(at(1)));
    assert_eq!(over.0, format!("people decide until {}", moment(at(600))));
    assert_eq!(over, waits(None));
}

#[test]
fn nobody_is_asked_about_a_deploy_that_has_ended() {
    let drive = standing_in(Phase::AwaitingApproval);
    let asked = Asked {
        what: Ask::Cancel,
        why: "wrong branch".into(),
        at: Some(at(0)),
        person: None,
        name: None,
    };
    let known = Inputs {
        asked: Some(asked),
        ..inputs(&drive, 1)
    };
    assert!(has(&next(&drive, &known), "void_approval"));
}

#[test]
fn an_environment_that_another_has_is_waited_for() {
    let drive = standing_in(Phase::AwaitingApproval);
    let taken = Inputs {
        lease: Lease::Of(id(7)),
        ..favourable(&drive, 1)
    };
    assert!(matches!(next(&drive, &taken), Step::Stay { why, .. } if why.contains("has the environment")));
    let lost = standing_in(Phase::Deploy);
    let taken = Inputs {
        lease: Lease::Of(id(7)),
        ..favourable(&lost, 1)
    };
    assert!(matches!(next(&lost, &taken), Step::End { state: End::Lost, .. }));
}

#[test]
fn what_is_called_off_while_the_executor_works_is_undone_if_users_saw_it() {
    let with = |phase, deployed| {
        let drive = standing_in(phase);
        let asked = Asked {
            what: Ask::Cancel,
            why: "wrong branch".into(),
            at: Some(at(0)),
            person: None,
            name: None,
        };
        let known = Inputs {
            asked: Some(asked),
            deployed,
            ..inputs(&drive, 1)
        };
        next(&drive, &known)
    };
    assert!(matches!(
        with(Phase::Backup, None),
        Step::End {
            state: End::Cancelled,
            ..
        }
    ));
    assert!(matches!(
        with(Phase::Deploy, None),
        Step::Stay { why, .. } if why.contains("called off: wrong branch") && why.contains("told to stop")
    ));
    let failed = Some(report(Outcome::Failed, 1));
    assert!(matches!(
        with(Phase::Deploy, failed.clone()),
        Step::End {
            state: End::Cancelled,
            ..
        }
    ));
    let shown = failed.map(|failed| Report {
        exposed: Some(true),
        ..failed
    });
    assert!(matches!(
        with(Phase::Deploy, shown),
        Step::RollBack {
            reason: Reason::Person { .. },
            ..
        }
    ));
    let done = Some(report(Outcome::Succeeded, 1));
    assert!(matches!(
        with(Phase::Deploy, done.clone()),
        Step::Enter {
            phase: Phase::Verify,
            ..
        }
    ));
    assert!(matches!(with(Phase::Verify, done), Step::RollBack { .. }));
}

#[test]
fn an_executor_that_was_told_to_stop_has_ten_minutes_to_say_how_far_it_came() {
    let drive = standing_in(Phase::Deploy);
    let at_minute = |minute| {
        let asked = Asked {
            what: Ask::Cancel,
            why: "wrong branch".into(),
            at: Some(at(30)),
            person: None,
            name: None,
        };
        let known = Inputs {
            asked: Some(asked),
            deployed: Some(report(Outcome::Running, 1)),
            ..inputs(&drive, minute)
        };
        next(&drive, &known)
    };
    assert!(matches!(at_minute(39), Step::Stay { .. }));
    let lost = at_minute(40);
    assert!(matches!(lost, Step::End { state: End::Lost, .. }) && has(&lost, "page") && has(&lost, "stop"));
}

#[test]
fn a_backup_that_was_waived_is_not_ordered() {
    let mut drive = standing_in(Phase::AwaitingApproval);
    assert!(has(&next(&drive, &favourable(&drive, 1)), "take_backup"));
    drive.waivers.push(Waiver {
        item: Item::Backup,
        reason: "no database".into(),
    });
    // It was prepared and approved without one.
    let binding = drive.binding();
    drive.prepared.as_mut().unwrap().binding = binding;
    assert!(matches!(
        next(&drive, &favourable(&drive, 1)),
        Step::Enter {
            phase: Phase::Backup,
            ..
        }
    ));
    assert!(!has(&next(&drive, &favourable(&drive, 1)), "take_backup"));
}

#[test]
fn an_undone_deploy_ends_as_its_rollback_does() {
    let drive = standing_in(Phase::RollingBack);
    for end in End::ALL {
        let known = Inputs {
            rollback: Rollback::Ended(end),
            ..inputs(&drive, 1)
        };
        let expected = if end == End::Succeeded {
            End::RolledBack
        } else {
            End::Failed
        };
        assert!(matches!(next(&drive, &known), Step::End { state, .. } if state == expected));
    }
}

#[test]
fn a_stay_says_when_to_look_again_and_never_at_once() {
    for phase in Phase::ALL {
        for minute in [0, 30, 90, 3000, 30_000] {
            let drive = standing_in(phase);
            let known = Inputs {
                rollback: Rollback::Open,
                needs_person: true,
                ..inputs(&drive, minute)
            };
            if let Step::Stay { until, .. } = next(&drive, &known) {
                assert!(until > at(minute), "{phase:?} at {minute}");
            }
        }
    }
}

#[test]
fn while_people_decide_it_looks_seldom_and_at_their_deadline() {
    let look = |phase, deadline| {
        let drive = standing_in(phase);
        let approval = Approval::Pending {
            deadline: at(deadline),
        };
        let known = Inputs {
            approval,
            ..inputs(&drive, 5)
        };
        match next(&drive, &known) {
            Step::Stay { until, .. } => until,
            other => panic!("{other:?}"),
        }
    };
    for (deadline, until) in [(60, 20), (10, 10), (3, 6)] {
        assert_eq!(look(Phase::AwaitingApproval, deadline), at(until));
    }
    assert_eq!(look(Phase::Backup, 60), at(6), "what it has, it holds on to");
}
