//! What a team and the organisation set, and what a watch makes of it.

use commands::CommandError;
use domain::{
    actor::{Actor, Viewer},
    catalog::Tier,
    verify::{Check, RawCheck, RawRule, RawRules, Remedy, Verdict},
};
use sqlx::PgPool;

use super::{FAST, Shop, commands, exposed_now, watched};
use crate::harness::count;

fn operator() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

fn p99(measure: &str) -> RawCheck {
    RawCheck {
        check: "p99".into(),
        enabled: true,
        measure: measure.into(),
        requests: String::new(),
    }
}

fn half_a_second() -> RawRules {
    RawRules {
        rules: vec![RawRule {
            check: "p99".into(),
            threshold: Some(0.5),
            remedy: Some("ask".into()),
            ..RawRule::default()
        }],
        window_seconds: Some(600),
        ..RawRules::default()
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_set_holds_for_the_next_watch_and_stands_in_the_trail(pool: PgPool) {
    let commands = commands(&pool, None).await;
    let tier = Tier::try_from(1).unwrap();
    let own = r#"max(latency{service="{service}",version="{version}"})"#;
    commands
        .set_checks(&operator(), "shop", &[p99(own)])
        .await
        .unwrap();
    let reason = "a customer promise";
    commands
        .set_rollback_rules(&operator(), (tier, None), &half_a_second(), reason)
        .await
        .unwrap();
    let watch = exposed_now(&commands, 1).await;
    let set = watch
        .checks
        .iter()
        .find(|setting| setting.check == Check::P99)
        .unwrap();
    assert_eq!(set.queries.measure, own);
    assert_eq!(
        (watch.matrix.p99.remedy, watch.settings.samples()),
        (Remedy::Ask, 20)
    );
    assert_eq!(
        (watch.version.as_str(), watch.previous.as_deref()),
        ("2", Some("1"))
    );
    let audited = "select count(*) from audit where action in ('service.set_checks', 'rollback_rules.set')";
    assert_eq!(count(&pool, audited).await, 2);
}

#[sqlx::test(migrations = "../migrations")]
async fn wrong_settings_and_strangers_change_nothing(pool: PgPool) {
    let commands = commands(&pool, None).await;
    let tier = Tier::try_from(1).unwrap();
    let wrong = commands
        .set_checks(&operator(), "shop", &[p99("x{a={service}}")])
        .await;
    assert!(matches!(wrong, Err(CommandError::Invalid(_))), "{wrong:?}");
    let missing = commands.set_checks(&operator(), "nobody", &[]).await;
    assert!(
        matches!(missing, Err(CommandError::NotFound { .. })),
        "{missing:?}"
    );
    let without_reason = commands
        .set_rollback_rules(&operator(), (tier, None), &half_a_second(), " ")
        .await;
    assert!(
        matches!(without_reason, Err(CommandError::Invalid(_))),
        "{without_reason:?}"
    );
    let id = uuid::Uuid::from_u128(9).into();
    let looker = Viewer::person(id, "Lena".into(), Vec::new());
    for refused in [
        commands.set_checks(&looker, "shop", &[]).await,
        commands
            .set_rollback_rules(&looker, (tier, None), &half_a_second(), "I want to")
            .await,
    ] {
        assert!(matches!(refused, Err(CommandError::Denied { .. })), "{refused:?}");
    }
    let stored = "select (select count(*) from verify_checks) + (select count(*) from rollback_rules)";
    assert_eq!(count(&pool, stored).await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_release_without_a_name_is_not_watched(pool: PgPool) {
    let commands = commands(&pool, None).await;
    sqlx::query("update deploys set version = null, sha = null")
        .execute(&pool)
        .await
        .unwrap();
    let now = chrono::Utc::now();
    let of = commands::verify::WatchOf {
        deploy: super::DEPLOY,
        weight: 100,
        before: now,
        exposed_at: now,
        probe_before: None,
    };
    let refused = commands.watch(of).await;
    assert!(
        matches!(refused, Err(CommandError::Conflict { .. })),
        "{refused:?}"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn the_address_of_an_environment_is_asked_there_and_one_that_answers_badly_fails(pool: PgPool) {
    let (own, of_file) = (Shop::start(1.0).await, Shop::start(1.0).await);
    let commands = commands(&pool, None).await;
    sqlx::query("update services set health_url = $1")
        .bind(of_file.health_url())
        .execute(&pool)
        .await
        .unwrap();
    let at = ("shop", "production");
    let set = async |text: &str| {
        commands.set_health_address(&operator(), at, text).await.unwrap();
    };
    let asked = async || exposed_now(&commands, FAST).await.health_url;
    assert_eq!(asked().await, Some(of_file.health_url()));
    set(&format!(" {} ", own.health_url())).await;
    assert_eq!(asked().await, Some(own.health_url()));

    // Without metrics it stands in for them, and an answer of 500 or more is down.
    own.set(|knobs| knobs.is_healthy = false);
    let watch = exposed_now(&commands, FAST).await;
    let Verdict::Fail(failure) = watched(&commands, &watch).await.verdict else {
        panic!("it answers badly");
    };
    assert_eq!(failure.check, Check::Down);

    set("").await;
    assert_eq!(asked().await, Some(of_file.health_url()));
    let trail = "select count(*) from audit where action = 'service.set_health_address'";
    assert_eq!(count(&pool, trail).await, 2);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_address_that_is_never_asked_is_not_stored(pool: PgPool) {
    let commands = commands(&pool, None).await;
    for wrong in [
        "shop.example/healthz",
        "ftp://shop.example/",
        "https://lena:secret@shop.example/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706434/",
    ] {
        let by = operator();
        let outcome = commands.set_health_address(&by, ("shop", "production"), wrong);
        let Err(CommandError::Invalid(errors)) = outcome.await else {
            panic!("{wrong} is stored");
        };
        assert_eq!(errors.0[0].field, "health_url", "{wrong}");
    }
    for nowhere in [("nobody", "production"), ("shop", "moon")] {
        let missing = commands.set_health_address(&operator(), nowhere, "").await;
        assert!(
            matches!(missing, Err(CommandError::NotFound { .. })),
            "{missing:?}"
        );
    }
    let id = uuid::Uuid::from_u128(9).into();
    let looker = Viewer::person(id, "Lena".into(), Vec::new());
    let url = "https://shop.example/healthz";
    let denied = commands.set_health_address(&looker, ("shop", "production"), url);
    assert!(matches!(denied.await, Err(CommandError::Denied { .. })));
    assert_eq!(count(&pool, "select count(*) from health_addresses").await, 0);
}
