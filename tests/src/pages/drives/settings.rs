//! What a service needs for the loop, and the rules of each tier: as forms set it, by whom, and what is wrong with it.

use domain::{
    catalog::Tier,
    verify::{Check, Remedy},
};

use super::*;
use crate::harness::cookie;

const PAGE: &str = "/services/shop/settings";
const RULES: &str = "/admin/rollback";

#[sqlx::test(migrations = false)]
async fn an_executor_is_set_and_its_secret_is_never_shown(pool: PgPool) {
    let ground = Ground::without_executor(&pool).await;
    let (admin, developer) = (cookie(), ground.person(190, "developer").await);
    let path = format!("{PAGE}?environment=staging");
    let page = ground.page(&path, &developer).await;
    assert!(
        panel(&page, "executor").contains("This needs the role admin."),
        "{page}"
    );
    assert!(panel(&page, "executor").contains("nobody"), "{page}");
    let fields = |secret: &'static str| {
        [
            ("act", "executor"),
            ("environment", "staging"),
            ("kind", "webhook"),
            ("url", "https://deploy.example/fairway"),
            ("secret", secret),
        ]
    };
    let (status, _, _) = ground.send(&path, &developer, &fields(SECRET)).await;
    assert_eq!(status, 403);
    let (status, _, page) = ground.send(&path, &admin, &fields("canary-short")).await;
    assert_eq!(status, 400);
    assert!(page.contains("Use at least 32 characters"), "{page}");
    assert!(
        !page.contains("canary-short"),
        "a secret is not given back: {page}"
    );
    assert!(
        page.contains("value=\"https://deploy.example/fairway\""),
        "{page}"
    );
    let (status, location, page) = ground.send(&path, &admin, &fields(SECRET)).await;
    assert_eq!((status, location), (303, format!("{path}#executor")), "{page}");
    let page = ground.page(&path, &admin).await;
    assert!(page.contains("a signed webhook to"), "{page}");
    assert!(
        page.contains("One is set, and never shown.") && !page.contains("canary-"),
        "{page}"
    );
    let (status, _, page) = ground.send(&path, &admin, &fields("")).await;
    assert_eq!(status, 303, "an empty secret keeps the one that is set: {page}");
    let remove = [("act", "remove_executor"), ("environment", "staging")];
    let (status, _, _) = ground.send(&path, &admin, &remove).await;
    assert_eq!(status, 303);
    assert!(!ground.page(&path, &admin).await.contains("a signed webhook to"));
}

#[sqlx::test(migrations = false)]
async fn checks_are_set_and_what_is_default_stays_so(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(191, "developer").await;
    let page = ground.page(PAGE, &developer).await;
    assert!(
        panel(&page, "checks").contains("http_requests_total"),
        "the default stands in grey: {page}"
    );
    let measure = "sum(increase(bad_total{version=\"{version}\"}[{window}]))";
    let fields = |measure: &'static str| {
        [
            ("act", "checks"),
            ("environment", "staging"),
            ("enabled", "down"),
            ("enabled", "error_ratio"),
            ("measure.error_ratio", measure),
        ]
    };
    let (status, _, page) = ground.send(PAGE, &developer, &fields("sum(bad_total)")).await;
    assert_eq!(status, 400);
    assert!(
        page.contains("#f-measure.error_ratio") && page.contains("Use {version} or"),
        "{page}"
    );
    let (status, location, page) = ground.send(PAGE, &developer, &fields(measure)).await;
    assert_eq!(
        (status, &*location),
        (303, "/services/shop/settings?environment=staging#checks"),
        "{page}"
    );
    let checks = ground
        .app
        .commands
        .reads()
        .verify_checks(ground.service)
        .await
        .unwrap();
    let of = |check: Check| checks.iter().find(|setting| setting.check == check).unwrap();
    assert_eq!(of(Check::ErrorRatio).queries.measure, measure);
    assert!(of(Check::Down).enabled && !of(Check::P99).enabled);
    assert_eq!(of(Check::P95).queries, Check::P95.default_queries());

    let warning = "Nothing is measured: no deploy of this service is watched";
    assert!(!ground.page(PAGE, &developer).await.contains(warning));
    let none = [("act", "checks"), ("environment", "staging")];
    let (status, _, page) = ground.send(PAGE, &developer, &none).await;
    assert_eq!(status, 303, "it is theirs to say: {page}");
    let page = ground.page(PAGE, &developer).await;
    assert!(panel(&page, "checks").contains(warning), "{page}");
}

