//! A world behind HTTP: tokens, budgets and failures around the routes.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State as Shared},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

use super::{
    budgets::Budgets,
    failures::{Failure, with_headers},
    graphql, oauth,
    office::{Answer, Who},
    questions::{Query, decoded},
    responses::respond,
    routes::{self, Reply},
    world::World,
};

/// More than any question holds.
const MOST_BYTES: usize = 1024 * 1024;

/// A [`World`] on a port of its own, until it is dropped.
pub struct FakeGithub {
    world: World,
    control: Control,
    address: SocketAddr,
    server: JoinHandle<()>,
}

#[derive(Clone)]
struct Control(Arc<Mutex<Settings>>);

struct Settings {
    failing: Option<Failure>,
    next: VecDeque<Failure>,
    budgets: Budgets,
    requests: Vec<String>,
    /// Failures of what one installation asks.
    failing_for: BTreeMap<String, Failure>,
    /// Whether GraphQL tells what it is asked for in another shape than today.
    reshaped: bool,
}

impl Control {
    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.0.lock().expect("no request panicked")
    }
}

impl Deref for FakeGithub {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Drop for FakeGithub {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl FakeGithub {
    /// The one token that it knows. Without a token only public repositories answer.
    pub const TOKEN: &str = "ghp_fake0000000000000000000000000000canary";
    /// Requests per window, unless a test allows fewer.
    pub const LIMIT: u64 = Budgets::LIMIT;

    /// An empty world on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        Self::serve(World::default()).await
    }

    /// Serves a world.
    pub async fn serve(world: World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Self::serve_on(world, listener)
    }

    /// Serves a world where somebody listens already.
    pub fn serve_on(world: World, listener: TcpListener) -> Self {
        let address = listener.local_addr().expect("an address");
        let settings = Settings {
            failing: None,
            next: VecDeque::new(),
            budgets: Budgets::default(),
            requests: Vec::new(),
            failing_for: BTreeMap::new(),
            reshaped: false,
        };
        let control = Control(Arc::new(Mutex::new(settings)));
        let router = Router::new()
            .fallback(handle)
            .with_state((world.clone(), control.clone()));
        let server = tokio::spawn(async move {
            let _ended = axum::serve(listener, router).await;
        });
        Self {
            world,
            control,
            address,
            server,
        }
    }

    /// The API's address, to configure a client with.
    pub fn base_url(&self) -> Url {
        format!("http://{}", self.address).parse().expect("an address")
    }

    /// The world, to script it from elsewhere.
    pub fn world(&self) -> World {
        self.world.clone()
    }

    /// Fails every request until [`Self::heal`].
    pub fn fail(&self, failure: Failure) {
        self.control.settings().failing = Some(failure);
    }

    /// Fails the next request; several calls fail several.
    pub fn fail_next(&self, failure: Failure) {
        self.control.settings().next.push_back(failure);
    }

    /// Fails what the App's installation in an account asks, until [`Self::heal`].
    pub fn fail_for(&self, account: &str, failure: Failure) {
        let account = account.to_owned();
        self.control.settings().failing_for.insert(account, failure);
    }

    /// Has GraphQL name statuses by ids of a form that nobody knows, and leave commits out.
    pub fn reshape(&self) {
        self.control.settings().reshaped = true;
    }

    /// Ends every failure.
    pub fn heal(&self) {
        let mut settings = self.control.settings();
        settings.failing_for.clear();
        settings.failing = None;
        settings.next.clear();
    }

    /// Leaves the token so many requests in this window.
    pub fn leave(&self, remaining: u64) {
        self.control.settings().budgets.leave(remaining);
    }

    /// Gives REST and GraphQL so many requests each in windows of so many seconds, the first one beginning now.
    pub fn allow(&self, limit: u64, window: i64) {
        self.control.settings().budgets = Budgets::of(limit, window);
    }

    /// Requests that came although none was left.
    pub fn violations(&self) -> u64 {
        self.control.settings().budgets.violations
    }

    /// The fewest requests that were ever left since they were allowed.
    pub fn lowest(&self) -> u64 {
        self.control.settings().budgets.lowest
    }

