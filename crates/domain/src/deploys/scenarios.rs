//! The derivation, story by story.

use super::{
    DeployKind, DeployState, FailureCause, NotCounted,
    corrections::Statement,
    derive::DerivedDeploy,
    example::{History, PRODUCTION, SECOND_PRODUCTION, STAGING, at, event, id},
    lead_time::lead_time,
    record::records,
};

const DAY: i64 = 60 * 24;

fn kinds(deploys: &[DerivedDeploy]) -> Vec<DeployKind> {
    deploys.iter().map(|deploy| deploy.kind).collect()
}

#[test]
fn the_first_promotion_is_the_baseline_and_carries_nothing() {
    let mut history = History::default();
    history.good(3, 0);
    history.good(5, 10);
    let deploys = history.deploys();
    assert!(deploys[0].baseline && deploys[0].delivered.is_empty() && deploys[0].counted.is_ok());
    assert!(!deploys[1].baseline);
    assert_eq!(deploys[1].delivered, [3, 4]);
    assert_eq!(deploys[1].replaces, Some(id(0)));
}

#[test]
fn an_older_release_that_takes_its_place_is_a_rollback() {
    let mut history = History::default();
    history.good(3, 0);
    history.good(5, 10);
    history.good(3, 60);
    let deploys = history.deploys();
    assert_eq!(
        kinds(&deploys),
        [DeployKind::Normal, DeployKind::Normal, DeployKind::Rollback]
    );
    assert_eq!(deploys[2].rollback_of, Some(id(1)));
    assert_eq!(deploys[2].counted, Err(NotCounted::Rollback));
    assert_eq!(deploys[1].rolled_back_by, Some(id(2)));
    assert_eq!(deploys[1].failure, Some(FailureCause::RolledBack));
    assert_eq!(deploys[1].failed_at, Some(at(60)));
    assert_eq!(deploys[1].restored, Some((at(62), "rollback")));
    assert!(deploys[0].failure.is_none() && deploys[2].changes.is_empty());
}

#[test]
fn a_rollback_after_a_week_says_nothing_unless_somebody_calls_it_one() {
    let mut history = History::default();
    history.good(3, 0);
    history.good(5, 10);
    let back = history.good(3, 8 * DAY);
    assert!(history.deploys()[1].failure.is_none());
    history.deploys[back].stated_kind = Some(DeployKind::Rollback);
    assert_eq!(history.deploys()[1].failure, Some(FailureCause::RolledBack));
}

#[test]
fn a_planned_rollback_is_no_failure() {
    let mut history = History::default();
    history.good(3, 0);
    history.good(5, 10);
    let back = history.good(3, 60);
    history.correct(back, Statement::Planned);
    let deploys = history.deploys();
    assert_eq!(deploys[1].failure, None);
    assert_eq!(deploys[2].kind, DeployKind::Rollback);
}

#[test]
fn the_same_release_again_is_a_retry_and_counts_once() {
    let mut history = History::default();
    history.good(3, 0);
    history.good(3, 10);
    history.good(5, 20);
    history.good(3, 30);
    history.good(5, 40);
    let deploys = history.deploys();
    assert_eq!(
        kinds(&deploys),
        [
            DeployKind::Normal,
            DeployKind::Retry,
            DeployKind::Normal,
            DeployKind::Rollback,
            DeployKind::Retry
        ]
    );
    let counted: Vec<bool> = deploys.iter().map(|deploy| deploy.counted.is_ok()).collect();
    assert_eq!(counted, [true, false, true, false, false]);
    assert!(deploys[4].delivered.is_empty() && deploys[4].changes.is_empty());
}

#[test]
fn a_rebuild_of_the_same_commit_already_ran() {
    let mut history = History::default();
    history.good(3, 0);
    let again = history.good(3, 10);
    history.deploys[0].digest = Some("sha256:a".into());
    history.deploys[again].digest = Some("sha256:b".into());
    assert_eq!(history.deploys()[1].counted, Err(NotCounted::AlreadyRan));
}

#[test]
fn the_changes_of_an_undone_canary_wait_for_the_next_promotion() {
    let mut history = History::default();
    history.good(3, 0);
    history.bad_canary(5, 10);
    history.good(6, 30);
    let deploys = history.deploys();
    assert!(deploys[1].counted.is_ok() && deploys[1].delivered.is_empty());
    assert_eq!(deploys[1].changes, [3, 4]);
    assert_eq!(deploys[1].failure, Some(FailureCause::RolledBack));
    assert_eq!(deploys[1].failed_at, Some(at(15)));
    assert_eq!(deploys[1].restored, Some((at(16), "rollback")));
    assert_eq!(deploys[2].replaces, Some(id(0)));
    assert_eq!(deploys[2].delivered, [3, 4, 5]);
    assert_eq!(deploys[2].failure, None);
}

