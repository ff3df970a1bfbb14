//! Headers: those that an answer has over https, and those of a request that are too many.

use domain::actor::{Actor, Viewer};
use reqwest::{StatusCode, header};
use sqlx::PgPool;

use crate::harness::{App, client, stranger};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn over_https_browsers_are_told_to_stay_there(pool: PgPool) {
    let plain = App::start(pool.clone(), &[]).await;
    let answer = client().get(plain.url("/healthz")).send().await.unwrap();
    assert!(!answer.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));
    drop(plain);
    let app = App::start(pool, &["--public-url=https://fairway.example.com"]).await;
    for path in [
        "/",
        "/healthz",
        "/no/such/page",
        "/api/v1/services",
        "/webhooks/nobody",
    ] {
        let answer = client().get(app.url(path)).send().await.unwrap();
        assert_eq!(
            answer.headers()[header::STRICT_TRANSPORT_SECURITY],
            "max-age=31536000; includeSubDomains",
            "{path}"
        );
    }
    let colours = client()
        .post(app.url("/theme"))
        .form(&[("theme", "dark")])
        .send()
        .await
        .unwrap();
    assert!(
        colours.headers()[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .ends_with("; Secure")
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn over_https_a_session_is_bound_to_this_host(pool: PgPool) {
    let app = App::start(pool, &["--public-url=https://fairway.example.com"]).await;
    let operator = Viewer::trusted(Actor::CommandLine);
    let code = app.commands.make_set_up_link(&operator, true).await.unwrap();
    let code = code.unwrap();
    let fields = [
        ("code", &*code),
        ("name", "Ada"),
        ("email", "ada@fairway.example"),
        ("password", "harbour lights 5 quietly"),
    ];
    let form = stranger().post(app.url("/link")).form(&fields);
    let answer = form.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let set = answer.headers().get_all(header::SET_COOKIE).iter();
    let set: Vec<&str> = set.map(|cookie| cookie.to_str().unwrap()).collect();
    let session = set.iter().find(|cookie| cookie.starts_with("__Host-fairway="));
    let session = session.unwrap_or_else(|| panic!("{set:?}"));
    for words in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(session.contains(words), "{words}: {session}");
    }
    assert!(!session.contains("Domain"), "{session}");
    assert!(
        !set.iter().any(|cookie| cookie.starts_with("fairway=")),
        "{set:?}"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_address_or_headers_beyond_the_bounds_are_refused(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    let asked = async |query: usize, headers: usize| {
        let url = format!("{}?q={}", app.url("/services"), "a".repeat(query));
        let mut request = client().get(url);
        for number in 0..headers {
            request = request.header(format!("x-{number}"), "b".repeat(1024));
        }
        request.send().await.unwrap()
    };
    assert_eq!(asked(7_000, 20).await.status(), StatusCode::OK);
    assert_eq!(asked(8_200, 0).await.status(), StatusCode::URI_TOO_LONG);
    let large = asked(1, 40).await;
    assert_eq!(large.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert!(large.text().await.unwrap().contains("32 KiB"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_page_of_somebody_who_is_signed_in_is_kept(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    for (method, route) in app::listed() {
        if method != http::Method::GET {
            continue;
        }
        let path = route.replace(['{', '}'], "");
        let answer = client()
            .get(app.url(&path))
            .header(header::ACCEPT, "text/html")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store", "{path}");
    }
}
