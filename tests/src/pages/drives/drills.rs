//! Rollback drills as pages and the API show them.

use super::*;

const PAGE: &str = "/services/shop/settings";

fn fields(zone: &'static str) -> [(&'static str, &'static str); 7] {
    [
        ("act", "drills"),
        ("environment", "staging"),
        ("drill_environment", "staging"),
        ("drill_every_days", "14"),
        ("drill_from", "10:00"),
        ("drill_to", "12:00"),
        ("drill_zone", zone),
    ]
}

#[sqlx::test(migrations = false)]
async fn a_schedule_is_set_shown_and_taken_away(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let (developer, viewer) = (
        ground.person(194, "developer").await,
        ground.person(195, "viewer").await,
    );
    let page = ground.page(PAGE, &viewer).await;
    let drills = panel(&page, "drills");
    assert!(
        drills.contains("No drills yet") && drills.contains("This needs the role developer"),
        "{drills}"
    );
    let (status, ..) = ground.send(PAGE, &viewer, &fields("UTC")).await;
    assert_eq!(status, 403);
    let (status, _, page) = ground.send(PAGE, &developer, &fields("Berlin")).await;
    assert_eq!(status, 400);
    assert!(
        panel(&page, "drills").contains("#f-drill_zone") && page.contains("value=\"14\""),
        "{page}"
    );
    let (status, location, page) = ground.send(PAGE, &developer, &fields("Europe/Berlin")).await;
    assert_eq!(
        (status, &*location),
        (303, "/services/shop/settings?environment=staging#drills"),
        "{page}"
    );
    let page = ground.page(PAGE, &viewer).await;
    let drills = panel(&page, "drills");
    assert!(
        drills.contains("The next one is due") && drills.contains("Europe/Berlin"),
        "{drills}"
    );
    ground.report_good(1, "production").await;
    let page = ground.page("/services/shop", &viewer).await;
    let ready = panel(&page, "readiness");
    assert!(
        ready.contains("Ready to roll back") && !ready.contains("not scheduled"),
        "{ready}"
    );
    let remove = [("act", "remove_drills"), ("environment", "staging")];
    let (status, _, page) = ground.send(PAGE, &developer, &remove).await;
    assert_eq!(status, 303, "{page}");
    let page = ground.page("/services/shop", &viewer).await;
    assert!(panel(&page, "readiness").contains("not scheduled"), "{page}");
}

#[sqlx::test(migrations = false)]
async fn a_drill_begins_now_or_says_why_not(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(196, "developer").await;
    let now = [
        ("act", "drill_now"),
        ("environment", "staging"),
        ("drill_where", "staging"),
        ("drill_reason", "before the season"),
    ];
    let (status, _, page) = ground.send(PAGE, &developer, &now).await;
    assert_eq!(status, 409);
    assert!(page.contains("No release before what runs there"), "{page}");
    ground.report_good(2, "staging").await;
    let (status, _, page) = ground.send(PAGE, &developer, &now).await;
    assert_eq!(status, 303, "{page}");
    let page = ground.page(PAGE, &developer).await;
    assert!(panel(&page, "drills").contains("on its way"), "{page}");
    ground.report_good(2, "production").await;
    let page = ground.page("/services/shop", &developer).await;
    assert!(panel(&page, "readiness").contains("on its way"), "{page}");
}
