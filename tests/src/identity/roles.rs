//! What each role may: routes as a golden file, the last admin, and tokens that never may more than their owner.

use domain::{
    actor::Scope,
    tokens::{NewToken, SECRET_BYTES},
};
use reqwest::Method;
use tests::session::{cookie, sign_in_as};

use super::*;

/// Who asks, and their role; the first is nobody.
const WHO: [(&str, Option<&str>); 7] = [
    ("nobody", None),
    ("no role", None),
    ("viewer", Some("viewer")),
    ("developer", Some("developer")),
    ("approver", Some("approver")),
    ("operator", Some("operator")),
    ("admin", Some("admin")),
];

/// Every route of pages, tables and forms, the live stream, and signing out last, since that ends the session.
fn routes() -> Vec<(Method, String)> {
    let mut routes = app::listed();
    routes.push((Method::GET, "/live".to_owned()));
    routes.sort_by_key(|(method, route)| (route == "/sign-out", route.clone(), method.to_string()));
    routes
}

/// `in`: past the door; `no`: stopped there; `out`: asked to sign in. What a form then does, its command decides.
async fn asked(app: &App, (method, route): &(Method, String), cookie: &str) -> &'static str {
    let path: String = route
        .split('/')
        .map(|part| if part.starts_with('{') { "x" } else { part })
        .collect::<Vec<_>>()
        .join("/");
    let mut request = stranger()
        .request(method.clone(), app.url(&path))
        .header(header::COOKIE, cookie);
    if *method == Method::POST {
        request = request
            .header(header::ORIGIN, app.url(""))
            .form(&[("nothing", "")]);
    }
    let answer = request.send().await.unwrap();
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let at_the_door = kind.is_some_and(|kind| kind == "application/problem+json");
    match answer.status() {
        StatusCode::UNAUTHORIZED => "out",
        StatusCode::FORBIDDEN if at_the_door || *method == Method::GET => "no",
        _ => "in",
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_route_opens_to_the_roles_of_the_golden_file(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let mut cookies = vec![String::new()];
    for (number, (name, role)) in (10_u8..).zip(WHO.into_iter().skip(1)) {
        cookies.push(sign_in_as(&pool, number, name, role).await);
    }
    let mut found = String::new();
    for route in routes() {
        found.push_str(&format!("{} {}", route.0, route.1));
        for (cookie, (who, _)) in cookies.iter().zip(WHO) {
            let came = asked(&app, &route, cookie).await;
            found.push_str(&format!(" | {who}: {came}"));
        }
        found.push('\n');
    }
    let file = format!("{}/data/routes.txt", env!("CARGO_MANIFEST_DIR"));
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == known,
        "who may open what has changed. Read the difference; if it is meant, {file} becomes:\n{found}"
    );
}

