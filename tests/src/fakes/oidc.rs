//! An OpenID provider that a test scripts: it tells the truth, or one of the lies of [`Lie`].

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, LazyLock, Mutex, MutexGuard},
};

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKey, KeySize},
    signature::{KeyPair, RSA_PKCS1_SHA256},
};
use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State as Shared},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::Utc;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, task::JoinHandle};
use url::{Url, form_urlencoded};

/// Made once: making keys takes a moment. The second is published by nobody.
static KEYS: LazyLock<[RsaKey; 2]> =
    LazyLock::new(|| [(); 2].map(|()| RsaKey::generate(KeySize::Rsa2048).expect("a key")));

/// What is wrong with what the provider says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// A claim of the ID token has another value.
    Claim(&'static str, &'static str),
    /// A claim is left out.
    Without(&'static str),
    /// A time claim is so many seconds from now.
    Time(&'static str, i64),
    /// Another client may read the token too.
    TwoAudiences,
    /// `alg: none` and no signature.
    Unsigned,
    /// HS256 with the public key as the secret.
    PublicKeyAsSecret,
    /// HS256 with the client's secret.
    ClientSecret,
    /// Signed with a key that is not published, under the id of one that is.
    OtherKey,
    /// The id of a key that is not published.
    UnknownKey,
    /// The payload was changed after signing.
    Tampered,
    /// The signature was cut off.
    CutOff,
    /// No ID token at all.
    NoIdToken,
    /// Something that is no token.
    Garbage,
    /// The answer with tokens is a megabyte.
    TooLarge,
    /// The answer with tokens is no JSON.
    NotJson,
    /// The token endpoint sends elsewhere.
    Redirects,
    /// The token endpoint is broken.
    Broken,
    /// The token endpoint refuses the code.
    RefusesCode,
    /// The user info is somebody else's.
    OtherUserInfo,
    /// The browser comes back with the name of another issuer.
    OtherIssuerInAnswer,
    /// The browser comes back without the issuer's name, which was promised.
    NoIssuerInAnswer,
    /// The browser comes back with an error.
    Denies,
    /// The browser comes back with neither code nor error.
    Nothing,
    /// The discovery document is of another issuer.
    OtherIssuerInDiscovery,
    /// The discovery document names a token endpoint that is not encrypted.
    PlainEndpoint,
    /// The discovery document names keys on another host inside.
    KeysInside,
}

/// An issuer on a port of its own, until it is dropped.
pub struct FakeIssuer {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

struct State {
    base: String,
    /// Claims of whoever is signed in there; `None` for nobody.
    person: Option<Value>,
    lie: Option<Lie>,
    codes: BTreeMap<String, BTreeMap<String, String>>,
    next: u64,
    /// Queries of browsers that were sent here.
    asked: Vec<BTreeMap<String, String>>,
}

impl Drop for FakeIssuer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl FakeIssuer {
    /// Fairway's number.
    pub const CLIENT: &str = "fairway";
    /// Fairway's secret.
    pub const SECRET: &str = "canary-of-the-oidc-client";

    /// Nobody is signed in there yet.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State {
            base: format!("http://{address}"),
            person: None,
            lie: None,
            codes: BTreeMap::new(),
            next: 0,
            asked: Vec::new(),
        }));
        let router = Router::new().fallback(handle).with_state(Arc::clone(&state));
        let server = tokio::spawn(async move {
            let _ended = axum::serve(listener, router).await;
        });
        Self {
            state,
            address,
            server,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no request panicked")
    }

    /// Its name.
    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on this is who is signed in there.
    pub fn browse_as(&self, claims: Value) {
        self.state().person = Some(claims);
    }

    /// Signs whoever it is out.
    pub fn sign_out(&self) {
        self.state().person = None;
    }

    /// Lies from now on, or tells the truth again.
    pub fn lie(&self, lie: Option<Lie>) {
        self.state().lie = lie;
    }

    /// What browsers were sent here with.
    pub fn asked(&self) -> Vec<BTreeMap<String, String>> {
        self.state().asked.clone()
    }
}