#[sqlx::test(migrations = false)]
async fn what_is_asked_for_its_health_is_set_by_environment(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let (developer, viewer) = (
        ground.person(197, "developer").await,
        ground.person(198, "viewer").await,
    );
    let path = format!("{PAGE}?environment=staging");
    let page = ground.page(&path, &viewer).await;
    let health = panel(&page, "health");
    assert!(
        health.contains("No health address is known there") && health.contains("This needs the role"),
        "{health}"
    );
    let fields = |url: &'static str| [("act", "health"), ("environment", "staging"), ("health_url", url)];
    let url = "https://shop.staging.example/healthz";
    let (status, _, _) = ground.send(&path, &viewer, &fields(url)).await;
    assert_eq!(status, 403);
    let (status, _, page) = ground
        .send(&path, &developer, &fields("ftp://shop.example/"))
        .await;
    assert_eq!(status, 400);
    assert!(
        page.contains("#f-health_url") && page.contains("value=\"ftp://shop.example/\""),
        "{page}"
    );
    let (status, location, page) = ground.send(&path, &developer, &fields(url)).await;
    assert_eq!((status, location), (303, format!("{path}#health")), "{page}");
    let page = ground.page(&path, &developer).await;
    assert!(
        panel(&page, "health").contains(&format!("value=\"{url}\"")),
        "{page}"
    );
    let (status, _, _) = ground.send(&path, &developer, &fields("")).await;
    assert_eq!(status, 303);
    let page = ground.page(&path, &developer).await;
    assert!(
        panel(&page, "health").contains("No health address is known there"),
        "{page}"
    );
}

#[sqlx::test(migrations = false)]
async fn what_a_release_passes_first_is_set_with_a_reason(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let admin = cookie();
    ground.report_good(1, "production").await;
    let path = format!("{PAGE}?environment=production");
    let fields = |upstream: &'static str, reason: &'static str| {
        [
            ("act", "upstreams"),
            ("environment", "production"),
            ("upstream", upstream),
            ("upstreams_reason", reason),
        ]
    };
    let (status, _, page) = ground.send(&path, &admin, &fields("staging", "")).await;
    assert_eq!(status, 400);
    assert!(
        panel(&page, "promotion").contains("#f-upstreams_reason"),
        "{page}"
    );
    let (status, location, page) = ground
        .send(&path, &admin, &fields("staging", "staging first"))
        .await;
    assert_eq!((status, location), (303, format!("{path}#promotion")), "{page}");
    let page = ground.page(&path, &admin).await;
    assert!(panel(&page, "promotion").contains("checked"), "{page}");
    let answer = browsing::get(&ground.app, &format!("{PAGE}?environment=moon"), &admin).await;
    assert_eq!(answer.status().as_u16(), 400);
}

