//! Signing in by providers: whom their answers let in, what groups give and take, and what nobody believes.

mod attacks;
mod github;
mod groups;
mod people;

use std::sync::Arc;

use chrono::TimeDelta;
use commands::{Commands, SystemClock, Ways};
use domain::{
    access::{NewGrant, Role},
    actor::{Actor, Viewer},
    sign_in::NewSignInRule,
};
use integrations::{
    outbound::Allowed,
    sign_in::{Oidc, OidcConfig},
};
use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};
use sqlx::PgPool;
use store::Store;
use tests::fakes::oidc::FakeIssuer;

use crate::{
    browsing::{get, post},
    harness::{App, stranger},
};

/// Where providers send browsers back to; the tests follow the path on the port of their own.
const HERE: &str = "http://localhost:3000";

fn operator() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

fn oidc(issuer: &FakeIssuer) -> Oidc {
    Oidc::new(OidcConfig {
        issuer: issuer.issuer(),
        name: "Harbour ID".to_owned(),
        client_id: FakeIssuer::CLIENT.to_owned(),
        client_secret: Some(FakeIssuer::SECRET.into()),
        scopes: vec!["profile".to_owned(), "email".to_owned()],
        groups_claim: "groups".to_owned(),
        return_url: format!("{HERE}/sign-in/oidc/return"),
        inside: Allowed::default(),
    })
    .unwrap()
}

/// An installation whose provider is the fake, which asks it again after so long.
async fn app(pool: &PgPool, issuer: &FakeIssuer, recheck: TimeDelta) -> App {
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    let commands = Commands::new(store, Arc::new(SystemClock)).with_ways(Ways {
        oidc: Some(oidc(issuer)),
        recheck,
        ..Ways::default()
    });
    App::with_commands(commands).await
}

/// Whoever is in the group has the role.
async fn rule(app: &App, way: &str, group: &str, role: Role) {
    let new = NewSignInRule::parse(way, group, Ok(NewGrant::whole(role))).unwrap();
    app.commands.make_sign_in_rule(&operator(), new).await.unwrap();
}

fn ada(groups: &[&str]) -> Value {
    json!({
        "sub": "ada-1", "name": "Ada Lovelace", "email": "Ada@harbour.example", "email_verified": true, "groups": groups,
    })
}

/// The session that an answer gives to the browser, or the one that it had.
fn cookie(answer: &Response, before: &str) -> String {
    answer
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok()?.split(';').next())
        .find(|pair| pair.starts_with("fairway="))
        .unwrap_or(before)
        .to_owned()
}

fn location(answer: &Response) -> String {
    let to = answer.headers().get(header::LOCATION);
    to.map_or_else(String::new, |to| to.to_str().unwrap().to_owned())
}

/// Goes to the provider; gives the session, and the path and query that the provider sends back to.
async fn go(app: &App, path: &str, before: &str) -> (String, String) {
    let there = get(app, path, before).await;
    assert_eq!(there.status(), StatusCode::SEE_OTHER, "{path}");
    let session = cookie(&there, before);
    (session, at_provider(&location(&there)).await)
}

/// What the provider makes of being asked at an address.
async fn at_provider(address: &str) -> String {
    let answer = stranger().get(address).send().await.unwrap();
    let back = location(&answer);
    back.strip_prefix(HERE)
        .unwrap_or_else(|| panic!("{back}"))
        .to_owned()
}

/// There and back again; gives the answer and the session.
async fn sign_in(app: &App, way: &str, before: &str) -> (Response, String) {
    let (session, back) = go(app, &format!("/sign-in/{way}?to=/services"), before).await;
    let answer = get(app, &back, &session).await;
    let session = cookie(&answer, &session);
    (answer, session)
}

async fn is_signed_in(app: &App, cookie: &str) -> bool {
    get(app, "/account", cookie).await.status() == StatusCode::OK
}

async fn count(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}
