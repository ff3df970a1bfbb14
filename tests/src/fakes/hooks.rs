//! A receiver of webhooks: an executor that checks who signed an order and carries each delivery out once, and a chat that shows
//! every message it is sent.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

/// Older orders are refused.
const FRESH: i64 = 300;

/// What a receiver does with the next request instead of taking it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instead {
    /// Answers so, and does nothing.
    Answer(u16, &'static str),
    /// Takes it, and never answers.
    Silence,
}

/// A receiver on a port of its own, until it is dropped.
pub struct FakeReceiver {
    address: String,
    state: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Inner {
    instead: VecDeque<Instead>,
    /// Every request with a good signature, as it came.
    requests: Vec<(HeaderMap, Value)>,
    /// What was carried out: each delivery once.
    orders: Vec<(String, Value)>,
    /// What is shown in the chat: every message.
    messages: Vec<Value>,
    refused: u64,
}

struct Shared {
    inner: Mutex<Inner>,
    secret: String,
    /// What the receiver's clock says beside the sender's.
    now: Box<dyn Fn() -> i64 + Send + Sync>,
    came: Notify,
}

impl Shared {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no request panicked")
    }
}

impl FakeReceiver {
    /// A receiver that knows this secret, and reads this clock for the age of orders.
    pub async fn start(secret: &str, now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("a port"));
        let state = Arc::new(Shared {
            inner: Mutex::default(),
            secret: secret.to_owned(),
            now: Box::new(now),
            came: Notify::new(),
        });
        let routes = Router::new()
            .route("/deploy", post(deploy))
            .route("/chat/{token}", post(chat))
            .with_state(Arc::clone(&state));
        let server = tokio::spawn(async move {
            let _ended = axum::serve(listener, routes).await;
        });
        Self {
            address,
            state,
            server,
        }
    }

    /// Where orders are taken.
    pub fn deploy_url(&self) -> String {
        format!("{}/deploy", self.address)
    }

    /// Where messages are taken; the token is the secret that lets in.
    pub fn chat_url(&self, token: &str) -> String {
        format!("{}/chat/{token}", self.address)
    }

    /// Does this with the next request; several calls with several.
    pub fn next(&self, instead: Instead) {
        self.state.inner().instead.push_back(instead);
    }

    /// Waits until a request has come since this was last waited for.
    pub async fn until_one_comes(&self) {
        let came = tokio::time::timeout(Duration::from_secs(30), self.state.came.notified()).await;
        came.expect("a request comes");
    }

    /// Every request whose signature was good, or that needs none.
    pub fn requests(&self) -> Vec<(HeaderMap, Value)> {
        self.state.inner().requests.clone()
    }

    /// The orders that were carried out, with the ids of their deliveries.
    pub fn orders(&self) -> Vec<(String, Value)> {
        self.state.inner().orders.clone()
    }

    /// The messages that people see.
    pub fn messages(&self) -> Vec<Value> {
        self.state.inner().messages.clone()
    }

    /// Orders that were not signed with the secret, or are old.
    pub fn refused(&self) -> u64 {
        self.state.inner().refused
    }
}

impl Drop for FakeReceiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The signature that a holder of the secret makes.
fn signature(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

async fn deploy(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let timestamp = header("x-fairway-timestamp");
    let is_fresh = timestamp
        .parse()
        .is_ok_and(|at: i64| ((shared.now)() - at).abs() <= FRESH);
    if !is_fresh || header("x-fairway-signature") != signature(&shared.secret, &timestamp, &body) {
        shared.inner().refused += 1;
        return (
            StatusCode::UNAUTHORIZED,
            "the signature does not match".to_owned(),
        );
    }
    let order: Value = serde_json::from_slice(&body).expect("orders are JSON");
    let delivery = header("x-fairway-delivery");
    let instead = {
        let mut inner = shared.inner();
        inner.requests.push((headers.clone(), order.clone()));
        let instead = inner.instead.pop_front();
        let is_taken = !matches!(instead, Some(Instead::Answer(..)));
        if is_taken && !inner.orders.iter().any(|(known, _)| *known == delivery) {
            inner.orders.push((delivery.clone(), order));
        }
        instead
    };
    let answer = serde_json::json!({ "reference": format!("build-{delivery}") }).to_string();
    finished(&shared, instead, (StatusCode::ACCEPTED, answer)).await
}

async fn chat(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let message: Value = serde_json::from_slice(&body).expect("messages are JSON");
    let instead = {
        let mut inner = shared.inner();
        inner.requests.push((headers, message.clone()));
        let instead = inner.instead.pop_front();
        if !matches!(instead, Some(Instead::Answer(..))) {
            inner.messages.push(message);
        }
        instead
    };
    finished(&shared, instead, (StatusCode::OK, "ok".to_owned())).await
}

async fn finished(
    shared: &Shared,
    instead: Option<Instead>,
    usual: (StatusCode, String),
) -> (StatusCode, String) {
    shared.came.notify_one();
    match instead {
        None => usual,
        Some(Instead::Answer(status, words)) => {
            (StatusCode::from_u16(status).expect("a status"), words.to_owned())
        }
        Some(Instead::Silence) => std::future::pending().await,
    }
}