    /// Paths and queries asked so far.
    pub fn requests(&self) -> Vec<String> {
        self.control.settings().requests.clone()
    }
}

async fn handle(Shared((world, control)): Shared<(World, Control)>, request: Request) -> Response {
    let path = request
        .uri()
        .path_and_query()
        .map_or_else(String::new, ToString::to_string);
    let failure = {
        let mut settings = control.settings();
        settings.requests.push(path.clone());
        settings.next.pop_front().or(settings.failing)
    };
    if let Some(Failure::Slow(time)) = failure {
        tokio::time::sleep(time).await;
    }
    if let Some(response) = failure.and_then(|failure| failure.response(&path)) {
        return response;
    }
    if oauth::is_asked(&request) {
        return oauth::answer(&world, request).await;
    }
    let Some(who) = authorised(&world, request.headers()) else {
        return Failure::RevokedToken.response(&path).expect("a response");
    };
    if world.is_suspended(&who) {
        return Failure::Suspended.response(&path).expect("a response");
    }
    let loses_answer = failure == Some(Failure::LostAnswer);
    let failure = match &who {
        Who::Installation { account, .. } => control.settings().failing_for.get(account).copied(),
        _ => None,
    };
    if let Some(response) = failure.and_then(|failure| failure.response(&path)) {
        return response;
    }
    let is_graphql = request.method() == Method::POST && request.uri().path() == "/graphql";
    let budget = control.settings().budgets.take(is_graphql);
    let mut headers = match budget {
        Ok(headers) => headers,
        Err(reset_in) => {
            return Failure::RateLimited { reset_in }
                .response(&path)
                .expect("a response");
        }
    };
    if is_graphql {
        let body = to_bytes(request.into_body(), MOST_BYTES)
            .await
            .unwrap_or_default();
        let mut answer = graphql::answer(&world.state(), &body, who != Who::Nobody);
        if control.settings().reshaped {
            graphql::reshape(&mut answer);
        }
        return with_headers(&headers, (StatusCode::OK, answer.to_string()).into_response());
    }
    let signed_in = sees(&who, request.uri().path());
    let segments: Vec<String> = request.uri().path().split('/').skip(1).map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let mut query = Query::parse(request.uri().query().unwrap_or_default());
    if let Who::Installation { account, .. } = &who {
        query.account = Some(account.clone());
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    if takes_no_such_body(&parts.method, &body) {
        let message = serde_json::json!({"message": "Body should be a JSON object"});
        return with_headers(
            &headers,
            (StatusCode::BAD_REQUEST, message.to_string()).into_response(),
        );
    }
    let office = world.office(&who, (parts.method.as_str(), &segments), &body);
    if loses_answer {
        std::future::pending::<()>().await;
    }
    let reply = match office {
        Some(Answer::One(200, value)) => Reply::Json(value),
        Some(Answer::One(status, value)) => {
            let status = StatusCode::from_u16(status).expect("a status");
            return with_headers(&headers, (status, value.to_string()).into_response());
        }
        Some(Answer::List(rows)) => routes::page(&rows, &query),
        None => routes::answer(&world.state(), &segments, &query, signed_in),
    };
    let request = Request::from_parts(parts, axum::body::Body::empty());
    let mut response = respond(reply, &query, &request, &mut headers);
    if response.status() == StatusCode::NOT_MODIFIED {
        let remaining = control.settings().budgets.give_back();
        let headers = response.headers_mut();
        headers.insert("x-ratelimit-remaining", remaining.into());
    }
    response
}

/// Whether a body is neither absent nor a JSON object, all that GitHub takes.
fn takes_no_such_body(method: &Method, body: &[u8]) -> bool {
    let is_object = || serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(body).is_ok();
    *method == Method::POST && !body.is_empty() && !is_object()
}

/// Whose token was shown; nothing for a wrong one.
fn authorised(world: &World, headers: &HeaderMap) -> Option<Who> {
    let shown = headers
        .get(header::AUTHORIZATION)
        .map(|value| value.to_str().unwrap_or_default());
    world.who(shown, FakeGithub::TOKEN)
}

/// Whether private repositories of a path's owner are seen: an installation sees those of its account.
fn sees(who: &Who, path: &str) -> bool {
    match who {
        Who::Token => true,
        Who::Nobody | Who::App => false,
        Who::Installation { account, .. } => {
            let mut parts = path.split('/').skip(1);
            parts.next() != Some("repos") || parts.next() == Some(account)
        }
    }
}
