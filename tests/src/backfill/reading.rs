//! History read from lists is the history that events would have told.

use std::collections::BTreeMap;

use commands::{Commands, backfill::jobs::ReadHistory};
use domain::{
    backfill::{BackfillState, RepositoryFilter},
    page::{PAGE_SIZE, Position},
};
use sqlx::PgPool;
use tests::fakes::github::{Failure, MergeMethod, World};

use super::{asking, connected, count, lives, operator, read_all, settle};
use crate::intake::{
    facts,
    order::{register, tell},
};

/// What lists do not tell: pushes (what lies between two deploys is compared instead), what each row was last said at, and
/// which of the times at which a pull request was a draft was seen. Ids are each database's own.
const ONLY_EVENTS: [&str; 4] = ["pushes", "commits", "workflow_runs", "people"];
const SAID_AT: [&str; 4] = ["facts_as_of", "draft_seen_at", "since", "may_fix"];

async fn history(pool: &PgPool) -> facts::Stored {
    let mut stored = facts::history(pool).await;
    for table in ONLY_EVENTS {
        stored.remove(table);
    }
    for rows in stored.values_mut() {
        for row in rows.iter_mut() {
            let mut json: serde_json::Value = serde_json::from_str(row).unwrap();
            forget_said_at(&mut json);
            *row = json.to_string();
        }
        rows.sort_unstable();
    }
    // Names carry the time at which they were seen as their last element.
    let names = stored.remove("repository_names").unwrap();
    let names = names.iter().map(|row| {
        let name: serde_json::Value = serde_json::from_str(row).unwrap();
        format!("{} {}", name[0], name[1])
    });
    stored.insert("repository_names", names.collect());
    stored
}

