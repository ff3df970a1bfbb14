//! Webhook deliveries as GitHub sends them: headers, body, signature.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::{
    git, payloads,
    state::{Attempt, State},
    world::World,
};

/// One delivery, ready to be posted as often as a test likes.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// `X-GitHub-Delivery`: unique, and unchanged when it is sent again.
    pub id: String,
    /// `X-GitHub-Event`.
    pub event: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// When GitHub made it.
    pub at: DateTime<Utc>,
}

/// The value of `X-Hub-Signature-256`.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    format!(
        "sha256={}",
        hex::encode(mac.chain_update(body).finalize().into_bytes())
    )
}

impl Delivery {
    /// A delivery with a payload of one's own, for example one of GitHub's published examples.
    pub fn of(id: &str, event: &str, payload: &Value, at: DateTime<Utc>) -> Self {
        Self {
            id: id.to_owned(),
            event: event.to_owned(),
            body: payload.to_string().into_bytes(),
            at,
        }
    }

    /// The payload.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a delivery holds JSON")
    }

    /// The payload's action; empty where there is none.
    pub fn action(&self) -> String {
        self.json()["action"].as_str().unwrap_or_default().to_owned()
    }

    /// The headers that GitHub sends, signed with `secret`.
    pub fn headers(&self, secret: &str) -> Vec<(&'static str, String)> {
        vec![
            ("accept", "*/*".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("user-agent", "GitHub-Hookshot/044aadd".to_owned()),
            ("x-github-delivery", self.id.clone()),
            ("x-github-event", self.event.clone()),
            ("x-github-hook-id", "109948940".to_owned()),
            (
                "x-github-hook-installation-target-type",
                "organization".to_owned(),
            ),
            ("x-hub-signature-256", sign(secret, &self.body)),
        ]
    }

    /// Posts it to a webhook endpoint.
    pub async fn post(
        &self,
        client: &reqwest::Client,
        url: &str,
        secret: &str,
    ) -> reqwest::Result<reqwest::Response> {
        let mut request = client.post(url).body(self.body.clone());
        for (name, value) in self.headers(secret) {
            request = request.header(name, value);
        }
        request.send().await
    }
}

impl World {
    /// Notes in the App's log that a delivery was attempted at a time, and what the receiver answered; 0 for nothing.
    pub fn log_attempt(&self, delivery: &Delivery, at: DateTime<Utc>, status_code: u16) {
        let mut state = self.state();
        let id = state.id();
        state.log.push(Attempt {
            id,
            delivery: delivery.clone(),
            at,
            status_code,
        });
    }

    /// The deliveries that were asked for again since the last call, in order.
    pub fn take_asked_again(&self) -> Vec<Delivery> {
        let state = self.state();
        let asked = state.asked_again.take();
        let of = |id: &i64| state.log.iter().find(|attempt| attempt.id == *id);
        asked
            .iter()
            .map(|id| of(id).expect("an attempt").delivery.clone())
            .collect()
    }
}

impl State {
    /// Notes the delivery of an event on a repository: `payload`'s fields, and what every payload has.
    pub fn emit(&mut self, event: &str, repo: i64, payload: Value) {
        if self.quiet {
            return;
        }
        let sender = self.sender();
        let mut fields = Map::new();
        if let Value::Object(own) = payload {
            fields.extend(own);
        }
        let repository = payloads::repository(self, repo);
        let owner = self.users[&self.repo(repo).owner].clone();
        fields.entry("repository").or_insert(repository);
        if owner.kind == "Organization" {
            fields.insert("organization".into(), payloads::organization(&owner));
        }
        fields.insert("sender".into(), payloads::account(&sender));
        fields.insert(
            "installation".into(),
            json!({"id": 1, "node_id": payloads::node("IntegrationInstallation", 1)}),
        );
        self.note(event, Value::Object(fields));
    }

    /// Notes a delivery whose payload is complete.
    pub fn note(&mut self, event: &str, payload: Value) {
        self.sent += 1;
        let digits = git::id(&[b"delivery", &self.sent.to_be_bytes(), event.as_bytes()]);
        let id = [
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..32],
        ]
        .join("-");
        let at = self.now;
        self.deliveries.push(Delivery {
            id,
            event: event.to_owned(),
            body: payload.to_string().into_bytes(),
            at,
        });
    }
}
