//! Lists, figures, the graph and open streams of somebody outside the team.

use std::time::Duration;

use domain::tokens::{NewServiceAccount, RawTrust, TrustTerms};
use serde_json::Value;

use super::*;

/// Pages that list what there is, with nothing of the reader in their addresses.
const LISTS: [&str; 33] = [
    "/",
    "/?of=everything",
    "/services",
    "/services.csv",
    "/services?owner=payments",
    "/catalog",
    "/catalog.csv",
    "/deploys",
    "/deploys?class=production",
    "/deploys?team=payments",
    "/deploys.csv",
    "/approvals",
    "/approvals?show=open",
    "/approvals?show=decided",
    "/approvals.csv?show=open",
    "/teams",
    "/teams/payments",
    "/dora",
    "/dora?team=payments",
    "/dora.csv?team=payments",
    "/dora/rows?metric=frequency",
    "/dora/rows.csv?metric=frequency",
    "/search?q=qu",
    "/search/found?q=quay",
    "/services/harbour",
    "/services/harbour/dependencies",
    "/services/harbour/dependencies.csv",
    "/admin/deliveries",
    "/admin/deliveries.csv",
    "/admin/audit",
    "/admin/audit.csv",
    "/admin/audit.jsonl",
    "/admin/jobs",
];

/// The same of the API.
const OF_API: [&str; 9] = [
    "/api/v1/services",
    "/api/v1/deploys",
    "/api/v1/incidents",
    "/api/v1/dora?team=payments",
    "/api/v1/dora/deploys",
    "/api/v1/search?q=quay",
    "/api/v1/services/harbour",
    "/api/v1/services/harbour/dependencies",
    "/api/v1/deliveries",
];

/// Makes one private service of `payments` with all that hangs on it, which needs `harbour`.
async fn secret(ground: &Ground, pool: &PgPool) -> ServiceId {
    let commands = &ground.app.commands;
    let id = hide(commands, "quay-north", "payments").await;
    let released = deploy(commands, "quay-north").await;
    incident(commands, "quay-north").await;
    correct(commands, released).await;
    deploy(commands, "quay-north").await;
    ask(commands, id).await;
    delivery(pool, "acme/quay-north").await;
    sqlx::query(
        "insert into relations (source_id, kind, target_ref) values ($1, 'dependsOn', 'component:default/harbour')",
    )
    .bind(id.0)
    .execute(pool)
    .await
    .unwrap();
    id
}

/// What tells of the secret: its name, or its id where that names it.
fn tells(text: &str, secret: ServiceId) -> bool {
    text.contains(SECRET) || text.contains(&secret.to_string())
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_list_tells_of_it_until_one_is_of_the_team(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let id = secret(&ground, &pool).await;
    let mut shown_to_admins = 0;
    for path in LISTS.into_iter().chain(OF_API) {
        let text = ground.text(false, path).await;
        assert!(!tells(&text, id), "{path} tells: {text}");
        shown_to_admins += usize::from(tells(&ground.text(true, path).await, id));
    }
    assert!(shown_to_admins > 20, "only {shown_to_admins} show it to admins");
    join(&ground.app.commands, PersonId(person(READER)), "payments").await;
    for path in [
        "/services",
        "/services/quay-north",
        "/deploys",
        "/api/v1/services",
    ] {
        assert!(tells(&ground.text(false, path).await, id), "{path} of a member");
    }
}

/// Trusts the workflows of a repository to act as the service account of this name.
async fn trust(commands: &Commands, name: &str, repository: &str) {
    let issuer = "https://issuer.example".to_owned();
    let new = NewServiceAccount::parse(name, "", "developer", "").unwrap();
    let account = commands.create_service_account(&operator(), new).await.unwrap();
    let raw = RawTrust {
        issuer: issuer.clone(),
        audience: "https://fairway.example".into(),
        repository: repository.to_owned(),
        scopes: vec!["deploys:write".into()],
        ..RawTrust::default()
    };
    let terms = TrustTerms::parse(&raw, &[issuer]).unwrap();
    commands
        .trust_workflows(&operator(), account, terms)
        .await
        .unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_trail_names_its_repository_to_nobody_outside(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let commands = &ground.app.commands;
    hide(commands, "quay-north", "payments").await;
    trust(commands, "one", "Acme/quay-north").await;
    trust(commands, "two", "acme/lantern").await;
    let of = async |as_admin| ground.text(as_admin, "/admin/audit.csv").await;
    let (reader, admin) = (of(false).await, of(true).await);
    assert!(admin.contains("Acme/quay-north") && admin.contains("acme/lantern"));
    assert!(reader.contains("acme/lantern"), "{reader}");
    assert!(!reader.contains("quay-north"), "{reader}");

    sqlx::query(
        "insert into audit (id, at, actor_kind, actor_name, action, subject, after)
         values ($1, now(), 'system', 'GitHub Actions of acme/quay-north', 'token.exchange', 'token:1',
                 '{\"repository\": \"acme/quay-north\"}')",
    )
    .bind(Uuid::now_v7())
    .execute(&pool)
    .await
    .unwrap();
    let page = ground.text(false, "/admin/audit").await;
    assert!(
        !page.contains("quay-north"),
        "who acted is a choice of the page: {page}"
    );
    assert!(ground.text(true, "/admin/audit").await.contains("quay-north"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn figures_count_it_and_say_that_it_is_not_shown(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    secret(&ground, &pool).await;
    for whose in ["", "?team=payments"] {
        let of = async |as_admin| -> Value {
            let text = ground.text(as_admin, &format!("/api/v1/dora{whose}")).await;
            serde_json::from_str(&text).unwrap()
        };
        let (reader, admin) = (of(false).await, of(true).await);
        assert_eq!(reader["figures"], admin["figures"], "{whose}");
    }
    let words = "The figure counts 1 row more, of services you may not see.";
    assert!(
        ground
            .text(false, "/dora/rows?metric=frequency")
            .await
            .contains(words)
    );
    assert!(
        !ground
            .text(true, "/dora/rows?metric=frequency")
            .await
            .contains("may not see")
    );
    let team = ground.text(false, "/dora?team=payments").await;
    assert!(
        team.contains("Not shown: 1 deployment of services you may not see."),
        "{team}"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_stream_says_nothing_of_it(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let id = hide(&ground.app.commands, "quay-north", "payments").await;
    let topics = format!("/live?topics=deploy,service,health,service:{id}");
    let mut stream = ground.get(false, &topics).await;
    let hidden = deploy(&ground.app.commands, "quay-north").await;
    let shown = deploy(&ground.app.commands, "lantern").await;
    let mut said = String::new();
    while !said.contains(&shown.to_string()) {
        let chunk = tokio::time::timeout(Duration::from_secs(120), stream.chunk());
        let chunk = chunk.await.expect("it comes in time").unwrap();
        said.push_str(std::str::from_utf8(&chunk.expect("the stream goes on")).unwrap());
    }
    assert!(
        !said.contains(&hidden.to_string()) && !said.contains(&id.to_string()),
        "{said}"
    );
}