#[sqlx::test(migrations = false)]
async fn the_rules_of_a_tier_are_read_and_set(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let (admin, viewer) = (cookie(), ground.person(192, "viewer").await);
    let page = ground.page(RULES, &viewer).await;
    for words in [
        "above 1 %, 2 of the last 3, at least 5 bad and 100 requests: roll back",
        "above 2 s, 2 of the last 3, at least 100 requests: roll back",
        "nothing is up or its address fails, 2 in a row: roll back",
        "fix forward",
        "5 min, a sample every 30 s, at least 8 of 10",
        "This needs the role admin",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let path = format!("{RULES}?tier=3");
    let read = async || {
        let page = ground.page(&path, &admin).await;
        let form = page.split("name=\"read\" value=\"").nth(1).unwrap();
        form.split('"').next().unwrap().to_owned()
    };
    let first = read().await;
    let fields = |threshold: &'static str, reason: &'static str| {
        [
            ("tier", "3"),
            ("read", first.as_str()),
            ("threshold.error_ratio", threshold),
            ("hits.error_ratio", "1"),
            ("remedy.p99", "ask"),
            ("minor_defect", "ask"),
            ("reason", reason),
        ]
    };
    let (status, _, _) = ground.send(&path, &viewer, &fields("2", "calmer")).await;
    assert_eq!(status, 403);
    let (status, _, page) = ground.send(&path, &admin, &fields("many", "calmer")).await;
    assert_eq!(status, 400);
    assert!(
        page.contains("#f-threshold.error_ratio") && page.contains("Write a number"),
        "{page}"
    );
    let (status, _, page) = ground.send(&path, &admin, &fields("200", "calmer")).await;
    assert_eq!(status, 400);
    assert!(
        page.contains("#f-threshold.error_ratio")
            && page.contains("value=\"200\"")
            && page.contains("Write more than 0 and less than 100 percent"),
        "{page}"
    );
    // Each field says what is wrong in its own unit, and by its own name.
    for (field, value, why) in [
        (
            "step_seconds",
            "0",
            "Write a second at least, and no more than the whole watch",
        ),
        (
            "hits.p99",
            "9",
            "Write at least 1, and no more than the samples in a row",
        ),
    ] {
        let mut wrong = fields("2", "calmer").to_vec();
        wrong.push((field, value));
        let (status, _, page) = ground.send(&path, &admin, &wrong).await;
        assert_eq!(status, 400, "{field}");
        assert!(
            page.contains(&format!("#f-{field}")) && page.contains(why),
            "{why}: {page}"
        );
    }
    let (status, location, page) = ground.send(&path, &admin, &fields("2.5", "calmer")).await;
    assert_eq!((status, location), (303, format!("{path}#matrix")), "{page}");
    let tier = Tier::parse("3").unwrap();
    let (matrix, _) = ground
        .app
        .commands
        .reads()
        .rollback_rules(Some(tier))
        .await
        .unwrap();
    assert!((matrix.error_ratio.threshold - 0.025).abs() < 1e-9);
    assert_eq!(
        (matrix.error_ratio.needed.hits, matrix.p99.remedy),
        (1, Remedy::Ask)
    );
    assert!(
        ground
            .page(RULES, &viewer)
            .await
            .contains("above 2.50 %, 1 of the last 3")
    );
    // Who has not read that is told, and saves in its place only what they send after that.
    let second = read().await;
    assert_ne!(first, second);
    let (status, _, page) = ground.send(&path, &admin, &fields("4", "calmer still")).await;
    assert_eq!(status, 409);
    assert!(
        page.contains("Somebody set other rules of tier 3 meanwhile")
            && page.contains(&format!("name=\"read\" value=\"{second}\""))
            && page.contains("value=\"4\""),
        "{page}"
    );
    let mut mine = fields("4", "calmer still");
    mine[1].1 = &second;
    let (status, _, page) = ground.send(&path, &admin, &mine).await;
    assert_eq!(status, 303, "{page}");
    assert_ne!(second, read().await);
}

#[sqlx::test(migrations = false)]
async fn a_service_says_how_ready_it_is_and_no_more_than_is_stored(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let viewer = ground.person(193, "viewer").await;
    let service = "/services/shop";
    assert!(
        !ground.page(service, &viewer).await.contains("id=\"readiness\""),
        "nothing runs in production"
    );
    let first = ground.report_good(1, "production").await;
    let page = ground.page(service, &viewer).await;
    let ready = panel(&page, "readiness");
    for words in [
        "Ready to roll back in production",
        "no good release before",
        "no executor told of one",
        "none in production",
        "none recorded",
        "not scheduled",
    ] {
        assert!(ready.contains(words), "{words}: {ready}");
    }
    ground.report_good(2, "production").await;
    let page = ground.page(service, &viewer).await;
    let ready = panel(&page, "readiness");
    assert!(
        ready.contains(&page_of(first)) && ready.contains("pinned by its digest"),
        "{ready}"
    );
    assert!(
        ready.contains("unknown: no executor said"),
        "nothing is said to be there that nobody pulled: {ready}"
    );
    assert!(page.contains("href=\"/services/shop/deploy\""), "{page}");
}
