//! Names: their order, typing errors, and texts that are no names.

use super::*;
use crate::harness::{App, client};

async fn ground(pool: PgPool) -> Ground {
    let ground = Ground::new(pool).await;
    ground
        .import(&[
            entity("Group", "payments", "type: team, children: []"),
            entity("User", "lena", "memberOf: [payments]"),
            entity(
                "API",
                "payments",
                "type: openapi, lifecycle: production, owner: payments, definition: x",
            ),
            component("payments", 3, ""),
            component("payments-api", 2, ""),
            component("payments-worker", 1, ""),
            component("risk-payments", 4, ""),
            component("ledger", 1, ""),
            component("checkout-web", 1, ""),
            component("prepayments", 1, ""),
        ])
        .await;
    ground
}

#[sqlx::test(migrations = false)]
async fn the_exact_name_comes_first_then_beginnings_then_words_then_the_rest(pool: PgPool) {
    let ground = ground(pool).await;
    assert_eq!(
        ground.services("payments").await,
        [
            "payments",
            "payments-worker",
            "payments-api",
            "risk-payments",
            "prepayments"
        ],
        "of two that begin so, the more critical one first"
    );
    assert_eq!(ground.services("Payments API").await, ["payments-api"]);
    assert_eq!(
        ground.services("api pay").await,
        ["payments-api"],
        "words in any order"
    );
    assert_eq!(
        ground.services("p").await.len(),
        5,
        "one letter: where a word begins"
    );
    assert_eq!(
        ground.services("a").await,
        ["payments-api"],
        "one letter is not looked for inside words"
    );
    let all = ground.search("payments").await;
    assert!(!all.nearest);
    assert_eq!(all.teams.items[0].slug, "payments");
    assert_eq!(all.entities.items[0].kind.as_str(), "API");
}

#[sqlx::test(migrations = false)]
async fn typing_errors_find_the_nearest_names_and_say_so(pool: PgPool) {
    let ground = ground(pool).await;
    for (typed, meant) in [
        ("chekcout", "checkout-web"),
        ("legder", "ledger"),
        ("paymnets-api", "payments-api"),
        ("checkotu", "checkout-web"),
    ] {
        let found = ground.search(typed).await;
        assert!(found.nearest, "{typed}");
        assert_eq!(
            found.services.items.first().map(|service| service.slug.as_str()),
            Some(meant),
            "{typed}"
        );
    }
    let nothing = ground.search("xylophone").await;
    assert!(nothing.is_empty() && !nothing.nearest, "{nothing:?}");
}

#[sqlx::test(migrations = false)]
async fn no_text_breaks_it_and_wildcards_are_letters(pool: PgPool) {
    let ground = ground(pool).await;
    ground.deploy("ledger", "v1.0", "ab12", 1).await;
    let long = "payments ".repeat(100);
    for text in [
        "%",
        "_",
        "\\",
        "%%%",
        "pay%",
        "p%yments",
        "'",
        "''",
        "\"",
        ":*",
        "a' | 'b",
        "!payments",
        "(",
        "&",
        "<->",
        "\0",
        "pay\0ments",
        "  ",
        "-",
        "😀",
        "é",
        "Ä",
        "$1",
        "1' or true --",
        "#",
        "#99999999999",
        "00000000",
        "ffffffff-",
        "v",
        "v1%",
        "0%",
        &long,
    ] {
        let found = ground.search(text).await;
        let is_name = ["pay\0ments", &long, "!payments", "a' | 'b"].contains(&text);
        assert!(
            is_name || found.services.items.is_empty() || found.nearest,
            "{text:?} found {:?}",
            found.services
        );
    }
    let mut found = ground.services(&long).await;
    found.sort();
    assert_eq!(
        found,
        [
            "payments",
            "payments-api",
            "payments-worker",
            "prepayments",
            "risk-payments"
        ],
        "a word said a hundred times finds what it finds once"
    );
}

#[sqlx::test(migrations = false)]
async fn what_left_the_catalog_is_not_found(pool: PgPool) {
    let ground = ground(pool).await;
    ground.import(&[component("ledger", 1, "")]).await;
    assert!(
        ground
            .search_for("payments", Some(SearchKind::Services))
            .await
            .services
            .items
            .is_empty()
    );
    assert_eq!(ground.services("ledger").await, ["ledger"]);
}

#[sqlx::test(migrations = false)]
async fn a_person_of_the_catalog_and_of_github_is_one(pool: PgPool) {
    let ground = ground(pool).await;
    sqlx::query("insert into people (id, display_name, login, is_bot, created_at) values
        (gen_random_uuid(), 'Lena Hart', 'Lena', false, now()), (gen_random_uuid(), 'lena-bot', 'lena-bot', true, now())")
        .execute(&ground.pool).await.unwrap();
    let found = ground.search("lena").await;
    let names: Vec<&str> = found
        .people
        .items
        .iter()
        .map(|person| person.name.as_str())
        .collect();
    assert_eq!(names, ["Lena Hart", "lena-bot"]);
    assert_eq!(
        found.people.items[0].entity,
        Some(("default".into(), "lena".into()))
    );
    assert!(
        found.entities.items.is_empty(),
        "not shown a second time: {:?}",
        found.entities
    );
}

#[sqlx::test(migrations = false)]
async fn a_letter_that_ten_thousand_services_share_still_finds_the_exact_one(pool: PgPool) {
    let ground = Ground::new(pool).await;
    sqlx::raw_sql(
        "insert into entities (id, kind, name, descriptor, created_at, updated_at)
         select gen_random_uuid(), 'Component', 'service-' || n, '{}', now(), now() from generate_series(1, 2000) n;
         insert into services (id, slug, title, tier, created_at)
         select id, name, name, 3, now() from entities;
         insert into service_state (service_id, derived_at) select id, now() from services",
    )
    .execute(&ground.pool)
    .await
    .unwrap();
    let found = ground.search("service-1987").await.services;
    assert_eq!(found.items[0].slug, "service-1987");
    let many = ground.search("service").await.services;
    assert_eq!((many.items.len(), many.more), (10, true));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_page_marks_what_fits_and_escapes_what_was_typed(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    ground(pool).await;
    let page = async |path: &str| {
        let answer = client().get(app.url(path)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, html) = page("/search?q=pay%20api").await;
    assert_eq!(status, 200);
    let plain = html.replace("<!>", "").replace("<!---->", "");
    assert!(
        plain.contains("<mark>pay</mark>ments-<mark>api</mark>"),
        "{plain}"
    );
    let (status, html) = page("/search?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E").await;
    assert_eq!(status, 200);
    assert!(!html.contains("<img src=x") && html.contains("&lt;img src=x onerror=alert(1)&gt;"));
    let (status, fragment) = page("/search/found?q=%3Cb%3Epayments").await;
    assert_eq!(status, 200);
    assert!(fragment.contains("role=\"option\"") && !fragment.contains("<b>") && !fragment.contains("<html"));
    assert_eq!(page("/search?q=x&kind=spaceships").await.0, 400);
}
