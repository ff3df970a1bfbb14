//! What holds for every history, whatever happened in it.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;

use super::{
    DeployKind, DeployState,
    derive::{DerivedDeploy, derive},
    example::{COMMITS, History, PRODUCTION, SECOND_PRODUCTION, STAGING, at, event},
    fold::DeployEvent,
    lead_time::lead_time,
};
use crate::{environments::EnvironmentClass, ids::DeployId};

/// One deploy of a random history.
#[derive(Clone, Debug)]
struct Step {
    environment: u128,
    commit: usize,
    gap: i64,
    outcome: u8,
    stated: Option<DeployKind>,
    incident: Option<i64>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (
        prop_oneof![4 => Just(PRODUCTION), 1 => Just(SECOND_PRODUCTION), 1 => Just(STAGING)],
        1..=COMMITS,
        -5i64..3000,
        0u8..6,
        prop_oneof![8 => Just(None), 1 => Just(Some(DeployKind::Rollback)), 1 => Just(Some(DeployKind::Hotfix))],
        prop_oneof![4 => Just(None), 1 => (0i64..500).prop_map(Some)],
    );
    let step = step.prop_map(|(environment, commit, gap, outcome, stated, incident)| Step {
        environment,
        commit,
        gap,
        outcome,
        stated,
        incident,
    });
    prop::collection::vec(step, 1..25)
}

fn events(outcome: u8, minute: i64) -> Vec<DeployEvent> {
    use DeployState as S;
    let weight = |weight, minute| DeployEvent {
        weight: Some(weight),
        ..event(S::Deploy, minute)
    };
    let mut events = vec![event(S::Requested, minute)];
    events.extend(match outcome {
        0..=2 => vec![
            event(S::AwaitingApproval, minute + 1),
            event(S::Deploy, minute + 20),
            event(S::Succeeded, minute + 30),
        ],
        3 => vec![event(S::Deploy, minute + 2), event(S::Failed, minute + 4)],
        4 => vec![
            weight(5, minute + 3),
            event(S::RollingBack, minute + 9),
            event(S::RolledBack, minute + 11),
        ],
        _ => vec![event(S::Deploy, minute + 1)],
    });
    events
}

fn history(steps: &[Step]) -> History {
    let mut history = History::default();
    history.pull_request(7, 9);
    history.message(12, "Back\n\nReverts acme/orders#7");
    history.message(20, "hotfix: rounding\n\nFixes-Deploy: v1.9");
    history.message(30, "hotfix: something");
    let mut minute = 0;
    for step in steps {
        minute += step.gap;
        let number = history.add(step.environment, step.commit, events(step.outcome, minute));
        history.deploys[number].stated_kind = step.stated;
        if let Some(after) = step.incident {
            history.incident(number, minute + after, Some(minute + after + 60));
        }
    }
    history
}

fn by_id(deploys: Vec<DerivedDeploy>) -> BTreeMap<DeployId, DerivedDeploy> {
    deploys.into_iter().map(|deploy| (deploy.id, deploy)).collect()
}

const LATER: i64 = 60 * 24 * 90;

