//! The policies on the page: those that are there from the start, writing them, and trying one out on what was.

use commands::PolicyForm;
use domain::{
    approvals::{Origin, Risk, Target, choose},
    environments::EnvironmentClass,
    ids::PolicyId,
};
use sqlx::PgPool;

use super::*;

fn document(name: &str, spec: &str) -> String {
    format!("apiVersion: fairway.dev/v1\nkind: Policy\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n")
}

fn form(name: &str, spec: &str, replaces: Option<(PolicyId, i32)>) -> PolicyForm {
    PolicyForm {
        document: document(name, spec),
        position: 150,
        replaces,
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn production_asks_people_from_the_start_and_nothing_else_does(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let policies = ground.commands.reads().policies().await.unwrap();
    let asked = |tier: Option<u8>, class| {
        let tier = tier.map(|tier| tier.try_into().unwrap());
        let target = Target {
            tier,
            class,
            risk: Risk::Medium,
        };
        let policy = &choose(&policies, &target).unwrap().policy;
        (policy.approvals, policy.excludes_authors)
    };
    for tier in [Some(1), Some(2), None] {
        assert_eq!(asked(tier, EnvironmentClass::Production), (2, true), "{tier:?}");
    }
    for tier in [Some(3), Some(4)] {
        assert_eq!(asked(tier, EnvironmentClass::Production), (1, false), "{tier:?}");
    }
    for class in [
        EnvironmentClass::Staging,
        EnvironmentClass::Development,
        EnvironmentClass::Preview,
    ] {
        assert_eq!(asked(Some(1), class).0, 0, "{class:?}");
    }
    assert!(policies.iter().all(|stored| stored.origin == Origin::Page));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_policy_is_written_over_by_whoever_read_it(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let admin = ground.person("ada", Role::Admin).await;
    let commands = &ground.commands;
    let strict = form("Shops", "minApprovals: 3, match: {tiers: [3]}", None);
    let id = commands.save_policy(&admin, &strict).await.unwrap();
    assert!(why(commands.save_policy(&admin, &strict).await).contains("another policy has this name"));
    let lax = form(
        "Small shops",
        "minApprovals: 0, match: {tiers: [3]}",
        Some((id, 1)),
    );
    assert_eq!(
        commands.save_policy(&admin, &lax).await.unwrap(),
        id,
        "it may be renamed"
    );
    assert!(why(commands.save_policy(&admin, &lax).await).contains("meanwhile"));
    let taken = form("production", "minApprovals: 0", Some((id, 2)));
    assert!(why(commands.save_policy(&admin, &taken).await).contains("another policy has this name"));
    let wrong = why(commands
        .save_policy(&admin, &form("X", "minApprovals: 99", None))
        .await);
    assert!(wrong.contains("spec.minApprovals"), "{wrong}");
    let opened = ground.open("a", "github:1/1/live").await;
    assert_eq!(opened.state, domain::approvals::ApprovalState::Approved);
    let unread = commands.remove_policy(&admin, (id, 1), "they grew up").await;
    assert!(why(unread).contains("somebody wrote this policy meanwhile"));
    commands
        .remove_policy(&admin, (id, 2), "they grew up")
        .await
        .unwrap();
    assert!(why(commands.remove_policy(&admin, (id, 2), "again").await).contains("there is no policy"));
    let late = commands
        .save_policy(&admin, &form("Shops", "minApprovals: 1", Some((id, 2))))
        .await;
    assert!(why(late).contains("took this policy away meanwhile"));
    let trail: Vec<String> =
        sqlx::query_scalar("select action from audit where subject like 'policy:%' order by at, id")
            .fetch_all(&ground.pool)
            .await
            .unwrap();
    assert_eq!(trail, ["policy.save", "policy.save", "policy.remove"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_policy_is_tried_out_on_what_was(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let admin = ground.person("ada", Role::Admin).await;
    // Ten deploys of which two failed; of one it is not known what it changed.
    sqlx::query(
        "insert into deploys (id, service_id, environment_id, key, source, created_at, requested_at, state, kind, failed,
                              change_count, changes_unknown, replaces)
         select gen_random_uuid(), $1, $2, 'api:' || n, 'api', now(), now() - make_interval(days => n), 'succeeded',
                case when n = 10 then 'hotfix' else 'normal' end, n in (2, 3), n * 4,
                case when n = 9 then 'a push is missing' end, gen_random_uuid()
         from generate_series(1, 10) n",
    )
    .bind(ground.service.0)
    .bind(ground.production.0)
    .execute(&ground.pool)
    .await
    .unwrap();
    let spec = "minApprovals: 1, match: {environments: [production]}, automatic: [\
                {when: [{fact: changes, atMost: 4}], then: {approve: true}},\
                {when: [{fact: changes, above: 10}, {fact: kind, isNot: hotfix}], then: {refuse: true}}]";
    let tried = ground
        .commands
        .replay_policy(&admin, &form("Shops", spec, None), 30)
        .await
        .unwrap();
    // As it is, each of the ten asks one person. Of one nobody would be asked; those with 12 to 32 changes would be refused.
    assert_eq!((tried.deploys, tried.asked_before, tried.asked), (10, 10, 9));
    assert_eq!((tried.stopped, tried.failed, tried.stopped_failed), (6, 2, 1));
    assert_eq!(tried.unknown.values().copied().collect::<Vec<_>>(), [1]);
    let rows =
        |keep: fn(&domain::approvals::Replayed) -> bool| tried.rows.iter().filter(|row| keep(row)).count();
    assert_eq!(rows(|row| row.before > 0 && row.after == 0), 1);
    assert_eq!(rows(|row| row.stopped.is_some()), 6);
    assert_eq!(rows(|row| row.failed && row.stopped.is_some()), 1);
    assert_eq!(rows(|row| row.failed), 2, "of each figure its rows");
    assert!(
        tried
            .rows
            .iter()
            .all(|row| row.service == "shop" && row.environment == "live")
    );
    assert_eq!(
        tried.to_string(),
        "would have asked 1 fewer time, for 1 fewer approval on 1 deploy, \
         would have stopped 1 of 2 failed deploys and 5 of 8 that did not fail"
    );
    let saved = ground.commands.reads().policies().await.unwrap();
    assert_eq!(saved.len(), 3, "trying changes nothing");
    let recent = ground
        .commands
        .replay_policy(&admin, &form("Shops", spec, None), 5)
        .await
        .unwrap();
    assert!(recent.deploys < 10);
    assert!(
        why(ground
            .commands
            .replay_policy(&admin, &form("Shops", spec, None), 0)
            .await)
        .contains("days")
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_nobody_classed_is_tried_out_as_it_is_asked_about(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let admin = ground.person("ada", Role::Admin).await;
    sqlx::query(
        "with place as (insert into environments (id, name, class, created_at)
                        values (gen_random_uuid(), 'customers', 'development', now()) returning id)
         insert into deploys (id, service_id, environment_id, key, source, created_at, requested_at, state, kind, failed)
         select gen_random_uuid(), $1, place.id, 'api:1', 'api', now(), now() - interval '1 day', 'succeeded', 'normal', false
         from place",
    )
    .bind(ground.service.0)
    .execute(&ground.pool)
    .await
    .unwrap();
    let spec = "minApprovals: 3, match: {environments: [production]}";
    let try_out = async || {
        let form = form("Shops", spec, None);
        let tried = ground.commands.replay_policy(&admin, &form, 30).await.unwrap();
        (tried.deploys, tried.asked_before, tried.asked)
    };
    assert_eq!(try_out().await, (1, 1, 1), "as production is");
    let class = EnvironmentClass::Development;
    ground
        .commands
        .set_environment_class(&operator(), "customers", class, "nobody but us uses it")
        .await
        .unwrap();
    assert_eq!(try_out().await, (1, 0, 0), "somebody says what it is for");
}