#[test]
fn an_undone_canary_that_is_tried_again_delivers_but_counts_once() {
    let mut history = History::default();
    history.good(3, 0);
    history.bad_canary(5, 10);
    history.good(5, 30);
    let deploys = history.deploys();
    assert_eq!(deploys[2].kind, DeployKind::Retry);
    assert_eq!(deploys[2].counted, Err(NotCounted::AlreadyRan));
    assert_eq!(deploys[2].delivered, [3, 4]);
    assert_eq!(deploys[2].changes, [3, 4]);
}

#[test]
fn a_failure_before_exposure_is_a_pipeline_failure() {
    let mut history = History::default();
    history.good(3, 0);
    let failed = history.add(
        PRODUCTION,
        5,
        vec![event(DeployState::Requested, 10), event(DeployState::Failed, 12)],
    );
    let deploys = history.deploys();
    assert_eq!(deploys[failed].counted, Err(NotCounted::NotExposed));
    assert_eq!(deploys[failed].failure, None);
    assert_eq!(
        deploys[failed].changes,
        [3, 4],
        "the page shows what it would have brought"
    );
    assert!(deploys[failed].delivered.is_empty());
    history.correct(failed, Statement::ExposedAt(at(11)));
    let deploys = history.deploys();
    assert!(deploys[failed].counted.is_ok());
    assert_eq!(deploys[failed].failure, Some(FailureCause::FailedAfterExposure));
}

#[test]
fn a_stated_rollback_shows_that_the_failed_deploy_before_it_was_exposed() {
    let mut history = History::default();
    history.good(3, 0);
    let failed = history.add(
        PRODUCTION,
        5,
        vec![event(DeployState::Requested, 10), event(DeployState::Failed, 12)],
    );
    let back = history.good(3, 20);
    assert!(!history.deploys()[failed].is_exposed());
    history.deploys[back].stated_kind = Some(DeployKind::Rollback);
    let deploys = history.deploys();
    assert_eq!(deploys[failed].folded.exposed_at, Some(at(12)));
    assert!(deploys[failed].counted.is_ok());
    assert_eq!(deploys[failed].failure, Some(FailureCause::RolledBack));
    assert_eq!(deploys[failed].restored, Some((at(22), "rollback")));
    assert_eq!(deploys[back].rollback_of, Some(id(failed)));
    history.correct(failed, Statement::NeverExposed);
    assert!(!history.deploys()[failed].is_exposed());
}

#[test]
fn an_excluded_deploy_counts_nowhere_and_delivers_nothing() {
    let mut history = History::default();
    history.good(3, 0);
    history.good(5, 10);
    history.good(6, 20);
    history.correct(1, Statement::Exclude);
    let deploys = history.deploys();
    assert_eq!(deploys[1].counted, Err(NotCounted::Excluded));
    assert!(deploys[1].delivered.is_empty());
    assert_eq!(deploys[2].delivered, [3, 4, 5]);
}

#[test]
fn a_later_success_supersedes_an_open_one_and_silence_loses_it() {
    let mut history = History::default();
    history.good(3, 0);
    let open = history.add(PRODUCTION, 4, vec![event(DeployState::Requested, 10)]);
    assert_eq!(
        history.derived(20).deploys[open].folded.state,
        DeployState::Requested
    );
    assert_eq!(
        history.derived(2 * DAY).deploys[open].folded.state,
        DeployState::Lost
    );
    history.good(5, 30);
    let deploys = history.deploys();
    assert_eq!(deploys[open].folded.state, DeployState::Superseded);
    assert_eq!(deploys[open].superseded_by, Some(id(2)));
    assert_eq!(deploys[open].folded.finished_at, Some(at(32)));
}

#[test]
fn a_success_after_a_day_of_silence_finds_it_lost() {
    let mut history = History::default();
    let open = history.add(PRODUCTION, 4, vec![event(DeployState::Requested, 10)]);
    history.good(5, 3 * DAY);
    assert_eq!(history.deploys()[open].folded.state, DeployState::Lost);
}

#[test]
fn what_fairway_drives_may_wait_for_people_for_days() {
    let mut history = History::default();
    let open = history.add(PRODUCTION, 4, vec![event(DeployState::AwaitingApproval, 10)]);
    history.deploys[open].driven = true;
    assert_eq!(
        history.derived(6 * DAY).deploys[open].folded.state,
        DeployState::AwaitingApproval
    );
}

