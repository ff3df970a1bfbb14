//! The loop by stories of drills.

use super::{
    Drive, Effect, End, Phase, Standing, Step, Weights,
    inputs::{Inputs, Verdict},
    next::next,
    world::{at, drive, fail, favourable, id, inputs, place},
};
use crate::{
    deploys::{Strategy, drills::Leg},
    environments::EnvironmentClass,
};

fn leg(leg: Leg) -> Drive {
    Drive {
        class: EnvironmentClass::Staging,
        undoes: (leg == Leg::Back).then(|| id(1)),
        drill: Some(leg),
        weights: Weights::of(Strategy::Rolling),
        ..drive(2)
    }
}

const LEGS: [Leg; 2] = [Leg::Back, Leg::Return];

#[test]
fn a_leg_asks_nobody_is_watched_and_marks_nothing() {
    for of in LEGS {
        let mut drive = leg(of);
        let (mut seen, mut ordered) = (Vec::new(), Vec::new());
        for minute in 0..9 {
            let step = next(&drive, &favourable(&drive, minute));
            ordered.extend(step.effects().iter().map(Effect::name));
            drive = drive.after(&step, at(minute));
            seen.extend(drive.standing.place().map(|place| place.phase));
        }
        assert_eq!(seen, [Phase::Deploy, Phase::Verify, Phase::Confirm], "{of:?}");
        assert_eq!(ordered, ["dispatch", "watch"], "{of:?}");
        assert_eq!(drive.standing, Standing::Ended(End::Succeeded));
    }
}

#[test]
fn a_leg_that_fails_or_of_which_too_little_is_known_pages_and_is_not_undone() {
    let unknown = Verdict::Insufficient {
        why: "no series".into(),
    };
    for of in LEGS {
        for verdict in [fail(), unknown.clone()] {
            let mut drive = leg(of);
            drive.standing = place(Phase::Verify, 0);
            drive.exposed = true;
            let known = Inputs {
                verdict: Some(verdict),
                ..inputs(&drive, 1)
            };
            let Step::End {
                state, why, effects, ..
            } = next(&drive, &known)
            else {
                panic!("it ends");
            };
            assert_eq!(state, End::Failed);
            assert!(why.contains("drill"), "{why}");
            assert!(effects.iter().any(|effect| effect.name() == "page"));
        }
    }
}

#[test]
fn no_leg_touches_what_is_called_production_by_now() {
    for of in LEGS {
        let mut drive = leg(of);
        drive.class = EnvironmentClass::Production;
        let step = next(&drive, &favourable(&drive, 1));
        assert!(
            matches!(&step, Step::End { state: End::Failed, why, .. } if why.contains("production")),
            "{step:?}"
        );
    }
}
