//! What reverts, hotfixes and people say failed, story by story.

use super::{
    DeployKind, DeployState, FailureCause, NotCounted,
    corrections::Statement,
    example::{History, PRODUCTION, SECOND_PRODUCTION, STAGING, at, event, id, sha},
};

const DAY: i64 = 60 * 24;

#[test]
fn a_revert_names_the_deploy_that_carried_the_reverted_change() {
    let mut history = History::default();
    history.pull_request(41, 5);
    history.message(7, "Revert \"Pull request 41\"\n\nReverts acme/orders#41");
    history.message(9, &format!("Undo\n\nThis reverts commit {}.", sha(8)));
    history.good(3, 0);
    history.good(5, 10);
    history.good(6, 20);
    history.good(7, 30);
    history.good(8, 40);
    history.good(9, 50);
    let deploys = history.deploys();
    assert_eq!(deploys[1].failure, Some(FailureCause::Revert));
    assert_eq!(deploys[1].restored, Some((at(32), "fix")));
    assert_eq!(deploys[2].failure, None);
    assert!(deploys[3].rework && !deploys[2].rework);
    assert_eq!(deploys[4].failure, Some(FailureCause::Revert));
}

#[test]
fn a_hotfix_names_what_it_fixes_or_names_nothing() {
    let mut history = History::default();
    history.message(7, "hotfix: round up\n\nFixes-Deploy: 1.5");
    history.message(8, "[hotfix] no name");
    history.good(3, 0);
    history.good(5, 10);
    history.good(6, 20);
    history.good(7, 30);
    history.good(8, 40);
    let deploys = history.deploys();
    assert_eq!(deploys[3].kind, DeployKind::Hotfix);
    assert_eq!(deploys[1].failure, Some(FailureCause::Hotfix));
    assert_eq!(deploys[2].failure, None);
    assert!(deploys[4].kind == DeployKind::Hotfix && deploys[4].rework);
    assert_eq!(deploys[3].failure, None, "a hotfix without a name only suggests");
}

#[test]
fn a_person_names_what_a_hotfix_fixes_and_may_take_a_failure_back() {
    let mut history = History::default();
    history.good(3, 0);
    history.good(5, 10);
    history.good(6, 20);
    history.correct(2, Statement::Fixes(id(1)));
    assert_eq!(history.deploys()[1].failure, Some(FailureCause::Hotfix));
    history.correct(1, Statement::Failed(false));
    assert_eq!(history.deploys()[1].failure, None);
    history.correct(0, Statement::Failed(true));
    let deploys = history.deploys();
    assert_eq!(deploys[0].failure, Some(FailureCause::Correction));
    assert_eq!((deploys[0].failed_at, deploys[0].restored), (Some(at(2)), None));
}

#[test]
fn what_staging_had_cannot_fail() {
    let mut history = History::default();
    history.message(7, &format!("Undo\n\nThis reverts commit {}.", sha(5)));
    history.message(9, "hotfix: rounding");
    history.good_in(STAGING, 3, 0);
    let reverted = history.good_in(STAGING, 5, 10);
    history.good_in(STAGING, 7, 20);
    let hotfix = history.good_in(STAGING, 9, 30);
    let back = history.good_in(STAGING, 7, 40);
    history.incident(reverted, 12, Some(15));
    history.correct(reverted, Statement::Failed(true));
    let deploys = history.deploys();
    for deploy in &deploys {
        assert_eq!(
            (deploy.failure, deploy.failed_at, deploy.restored),
            (None, None, None)
        );
        assert!(!deploy.rework && deploy.may_fix.is_none());
    }
    assert_eq!(deploys[hotfix].kind, DeployKind::Hotfix, "it is one all the same");
    assert_eq!(deploys[hotfix].rolled_back_by, Some(id(back)));
}

#[test]
fn a_fix_restores_when_it_is_in_production_not_in_staging() {
    let mut history = History::default();
    history.good(3, 0);
    let broken = history.good(5, 10);
    history.message(7, &format!("hotfix: undo\n\nFixes-Deploy: {}", id(broken)));
    let staged = history.good_in(STAGING, 7, 40);
    let deploys = history.deploys();
    assert_eq!(deploys[broken].failure, None, "users have nothing of it yet");
    let fix = history.good(7, 100);
    let deploys = history.deploys();
    assert_eq!(deploys[broken].failure, Some(FailureCause::Hotfix));
    assert_eq!(
        (deploys[broken].failed_at, deploys[broken].restored),
        (Some(at(100)), Some((at(102), "fix")))
    );
    assert!(deploys[fix].rework && !deploys[staged].rework);
}

#[test]
fn nothing_fixes_what_came_after_it() {
    let mut history = History::default();
    history.good(3, 0);
    let early = history.good(5, 10);
    let late = history.good(6, 20);
    history.correct(early, Statement::Fixes(id(late)));
    let deploys = history.deploys();
    assert_eq!(deploys[late].failure, None);
    assert!(!deploys[early].rework);
}

