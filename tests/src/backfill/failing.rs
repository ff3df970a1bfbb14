//! Reading history from a GitHub that fails: what passes is tried again, what does not is said to a person.

use std::collections::BTreeMap;

use commands::Commands;
use domain::{
    backfill::{BackfillState, RepositoryFilter},
    page::{PAGE_SIZE, Position},
};
use sqlx::PgPool;
use tests::fakes::github::{Failure, NewCommit, World};

use super::{
    asking, connected, end_waits, find_and_start, only_repository, operator, read_all, read_once, started,
};
use crate::harness::{App, count, text};

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
async fn a_graphql_answer_of_another_shape_is_said_and_keeps_the_reserve(pool: PgPool) {
    let world = World::default();
    let repo = world.repo("acme/payments");
    let sha = repo.commit(NewCommit::new("Start"));
    for _ in 0..30 {
        repo.deploy_through("production", &sha, 1, "success");
    }
    let (commands, github) = connected(&pool, world).await;
    github.reshape();
    find_and_start(&commands).await;
    // Fewer than the fallback takes: it stops at the reserve, and does so before it is empty.
    github.allow(20, 1800);
    read_once(&commands).await;
    assert!(github.lowest() >= 2, "the reserve was kept: {}", github.lowest());
    let waiting = count(&pool, "select count(*) from backfills where resume_at > now()").await;
    assert!(waiting > 0, "it waits for the budget");
    let misfits = commands.github_status().unwrap().misfits;
    assert_eq!(misfits, 30, "said before the budget ended");

    github.allow(5000, 1800);
    end_waits(&pool).await;
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
    let app = App::with_commands(commands).await;
    let page = text(&app, "/admin/integrations/github/repositories").await;
    assert!(page.contains("nodes.statuses.nodes.id"), "{page}");
}

#[sqlx::test(migrations = false)]
async fn what_passes_is_tried_again_and_what_does_not_waits_for_a_person(pool: PgPool) {
    let (commands, github) = started(&pool).await;
    github.fail(Failure::Status(502));
    read_once(&commands).await;
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
    end_waits(&pool).await;
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
    let (commands, github) = started(&pool).await;
    github.fail(Failure::Garbage);
    for (attempts, state) in [(0, BackfillState::Reading), (9, BackfillState::Failed)] {
        sqlx::query("update backfills set resume_at = null, attempts = $1")
            .bind(attempts)
            .execute(&pool)
            .await
            .unwrap();
        read_once(&commands).await;
        for (met, problem) in progress(&commands).await.into_values() {
            assert_eq!(met, state, "after {attempts} tries");
            assert!(
                problem.as_ref().unwrap().contains("cannot be used"),
                "{problem:?}"
            );
        }
    }
}
