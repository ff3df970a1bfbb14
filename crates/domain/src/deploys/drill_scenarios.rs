//! Drills in the history of a service: shown, and in no figure, whatever the environment is called later.

use super::{
    DeployKind, DeployState, NotCounted,
    corrections::Statement,
    example::{History, PRODUCTION, STAGING, event, id},
};

/// A drill after two releases: the first one comes back, and the second one again.
fn drilled(environment: u128) -> History {
    let mut history = History::default();
    history.good_in(environment, 3, 0);
    history.good_in(environment, 5, 10);
    for (commit, minute) in [(3, 60), (5, 70)] {
        let leg = history.good_in(environment, commit, minute);
        history.deploys[leg].stated_kind = Some(DeployKind::Drill);
    }
    history
}

#[test]
fn a_drill_undoes_nothing_carries_nothing_and_gives_the_environment_back() {
    let mut history = drilled(STAGING);
    let derived = history.derived(100);
    let running: Vec<_> = derived.running.iter().map(|(_, deploy, _)| *deploy).collect();
    assert_eq!(running, [id(3)]);
    for leg in &derived.deploys[2..] {
        assert_eq!(leg.kind, DeployKind::Drill);
        assert_eq!(leg.rollback_of, None);
        assert!(leg.changes.is_empty() && leg.changes_known);
    }
    assert!(
        derived
            .deploys
            .iter()
            .all(|deploy| deploy.rolled_back_by.is_none())
    );
    let next = history.good_in(STAGING, 6, 200);
    assert_eq!(history.deploys()[next].changes.len(), 1, "only what is new");
}

#[test]
fn a_drill_is_in_no_figure_of_an_environment_that_is_called_production_later() {
    let mut history = drilled(PRODUCTION);
    history.correct(2, Statement::Kind(DeployKind::Normal));
    history.correct(3, Statement::Failed(true));
    let deploys = history.deploys();
    assert!(deploys[0].counted.is_ok() && deploys[1].counted.is_ok());
    for leg in &deploys[2..] {
        assert_eq!(leg.counted, Err(NotCounted::Drill));
        assert_eq!(leg.failure, None);
        assert!(leg.delivered.is_empty() && !leg.baseline && !leg.rework);
    }
    assert_eq!(deploys[1].failure, None);
    assert_eq!(deploys[1].rolled_back_by, None);
}

#[test]
fn what_waits_is_not_superseded_by_a_drill() {
    let mut history = drilled(STAGING);
    let waiting = history.add(STAGING, 6, vec![event(DeployState::AwaitingApproval, 65)]);
    let state = history.derived(100).deploys[waiting].folded.state;
    assert_eq!(state, DeployState::AwaitingApproval);
}

#[test]
fn nobody_but_fairway_calls_a_deploy_a_drill() {
    assert_eq!(DeployKind::parse("drill"), Some(DeployKind::Drill));
    assert_eq!(DeployKind::parse_stated("drill"), None);
    for kind in DeployKind::STATED {
        assert_eq!(DeployKind::parse_stated(kind.as_str()), Some(kind));
    }
}
