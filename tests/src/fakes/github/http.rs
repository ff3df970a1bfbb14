//! A world behind HTTP: tokens, budgets, ETags, paging headers and failures around the routes.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    extract::{Request, State as Shared},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::Utc;
use tokio::{net::TcpListener, task::JoinHandle};
use url::{Url, form_urlencoded};

use super::{
    failures::{Failure, with_headers},
    git,
    routes::{self, Query, Reply},
    world::World,
};

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
    remaining: u64,
    requests: Vec<String>,
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
    /// Requests per window.
    pub const LIMIT: u64 = 5000;

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
            remaining: Self::LIMIT,
            requests: Vec::new(),
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

    /// Ends every failure.
    pub fn heal(&self) {
        let mut settings = self.control.settings();
        settings.failing = None;
        settings.next.clear();
    }

    /// Leaves the token so many requests in this window.
    pub fn leave(&self, remaining: u64) {
        self.control.settings().remaining = remaining;
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
    let Ok(signed_in) = authorised(request.headers()) else {
        return Failure::RevokedToken.response(&path).expect("a response");
    };
    let budget = budget(&control);
    if budget.is_none() {
        return Failure::RateLimited { reset_in: 1800 }
            .response(&path)
            .expect("a response");
    }
    let segments: Vec<String> = request.uri().path().split('/').skip(1).map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let query = query(request.uri().query().unwrap_or_default());
    let reply = routes::answer(&world.state(), &segments, &query, signed_in);
    let mut headers = budget.unwrap_or_default();
    respond(reply, &query, &request, &mut headers)
}

/// Whether a token was shown; an error for a wrong one.
fn authorised(headers: &HeaderMap) -> Result<bool, ()> {
    match headers.get(header::AUTHORIZATION).map(|value| value.as_bytes()) {
        None => Ok(false),
        Some(value) if value == format!("Bearer {}", FakeGithub::TOKEN).as_bytes() => Ok(true),
        Some(_) => Err(()),
    }
}

/// Takes one request off the budget; the headers that tell of it, or nothing when none is left.
fn budget(control: &Control) -> Option<Vec<(&'static str, String)>> {
    let mut settings = control.settings();
    settings.remaining = settings.remaining.checked_sub(1)?;
    Some(vec![
        ("x-ratelimit-limit", FakeGithub::LIMIT.to_string()),
        ("x-ratelimit-remaining", settings.remaining.to_string()),
        (
            "x-ratelimit-used",
            (FakeGithub::LIMIT - settings.remaining).to_string(),
        ),
        ("x-ratelimit-reset", (Utc::now().timestamp() + 1800).to_string()),
        ("x-ratelimit-resource", "core".to_owned()),
        ("x-github-media-type", "github.v3; format=json".to_owned()),
    ])
}

/// A path segment without its percent signs.
fn decoded(segment: &str) -> String {
    let plus = segment.replace('+', "%2B");
    form_urlencoded::parse(plus.as_bytes())
        .next()
        .map_or_else(String::new, |(text, _)| text.into_owned())
}

fn query(text: &str) -> Query {
    let find = |key: &str| {
        form_urlencoded::parse(text.as_bytes())
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    };
    let number = |key: &str, default: usize| {
        find(key)
            .and_then(|value| value.parse().ok())
            .unwrap_or(default)
            .max(1)
    };
    Query {
        git_ref: find("ref").map(std::borrow::Cow::into_owned),
        page: number("page", 1),
        per_page: number("per_page", 30).min(100),
    }
}

fn respond(
    reply: Reply,
    query: &Query,
    request: &Request,
    headers: &mut Vec<(&'static str, String)>,
) -> Response {
    let message = |status: StatusCode, text: &str| (status, serde_json::json!({"message": text}).to_string());
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let (status, body) = match reply {
        Reply::Json(value) => (StatusCode::OK, value.to_string()),
        Reply::Page(value, last) => {
            let here = format!("http://{host}{}", request.uri().path());
            let to = |page: usize, rel: &str| {
                format!("<{here}?per_page={}&page={page}>; rel=\"{rel}\"", query.per_page)
            };
            if query.page < last {
                headers.push(("link", [to(query.page + 1, "next"), to(last, "last")].join(", ")));
            } else if query.page > 1 {
                headers.push(("link", [to(query.page - 1, "prev"), to(1, "first")].join(", ")));
            }
            (StatusCode::OK, value.to_string())
        }
        Reply::Moved(path) => {
            let rest = request
                .uri()
                .query()
                .map_or_else(String::new, |query| format!("?{query}"));
            headers.push(("location", format!("http://{host}{path}{rest}")));
            message(StatusCode::MOVED_PERMANENTLY, "Moved Permanently")
        }
        Reply::NotFound => message(StatusCode::NOT_FOUND, "Not Found"),
        Reply::Empty => message(StatusCode::CONFLICT, "Git Repository is empty."),
        Reply::NoCommit => message(StatusCode::UNPROCESSABLE_ENTITY, "No commit found for SHA"),
    };
    if status == StatusCode::OK {
        let tag = format!("W/\"{}\"", git::id(&[body.as_bytes()]));
        let known = request
            .headers()
            .get(header::IF_NONE_MATCH)
            .is_some_and(|value| value.as_bytes() == tag.as_bytes());
        headers.push(("etag", tag));
        if known {
            return with_headers(headers, StatusCode::NOT_MODIFIED.into_response());
        }
    }
    with_headers(headers, (status, body).into_response())
}