fn forget_said_at(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(fields) => {
            fields.retain(|name, _| !SAID_AT.contains(&name.as_str()));
            // An attempt that no list tells counts as the first, until another deployment of the run shows up.
            if fields.get("run_id").is_some_and(serde_json::Value::is_number)
                && fields["run_attempt"].is_null()
            {
                fields["run_attempt"] = 1.into();
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(forget_said_at),
        _ => {}
    }
}

async fn find_and_start(commands: &Commands) -> u64 {
    commands.discover_repositories().await.unwrap();
    commands.start_backfill(&operator(), None).await.unwrap()
}

/// What events tell of a world, each fetched where events leave something out.
async fn told_by_events(pool: &PgPool, world: &World) -> facts::Stored {
    let (commands, _github) = connected(pool, world.clone()).await;
    register(&commands).await;
    tell(&commands, &world.take_deliveries()).await;
    settle(&commands, pool).await;
    let told = history(pool).await;
    facts::forget(pool).await;
    told
}

#[sqlx::test(migrations = false)]
async fn history_is_what_events_would_have_told(pool: PgPool) {
    let world = World::default();
    // Of 60 days, two attempts of a run lie on two pages.
    let methods = [MergeMethod::Squash, MergeMethod::Merge, MergeMethod::Rebase];
    lives::eventful(&world, 60, &methods);
    let expected = told_by_events(&pool, &world).await;
    let (commands, github) = connected(&pool, world).await;
    register(&commands).await;
    assert_eq!(find_and_start(&commands).await, 1);
    read_all(&commands, &pool).await;
    let asked = github.requests();
    settle(&commands, &pool).await;
    facts::assert_same(&expected, &history(&pool).await, "read from lists");
    assert!(expected["github_deployments"].len() > 130, "more than a page");
    assert!(expected["lead_times"].len() > 40, "changes reached production");
    let of = |part: &str| asked.iter().filter(|path| path.contains(part)).count();
    assert_eq!((of("/pulls?"), of("/deployments?"), of("/releases?")), (1, 2, 1));
    assert_eq!(of("/statuses?"), 0, "GraphQL told them");
    assert_eq!(
        of("/commits?"),
        0,
        "no pull request was asked for its commits before the bots' are"
    );
}

#[sqlx::test(migrations = false)]
async fn read_twice_and_among_events_it_is_the_same(pool: PgPool) {
    let world = World::default();
    let methods = [MergeMethod::Squash, MergeMethod::Merge, MergeMethod::Rebase];
    lives::eventful(&world, 24, &methods);
    let deliveries = world.deliveries();
    let expected = told_by_events(&pool, &world).await;
    let (commands, _github) = connected(&pool, world).await;
    register(&commands).await;
    let (early, late) = deliveries.split_at(deliveries.len() / 2);
    tell(&commands, late).await;
    find_and_start(&commands).await;
    read_all(&commands, &pool).await;
    tell(&commands, early).await;
    let id = only_repository(&commands).await;
    assert_eq!(
        commands.start_backfill(&operator(), Some(id)).await.unwrap(),
        1,
        "read anew"
    );
    read_all(&commands, &pool).await;
    settle(&commands, &pool).await;
    facts::assert_same(&expected, &history(&pool).await, "events and lists");
}

async fn only_repository(commands: &Commands) -> domain::ids::RepositoryId {
    let found = commands
        .reads()
        .found_repositories(&RepositoryFilter::default(), &Position::Start, PAGE_SIZE)
        .await
        .unwrap();
    assert_eq!(found.rows.len(), 1);
    found.rows[0].id
}

#[sqlx::test(migrations = false)]
async fn what_graphql_does_not_tell_is_asked_of_rest(pool: PgPool) {
    let world = World::default();
    let repo = world.repo("acme/payments");
    repo.commit(tests::fakes::github::NewCommit::new("Start"));
    let chatty = repo.deploy("production", &repo.head("main"), None);
    for _ in 0..130 {
        repo.set_status(chatty, "in_progress");
    }
    let (commands, github) = connected(&pool, world).await;
    find_and_start(&commands).await;
    read_all(&commands, &pool).await;
    assert_eq!(
        count(&pool, "select count(*) from github_deployment_statuses").await,
        130
    );
    let statuses = github
        .requests()
        .iter()
        .filter(|path| path.contains("/statuses?"))
        .count();
    assert_eq!(statuses, 2, "two pages of one deployment");
}

#[sqlx::test(migrations = false)]
async fn a_graphql_answer_of_another_shape_is_said_and_keeps_the_reserve(pool: PgPool) {
    let world = World::default();
    let repo = world.repo("acme/payments");
    let sha = repo.commit(tests::fakes::github::NewCommit::new("Start"));
    for _ in 0..30 {
        repo.deploy_through("production", &sha, 1, "success");
    }
    let (commands, github) = connected(&pool, world).await;
    github.reshape();
    find_and_start(&commands).await;
    // Fewer than the fallback takes: it stops at the reserve, and does so before it is empty.
    github.allow(20, 1800);
    for lane in 0..commands::backfill::jobs::LANES {
        commands.read_history(&ReadHistory { lane }).await.unwrap();
    }
    assert!(github.lowest() >= 2, "the reserve was kept: {}", github.lowest());
    let waiting = count(&pool, "select count(*) from backfills where resume_at > now()").await;
    assert!(waiting > 0, "it waits for the budget");
    let misfits = commands.github_status().unwrap().misfits;
    assert_eq!(misfits, 30, "said before the budget ended");

    github.allow(5000, 1800);
    sqlx::query("update backfills set resume_at = null")
        .execute(&pool)
        .await
        .unwrap();
    let commands = asking(&pool, &github).await;
    read_all(&commands, &pool).await;
    let all: i64 = repo.deployments().into_iter().map(|(_, statuses)| statuses).sum();
    assert_eq!(
        count(&pool, "select count(*) from github_deployment_statuses").await,
        all,
        "nothing is missing"
    );
    let (state, problem) = progress(&commands).await.remove("deployments").unwrap();
    assert_eq!(state, BackfillState::Done);
    let problem = problem.unwrap();
    assert!(
        problem.contains("`nodes.statuses.nodes.id` (30 rows)"),
        "{problem}"
    );
    let app = crate::harness::App::with_commands(commands).await;
    let page = crate::harness::client()
        .get(app.url("/admin/integrations/github/repositories"))
        .send()
        .await
        .unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("nodes.statuses.nodes.id"), "{page}");
}

