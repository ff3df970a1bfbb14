//! What is not known rolls nothing back: it is held, and said with since when.

use chrono::Utc;
use domain::verify::{Check, Insufficient, Lack, Outlook, Probe, Verdict, Watch};
use sqlx::PgPool;

use super::{BUSY, FAST, commands, exposed_now, next, samples, scraped, watched};

fn lacking(outlook: &Outlook) -> Insufficient {
    match outlook.verdict {
        Verdict::Insufficient(insufficient) => insufficient,
        other => panic!("it should not be known: {other:?}"),
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn too_little_traffic_is_insufficient(pool: PgPool) {
    let (_old, _new, prometheus) = scraped(2.0).await;
    let commands = commands(&pool, Some(&prometheus.url)).await;
    let watch = exposed_now(&commands, FAST).await;
    let outlook = watched(&commands, &watch).await;
    assert!(outlook.is_over, "a person is asked");
    assert_eq!(lacking(&outlook).lack, Lack::TooLittleTraffic);
    assert_eq!(lacking(&outlook).check, Some(Check::ErrorRatio));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_prometheus_that_is_killed_holds_the_deploy_and_rolls_nothing_back(pool: PgPool) {
    let (_old, new, mut prometheus) = scraped(BUSY).await;
    let commands = commands(&pool, Some(&prometheus.url)).await;
    let watch = exposed_now(&commands, FAST).await;
    for _ in 0..4 {
        assert_eq!(lacking(&next(&commands, &watch).await).lack, Lack::NotOver);
    }
    // It even turns bad, which nobody can know now.
    new.set(|knobs| knobs.bad = 0.5);
    prometheus.kill();
    let killed = Utc::now();
    let held = lacking(&next(&commands, &watch).await);
    assert_eq!(held.lack, Lack::Unanswered);
    assert!(held.since >= killed, "{held:?}");
    let outlook = watched(&commands, &watch).await;
    assert!(outlook.is_over);
    let over = lacking(&outlook);
    assert_eq!((over.lack, over.since), (Lack::Unanswered, held.since));
    let words = over.to_string();
    let since = held.since.format("%Y-%m-%d %H:%M UTC").to_string();
    assert!(
        words.contains("Prometheus does not answer") && words.contains(&since),
        "{words}"
    );
    let silent = samples(&commands).await;
    let silent = silent.iter().filter(|sample| sample.slot > 4);
    assert!(
        silent.clone().count() > 4 && silent.clone().all(|sample| sample.detail.is_some()),
        "each says why"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn where_nothing_answers_fairway_the_release_is_not_rolled_back(pool: PgPool) {
    let (_old, new, mut prometheus) = scraped(BUSY).await;
    let commands = commands(&pool, Some(&prometheus.url)).await;
    sqlx::query("update services set health_url = $1")
        .bind(new.health_url())
        .execute(&pool)
        .await
        .unwrap();
    let watch = exposed_now(&commands, FAST).await;
    assert_eq!(lacking(&next(&commands, &watch).await).lack, Lack::NotOver);
    // As if Fairway's own network was cut.
    prometheus.kill();
    let watch = Watch {
        health_url: Some("http://127.0.0.1:9/healthz".into()),
        ..watch
    };
    let outlook = watched(&commands, &watch).await;
    assert!(outlook.is_over);
    let held = lacking(&outlook);
    assert_eq!((held.check, held.lack), (Some(Check::Down), Lack::Unanswered));
    let taken = samples(&commands).await;
    let down = taken.iter().rfind(|sample| sample.check == Check::Down).unwrap();
    assert_eq!(down.probe, Some(Probe::Unreachable));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_service_that_was_broken_before_is_not_rolled_back(pool: PgPool) {
    let (old, new, prometheus) = scraped(BUSY).await;
    for shop in [&old, &new] {
        shop.set(|knobs| knobs.bad = 0.1);
    }
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let commands = commands(&pool, Some(&prometheus.url)).await;
    let watch = exposed_now(&commands, FAST).await;
    let outlook = watched(&commands, &watch).await;
    assert!(outlook.is_over, "it is held to the end");
    let broken = lacking(&outlook);
    assert_eq!(
        (broken.check, broken.lack),
        (Some(Check::ErrorRatio), Lack::AlreadyBroken)
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn without_a_prometheus_the_health_address_alone_is_no_pass(pool: PgPool) {
    let shop = super::Shop::start(BUSY).await;
    let commands = commands(&pool, None).await;
    sqlx::query("update services set health_url = $1")
        .bind(shop.health_url())
        .execute(&pool)
        .await
        .unwrap();
    let watch = exposed_now(&commands, FAST).await;
    let outlook = watched(&commands, &watch).await;
    assert!(outlook.is_over);
    let held = lacking(&outlook);
    assert_eq!(
        (held.check, held.lack),
        (Some(Check::ErrorRatio), Lack::NotConfigured)
    );
}
