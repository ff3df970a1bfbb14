//! What is stored of a watch is read back as it was, once, and a failure stays.

#![allow(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    actor::Actor,
    catalog::Tier,
    ids::{DeployId, ServiceId},
    sight::Sight,
    verify::{
        Check, Failure, Insufficient, Lack, Measure, Outlook, Probe, RawCheck, RawRule, RawRules, Remedy,
        RollbackMatrix, Sample, Verdict, Watch, WatchSettings, effective, parse_checks, parse_rules,
    },
};
use sqlx::PgPool;
use store::{Store, Tx};
use uuid::Uuid;

const SERVICE: ServiceId = ServiceId(Uuid::from_u128(2));
const DEPLOY: DeployId = DeployId(Uuid::from_u128(4));

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
}

async fn store(pool: &PgPool) -> Store {
    let store = Store::on(pool.clone());
    store.migrate().await.unwrap();
    let id = |number: u128| Uuid::from_u128(number);
    for statement in [
        format!(
            "insert into entities (id, kind, name, descriptor, created_at, updated_at) values ('{}', 'Component', 'shop', '{{}}', now(), now())",
            id(2)
        ),
        format!(
            "insert into services (id, slug, title, tier, health_url, created_at) values ('{}', 'shop', 'Shop', 1, 'https://shop.example/healthz', now())",
            id(2)
        ),
        format!(
            "insert into environments (id, name, class, created_at) values ('{}', 'production', 'production', now())",
            id(3)
        ),
        format!(
            "insert into deploys (id, service_id, environment_id, key, source, version, created_at) values ('{0}', '{2}', '{3}', 'api:1', 'api', '2', now()), ('{1}', '{2}', '{3}', 'api:0', 'api', '1', now())",
            id(4),
            id(5),
            id(2),
            id(3)
        ),
        format!(
            "insert into running (service_id, environment_id, deploy_id, since) values ('{}', '{}', '{}', now())",
            id(2),
            id(3),
            id(5)
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(pool)
            .await
            .unwrap();
    }
    store
}

async fn begin(store: &Store) -> Tx {
    store.begin_observation(&Actor::CommandLine).await.unwrap()
}

fn watch() -> Watch {
    Watch {
        deploy: DEPLOY,
        weight: 100,
        service: SERVICE,
        slug: "shop".into(),
        environment: "production".into(),
        version: "2".into(),
        previous: Some("1".into()),
        before: at(-60),
        exposed_at: at(0),
        settings: WatchSettings::default(),
        matrix: RollbackMatrix::default(),
        checks: effective(&[]),
        health_url: None,
        probe_before: None,
    }
}

fn sample(check: Check, slot: u32, measure: Measure) -> Sample {
    Sample {
        check,
        slot,
        taken_at: at(i64::from(slot) * 30 + 1),
        window: TimeDelta::seconds(i64::from(slot) * 30),
        threshold: 1.0,
        query: "up".into(),
        measure,
        baseline: None,
        probe: None,
        probe_before: None,
        detail: None,
    }
}

#[sqlx::test(migrations = false)]
async fn a_sample_is_stored_once_and_read_back_as_it_was(pool: PgPool) {
    let store = store(&pool).await;
    let full = Sample {
        baseline: Some(Measure::of(Check::ErrorRatio, Ok(3.0), Some(Ok(300.0)))),
        detail: Some("a store is away".into()),
        ..sample(
            Check::ErrorRatio,
            1,
            Measure::of(Check::ErrorRatio, Ok(7.0), Some(Ok(500.0))),
        )
    };
    let lacking = Sample {
        baseline: Some(Measure::lacking(Lack::NoSeries)),
        probe: Some(Probe::Unreachable),
        probe_before: Some(Probe::Failed),
        ..sample(Check::Down, 2, Measure::lacking(Lack::Unanswered))
    };
    let mut tx = begin(&store).await;
    for sample in [&lacking, &full] {
        tx.put_verify_sample(&watch(), sample).await.unwrap();
    }
    let late = Sample {
        taken_at: at(40),
        ..full.clone()
    };
    tx.put_verify_sample(&watch(), &late).await.unwrap();
    tx.commit().await.unwrap();
    let reads = store.reads();
    assert_eq!(reads.verify_samples(DEPLOY, 100).await.unwrap(), [lacking, full]);
    assert!(reads.verify_samples(DEPLOY, 25).await.unwrap().is_empty());
    sqlx::query("update services set private = true, private_by_hand = true")
        .execute(&pool)
        .await
        .unwrap();
    let stranger = reads.seen_by(Sight::nothing());
    assert!(stranger.verify_samples(DEPLOY, 100).await.unwrap().is_empty());
}

#[sqlx::test(migrations = false)]
async fn of_a_long_watch_as_many_samples_are_read_as_somebody_needs(pool: PgPool) {
    let store = store(&pool).await;
    let mut tx = begin(&store).await;
    tx.put_verify_sample(
        &watch(),
        &sample(Check::P99, 1, Measure::lacking(Lack::Unanswered)),
    )
    .await
    .unwrap();
    let failed = Verdict::Fail(Failure {
        check: Check::P99,
        remedy: Remedy::Ask,
        slot: 1001,
        at: at(30_030),
        value: None,
        threshold: 1.0,
    });
    let outlook = Outlook {
        verdict: failed,
        is_over: true,
    };
    tx.put_verify_verdict(&watch(), &outlook, at(30_030))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    sqlx::query(
        "insert into verify_samples (deploy_id, weight, kind, slot, due_at, taken_at, window_ms, query, threshold, lack)
         select deploy_id, weight, kind, n, due_at + n * interval '30 s', taken_at + n * interval '30 s', window_ms, query,
             threshold, lack
         from verify_samples, generate_series(2, 2880) n",
    )
    .execute(&pool)
    .await
    .unwrap();
    let reads = store.reads();
    let drawn = reads.verify_samples(DEPLOY, 100).await.unwrap();
    let slots: Vec<u32> = drawn.iter().map(|sample| sample.slot).collect();
    assert!((240..=251).contains(&slots.len()), "{}", slots.len());
    assert!(slots.contains(&1001), "the one that decided");
    assert!(slots.ends_with(&[2879, 2880]), "the newest ones");
    let judged = reads.verify_samples_from(&watch(), 2871).await.unwrap();
    let slots: Vec<u32> = judged.iter().map(|sample| sample.slot).collect();
    assert_eq!(slots, (2871..=2880).collect::<Vec<_>>());
}

#[sqlx::test(migrations = false)]
async fn a_failure_stays_unless_it_is_rolled_back_only_now(pool: PgPool) {
    let store = store(&pool).await;
    let failed = |check, remedy| {
        Verdict::Fail(Failure {
            check,
            remedy,
            slot: 4,
            at: at(120),
            value: None,
            threshold: 1.0,
        })
    };
    let outlooks = [
        Verdict::Insufficient(Insufficient {
            check: Some(Check::P99),
            lack: Lack::Unanswered,
            since: at(30),
        }),
        failed(Check::P99, Remedy::Ask),
        Verdict::Pass,
        failed(Check::ErrorRatio, Remedy::Ask),
        failed(Check::Down, Remedy::RollBack),
        failed(Check::P99, Remedy::Ask),
        Verdict::Pass,
    ]
    .map(|verdict| Outlook {
        verdict,
        is_over: true,
    });
    for (outlook, kept) in outlooks.iter().zip([0, 1, 1, 1, 4, 4, 4]) {
        let mut tx = begin(&store).await;
        tx.put_verify_verdict(&watch(), outlook, at(150)).await.unwrap();
        tx.commit().await.unwrap();
        let stored = store.reads().verify_verdicts(DEPLOY).await.unwrap();
        assert_eq!(stored.len(), 1);
        assert_eq!((stored[0].outlook, stored[0].weight), (outlooks[kept], 100));
    }
    for undone in ["verdict = 'pass', lack = null, remedy = null", "remedy = 'ask'"] {
        let undone = sqlx::AssertSqlSafe(format!("update verify_verdicts set {undone}"));
        let undone = sqlx::query(undone).execute(&pool).await;
        assert!(undone.is_err(), "the database refuses it too");
    }
}

#[sqlx::test(migrations = false)]
async fn settings_of_a_service_and_of_a_tier_are_read_back(pool: PgPool) {
    let store = store(&pool).await;
    let tier = Tier::try_from(1).unwrap();
    let raw = RawCheck {
        check: "p99".into(),
        ..RawCheck::default()
    };
    let checks = parse_checks(&[raw]).unwrap();
    let raw = RawRules {
        rules: vec![RawRule {
            check: "error_ratio".into(),
            threshold: Some(0.05),
            ..RawRule::default()
        }],
        minor_defect: Some("ask".into()),
        window_seconds: Some(600),
        ..RawRules::default()
    };
    let (matrix, settings) = parse_rules(&raw).unwrap();
    for _ in 0..2 {
        let mut tx = begin(&store).await;
        tx.put_verify_checks(SERVICE, &checks, at(0)).await.unwrap();
        tx.put_rollback_rules(tier, &matrix, &settings).await.unwrap();
        tx.commit().await.unwrap();
    }
    let reads = store.reads();
    assert_eq!(reads.verify_checks(SERVICE).await.unwrap(), checks);
    assert_eq!(
        reads.rollback_rules(Some(tier)).await.unwrap(),
        (matrix, settings)
    );
    let defaults = (RollbackMatrix::default(), WatchSettings::default());
    let other = Tier::try_from(2).ok();
    assert_eq!(reads.rollback_rules(other).await.unwrap(), defaults);
    assert_eq!(reads.rollback_rules(None).await.unwrap(), defaults);
    let subject = reads.watch_subject(DEPLOY).await.unwrap().unwrap();
    assert_eq!(
        (
            subject.version.as_deref(),
            subject.previous.as_deref(),
            subject.tier
        ),
        (Some("2"), Some("1"), Some(tier))
    );
}
