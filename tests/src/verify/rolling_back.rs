//! What is wrong is seen in time, and nothing else is.

use chrono::{TimeDelta, Utc};
use domain::verify::{Check, Failure, Outlook, Remedy, Verdict, VerdictKind};
use sqlx::PgPool;

use super::{BUSY, DEPLOY, FAST, commands, exposed_now, next, samples, scraped, watched};

/// Ninety seconds of a watch with a sample each half minute.
const IN_TIME: u32 = 3;

fn failure(outlook: &Outlook) -> Failure {
    match outlook.verdict {
        Verdict::Fail(failure) => failure,
        other => panic!("it should fail: {other:?}"),
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn an_error_rate_above_one_percent_is_rolled_back_in_time_and_stays_a_failure(pool: PgPool) {
    let (_old, new, prometheus) = scraped(BUSY).await;
    let commands = commands(&pool, Some(&prometheus.url)).await;
    new.set(|knobs| knobs.bad = 0.1);
    let watch = exposed_now(&commands, 20).await;
    let outlook = watched(&commands, &watch).await;
    let failed = failure(&outlook);
    assert_eq!(
        (failed.check, failed.remedy),
        (Check::ErrorRatio, Remedy::RollBack)
    );
    assert!(failed.slot <= IN_TIME, "{failed:?}");
    let seen = Utc::now() - watch.exposed_at;
    assert!(
        seen < TimeDelta::seconds(90) / 20 + TimeDelta::seconds(1),
        "{seen}"
    );
    assert!(failed.value.unwrap() > 0.02, "{failed:?}");

    let stored = commands.reads().verify_verdicts(DEPLOY).await.unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].outlook.verdict.kind(), VerdictKind::Fail);
    let taken = samples(&commands).await;
    let ratio = taken
        .iter()
        .find(|sample| sample.check == Check::ErrorRatio)
        .unwrap();
    assert!(
        ratio.query.contains(r#"version="2",code=~"5..""#),
        "{}",
        ratio.query
    );
    assert!((ratio.threshold - 0.01).abs() < f64::EPSILON);
    assert_eq!(ratio.baseline.unwrap().value, Ok(0.0));
    assert!(
        ratio.window <= ratio.taken_at - watch.exposed_at,
        "it looks back to the exposure"
    );

    new.set(|knobs| knobs.bad = 0.0);
    let again = next(&commands, &watch).await;
    assert_eq!(failure(&again), failure(&stored[0].outlook), "it is sticky");
    assert_eq!(
        samples(&commands).await.len(),
        taken.len(),
        "nobody is asked again"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_p99_above_two_seconds_is_rolled_back(pool: PgPool) {
    let (_old, new, prometheus) = scraped(BUSY).await;
    let commands = commands(&pool, Some(&prometheus.url)).await;
    new.set(|knobs| knobs.slow = 0.05);
    let watch = exposed_now(&commands, 20).await;
    let failed = failure(&watched(&commands, &watch).await);
    assert_eq!((failed.check, failed.remedy), (Check::P99, Remedy::RollBack));
    assert!(
        failed.slot <= IN_TIME && failed.value.unwrap() > 2.0,
        "{failed:?}"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_down_is_rolled_back(pool: PgPool) {
    let (_old, new, prometheus) = scraped(BUSY).await;
    let commands = commands(&pool, Some(&prometheus.url)).await;
    new.set(|knobs| knobs.is_up = false);
    let watch = exposed_now(&commands, 20).await;
    let failed = failure(&watched(&commands, &watch).await);
    assert_eq!((failed.check, failed.remedy), (Check::Down, Remedy::RollBack));
    assert!(failed.slot <= IN_TIME, "{failed:?}");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_a_person_decides_about_is_rolled_back_once_it_is_down_too(pool: PgPool) {
    let (_old, new, prometheus) = scraped(BUSY).await;
    let commands = commands(&pool, Some(&prometheus.url)).await;
    new.set(|knobs| knobs.slow = 0.05);
    let mut watch = exposed_now(&commands, 20).await;
    watch.matrix.p99.remedy = Remedy::Ask;
    let asked = failure(&watched(&commands, &watch).await);
    assert_eq!((asked.check, asked.remedy), (Check::P99, Remedy::Ask));
    new.set(|knobs| knobs.is_up = false);
    let mut outlook = next(&commands, &watch).await;
    for _ in 0..4 {
        if !outlook.is_settled() {
            outlook = next(&commands, &watch).await;
        }
    }
    let failed = failure(&outlook);
    assert_eq!((failed.check, failed.remedy), (Check::Down, Remedy::RollBack));
    let stored = commands.reads().verify_verdicts(DEPLOY).await.unwrap();
    assert_eq!(failure(&stored[0].outlook), failed);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_health_address_that_answers_500_is_down(pool: PgPool) {
    let (_old, new, prometheus) = scraped(BUSY).await;
    let commands = commands(&pool, Some(&prometheus.url)).await;
    sqlx::query("update services set health_url = $1")
        .bind(new.health_url())
        .execute(&pool)
        .await
        .unwrap();
    new.set(|knobs| knobs.is_healthy = false);
    let watch = exposed_now(&commands, 20).await;
    let failed = failure(&watched(&commands, &watch).await);
    assert_eq!((failed.check, failed.slot), (Check::Down, 2));
    let taken = samples(&commands).await;
    let down = taken.iter().find(|sample| sample.check == Check::Down).unwrap();
    assert_eq!(down.measure.value, Ok(1.0), "Prometheus sees it");
    assert!(down.detail.as_ref().unwrap().contains("500"), "{down:?}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_good_release_passes(pool: PgPool) {
    let (_old, _new, prometheus) = scraped(BUSY).await;
    let commands = commands(&pool, Some(&prometheus.url)).await;
    let watch = exposed_now(&commands, FAST).await;
    let outlook = watched(&commands, &watch).await;
    assert_eq!((outlook.verdict, outlook.is_over), (Verdict::Pass, true));
    let taken = samples(&commands).await.len();
    assert!(
        (8 * 4..=10 * 4).contains(&taken),
        "{taken} samples of four checks"
    );
    let again = next(&commands, &watch).await;
    assert_eq!(again.verdict, Verdict::Pass);
    assert_eq!(samples(&commands).await.len(), taken, "nobody is asked again");
}
