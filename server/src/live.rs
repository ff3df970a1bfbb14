//! `GET /live`: what changed, as server-sent events, so that open pages know when they are old.
//!
//! One task of the process reads the feed, for all its streams; hints of PostgreSQL make it look at once, and without
//! them it looks every second. A stream that resumes reads what it missed from the database. So every process delivers
//! the same events in the same order, and none holds anything that another one lacks.

mod feed;
mod stream;

use std::{sync::Arc, time::Duration};

use app::Visitor;
use axum::{
    Extension, Router,
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response, Sse},
    routing::get,
};
use commands::Commands;
use domain::{
    actor::Viewer,
    live::{LiveError, Mark, Topics},
    sight::Sight,
};
use futures::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use store::Reads;
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

pub use self::feed::announce;
use self::{
    feed::Feed,
    stream::{Ears, Stream},
};
use crate::{RunError, http::AppState};

/// Streams of one process. Each holds some 26 KB and a connection; far more tabs are open than looked at, and a tab
/// that nobody looks at has no stream.
const MOST_STREAMS: usize = 2_000;

/// Pieces of the feed that wait for a stream that reads slowly; one that falls further behind is told to look anew.
const WAITING_PIECES: usize = 64;

/// How long a stream lasts before the browser opens it again, with its session looked at anew.
const LONGEST: Duration = Duration::from_mins(5);

/// How often a stream looks whether its session was ended: one row by its key.
const LOOKS: Duration = Duration::from_secs(10);

/// The streams of this process and the task that feeds them.
#[derive(Clone, Debug)]
pub struct Live {
    reads: Reads,
    feed: broadcast::Sender<Arc<Feed>>,
    room: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Live {
    /// Begins to read the feed, and to announce what this process writes to it, until `stop`.
    ///
    /// # Errors
    /// When the database does not say where the feed ends.
    pub async fn start(commands: &Commands, stop: CancellationToken) -> Result<Self, RunError> {
        let reads = commands.reads();
        let end = reads.live_end().await.map_err(RunError::Live)?;
        let (feed, _) = broadcast::channel(WAITING_PIECES);
        tokio::spawn(announce(commands.store().clone(), stop.clone()));
        tokio::spawn(feed::read(commands.clone(), end, feed.clone(), stop.clone()));
        Ok(Self {
            reads,
            feed,
            room: Arc::new(Semaphore::new(MOST_STREAMS)),
            stop,
        })
    }
}

/// The route.
pub fn router(state: &AppState) -> Router {
    Router::new()
        .route("/live", get(live))
        .with_state(state.live.clone())
}

/// What a page asks for.
#[derive(Debug, Deserialize)]
struct Asked {
    /// [`Topics`] as they are written.
    topics: String,
    /// The place up to which the page knows everything; what a browser sends when it resumes by itself goes before it.
    after: Option<String>,
}

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Behind the end of every feed.
const NOWHERE: Mark = Mark {
    transaction: i64::MAX,
    number: 0,
};

async fn live(
    State(live): State<Live>,
    who: (Option<Extension<Viewer>>, Option<Extension<Visitor>>),
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let (Some(Extension(viewer)), Some(Extension(visitor))) = who else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let Some(session) = visitor.key() else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let Ok(Query(asked)) = asked else {
        let words = "Say once in `topics` what to listen for, and at most once in `after` from where on.";
        return (StatusCode::BAD_REQUEST, words).into_response();
    };
    let (topics, after) = match (asked.topics.parse::<Topics>(), place(&headers, &asked)) {
        (Ok(topics), Ok(after)) => (topics, after),
        (Err(problem), _) | (_, Err(problem)) => {
            return (StatusCode::BAD_REQUEST, problem.to_string()).into_response();
        }
    };
    let Ok(room) = Arc::clone(&live.room).try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let ears = Ears {
        topics,
        sight: Sight::of(&viewer),
    };
    match Stream::begin(&live, ears, after, room).await {
        Ok(stream) => {
            let events = stream.events().take_until(end(live.reads.clone(), session));
            (UNBUFFERED, Sse::new(events)).into_response()
        }
        Err(problem) => {
            tracing::warn!(%problem, "a stream could not begin");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// Ends with the session, and now and then, so that whoever may not listen any more cannot resume.
async fn end(reads: Reads, session: Vec<u8>) {
    tokio::select! {
        () = session_ends(&reads, &session) => {}
        () = tokio::time::sleep(LONGEST) => {}
    }
}

async fn session_ends(reads: &Reads, session: &[u8]) {
    loop {
        tokio::time::sleep(LOOKS).await;
        // While the database is away nobody knows, and there is nothing to hear.
        if matches!(reads.has_session(session).await, Ok(false)) {
            return;
        }
    }
}

/// The place to go on from. What a browser resumes with is never refused, since it would not come back by itself: an id
/// that is no place is one of another feed, so the stream begins with word to look anew.
fn place(headers: &HeaderMap, asked: &Asked) -> Result<Option<Mark>, LiveError> {
    let Some(last) = headers.get(&LAST_EVENT_ID).filter(|id| !id.is_empty()) else {
        return asked.after.as_deref().map(str::parse).transpose();
    };
    let known = last.to_str().ok().and_then(|id| id.parse().ok());
    Ok(Some(known.unwrap_or(NOWHERE)))
}

/// What stops proxies from holding events back, or from changing them.
const UNBUFFERED: [(HeaderName, HeaderValue); 2] = [
    (
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store, no-transform"),
    ),
    (
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    ),
];