#[sqlx::test(migrations = false)]
async fn every_request_is_counted_also_those_that_fail(pool: PgPool) {
    let world = World::default();
    lives::eventful(&world, 3, &[MergeMethod::Squash]);
    let (commands, github) = connected(&pool, world).await;
    find_and_start(&commands).await;
    let before = github.requests().len();
    github.fail_next(Failure::Status(502));
    github.fail_next(Failure::Garbage);
    for lane in 0..commands::backfill::jobs::LANES {
        commands.read_history(&ReadHistory { lane }).await.unwrap();
    }
    sqlx::query("update backfills set resume_at = null")
        .execute(&pool)
        .await
        .unwrap();
    read_all(&commands, &pool).await;
    let sent = i64::try_from(github.requests().len() - before).unwrap();
    let counted = count(&pool, "select sum(calls)::bigint from backfills").await;
    assert_eq!(counted, sent);
    assert!(sent >= 7, "two that failed, and five for the three kinds: {sent}");
}

#[sqlx::test(migrations = false)]
async fn what_lies_between_deploys_is_listed_and_its_requests_are_counted(pool: PgPool) {
    let world = World::default();
    lives::eventful(&world, 60, &[MergeMethod::Squash, MergeMethod::Merge]);
    let (commands, github) = connected(&pool, world).await;
    register(&commands).await;
    find_and_start(&commands).await;
    let before = github.requests().len();
    read_all(&commands, &pool).await;
    settle(&commands, &pool).await;
    let asked = github.requests().split_off(before);
    let of = |part: &str| asked.iter().filter(|path| path.contains(part)).count();
    let ranges = count(&pool, "select count(*) from compared_ranges").await;
    assert!(ranges > 50, "{ranges} ranges are known");
    // At most a handful that a later derivation asked for by itself.
    let (compared, listed) = (of("/compare/"), of("/commits?sha="));
    assert!(
        compared <= 4 && (1..=8).contains(&listed),
        "{ranges} ranges took {compared} comparisons and {listed} lists"
    );
    let counted = count(&pool, "select sum(calls)::bigint from backfills").await;
    assert_eq!(
        counted,
        i64::try_from(asked.len()).unwrap(),
        "every request: {asked:#?}"
    );
}

#[sqlx::test(migrations = false)]
async fn what_passes_is_tried_again_and_what_does_not_waits_for_a_person(pool: PgPool) {
    let world = World::default();
    lives::eventful(&world, 3, &[MergeMethod::Squash]);
    let (commands, github) = connected(&pool, world).await;
    find_and_start(&commands).await;
    github.fail(Failure::Status(502));
    for lane in 0..commands::backfill::jobs::LANES {
        commands.read_history(&ReadHistory { lane }).await.unwrap();
    }
    let id = only_repository(&commands).await;
    let kinds = progress(&commands).await;
    assert!(
        kinds.values().all(|(state, _)| *state == BackfillState::Reading),
        "{kinds:?}"
    );
    let waits = count(
        &pool,
        "select count(*) from backfills where resume_at > now() and problem is not null",
    )
    .await;
    assert!(waits > 0, "the first kind waits and says why");

    github.fail(Failure::NoAccess);
    sqlx::query("update backfills set resume_at = null")
        .execute(&pool)
        .await
        .unwrap();
    // A new process: the last one left GitHub alone after so many failures.
    let commands = asking(&pool, &github).await;
    read_all(&commands, &pool).await;
    let kinds = progress(&commands).await;
    for (state, problem) in kinds.values() {
        assert_eq!(*state, BackfillState::Failed);
        assert!(problem.as_ref().unwrap().contains("may not read"), "{problem:?}");
    }

    github.heal();
    assert_eq!(commands.start_backfill(&operator(), Some(id)).await.unwrap(), 1);
    assert_eq!(
        commands.start_backfill(&operator(), Some(id)).await.unwrap(),
        0,
        "pressed twice"
    );
    read_all(&commands, &pool).await;
    let kinds = progress(&commands).await;
    assert!(
        kinds.values().all(|(state, _)| *state == BackfillState::Done),
        "{kinds:?}"
    );
    let audits = count(&pool, "select count(*) from audit where action = 'history.read'").await;
    assert_eq!(audits, 2, "one for each press that started something");
}

