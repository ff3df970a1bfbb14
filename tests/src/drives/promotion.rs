//! A release goes on to production after the environments upstream, or with a reason.

use chrono::TimeDelta;
use commands::CommandError;
use domain::deploys::drive::{
    End, Phase, Standing,
    request::{RawDrive, RawFact, RawWaiver},
};
use sqlx::PgPool;

use super::{Shop, as_it_is, by};

/// Goes to staging instead.
pub(super) fn staged(raw: &mut RawDrive) {
    raw.deploy.environment = "staging".into();
}

#[sqlx::test(migrations = "../migrations")]
async fn a_release_passes_staging_first_or_somebody_says_why_not(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    shop.report_good(1, "staging").await;
    let staging = ["staging".to_owned()];
    shop.commands
        .set_upstreams(&by(), "production", &staging, "nobody tests in production")
        .await
        .unwrap();
    let early = shop.ask(2, as_it_is).await;
    assert_eq!(shop.settle(early).await, Standing::Ended(End::Failed));
    assert!(shop.detail(early).await.why.unwrap().contains("staging"));

    let waived = shop
        .ask(2, |raw| {
            raw.waivers.push(RawWaiver {
                item: "promotion".into(),
                reason: "staging is down and customers wait".into(),
            });
        })
        .await;
    shop.bring(waived, Phase::AwaitingApproval, 0).await;
    shop.commands
        .cancel_drive(&by(), waived, "staging is up")
        .await
        .unwrap();
    shop.settle(waived).await;

    shop.report_good(2, "staging").await;
    let promoted = shop.ask(2, as_it_is).await;
    assert_eq!(shop.finish(promoted).await, End::Succeeded);
}

#[sqlx::test(migrations = "../migrations")]
async fn environments_form_no_circle(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    shop.report_good(1, "staging").await;
    let set = async |environment: &str, upstream: &str| {
        let upstreams = [upstream.to_owned()];
        shop.commands
            .set_upstreams(&by(), environment, &upstreams, "so we promote")
            .await
    };
    set("production", "staging").await.unwrap();
    let circle = set("staging", "production").await.unwrap_err();
    assert!(matches!(circle, CommandError::Invalid(_)));
    let unknown = set("production", "moon").await.unwrap_err();
    assert!(matches!(unknown, CommandError::Invalid(_)));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_said_of_an_image_holds_wherever_it_goes(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let without_facts = |raw: &mut RawDrive| raw.facts.clear();
    let first = shop.ask(2, staged).await;
    assert_eq!(shop.finish(first).await, End::Succeeded);
    let promoted = shop.ask(2, without_facts).await;
    shop.bring(promoted, Phase::AwaitingApproval, 0).await;

    let unknown = shop.ask(3, without_facts).await;
    let standing = shop.settle(unknown).await;
    assert_eq!(standing.place().map(|place| place.phase), Some(Phase::Prepare));

    // A scan finds something in the image while people decide on it elsewhere.
    shop.clock.forward(TimeDelta::minutes(1));
    shop.ask(2, |raw| {
        staged(raw);
        raw.facts[0] = RawFact {
            item: "scan".into(),
            good: false,
            what: "CVE-2026-1 is critical".into(),
            critical: None,
        };
    })
    .await;
    assert_eq!(shop.finish(promoted).await, End::Failed);
    let why = shop.detail(promoted).await.why.unwrap();
    assert!(why.contains("CVE-2026-1"), "{why}");
    assert_eq!(shop.dispatched(promoted).await, Vec::<i16>::new());
}
