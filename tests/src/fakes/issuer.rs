//! An issuer of tokens as GitHub Actions is one: it describes itself, shows its keys, and signs what a test tells it to.

use std::sync::{
    Arc, LazyLock, Mutex,
    atomic::{AtomicU64, Ordering},
};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair as RsaKey, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512},
};
use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::Utc;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::{net::TcpListener, task::JoinHandle};

/// Made once: making a key takes a moment.
static RSA: LazyLock<RsaKey> = LazyLock::new(|| RsaKey::generate(KeySize::Rsa2048).expect("a key"));
static OTHER_RSA: LazyLock<RsaKey> = LazyLock::new(|| RsaKey::generate(KeySize::Rsa2048).expect("a key"));
static EC: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"));

/// With what a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The issuer's RSA key, `one`.
    Rsa,
    /// The same with SHA-512.
    RsaSha512,
    /// The issuer's P-256 key, `two`.
    Ec,
    /// An RSA key that the issuer does not have.
    Stranger,
    /// The text of the issuer's RSA key as the secret of an HMAC.
    Hmac,
    /// Nothing: the signature is empty.
    Nothing,
}

/// An issuer on a port of its own, until it is dropped.
pub struct FakeIssuer {
    address: String,
    state: Arc<Shown>,
    server: JoinHandle<()>,
}

struct Shown {
    address: String,
    keys: Mutex<Option<Vec<Value>>>,
    asked: AtomicU64,
}

impl FakeIssuer {
    /// An issuer that shows both of its keys.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("a port"));
        let state = Arc::new(Shown {
            address: address.clone(),
            keys: Mutex::new(Some(vec![rsa_key("one", &RSA), ec_key("two")])),
            asked: AtomicU64::new(0),
        });
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .with_state(Arc::clone(&state));
        let server = tokio::spawn(async move {
            axum::serve(listener, routes)
                .await
                .expect("serves until it is dropped");
        });
        Self {
            address,
            state,
            server,
        }
    }

    /// How it calls itself.
    pub fn url(&self) -> String {
        self.address.clone()
    }

    /// How often its keys were read.
    pub fn asked(&self) -> u64 {
        self.state.asked.load(Ordering::SeqCst)
    }

    /// Shows these keys from now on, or answers 503 with `None`.
    pub fn show(&self, keys: Option<Vec<Value>>) {
        *self.state.keys.lock().expect("no request panicked") = keys;
    }

    /// The issuer's RSA key under another id, as it is shown.
    pub fn renamed(id: &str) -> Value {
        rsa_key(id, &RSA)
    }

    /// What GitHub says of a deployment of `acme/shop` from its main branch, with an id of its own.
    pub fn claims(&self) -> Value {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let now = Utc::now().timestamp();
        json!({
            "iss": self.address, "aud": "https://fairway.example",
            "jti": format!("token-{}", COUNT.fetch_add(1, Ordering::SeqCst)),
            "sub": "repo:acme/shop:environment:production", "repository": "acme/shop", "repository_id": "4711", "repository_owner": "acme",
            "workflow": "Deploy", "workflow_ref": "acme/shop/.github/workflows/deploy.yml@refs/heads/main",
            "ref": "refs/heads/main", "ref_type": "branch", "environment": "production", "event_name": "push",
            "run_id": "71", "run_attempt": "1", "sha": "a".repeat(40), "actor": "release[bot]", "actor_id": "4712", "iat": now, "nbf": now - 300, "exp": now + 300,
        })
    }

    /// A token as it should be.
    pub fn token(&self, claims: &Value) -> String {
        signed(
            &json!({ "typ": "JWT", "alg": "RS256", "kid": "one" }),
            claims,
            Signer::Rsa,
        )
    }
}

impl Drop for FakeIssuer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A token with any header and any signature.
pub fn signed(header: &Value, claims: &Value, signer: Signer) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let signature = sign(text.as_bytes(), signer);
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn sign(text: &[u8], signer: Signer) -> Vec<u8> {
    let random = SystemRandom::new();
    let rsa = |key: &RsaKey, encoding| {
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(encoding, &random, text, &mut signature)
            .expect("a signature");
        signature
    };
    match signer {
        Signer::Rsa => rsa(&RSA, &RSA_PKCS1_SHA256),
        Signer::RsaSha512 => rsa(&RSA, &RSA_PKCS1_SHA512),
        Signer::Stranger => rsa(&OTHER_RSA, &RSA_PKCS1_SHA256),
        Signer::Ec => EC.sign(&random, text).expect("a signature").as_ref().to_vec(),
        Signer::Hmac => {
            let secret = rsa_key("one", &RSA).to_string();
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
            mac.update(text);
            mac.finalize().into_bytes().to_vec()
        }
        Signer::Nothing => Vec::new(),
    }
}

/// The public key of RFC 8017: behind nine bytes of DER stand the 256 of the modulus, for keys of this size.
fn rsa_key(id: &str, key: &RsaKey) -> Value {
    let der = key.public_key().as_ref();
    assert_eq!(der.len(), 270, "a key of 2048 bits with the usual exponent");
    let modulus = BASE64_URL_SAFE_NO_PAD.encode(&der[9..265]);
    json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": modulus, "e": "AQAB" })
}

fn ec_key(id: &str) -> Value {
    let point = EC.public_key().as_ref();
    let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    json!({
        "kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": id, "x": part(&point[1..33]), "y": part(&point[33..]),
    })
}

async fn describe(State(shown): State<Arc<Shown>>) -> Json<Value> {
    let address = &shown.address;
    Json(json!({ "issuer": address, "jwks_uri": format!("{address}/keys") }))
}

async fn keys(State(shown): State<Arc<Shown>>) -> Result<Json<Value>, StatusCode> {
    shown.asked.fetch_add(1, Ordering::SeqCst);
    let keys = shown.keys.lock().expect("no request panicked").clone();
    // A key of a kind that nobody knows stands among them, as issuers try new ones.
    keys.map(|mut keys| {
        keys.push(json!({ "kty": "NEW", "kid": "three" }));
        Json(json!({ "keys": keys }))
    })
    .ok_or(StatusCode::SERVICE_UNAVAILABLE)
}
