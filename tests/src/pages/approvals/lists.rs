//! The inbox: tabs, filters, pages, the file, and what is hidden.

use reqwest::StatusCode;

use super::*;

/// The part of a page from one text to the next one after it.
fn part<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = page.split_once(from).expect(from);
    rest.split(to).next().unwrap_or_default()
}

#[sqlx::test(migrations = false)]
async fn everybody_sees_what_waits_and_each_what_waits_for_them(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let (lead, developer) = (
        ground.person(201, "Lea Lead", "approver").await,
        ground.person(202, "Dev Developer", "developer").await,
    );
    let nothing = ground.text("/approvals", &lead).await;
    assert!(nothing.contains("Nothing waits for you"), "{nothing}");
    let opened = ground.open("1.0.0").await;
    let row = format!("href=\"{}\"", page_of(&opened));

    let mine = ground.text("/approvals", &lead).await;
    assert!(mine.contains(&row) && mine.contains("0 of 1"), "{mine}");
    let none = ground.text("/approvals", &developer).await;
    assert!(
        none.contains("You decide about no release") && !none.contains(&row),
        "{none}"
    );
    let open = ground.text("/approvals?show=open", &developer).await;
    assert!(open.contains(&row), "{open}");
    assert!(!part(&open, "href=\"/approvals\"", "</a>").contains("count"));

    let verdict = ground
        .send(
            &page_of(&opened),
            &lead,
            &[
                ("act", "decide"),
                ("verdict", "approve"),
                ("binding", &binding_of(&ground, "1.0.0")),
            ],
        )
        .await;
    assert_eq!(verdict.0, 303, "{}", verdict.2);
    assert!(!ground.text("/approvals", &lead).await.contains(&row));
    assert!(!ground.text("/approvals?show=open", &lead).await.contains(&row));
    let decided = ground.text("/approvals?show=decided", &developer).await;
    assert!(decided.contains(&row) && decided.contains("1 of 1"), "{decided}");
}

#[sqlx::test(migrations = false)]
async fn the_rail_and_home_count_what_waits_for_whoever_looks(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let opened = ground.open("1.0.0").await;
    ground.open("1.1.0").await;
    let (lead, developer) = (
        ground.person(203, "Lea Lead", "approver").await,
        ground.person(204, "Dev Developer", "developer").await,
    );
    let home = ground.text("/", &lead).await;
    let entry = part(&home, "href=\"/approvals\"", "</a>");
    assert!(entry.contains(">2<"), "{entry}");
    assert!(home.contains("Waiting for you") && home.contains(&page_of(&opened)));
    let home = ground.text("/", &developer).await;
    assert!(!part(&home, "href=\"/approvals\"", "</a>").contains("count"));
    assert!(!home.contains("Waiting for you"));
}

#[sqlx::test(migrations = false)]
async fn filters_narrow_every_tab_and_the_file_in_the_same_way(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let lead = ground.person(205, "Lea Lead", "approver").await;
    let opened = ground.open("1.0.0").await;
    for (query, fits) in [
        ("team=payments", true),
        ("team=growth", false),
        ("service=shop", true),
        ("service=other", false),
        ("environment=live", true),
        ("environment=staging", false),
        ("class=production", true),
        ("class=preview", false),
    ] {
        for show in ["", "show=open&"] {
            let page = ground.text(&format!("/approvals?{show}{query}"), &lead).await;
            assert_eq!(page.contains(&page_of(&opened)), fits, "{show}{query}");
            assert_eq!(
                page.contains("No request fits these filters"),
                !fits,
                "{show}{query}"
            );
            let csv = ground.text(&format!("/approvals.csv?{show}{query}"), &lead).await;
            assert_eq!(csv.contains(&opened.id.to_string()), fits, "{show}{query}: {csv}");
        }
    }
    let csv = ground.text("/approvals.csv?show=open", &lead).await;
    let mut lines = csv.lines();
    assert_eq!(
        lines.next(),
        Some(
            "id,service,environment,class,version,sha,digest,state,approvals,needed,policy,opened_at,deadline,ended_at"
        )
    );
    assert!(
        lines
            .next()
            .unwrap()
            .contains(",shop,live,production,1.0.0,,sha256:")
    );
    for wrong in [
        "/approvals?show=all",
        "/approvals?class=moon",
        "/approvals?show=decided&state=done",
        "/approvals.csv?show=all",
    ] {
        let answer = get(&ground.app, wrong, &lead).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{wrong}");
    }
    let answer = get(&ground.app, "/approvals?show=mine&team=payments", &lead).await;
    assert_eq!(
        answer.headers()["location"],
        "/approvals?team=payments",
        "the default is left out"
    );
}

#[sqlx::test(migrations = false)]
async fn a_page_has_fifty_requests_the_most_urgent_first(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let lead = ground.person(206, "Lea Lead", "approver").await;
    let mut all = Vec::new();
    for number in 0..52 {
        all.push(ground.open(&format!("1.{number}.0")).await);
    }
    for tab in ["/approvals", "/approvals?show=open"] {
        let first = ground.text(tab, &lead).await;
        assert!(first.contains(&page_of(&all[0])) && first.contains(&page_of(&all[49])));
        assert!(!first.contains(&page_of(&all[50])), "fifty a page");
        let next = first
            .split("<a ")
            .find(|link| link.split('>').next().unwrap().contains("rel=\"next\""))
            .unwrap();
        let next = part(next, "href=\"", "\"").replace("&amp;", "&");
        let second = ground.text(&next, &lead).await;
        assert!(second.contains(&page_of(&all[50])) && second.contains(&page_of(&all[51])));
        assert!(!second.contains(&page_of(&all[49])), "none twice");
    }
    let csv = ground.text("/approvals.csv", &lead).await;
    assert_eq!(csv.lines().count(), 53, "all of them in the file");
}

#[sqlx::test(migrations = false)]
async fn who_does_not_see_a_service_hears_of_none_of_its_requests(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let (lead, admin) = (
        ground.person(207, "Lea Lead", "approver").await,
        ground.person(208, "Ada Admin", "admin").await,
    );
    let opened = ground.open("1.0.0").await;
    ground
        .app
        .commands
        .set_visibility(&operator(), "shop", true, "not announced yet")
        .await
        .unwrap();
    for path in [
        "/approvals",
        "/approvals?show=open",
        "/approvals.csv?show=open",
        "/",
    ] {
        let of = async |cookie: &str| ground.text(path, cookie).await.contains(&opened.id.to_string());
        assert!(!of(&lead).await, "{path} tells");
        assert!(of(&admin).await || path == "/", "{path} tells admins nothing");
    }
    let page = page_of(&opened);
    assert_eq!(
        get(&ground.app, &page, &lead).await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(get(&ground.app, &page, &admin).await.status(), StatusCode::OK);
    let binding = binding_of(&ground, "1.0.0");
    let (status, _, said) = ground
        .send(
            &page,
            &lead,
            &[("act", "decide"), ("verdict", "approve"), ("binding", &binding)],
        )
        .await;
    assert_eq!(status, 404, "{said}");
}

fn binding_of(ground: &Ground, version: &str) -> String {
    ground.new_approval(version).release.binding().to_string()
}
