//! `/api/v1` as machines see it: who is let in, what is refused and how, what is done once, and what figures follow.

mod access;
mod attacks;
mod document;
mod documented;
mod driven;
mod exact;
mod figures;
mod intake;
mod lists;
mod problems;
mod repeating;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    actor::{Actor, Scope, Viewer},
    tokens::{NewToken, Reach, SECRET_BYTES, Token},
};
use reqwest::{Client, Method, RequestBuilder, StatusCode, header};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{App, client, count};

/// A running server and the holder of a token.
struct Api {
    app: App,
    secret: String,
    /// One for all requests: making one takes longer than an answer.
    client: Client,
}

/// What came back.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: header::HeaderMap,
    body: Value,
}

impl Api {
    /// A server whose caller may do everything.
    async fn start(pool: PgPool) -> Self {
        let app = App::start(pool, &[]).await;
        let (_, secret) = token(&app, &Scope::ALL, 7).await;
        Self {
            app,
            secret,
            client: client(),
        }
    }

    /// The same with the service `payments`, owned by `team-payments`.
    async fn with_service(pool: PgPool) -> Self {
        let api = Self::start(pool).await;
        api.register("payments").await;
        api
    }

    async fn register(&self, name: &str) {
        let body = json!({ "name": name, "owner": "team-payments", "tier": 1 });
        assert_eq!(self.post("/services", &body).await.status, StatusCode::CREATED);
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, self.app.url(&format!("/api/v1{path}")))
            .bearer_auth(&self.secret)
    }

    async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::POST, path).json(body)).await
    }

    async fn post_with_key(&self, key: &str, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, path).header("idempotency-key", key);
        answer(request.json(body)).await
    }

    /// Reports a production deploy that succeeded some days ago; gives its id.
    async fn deployed(&self, version: &str, days_ago: i64) -> String {
        let at = ago(days_ago);
        let body = json!({
            "service": "payments", "environment": "production", "version": version, "requested_at": at,
            "phases": [{ "state": "succeeded", "at": at }],
        });
        let answer = self.post("/deploys", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.id()
    }
}

impl Answer {
    fn id(&self) -> String {
        self.body["id"].as_str().unwrap().to_owned()
    }

    /// The fields that a problem names.
    fn fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array();
        errors.map_or(Vec::new(), |errors| {
            errors
                .iter()
                .map(|error| error["field"].as_str().unwrap())
                .collect()
        })
    }

    fn is_problem(&self) -> bool {
        self.headers[header::CONTENT_TYPE] == "application/problem+json"
            && self.body["status"] == self.status.as_u16()
            && !self.body["title"].as_str().unwrap().is_empty()
            && !self.body["detail"].as_str().unwrap().is_empty()
            && self.headers["x-request-id"] == *self.body["instance"].as_str().unwrap()
    }
}

async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    Answer {
        status: response.status(),
        headers: response.headers().clone(),
        body: serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null),
    }
}

/// A token of these scopes; `seed` tells two of one test apart.
async fn token(app: &App, scopes: &[Scope], seed: u8) -> (Token, String) {
    let new = NewToken {
        name: "CI".into(),
        scopes: scopes.to_vec(),
        reach: Reach::default(),
        owner: None,
        expires_at: app.commands.now() + TimeDelta::days(90),
    };
    let by = Viewer::trusted(Actor::CommandLine);
    app.commands
        .create_token(&by, new, [seed; SECRET_BYTES])
        .await
        .unwrap()
}

fn ago(days: i64) -> DateTime<Utc> {
    Utc::now() - TimeDelta::days(days)
}