/// Where the links of administration in a part of a page lead.
fn administration(part: &str) -> Vec<String> {
    part.split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|href| href.starts_with("/admin"))
        .map(ToOwned::to_owned)
        .collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_rail_the_index_and_the_palette_lead_nowhere_that_is_closed(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    for (number, role, in_rail, in_index, in_palette) in [
        (30, "viewer", 1, 0, 2),
        (31, "developer", 8, 8, 9),
        (32, "operator", 9, 9, 10),
        (33, "admin", 11, 13, 15),
    ] {
        let cookie = sign_in_as(&pool, number, role, Some(role)).await;
        let page = get(&app, "/", &cookie).await.text().await.unwrap();
        let after = |start: &str, end: &str| -> Vec<String> {
            let part = page.split(start).nth(1).unwrap();
            administration(part.split(end).next().unwrap())
        };
        let rail = after("aria-label=\"Main\"", "</nav>");
        let palette = after("id=\"palette-list\"", "id=\"palette-found\"");
        assert_eq!(
            (rail.len(), palette.len()),
            (in_rail, in_palette),
            "{role}: {rail:?} {palette:?}"
        );
        let index = get(&app, "/admin", &cookie).await;
        if index.status() == StatusCode::OK {
            let index = index.text().await.unwrap();
            let table = index
                .split("<tbody")
                .nth(1)
                .unwrap()
                .split("</table>")
                .next()
                .unwrap();
            assert_eq!(administration(table).len(), in_index, "{role}");
        }
        for href in rail.iter().chain(&palette) {
            let status = get(&app, href, &cookie).await.status();
            assert_eq!(status, StatusCode::OK, "{role}: {href}");
        }
        let closed = get(&app, "/admin/tokens", &cookie).await.status();
        let expected = if role == "admin" {
            StatusCode::OK
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(closed, expected, "the address itself says who can grant it");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn of_two_admins_who_strip_each_other_one_stays(pool: PgPool) {
    let commands = commands(&pool).await;
    let (ada, eve) = (
        person(&commands, "ada", Role::Admin).await,
        person(&commands, "eve", Role::Admin).await,
    );
    let (by_ada, by_eve) = (viewer(&commands, ada).await, viewer(&commands, eve).await);
    let grant = |viewer: &Viewer| viewer.grants().unwrap()[0].id;
    let (of_ada, of_eve) = (grant(&by_ada), grant(&by_eve));
    let came = futures::future::join(
        commands.revoke_role(&by_ada, eve, of_eve),
        commands.revoke_role(&by_eve, ada, of_ada),
    )
    .await;
    assert!(came.0.is_ok() != came.1.is_ok(), "{came:?}");
    assert_eq!(commands.reads().admin_count().await.unwrap(), 1);
    let left = if came.0.is_ok() { ada } else { eve };
    for refused in [
        commands.set_disabled(&operator(), left, true).await.err(),
        commands.erase_person(&operator(), left, "asked for").await.err(),
    ] {
        assert!(refused.unwrap().to_string().contains("last admin"));
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_last_admins_buttons_say_beforehand_why_they_are_closed(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    let last = PersonId(::tests::session::person(1));
    let page = format!("/admin/people/{last}");
    let reason = "Olga Admin is the last admin. Make somebody else one";
    let closed = async || {
        let page = get(&app, &page, &cookie()).await.text().await.unwrap();
        page.matches(reason).count()
    };
    assert_eq!(closed().await, 2, "the role, and the end of the account");
    let refused = app.commands.set_disabled(&operator(), last, true).await;
    assert!(
        refused.unwrap_err().to_string().contains(reason),
        "the rule says the same"
    );
    app.commands
        .grant_role(&operator(), last, NewGrant::whole(Role::Viewer))
        .await
        .unwrap();
    assert_eq!(closed().await, 2, "another role of theirs may go");
    person(&app.commands, "eve", Role::Admin).await;
    assert_eq!(closed().await, 0);
}

/// What the store locks while it changes who is an admin.
const ADMINS_LOCK: i64 = 0x0066_6169_7277_6179;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_became_the_last_admin_a_moment_ago_stays_one(pool: PgPool) {
    let commands = commands(&pool).await;
    let ada = person(&commands, "ada", Role::Viewer).await;
    let eve = person(&commands, "eve", Role::Admin).await;
    let mut held = pool.begin().await.unwrap();
    sqlx::query("select pg_advisory_xact_lock($1)")
        .bind(ADMINS_LOCK)
        .execute(&mut *held)
        .await
        .unwrap();
    let by = operator();
    let disabling = commands.set_disabled(&by, ada, true);
    let meanwhile = async {
        let mut waits = false;
        while !waits {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            waits = sqlx::query_scalar(
                "select exists (select from pg_locks where locktype = 'advisory' and not granted
                     and database = (select oid from pg_database where datname = current_database()))",
            )
            .fetch_one(&mut *held)
            .await
            .unwrap();
        }
        sqlx::query("update grants set person_id = $1 where person_id = $2")
            .bind(ada.0)
            .bind(eve.0)
            .execute(&mut *held)
            .await
            .unwrap();
        held.commit().await.unwrap();
    };
    let (came, ()) = futures::future::join(disabling, meanwhile).await;
    assert!(came.unwrap_err().to_string().contains("last admin"));
    assert_eq!(commands.reads().admin_count().await.unwrap(), 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_token_never_may_more_than_its_owner(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let ben = person(&app.commands, "ben", Role::Viewer).await;
    let scopes: Vec<String> = Scope::ALL.iter().map(|scope| scope.as_str().to_owned()).collect();
    let new = NewToken::parse("Ben's", &scopes, 30, app.commands.now()).unwrap();
    let (_, secret) = app
        .commands
        .create_token(&operator(), new.owned_by(ben), [9; SECRET_BYTES])
        .await
        .unwrap();
    let read = async || {
        let request = stranger().get(app.url("/api/v1/services")).bearer_auth(&secret);
        request.send().await.unwrap().status()
    };
    let register = async || {
        let body = serde_json::json!({ "name": "shop", "owner": "team-a" });
        let request = stranger().post(app.url("/api/v1/services")).bearer_auth(&secret);
        request.json(&body).send().await.unwrap().status()
    };
    assert_eq!(
        (read().await, register().await),
        (StatusCode::OK, StatusCode::FORBIDDEN)
    );
    app.commands
        .grant_role(&operator(), ben, NewGrant::whole(Role::Developer))
        .await
        .unwrap();
    assert_eq!(register().await, StatusCode::CREATED);
    app.commands.set_disabled(&operator(), ben, true).await.unwrap();
    assert_eq!(read().await, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_trail_says_what_its_subjects_are_called_and_leads_to_them(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let ben = person(&app.commands, "ben", Role::Developer).await;
    let scopes = [Scope::Read.as_str().to_owned()];
    let new = NewToken::parse("Harbour CI", &scopes, 30, app.commands.now()).unwrap();
    let by = operator();
    app.commands
        .create_token(&by, new, [9; SECRET_BYTES])
        .await
        .unwrap();
    let raw = domain::catalog::RawService {
        name: "harbour".into(),
        owner: "team-a".into(),
        ..Default::default()
    };
    let new = domain::catalog::NewService::parse(raw).unwrap();
    app.commands.register_service(&by, &new).await.unwrap();

    let page = get(&app, "/admin/audit", &cookie()).await.text().await.unwrap();
    for (href, words) in [
        (format!("/admin/people/{ben}"), "person ben"),
        ("/admin/tokens".to_owned(), "token Harbour CI"),
        ("/services/harbour".to_owned(), "service harbour"),
    ] {
        let link = page
            .split("<a ")
            .find(|link| link.contains(&format!(">{words}<")));
        let link = link.unwrap_or_else(|| panic!("{words}: {page}"));
        assert!(link.contains(&format!("href=\"{href}\"")), "{link}");
    }
    // Operators read the trail, and are led nowhere that is closed to them.
    let operator = sign_in_as(&pool, 40, "Otto", Some("operator")).await;
    let page = get(&app, "/admin/audit", &operator).await.text().await.unwrap();
    assert!(page.contains("person ben") && page.contains("/services/harbour"));
    assert!(!page.contains(&format!("/admin/people/{ben}")), "{page}");
}
