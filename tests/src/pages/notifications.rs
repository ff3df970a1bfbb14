//! What is told where, as people choose it: their own places, and the organisation's.

use domain::notifications::Topic;
use sqlx::PgPool;
use tests::session::sign_in_as;

use crate::{
    browsing::{get, post},
    harness::{App, cookie},
};

const OWN: &str = "/account/notifications";
const ALL: &str = "/admin/notifications";
/// The address of a chat's webhook lets in whoever knows it.
const ADDRESS: &str = "https://hooks.example/services/canary";

async fn page(app: &App, path: &str, cookie: &str) -> String {
    let answer = get(app, path, cookie).await;
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{path}: {status} {text}");
    text
}

async fn send(app: &App, path: &str, cookie: &str, fields: &[(&str, &str)]) -> (u16, String, String) {
    let answer = post(app, path, cookie, fields).await;
    let status = answer.status().as_u16();
    let location = answer.headers().get("location");
    let location = location.map_or("", |to| to.to_str().unwrap()).to_owned();
    (status, location, answer.text().await.unwrap())
}

/// The id of the place that an address has open.
fn place(location: &str) -> String {
    let (_, rest) = location.split_once("place=").unwrap();
    rest.trim_end_matches("#place").to_owned()
}

#[sqlx::test(migrations = false)]
async fn the_organisations_channel_is_added_chosen_for_and_removed(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let admin = cookie();
    assert!(
        page(&app, ALL, &admin)
            .await
            .contains("Nothing is told anywhere yet")
    );
    let add = |address: &'static str| {
        [
            ("act", "add"),
            ("kind", "slack"),
            ("name", "#releases"),
            ("address", address),
        ]
    };
    let (status, _, text) = send(&app, ALL, &admin, &add("hooks.example")).await;
    assert_eq!(status, 400);
    assert!(
        text.contains("#f-address") && text.contains("value=\"#releases\""),
        "{text}"
    );
    let (status, location, text) = send(&app, ALL, &admin, &add(ADDRESS)).await;
    assert_eq!(status, 303, "{text}");
    let id = place(&location);
    let open = format!("{ALL}?place={id}");
    let text = page(&app, &open, &admin).await;
    assert!(
        text.contains("What #releases is told") && !text.contains("canary"),
        "{text}"
    );
    let choose = [
        ("act", "choose"),
        ("place", id.as_str()),
        ("topics", Topic::DeployRolledBack.as_str()),
        ("topics", Topic::DeployFailed.as_str()),
    ];
    let (status, location, text) = send(&app, &open, &admin, &choose).await;
    assert_eq!((status, &*location), (303, ALL), "{text}");
    let text = page(&app, ALL, &admin).await;
    assert!(text.contains("Deploy failed, Deploy rolled back"), "{text}");
    let remove = [("act", "remove"), ("place", id.as_str())];
    let (status, _, _) = send(&app, &open, &admin, &remove).await;
    assert_eq!(status, 303);
    assert!(
        page(&app, ALL, &admin)
            .await
            .contains("Nothing is told anywhere yet")
    );
    assert_eq!(get(&app, &open, &admin).await.status().as_u16(), 404);
}

#[sqlx::test(migrations = false)]
async fn everybody_has_places_of_their_own_and_nobody_those_of_others(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let ada = sign_in_as(&pool, 200, "Ada", Some("viewer")).await;
    let eve = sign_in_as(&pool, 201, "Eve", Some("admin")).await;
    let add = [
        ("act", "add"),
        ("kind", "slack"),
        ("name", "mine"),
        ("address", ADDRESS),
    ];
    let (status, location, text) = send(&app, OWN, &ada, &add).await;
    assert_eq!(status, 303, "{text}");
    let id = place(&location);
    let open = format!("{OWN}?place={id}");
    assert!(page(&app, &open, &ada).await.contains("What mine is told"));
    assert_eq!(get(&app, &open, &eve).await.status().as_u16(), 404);
    let choose = [
        ("act", "choose"),
        ("place", id.as_str()),
        ("topics", "deploy_failed"),
    ];
    let (status, _, _) = send(&app, OWN, &eve, &choose).await;
    assert_eq!(status, 404, "another's place is as if it were not there");
    let mail = [
        ("act", "add"),
        ("kind", "mail"),
        ("name", ""),
        ("address", "eve@example.com"),
    ];
    let (status, _, text) = send(&app, OWN, &ada, &mail).await;
    assert_eq!(status, 400);
    assert!(text.contains("not proved to be yours"), "{text}");
}