#[test]
fn two_production_environments_count_a_release_once() {
    let mut history = History::default();
    history.good_in(PRODUCTION, 3, 0);
    history.good_in(SECOND_PRODUCTION, 3, 5);
    history.good_in(PRODUCTION, 5, 10);
    let second = history.good_in(SECOND_PRODUCTION, 5, 15);
    history.incident(second, 20, Some(40));
    let deploys = history.deploys();
    let counted: Vec<bool> = deploys.iter().map(|deploy| deploy.counted.is_ok()).collect();
    assert_eq!(counted, [true, false, true, false]);
    assert_eq!(deploys[2].delivered, [3, 4]);
    assert!(deploys[3].delivered.is_empty());
    assert_eq!(deploys[3].changes, [3, 4]);
    assert_eq!(
        deploys[2].failure,
        Some(FailureCause::Incident),
        "it stands for the release"
    );
    assert_eq!(deploys[2].restored, Some((at(40), "incident")));
}

#[test]
fn staging_is_history_but_not_figures() {
    let mut history = History::default();
    history.good_in(STAGING, 3, 0);
    history.good_in(STAGING, 5, 10);
    let derived = history.derived(20);
    assert_eq!(derived.deploys[1].counted, Err(NotCounted::NotProduction));
    assert_eq!(derived.deploys[1].changes, [3, 4]);
    assert!(derived.deploys[1].delivered.is_empty() && !derived.deploys[0].baseline);
    assert_eq!((derived.running.len(), derived.undelivered), (1, None));
}

#[test]
fn what_production_lacks_is_counted_from_what_runs_there() {
    let mut history = History::default();
    history.good(3, 0);
    history.good(38, 10);
    assert_eq!(history.derived(20).undelivered, Some(vec![38, 39]));
    history.good(36, 20);
    assert_eq!(history.derived(30).undelivered, Some(vec![36, 37, 38, 39]));
}

#[test]
fn the_stages_of_a_change_sum_to_its_lead_time() {
    let mut history = History::default();
    history.pull_request(41, 5);
    history.good(3, 0);
    let gated = history.add(
        PRODUCTION,
        5,
        vec![
            event(DeployState::Requested, 10),
            event(DeployState::AwaitingApproval, 11),
            event(DeployState::Deploy, 41),
            event(DeployState::Succeeded, 45),
        ],
    );
    let facts = history.facts();
    let deploys = history.deploys();
    let change = facts.mainline.change(*deploys[gated].delivered.last().unwrap());
    let lead = lead_time(change, &deploys[gated].folded);
    assert_eq!((lead.coding, lead.review), (Some(2400.0), Some(3000.0)));
    assert_eq!((lead.approval, lead.rollout), (Some(1800.0), Some(300.0)));
    let sum = [lead.coding, lead.review, lead.queue, lead.approval, lead.rollout];
    assert!((sum.into_iter().flatten().sum::<f64>() - lead.lead.unwrap()).abs() < 1e-9);
}

#[test]
fn how_many_changes_a_deploy_brought_is_known_or_it_is_not() {
    let mut history = History::default();
    history.good(3, 0);
    history.good(5, 10);
    history.good(5, 20);
    history.good(3, 30);
    let nameless = history.good(6, 40);
    history.deploys[nameless].sha = None;
    let elsewhere = history.good(7, 50);
    history.deploys[elsewhere].sha = Some("f".repeat(40));
    let facts = history.facts();
    let counts: Vec<Option<i32>> = records(&facts, &history.derived(100))
        .into_iter()
        .map(|record| record.change_count)
        .collect();
    assert_eq!(counts, [None, Some(2), Some(0), Some(0), None, None]);
}

#[test]
fn two_environments_of_one_run_are_told_apart_by_more_than_the_order_of_rows() {
    let mut history = History::default();
    let (here, there) = (history.good(3, 0), history.good_in(SECOND_PRODUCTION, 3, 0));
    history.deploys[here].key = "run:1/1 production".into();
    history.deploys[there].key = "run:1/1 production-eu".into();
    let forward = history.deploys();
    history.deploys.reverse();
    let back = history.deploys();
    assert_eq!(
        (forward[here].counted, forward[there].counted),
        (Ok(()), Err(NotCounted::AlreadyRan))
    );
    assert_eq!((back[1].id, back[1].counted), (forward[here].id, Ok(())));
    assert!(forward[here].baseline && back[1].baseline);
}
