//! Every route that takes an id, asked with ids of what is hidden and of nothing at all: the answers are the same.

use futures::StreamExt;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use reqwest::StatusCode;

use super::*;

/// Questions that are asked.
const ASKED: usize = 5_000;
/// At once: what the pool of one server answers without waiting.
const AT_ONCE: usize = 8;
/// Private services of another team, each with a deploy, an incident, a correction and a delivery.
const HIDDEN: usize = 25;

/// What an id is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Slug,
    Deploy,
    Incident,
    Correction,
    Delivery,
    Request,
}

/// Method, path, form or JSON, and what stands for `ID` in them.
const ROUTES: [(&str, &str, &str, Of); 58] = [
    ("GET", "/services/ID", "", Of::Slug),
    ("GET", "/services/ID/dependencies", "", Of::Slug),
    ("GET", "/services/ID/settings", "", Of::Slug),
    ("POST", "/services/ID/settings", "act=checks", Of::Slug),
    ("GET", "/services/ID/deploy", "", Of::Slug),
    (
        "POST",
        "/services/ID/deploy",
        "environment=production&release=nothing",
        Of::Slug,
    ),
    (
        "POST",
        "/deploys/ID",
        "act=roll_back&roll_back_reason=let+me+see",
        Of::Deploy,
    ),
    ("GET", "/services/ID/dependencies.csv", "", Of::Slug),
    ("GET", "/services?q=ID", "", Of::Slug),
    ("GET", "/services.csv?q=ID", "", Of::Slug),
    ("GET", "/catalog/component/default/ID", "", Of::Slug),
    ("GET", "/catalog?q=ID", "", Of::Slug),
    ("GET", "/catalog.csv?q=ID", "", Of::Slug),
    ("GET", "/deploys?service=ID", "", Of::Slug),
    ("GET", "/deploys.csv?service=ID", "", Of::Slug),
    ("GET", "/dora?service=ID", "", Of::Slug),
    ("GET", "/dora.csv?service=ID", "", Of::Slug),
    ("GET", "/dora/rows?metric=frequency&service=ID", "", Of::Slug),
    ("GET", "/dora/rows.csv?metric=frequency&service=ID", "", Of::Slug),
    ("GET", "/search?q=ID", "", Of::Slug),
    ("GET", "/search/found?q=ID", "", Of::Slug),
    (
        "POST",
        "/services/ID",
        "visibility=organisation&reason=let+me+see",
        Of::Slug,
    ),
    ("GET", "/deploys/ID", "", Of::Deploy),
    ("GET", "/search?q=ID", "", Of::Deploy),
    ("GET", "/search/found?q=ID", "", Of::Deploy),
    (
        "POST",
        "/deploys/ID",
        "field=exclude&value=&reason=let+me+see",
        Of::Deploy,
    ),
    ("GET", "/approvals?show=open&service=ID", "", Of::Slug),
    ("GET", "/approvals.csv?show=open&service=ID", "", Of::Slug),
    ("GET", "/approvals/ID", "", Of::Request),
    (
        "POST",
        "/approvals/ID",
        "act=decide&verdict=reject&reason=let+me+see&binding=0000000000000000000000000000000000000000000000000000000000000000",
        Of::Request,
    ),
    ("GET", "/admin/deliveries/ID", "", Of::Delivery),
    ("GET", "/admin/deliveries?q=ID", "", Of::Delivery),
    ("POST", "/admin/deliveries/ID/replay", "", Of::Delivery),
    ("GET", "/api/v1/services/ID", "", Of::Slug),
    ("GET", "/api/v1/services/ID/deploys", "", Of::Slug),
    ("GET", "/api/v1/services/ID/dependencies", "", Of::Slug),
    ("GET", "/api/v1/catalog/component/default/ID", "", Of::Slug),
    ("GET", "/api/v1/deploys?service=ID", "", Of::Slug),
    ("GET", "/api/v1/incidents?service=ID", "", Of::Slug),
    ("GET", "/api/v1/dora?service=ID", "", Of::Slug),
    ("GET", "/api/v1/dora/deploys?service=ID", "", Of::Slug),
    ("GET", "/api/v1/search?q=ID", "", Of::Slug),
    (
        "POST",
        "/api/v1/deploys",
        r#"{"service":"ID","environment":"production","version":"2"}"#,
        Of::Slug,
    ),
    (
        "POST",
        "/api/v1/incidents",
        r#"{"service":"ID","title":"Slow","severity":3}"#,
        Of::Slug,
    ),
    (
        "POST",
        "/api/v1/deploys",
        r#"{"mode":"driven","service":"ID","environment":"staging","sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
        Of::Slug,
    ),
    (
        "POST",
        "/api/v1/gates",
        r#"{"service":"ID","environment":"staging","sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","run_id":7,"job":"deploy"}"#,
        Of::Slug,
    ),
    (
        "POST",
        "/api/v1/deploys/ID/phases",
        r#"{"key":"ID:deploy:0.0","outcome":"succeeded"}"#,
        Of::Deploy,
    ),
    (
        "POST",
        "/api/v1/deploys/ID/cancel",
        r#"{"reason":"let me see"}"#,
        Of::Deploy,
    ),
    (
        "POST",
        "/api/v1/deploys/ID/confirm",
        r#"{"reason":"let me see"}"#,
        Of::Deploy,
    ),
    (
        "POST",
        "/api/v1/deploys/ID/rollback",
        r#"{"reason":"let me see"}"#,
        Of::Deploy,
    ),
    ("GET", "/api/v1/deploys/ID", "", Of::Deploy),
    (
        "POST",
        "/api/v1/deploys/ID/phases",
        r#"{"state":"failed"}"#,
        Of::Deploy,
    ),
    (
        "POST",
        "/api/v1/deploys/ID/corrections",
        r#"{"field":"exclude","reason":"let me see"}"#,
        Of::Deploy,
    ),
    (
        "POST",
        "/api/v1/deploys",
        r#"{"service":"lantern","environment":"production","version":"2","rollback_of":"ID"}"#,
        Of::Deploy,
    ),
    (
        "POST",
        "/api/v1/incidents",
        r#"{"service":"lantern","title":"Slow","severity":3,"caused_by":["ID"]}"#,
        Of::Deploy,
    ),
    ("GET", "/api/v1/incidents/ID", "", Of::Incident),
    (
        "DELETE",
        "/api/v1/corrections/ID?reason=let+me+see",
        "",
        Of::Correction,
    ),
    ("GET", "/api/v1/deliveries/ID", "", Of::Delivery),
];

