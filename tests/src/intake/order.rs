//! Any order of the same events, with repetition, ends in the same facts.

use domain::{
    actor::{Actor, Viewer},
    catalog::{NewService, RawService},
};
use integrations::github;
use sqlx::PgPool;
use tests::fakes::github::Delivery;

use super::{commands, facts, scripts};
use commands::Commands;

/// Registers the services whose history is told.
pub async fn register(commands: &Commands) {
    for (name, repository) in [("payments", "acme/payments"), ("tool", "acme/tool")] {
        let raw = RawService {
            name: name.into(),
            owner: "payments-team".into(),
            repository: repository.into(),
            ..RawService::default()
        };
        let new = NewService::parse(raw).unwrap();
        commands
            .register_service(&Viewer::trusted(Actor::CommandLine), &new)
            .await
            .unwrap();
    }
}

/// Observes what deliveries say, one after the other.
pub async fn tell(commands: &Commands, deliveries: &[Delivery]) {
    for delivery in deliveries {
        if let Some(observation) = github::facts(&delivery.event, &delivery.body).unwrap() {
            commands.observe(&observation, "github").await.unwrap();
        }
    }
}

#[sqlx::test(migrations = false)]
async fn any_order_gives_the_same_facts(pool: PgPool) {
    let commands = commands(&pool).await;
    let script = scripts::short();
    register(&commands).await;
    tell(&commands, &script).await;
    let expected = facts::facts(&pool).await;
    for seed in 0..12 {
        facts::forget(&pool).await;
        register(&commands).await;
        tell(&commands, &scripts::shuffled(&script, 30, seed)).await;
        facts::assert_same(&expected, &facts::facts(&pool).await, &format!("seed {seed}"));
    }
}

#[sqlx::test(migrations = false)]
async fn several_in_one_unit_of_work_give_the_same_facts(pool: PgPool) {
    let commands = commands(&pool).await;
    let script = scripts::short();
    register(&commands).await;
    tell(&commands, &script).await;
    let expected = facts::facts(&pool).await;
    facts::forget(&pool).await;
    register(&commands).await;
    let observations: Vec<_> = script
        .iter()
        .filter_map(|delivery| github::facts(&delivery.event, &delivery.body).unwrap())
        .collect();
    for together in observations.chunks(7) {
        commands.observe_all(together, "github").await.unwrap();
    }
    facts::assert_same(&expected, &facts::facts(&pool).await, "seven at a time");
}

#[sqlx::test(migrations = false)]
async fn what_is_stored_is_what_happened(pool: PgPool) {
    let commands = commands(&pool).await;
    register(&commands).await;
    tell(&commands, &scripts::short()).await;
    let names: Vec<String> =
        sqlx::query_scalar("select owner || '/' || name from repositories order by github_id")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(names, ["umbrella/payments", "acme/tool", "acme/old-tool"]);
    let (state, ready, opened): (String, i64, i64) = sqlx::query_as(
        "select state, extract(epoch from ready_at - opened_at)::bigint, extract(epoch from merged_at - opened_at)::bigint
         from pull_requests where number = 1",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(state, "merged");
    assert_eq!(
        ready / 3600,
        24,
        "it was ready, a draft again, and ready a day later"
    );
    assert!(opened > ready);
    let landed: i64 = sqlx::query_scalar("select count(*) from commits where landed_at is not null")
        .fetch_one(&pool)
        .await
        .unwrap();
    let loose: i64 = sqlx::query_scalar("select count(*) from commits where landed_at is null")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(
        (landed, loose),
        (7, 0),
        "only pushes to the default branch are facts"
    );
    let deploys: Vec<(String, i64)> = sqlx::query_as(
        "select s.slug, count(*) from deploys d join services s on s.id = d.service_id group by 1 order by 1",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(deploys, [("payments".to_owned(), 6), ("tool".to_owned(), 1)]);
}