#[test]
fn a_hotfix_without_a_name_suggests_the_latest_counted_deploy() {
    let mut history = History::default();
    history.message(8, "[hotfix] no name");
    history.good(3, 0);
    let latest = history.good(5, 10);
    history.good(5, 15);
    history.good_in(STAGING, 7, 18);
    let pipeline = vec![event(DeployState::Requested, 19), event(DeployState::Failed, 20)];
    history.add(PRODUCTION, 6, pipeline);
    let hotfix = history.good(8, 40);
    history.good(9, 60);
    let deploys = history.deploys();
    assert_eq!(
        deploys[hotfix].may_fix,
        Some(id(latest)),
        "neither a retry, nor staging, nor a pipeline failure"
    );
    assert!(deploys[hotfix].rework);
    assert!(
        deploys.iter().all(|deploy| deploy.failure.is_none()),
        "a suggestion counts nowhere"
    );
    history.correct(hotfix, Statement::Fixes(id(latest)));
    let deploys = history.deploys();
    assert_eq!(deploys[hotfix].may_fix, None, "accepted");
    assert_eq!(deploys[latest].failure, Some(FailureCause::Hotfix));
    assert_eq!(deploys[latest].restored, Some((at(42), "fix")));
}

#[test]
fn a_hotfix_that_a_person_calls_planned_work_suggests_nothing() {
    let mut history = History::default();
    history.message(8, "hotfix: no name");
    let first = history.good(8, 0);
    assert_eq!(
        history.deploys()[first].may_fix,
        None,
        "there was nothing before it"
    );
    history.good(3, 10);
    history.message(9, "hotfix: again");
    let hotfix = history.good(9, 20);
    assert!(history.deploys()[hotfix].may_fix.is_some());
    history.correct(hotfix, Statement::Kind(DeployKind::Normal));
    let deploys = history.deploys();
    assert!(deploys[hotfix].may_fix.is_none() && !deploys[hotfix].rework);
}

#[test]
fn a_version_is_fixed_wherever_the_fix_goes_first() {
    let mut history = History::default();
    history.message(7, "hotfix: round up\n\nFixes-Deploy: v1.5");
    history.good(3, 0);
    let broken = history.good(5, 10);
    history.good_in(SECOND_PRODUCTION, 3, 11);
    let there = history.good_in(SECOND_PRODUCTION, 5, 15);
    history.good_in(SECOND_PRODUCTION, 7, 40);
    let deploys = history.deploys();
    assert_eq!(deploys[there].counted, Err(NotCounted::AlreadyRan));
    assert_eq!(
        deploys[broken].failure,
        Some(FailureCause::Hotfix),
        "the counted one stands for the release"
    );
    assert_eq!(deploys[broken].restored, Some((at(42), "fix")));
}

#[test]
fn a_failure_in_a_region_fails_the_release_once() {
    let mut history = History::default();
    history.good(3, 0);
    let counted = history.good(5, 10);
    let region = history.good_in(SECOND_PRODUCTION, 5, 20);
    let late = history.good_in(SECOND_PRODUCTION, 3, 9 * DAY);
    history.good_in(SECOND_PRODUCTION, 5, 9 * DAY + 30);
    history.incident(region, 25, Some(40));
    history.incident(region, 30, Some(90));
    let deploys = history.deploys();
    assert_eq!(deploys[counted].failure, Some(FailureCause::Incident));
    assert_eq!(deploys[counted].restored, Some((at(40), "incident")));
    assert_eq!(deploys[late].kind, DeployKind::Rollback);
    let failed = deploys
        .iter()
        .filter(|deploy| deploy.counted.is_ok() && deploy.failure.is_some());
    assert_eq!(failed.count(), 1);
}

#[test]
fn an_incident_of_before_a_deploy_is_not_its_failure_and_the_deploy_says_so() {
    let mut history = History::default();
    history.good(3, 0);
    let named = history.good(5, 10);
    history.incident(named, 11, Some(60));
    let deploys = history.deploys();
    assert_eq!((deploys[named].failure, deploys[named].restored), (None, None));
    assert!(deploys[named].ignored[0].contains("before users saw the deploy"));
    history.incident(named, 12, Some(60));
    assert_eq!(
        history.deploys()[named].failure,
        Some(FailureCause::Incident),
        "noticed as it was exposed"
    );
}

#[test]
fn an_earlier_deploy_fixes_no_later_one_whoever_says_so() {
    let mut history = History::default();
    history.message(5, &format!("Hurry\n\nFixes-Deploy: {}", id(2)));
    history.message(9, "Hurry\n\nFixes-Deploy: v1.99");
    history.good(3, 0);
    let early = history.good(5, 10);
    let late = history.good(7, 20);
    let stray = history.good(9, 30);
    let plain = history.deploys();
    assert_eq!(plain[late].failure, None);
    for number in [early, stray] {
        assert!(!plain[number].rework);
        let [why] = &plain[number].ignored[..] else {
            panic!("{:?}", plain[number].ignored)
        };
        assert!(why.contains("no deploy that users saw before this one"), "{why}");
    }
    history.correct(early, Statement::Fixes(id(late)));
    let deploys = history.deploys();
    assert_eq!(deploys[late].failure, None);
    assert_eq!(deploys[early].ignored.len(), 2);
}
