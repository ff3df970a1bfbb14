//! Requests that a page of another site makes a browser send, with the cookies of whoever is signed in.

use reqwest::{Method, StatusCode, header};
use sqlx::PgPool;

use super::contents;
use crate::harness::{App, client, stranger};

/// `Sec-Fetch-Site` and `Origin` as browsers send them, and whether the form may come in. `OWN` is our origin.
const SENT: [(Option<&str>, Option<&str>, bool); 13] = [
    (Some("same-origin"), Some(OWN), true),
    // Typed into the address bar, or a bookmark.
    (Some("none"), None, true),
    // Not a browser's, so it carries no cookie that somebody else could use.
    (None, None, true),
    // A browser from before Sec-Fetch-Site.
    (None, Some(OWN), true),
    (Some("cross-site"), Some("https://evil.example"), false),
    (Some("cross-site"), None, false),
    (Some("same-site"), Some("https://other.fairway.example"), false),
    (Some("same-site"), None, false),
    (Some("cross-site"), Some("null"), false),
    (None, Some("https://evil.example"), false),
    (None, Some("null"), false),
    (None, Some("http://127.0.0.1"), false),
    (Some("Same-Origin"), Some("https://evil.example"), false),
];
const OWN: &str = "own";

/// Every address that takes a form.
fn forms() -> Vec<String> {
    let posts = app::listed()
        .into_iter()
        .filter(|(method, _)| *method == Method::POST);
    posts
        .map(|(_, route)| route.replace("{id}", "00000000-0000-7000-8000-000000000000"))
        .collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_form_is_taken_from_another_site(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let forms = forms();
    assert!(forms.len() >= 15, "{forms:?}");
    let before = contents(&pool).await;
    for path in &forms {
        for (site, origin, _) in SENT.iter().filter(|(.., taken)| !taken) {
            let mut request = client()
                .post(app.url(path))
                .form(&[("act", "end_all"), ("theme", "dark")]);
            if let Some(site) = site {
                request = request.header("sec-fetch-site", *site);
            }
            if let Some(origin) = origin {
                request = request.header(header::ORIGIN, *origin);
            }
            let answer = request.send().await.unwrap();
            let sent = format!("{path} {site:?} {origin:?}");
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{sent}");
            assert!(!answer.headers().contains_key(header::SET_COOKIE), "{sent}");
            assert!(
                answer.text().await.unwrap().contains("nothing was changed"),
                "{sent}"
            );
        }
    }
    assert!(contents(&pool).await == before, "something was changed");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn forms_of_our_own_pages_are_taken(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    for (site, origin, _) in SENT.iter().filter(|(.., taken)| *taken) {
        let mut request = client().post(app.url("/theme")).form(&[("theme", "dark")]);
        if let Some(site) = site {
            request = request.header("sec-fetch-site", *site);
        }
        if let Some(origin) = origin {
            assert_eq!(*origin, OWN);
            request = request.header(header::ORIGIN, app.url(""));
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{site:?} {origin:?}");
    }
}

/// Machines sign what they send, or show a token: nothing that a browser adds by itself.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn machines_are_not_asked_for_an_origin_and_get_nothing_for_a_cookie(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    for path in ["/api/v1/services", "/api/v1/deploys", "/webhooks/github"] {
        let answer = client()
            .post(app.url(path))
            .header("sec-fetch-site", "cross-site")
            .header(header::ORIGIN, "https://evil.example")
            .json(&serde_json::json!({ "name": "shop", "owner": "team-a" }))
            .send()
            .await
            .unwrap();
        let refused = [StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND];
        assert!(refused.contains(&answer.status()), "{path}: {}", answer.status());
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn another_site_may_read_nothing_and_is_told_so(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    for path in [
        "/services",
        "/services.csv",
        "/account",
        "/api/v1/services",
        "/live",
    ] {
        for method in [Method::GET, Method::OPTIONS] {
            let answer = stranger()
                .request(method, app.url(path))
                .header(header::ORIGIN, "https://evil.example")
                .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
                .send()
                .await
                .unwrap();
            assert!(
                !answer.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN),
                "{path}"
            );
            assert_eq!(
                answer.headers()["cross-origin-resource-policy"],
                "same-origin",
                "{path}"
            );
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_address_leads_to_another_site(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    for elsewhere in [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/%09/evil.example",
        " https://evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "/\r\nLocation: https://evil.example",
    ] {
        let form = [("theme", "dark"), ("to", elsewhere)];
        let theme = client()
            .post(app.url("/theme"))
            .header(header::ORIGIN, app.url(""))
            .form(&form);
        let back = stranger()
            .get(app.url("/sign-in"))
            .query(&[("to", elsewhere)])
            .header(header::ACCEPT, "text/html");
        for request in [theme, back] {
            let answer = request.send().await.unwrap();
            let Some(to) = answer.headers().get(header::LOCATION) else {
                continue;
            };
            let to = app
                .url("")
                .parse::<url::Url>()
                .unwrap()
                .join(to.to_str().unwrap())
                .unwrap();
            assert_eq!(
                to.origin(),
                app.url("").parse::<url::Url>().unwrap().origin(),
                "{elsewhere:?}"
            );
        }
    }
    // What is doubled at the front of an address names a host in some browsers.
    let doubled = client()
        .get(app.url("//evil.example/services?"))
        .send()
        .await
        .unwrap();
    let to = doubled
        .headers()
        .get(header::LOCATION)
        .map_or("/", |to| to.to_str().unwrap());
    assert!(!to.starts_with("//") && !to.contains("://"), "{to}");
}