fn fields(text: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(text).into_owned().collect()
}

fn json_of(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

async fn handle(Shared(shared): Shared<Arc<Mutex<State>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 64 * 1024).await.unwrap_or_default();
    let mut state = shared.lock().expect("no request panicked");
    match parts.uri.path() {
        "/.well-known/openid-configuration" => json_of(&discovery(&state)),
        "/jwks" => json_of(&json!({ "keys": [jwk(&KEYS[0])] })),
        "/authorize" => authorize(&mut state, parts.uri.query().unwrap_or_default()),
        "/token" => {
            let shown = parts.headers.get(header::AUTHORIZATION);
            token(&mut state, shown.and_then(|shown| shown.to_str().ok()), &body)
        }
        "/userinfo" => {
            let mut told = state.person.clone().unwrap_or_default();
            if state.lie == Some(Lie::OtherUserInfo) {
                told["sub"] = "mallory".into();
            }
            json_of(&told)
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn discovery(state: &State) -> Value {
    let base = &state.base;
    let mut document = json!({
        "issuer": base, "authorization_endpoint": format!("{base}/authorize"), "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/userinfo"), "jwks_uri": format!("{base}/jwks"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"], "authorization_response_iss_parameter_supported": true,
    });
    match state.lie {
        Some(Lie::OtherIssuerInDiscovery) => document["issuer"] = "https://evil.example".into(),
        Some(Lie::KeysInside) => document["jwks_uri"] = "http://[::1]:9/jwks".into(),
        Some(Lie::PlainEndpoint) => document["token_endpoint"] = "http://id.example/token".into(),
        _ => {}
    }
    document
}

fn authorize(state: &mut State, query: &str) -> Response {
    let asked = fields(query.as_bytes());
    state.asked.push(asked.clone());
    let mut back: Url = asked["redirect_uri"].parse().expect("an address");
    let mut answer = back.query_pairs_mut();
    answer.append_pair("state", &asked["state"]);
    match state.lie {
        Some(Lie::NoIssuerInAnswer) => {}
        Some(Lie::OtherIssuerInAnswer) => {
            answer.append_pair("iss", "https://evil.example");
        }
        _ => {
            answer.append_pair("iss", &state.base);
        }
    }
    if state.person.is_none() || state.lie == Some(Lie::Denies) {
        answer.append_pair("error", "login_required");
    } else if state.lie != Some(Lie::Nothing) {
        state.next += 1;
        let code = format!("code-{}", state.next);
        answer.append_pair("code", &code);
        state.codes.insert(code, asked);
    }
    drop(answer);
    (StatusCode::FOUND, [(header::LOCATION, back.to_string())]).into_response()
}

fn token(state: &mut State, shown: Option<&str>, body: &[u8]) -> Response {
    let lie = state.lie;
    match lie {
        Some(Lie::Redirects) => {
            return (
                StatusCode::FOUND,
                [(header::LOCATION, "http://127.0.0.1:9/token")],
            )
                .into_response();
        }
        Some(Lie::Broken) => return StatusCode::BAD_GATEWAY.into_response(),
        Some(Lie::NotJson) => return "<html>".into_response(),
        Some(Lie::TooLarge) => return json_of(&json!({ "id_token": "x".repeat(1024 * 1024) })),
        _ => {}
    }
    let right =
        base64::prelude::BASE64_STANDARD.encode(format!("{}:{}", FakeIssuer::CLIENT, FakeIssuer::SECRET));
    if shown != Some(format!("Basic {right}").as_str()) {
        return (StatusCode::UNAUTHORIZED, r#"{"error": "invalid_client"}"#).into_response();
    }
    let sent = fields(body);
    let of = |name: &str| sent.get(name).map_or("", String::as_str);
    let asked = state.codes.remove(of("code")).filter(|asked| {
        let proof = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(of("code_verifier").as_bytes()));
        asked["code_challenge"] == proof
            && asked["code_challenge_method"] == "S256"
            && asked["redirect_uri"] == of("redirect_uri")
    });
    let Some(asked) = asked.filter(|_| lie != Some(Lie::RefusesCode)) else {
        return (StatusCode::BAD_REQUEST, r#"{"error": "invalid_grant"}"#).into_response();
    };
    let mut answer = json!({ "access_token": "at", "token_type": "Bearer", "expires_in": 60 });
    match lie {
        Some(Lie::NoIdToken) => {}
        Some(Lie::Garbage) => answer["id_token"] = "a.b.c".into(),
        _ => answer["id_token"] = id_token(state, &asked["nonce"]).into(),
    }
    json_of(&answer)
}

/// An ID token of whoever is signed in. What it does not say, the user info does.
fn id_token(state: &State, nonce: &str) -> String {
    let now = Utc::now().timestamp();
    let person = state.person.clone().unwrap_or_default();
    let mut claims = json!({
        "iss": state.base, "aud": FakeIssuer::CLIENT, "sub": person["sub"], "nonce": nonce, "iat": now, "exp": now + 60,
    });
    match state.lie {
        Some(Lie::Claim(name, value)) => claims[name] = value.into(),
        Some(Lie::Without(name)) => {
            claims.as_object_mut().expect("claims").remove(name);
        }
        Some(Lie::Time(name, from_now)) => claims[name] = (now + from_now).into(),
        Some(Lie::TwoAudiences) => claims["aud"] = json!([FakeIssuer::CLIENT, "another"]),
        _ => {}
    }
    signed(state.lie, &claims)
}

fn signed(lie: Option<Lie>, claims: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let (alg, kid) = match lie {
        Some(Lie::Unsigned) => ("none", "1"),
        Some(Lie::PublicKeyAsSecret | Lie::ClientSecret) => ("HS256", "1"),
        Some(Lie::UnknownKey) => ("RS256", "99"),
        _ => ("RS256", "1"),
    };
    let text = format!(
        "{}.{}",
        part(&json!({ "alg": alg, "kid": kid, "typ": "JWT" })),
        part(claims)
    );
    let keyed = |secret: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
    };
    let signature = match lie {
        Some(Lie::Unsigned | Lie::CutOff) => Vec::new(),
        Some(Lie::PublicKeyAsSecret) => keyed(KEYS[0].public_key().as_ref()),
        Some(Lie::ClientSecret) => keyed(FakeIssuer::SECRET.as_bytes()),
        Some(Lie::OtherKey) => by(&KEYS[1], &text),
        _ => by(&KEYS[0], &text),
    };
    let text = match lie {
        Some(Lie::Tampered) => {
            let mut claims = claims.clone();
            claims["sub"] = "mallory".into();
            format!("{}.{}", text.split('.').next().unwrap_or_default(), part(&claims))
        }
        _ => text,
    };
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn by(key: &RsaKey, text: &str) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        text.as_bytes(),
        &mut signature,
    )
    .expect("a signature");
    signature
}

/// A public key in JSON. In DER it is a sequence of two integers: modulus and exponent.
fn jwk(key: &RsaKey) -> Value {
    let der = key.public_key().as_ref();
    let (body, _) = element(der);
    let (modulus, rest) = element(body);
    let (exponent, _) = element(rest);
    let number = |bytes: &[u8]| {
        let first = bytes.iter().position(|byte| *byte != 0).unwrap_or_default();
        BASE64_URL_SAFE_NO_PAD.encode(&bytes[first..])
    };
    json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": number(modulus), "e": number(exponent) })
}

/// The content of the first DER element, and what comes after it.
fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let (length, head) = match usize::from(der[1]) {
        short @ ..0x80 => (short, 2),
        long => {
            let bytes = long - 0x80;
            let length = der[2..2 + bytes]
                .iter()
                .fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
            (length, 2 + bytes)
        }
    };
    der[head..].split_at(length)
}