proptest! {
    #[test]
    fn facts_in_any_order_and_twice_give_the_same_history(steps in steps(), seed in any::<u64>()) {
        let told = history(&steps);
        let mut shuffled = told.clone();
        let mut random = seed;
        let mut next = |below: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(random >> 33).unwrap() % below
        };
        for place in (1..shuffled.deploys.len()).rev() {
            shuffled.deploys.swap(place, next(place + 1));
        }
        for deploy in &mut shuffled.deploys {
            let again = deploy.events[next(deploy.events.len())].clone();
            deploy.events.push(again);
            let turn = next(deploy.events.len());
            deploy.events.rotate_left(turn);
        }
        let (told, shuffled) = (told.derived(LATER), shuffled.derived(LATER));
        prop_assert_eq!(by_id(told.deploys), by_id(shuffled.deploys));
        prop_assert_eq!(told.running, shuffled.running);
        prop_assert_eq!(told.undelivered, shuffled.undelivered);
    }

    #[test]
    fn a_history_is_sound(steps in steps()) {
        let history = history(&steps);
        let deploys = history.deploys();
        let facts = history.facts();
        let mut delivered = HashSet::new();
        for deploy in &deploys {
            let folded = &deploy.folded;
            if deploy.counted.is_ok() {
                prop_assert!(folded.exposed_at.is_some() && deploy.class == EnvironmentClass::Production);
                prop_assert!(deploy.kind != DeployKind::Rollback);
            }
            prop_assert!(folded.promoted_at.is_none() || folded.promoted_at >= folded.exposed_at);
            if deploy.failure.is_some() {
                prop_assert!(folded.exposed_at.is_some() && deploy.failed_at >= folded.exposed_at);
                prop_assert!(deploy.restored.is_none_or(|(at, _)| Some(at) >= deploy.failed_at));
            } else {
                prop_assert!(deploy.restored.is_none());
            }
            if deploy.failure.is_some() || deploy.rework {
                prop_assert!(deploy.class == EnvironmentClass::Production);
            }
            if let Some(suggested) = deploy.may_fix {
                let before = deploys.iter().find(|other| other.id == suggested).unwrap();
                prop_assert!(deploy.rework && deploy.counted.is_ok() && before.counted.is_ok());
                prop_assert!(before.folded.exposed_at < folded.exposed_at);
            }
            prop_assert!(!deploy.baseline || deploy.delivered.is_empty());
            prop_assert!(deploy.delivered.is_empty() || folded.promoted_at.is_some());
            for change in &deploy.delivered {
                prop_assert!(delivered.insert(*change), "a change is delivered once");
                let lead = lead_time(facts.mainline.change(*change), folded);
                let stages = [lead.coding, lead.review, lead.queue, lead.approval, lead.rollout];
                if let Some(total) = lead.lead {
                    prop_assert!(stages.iter().all(|stage| stage.is_some_and(|seconds| seconds >= 0.0)));
                    prop_assert!((stages.into_iter().flatten().sum::<f64>() - total).abs() < 1e-6);
                }
            }
        }
        prop_assert!(deploys.iter().filter(|deploy| deploy.baseline).count() <= 1);
    }

    #[test]
    fn a_second_incident_on_a_deploy_changes_nothing_in_what_failed(steps in steps(), which in any::<prop::sample::Index>()) {
        let mut history = history(&steps);
        let number = which.index(history.deploys.len());
        // After every deploy was seen: an incident of before is not its failure.
        history.incident(number, LATER - 900, Some(LATER - 800));
        let failed = |history: &History| history.deploys().iter().map(|deploy| deploy.failure.is_some()).collect::<Vec<_>>();
        let once = failed(&history);
        history.incident(number, LATER - 850, Some(LATER - 100));
        prop_assert_eq!(once, failed(&history));
    }

    #[test]
    fn what_a_deploy_delivered_does_not_depend_on_what_came_later(steps in steps(), keep in 1usize..25) {
        let plain: Vec<Step> = steps.into_iter().map(|step| Step { stated: None, gap: step.gap.max(40), ..step }).collect();
        let all = history(&plain).deploys();
        let kept = history(&plain[..keep.min(plain.len())]).deploys();
        for (early, late) in kept.iter().zip(&all) {
            prop_assert_eq!(&early.delivered, &late.delivered);
            prop_assert_eq!(early.counted, late.counted);
        }
    }
}

#[test]
fn a_thousand_deploys_are_each_derived_once() {
    let steps: Vec<Step> = (0..1000usize)
        .map(|number| Step {
            environment: [PRODUCTION, STAGING][number % 2],
            commit: number % COMMITS + 1,
            gap: 45,
            outcome: u8::try_from(number * 7 % 6).unwrap(),
            stated: None,
            incident: None,
        })
        .collect();
    let facts = history(&steps).facts();
    let derived = derive(&facts, at(LATER));
    assert_eq!(derived.deploys.len(), 1000);
}
