//! Looking changes nothing: every address that answers GET leaves every table as it was, whatever its query says.

use reqwest::{Method, header};
use sqlx::PgPool;
use tests::fakes::github::{NewCommit, World};

use super::contents;
use crate::{
    harness::{App, client},
    intake::order::{register, tell},
};

/// What a form would send, as a link.
const QUERIES: [&str; 3] = [
    "",
    "?act=end_all&session=x&class=production&environment=frankfurt&reason=because",
    "?act=begin&disabled=true&role=admin&code=000000&password=harbour+lights+5+quietly",
];

/// An address of a route with things that exist.
fn filled(route: &str, deploy: &str, delivery: &str, person: &str) -> String {
    let id = if route.starts_with("/deploys") {
        deploy
    } else if route.starts_with("/admin/deliveries") {
        delivery
    } else {
        person
    };
    route
        .replace("{slug}", "payments")
        .replace("{kind}/{namespace}/{name}", "component/default/payments")
        .replace("{kind}", "component")
        .replace("{id}", id)
}

#[sqlx::test(migrations = false)]
async fn no_table_changes_by_looking(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    register(&app.commands).await;
    let world = World::default();
    let repo = world.act_as("ada").repo("acme/payments");
    let sha = repo.commit(NewCommit::new("Start"));
    repo.deploy_through("frankfurt", &sha, 1, "success");
    tell(&app.commands, &world.take_deliveries()).await;
    let one = async |sql: &'static str| -> String {
        let found: Option<String> = sqlx::query_scalar(sql).fetch_optional(&pool).await.unwrap();
        found.unwrap_or_else(|| "00000000-0000-7000-8000-000000000000".to_owned())
    };
    let deploy = one("select id::text from deploys limit 1").await;
    let delivery = one("select id::text from deliveries limit 1").await;
    let person = one("select person_id::text from accounts limit 1").await;

    let before = contents(&pool).await;
    for (method, route) in app::listed() {
        if method != Method::GET {
            continue;
        }
        let path = filled(&route, &deploy, &delivery, &person);
        for query in QUERIES {
            for method in [Method::GET, Method::HEAD] {
                let request = client().request(method, app.url(&format!("{path}{query}")));
                let answer = request.header(header::ACCEPT, "text/html").send().await.unwrap();
                assert!(
                    !answer.status().is_server_error(),
                    "{path}{query}: {}",
                    answer.status()
                );
                let _ = answer.bytes().await;
            }
        }
    }
    let after = contents(&pool).await;
    let changed: Vec<&String> = before
        .iter()
        .filter(|(table, rows)| after.get(*table) != Some(rows))
        // An answer to no question of this browser is looked at and noted.
        .filter(|(table, _)| !table.starts_with("public.security_events"))
        .map(|(table, _)| table)
        .collect();
    assert!(changed.is_empty(), "looking changed {changed:?}");
}