/// An id of nothing, as long and of the same letters as one of something.
fn of_nothing(of: Of) -> String {
    match of {
        Of::Slug => slug(u32::MAX),
        _ => Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000).to_string(),
    }
}

fn slug(number: u32) -> String {
    format!("{SECRET}{number:08x}")
}

/// An answer without what differs from request to request: the id, nonces, ids of requests, places in the feed.
async fn asked(ground: &Ground, as_admin: bool, route: usize, id: &str) -> (StatusCode, String) {
    let (method, path, body, _) = ROUTES[route];
    let path = path.replace("ID", id);
    let request = ground.request(as_admin, method.parse().unwrap(), &path);
    let kind = if path.starts_with("/api/") {
        "application/json"
    } else {
        "application/x-www-form-urlencoded"
    };
    let request = match method {
        "POST" => request
            .header(header::CONTENT_TYPE, kind)
            .body(body.replace("ID", id)),
        _ => request,
    };
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let mut text = answer.text().await.unwrap().replace(id, "ID");
    for (before, end) in [
        ("nonce=\"", '"'),
        ("\"instance\":\"", '"'),
        ("Reference <code>", '<'),
    ] {
        text = without(&text, before, end);
    }
    let places = text
        .split(".0")
        .map(|part| part.trim_end_matches(|sign: char| sign.is_ascii_digit()));
    (status, places.collect::<Vec<_>>().join(""))
}

/// A text without what follows this, up to its end.
fn without(text: &str, before: &str, end: char) -> String {
    let mut parts = text.split(before);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once(end).map_or("", |(_, rest)| rest));
    }
    kept
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_hidden_is_answered_as_what_never_was(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let mut random = StdRng::seed_from_u64(0x9151b1e);
    let mut ids: Vec<(Of, String)> = Vec::new();
    for _ in 0..HIDDEN {
        let name = slug(random.random_range(0..u32::MAX));
        let hidden = hide(&ground.app.commands, &name, "payments").await;
        let released = deploy(&ground.app.commands, &name).await;
        let slow = incident(&ground.app.commands, &name).await;
        let corrected = correct(&ground.app.commands, released).await;
        let asks = ask(&ground.app.commands, hidden).await;
        let told = delivery(&pool, &format!("acme/{name}")).await;
        ids.extend([
            (Of::Slug, name),
            (Of::Deploy, released.to_string()),
            (Of::Incident, slow.to_string()),
            (Of::Correction, corrected.to_string()),
            (Of::Delivery, told.to_string()),
            (Of::Request, asks.to_string()),
        ]);
    }
    let mut unknown = Vec::new();
    for (route, (method, path, _, of)) in ROUTES.iter().enumerate() {
        let nothing = asked(&ground, false, route, &of_nothing(*of)).await;
        if *method == "GET" {
            let (_, id) = ids.iter().find(|(is, _)| is == of).unwrap();
            let seen = asked(&ground, true, route, id).await;
            assert_ne!(seen, nothing, "{path} says nothing even to admins");
        }
        unknown.push(nothing);
    }
    let questions: Vec<(usize, &String)> = (0..ASKED)
        .map(|_| {
            let route = random.random_range(0..ROUTES.len());
            let fitting: Vec<&String> = ids
                .iter()
                .filter(|(of, _)| *of == ROUTES[route].3)
                .map(|(_, id)| id)
                .collect();
            (route, fitting[random.random_range(0..fitting.len())])
        })
        .collect();
    let (ground, unknown) = (&ground, &unknown);
    let leaks: Vec<String> = futures::stream::iter(questions)
        .map(|(route, id)| async move {
            let answer = asked(ground, false, route, id).await;
            (answer != unknown[route]).then(|| format!("{:?} of {id}: {answer:?}", ROUTES[route]))
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(|leak| async move { leak })
        .collect()
        .await;
    assert!(leaks.is_empty(), "{} leaks, first {}", leaks.len(), leaks[0]);
}
