//! Signing in at GitHub: its page that asks, codes that work once, and tokens of people.

use std::collections::BTreeMap;

use axum::{
    body::to_bytes,
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

use super::{payloads, world::World};

/// People's tokens begin with it.
const TOKEN: &str = "gho_canary";

/// Who is signed in at GitHub in the one browser, and what was issued.
#[derive(Default)]
pub(super) struct Oauth {
    browser: Option<String>,
    codes: BTreeMap<String, Asked>,
    tokens: BTreeMap<String, String>,
    emails: BTreeMap<String, Vec<(String, bool)>>,
}

struct Asked {
    login: String,
    redirect_uri: String,
    challenge: String,
}

impl World {
    /// The OAuth app.
    pub const CLIENT_ID: &str = "Ov23liFairway";
    /// Its secret.
    pub const CLIENT_SECRET: &str = "canary-of-the-oauth-app";

    /// From now on this login is signed in in the browser, and allows what is asked.
    pub fn browse_as(&self, login: &str) -> &Self {
        self.user(login);
        self.state().office.oauth.browser = Some(login.to_owned());
        self
    }

    /// Gives a person an address, proved or not; the first is the primary one.
    pub fn address(&self, login: &str, email: &str, verified: bool) -> &Self {
        let mut state = self.state();
        let emails = state.office.oauth.emails.entry(login.to_owned()).or_default();
        emails.push((email.to_owned(), verified));
        drop(state);
        self
    }
}

/// Whether a request is of a person who signs in, or in such a person's name.
pub(super) fn is_asked(request: &Request) -> bool {
    let path = request.uri().path();
    path.starts_with("/login/oauth/")
        || (matches!(path, "/user" | "/user/emails") && token(request).is_some())
}

fn token(request: &Request) -> Option<String> {
    let shown = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let token = shown.strip_prefix("Bearer ")?;
    token.starts_with(TOKEN).then(|| token.to_owned())
}

pub(super) async fn answer(world: &World, request: Request) -> Response {
    match request.uri().path() {
        "/login/oauth/authorize" => authorize(world, request.uri().query().unwrap_or_default()),
        "/login/oauth/access_token" => {
            let body = to_bytes(request.into_body(), 64 * 1024).await.unwrap_or_default();
            json_of(exchange(world, &body))
        }
        path => match token(&request).and_then(|token| told(world, path, &token)) {
            Some(value) => json_of(value),
            None => StatusCode::UNAUTHORIZED.into_response(),
        },
    }
}

fn json_of(value: Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

fn fields(text: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(text).into_owned().collect()
}

/// Sends the browser back: with a code, or with why not.
fn authorize(world: &World, query: &str) -> Response {
    let asked = fields(query.as_bytes());
    let of = |name: &str| asked.get(name).cloned().unwrap_or_default();
    if of("client_id") != World::CLIENT_ID || of("code_challenge_method") != "S256" {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut back: Url = of("redirect_uri").parse().expect("an address");
    let mut state = world.state();
    let code = format!("{:020x}", state.id());
    let oauth = &mut state.office.oauth;
    match oauth.browser.clone() {
        Some(login) => {
            oauth.codes.insert(
                code.clone(),
                Asked {
                    login,
                    redirect_uri: of("redirect_uri"),
                    challenge: of("code_challenge"),
                },
            );
            back.query_pairs_mut().append_pair("code", &code);
        }
        None => {
            back.query_pairs_mut().append_pair("error", "access_denied");
        }
    }
    back.query_pairs_mut().append_pair("state", &of("state"));
    (StatusCode::FOUND, [(header::LOCATION, back.to_string())]).into_response()
}

/// As GitHub does, 200 whatever is wrong.
fn exchange(world: &World, body: &[u8]) -> Value {
    let sent = fields(body);
    let of = |name: &str| sent.get(name).map_or("", String::as_str);
    if (of("client_id"), of("client_secret")) != (World::CLIENT_ID, World::CLIENT_SECRET) {
        return json!({"error": "incorrect_client_credentials"});
    }
    let mut state = world.state();
    let id = state.id();
    let oauth = &mut state.office.oauth;
    let proof = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(of("code_verifier").as_bytes()));
    match oauth.codes.remove(of("code")) {
        Some(asked) if asked.challenge == proof && asked.redirect_uri == of("redirect_uri") => {
            let token = format!("{TOKEN}{id:020x}");
            oauth.tokens.insert(token.clone(), asked.login);
            json!({"access_token": token, "scope": "read:user,user:email", "token_type": "bearer"})
        }
        _ => {
            json!({"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."})
        }
    }
}

fn told(world: &World, path: &str, token: &str) -> Option<Value> {
    let state = world.state();
    let oauth = &state.office.oauth;
    let login = oauth.tokens.get(token)?;
    if path == "/user" {
        let user = &state.users[login];
        let mut told = payloads::account(user);
        told["name"] = user.name.clone().into();
        return Some(told);
    }
    let emails = oauth.emails.get(login).into_iter().flatten().enumerate();
    let row = |(at, (email, verified)): (usize, &(String, bool))| json!({"email": email, "verified": verified, "primary": at == 0, "visibility": null});
    Some(emails.map(row).collect())
}