#[sqlx::test(migrations = false)]
async fn an_answer_that_cannot_be_read_is_asked_for_again_before_a_person_is(pool: PgPool) {
    let world = World::default();
    lives::eventful(&world, 3, &[MergeMethod::Squash]);
    let (commands, github) = connected(&pool, world).await;
    find_and_start(&commands).await;
    github.fail(Failure::Garbage);
    for (attempts, state) in [(0, BackfillState::Reading), (9, BackfillState::Failed)] {
        sqlx::query("update backfills set resume_at = null, attempts = $1")
            .bind(attempts)
            .execute(&pool)
            .await
            .unwrap();
        for lane in 0..commands::backfill::jobs::LANES {
            commands.read_history(&ReadHistory { lane }).await.unwrap();
        }
        for (met, problem) in progress(&commands).await.into_values() {
            assert_eq!(met, state, "after {attempts} tries");
            assert!(
                problem.as_ref().unwrap().contains("cannot be used"),
                "{problem:?}"
            );
        }
    }
}

async fn progress(commands: &Commands) -> BTreeMap<&'static str, (BackfillState, Option<String>)> {
    let found = commands
        .reads()
        .found_repositories(&RepositoryFilter::default(), &Position::Start, PAGE_SIZE)
        .await
        .unwrap();
    let history = found.rows.into_iter().flat_map(|found| found.history);
    history
        .map(|kind| (kind.kind.as_str(), (kind.state, kind.problem)))
        .collect()
}

#[sqlx::test(migrations = false)]
async fn it_reads_back_180_days_and_no_further(pool: PgPool) {
    let now = chrono::Utc::now();
    let world = World::starting(now - chrono::TimeDelta::days(400));
    let repo = world.repo("acme/payments");
    let sha = repo.commit(tests::fakes::github::NewCommit::new("Start"));
    for _ in 0..350 {
        world.wait(chrono::TimeDelta::hours(24));
        repo.deploy_through("production", &sha, 1, "success");
    }
    let (commands, github) = connected(&pool, world).await;
    find_and_start(&commands).await;
    read_all(&commands, &pool).await;
    let stored = count(&pool, "select count(*) from github_deployments").await;
    assert!(
        (128..=131).contains(&stored),
        "{stored}: one a day, and the last 50 days had none"
    );
    let lists = github
        .requests()
        .iter()
        .filter(|path| path.contains("/deployments?"))
        .count();
    assert_eq!(lists, 2, "the pages before were not asked for");
}

#[sqlx::test(migrations = false)]
async fn it_leaves_a_reserve_and_goes_on_when_the_budget_is_new(pool: PgPool) {
    let world = World::default();
    lives::many(&world, 12, 4);
    let (commands, github) = connected(&pool, world).await;
    commands.discover_repositories().await.unwrap();
    github.allow(20, 2);
    commands.start_backfill(&operator(), None).await.unwrap();
    read_all(&commands, &pool).await;
    assert_eq!(github.violations(), 0, "no request came when none was left");
    let done = count(&pool, "select count(*) from backfills where state = 'done'").await;
    assert_eq!(done, 36);
    let lowest = github.lowest();
    assert!(
        lowest >= 1,
        "the reserve of a tenth was touched by pages in flight only: {lowest}"
    );
}
