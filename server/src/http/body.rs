//! Request bodies: how large one may be, how long it may take, and how many bytes all of them may hold at once.
//!
//! A webhook sender that floods, or one that trickles, must not take memory from the rest. Bytes count while they
//! arrive and until the request is answered, so a body that was announced but not sent costs nothing.

use std::{
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use http::header;
use tokio::time::Instant;

use super::refusal::Refusal;
use crate::config::Limits;

/// The bytes that all bodies hold now, and the most they may hold.
#[derive(Clone, Debug)]
pub struct Budget {
    held: Arc<AtomicUsize>,
    most: usize,
}

/// The rules for the bodies of some routes.
#[derive(Clone, Debug)]
pub struct BodyRules {
    budget: Budget,
    largest: usize,
    deadline: Duration,
}

impl BodyRules {
    /// Rules for webhooks and for everything else; both draw on one budget.
    pub fn pair(limits: &Limits) -> (Self, Self) {
        let budget = Budget {
            held: Arc::default(),
            most: limits.bodies_in_flight,
        };
        let of = |largest| Self {
            budget: budget.clone(),
            largest,
            deadline: limits.body_deadline,
        };
        (of(limits.webhook_body), of(limits.body))
    }
}

/// What one request's body holds, and why it was cut off, if it was.
struct Held {
    budget: Budget,
    bytes: AtomicUsize,
    refusal: Mutex<Option<Refusal>>,
}

impl Held {
    fn take(&self, bytes: usize, largest: usize) -> Result<(), Refusal> {
        if self.bytes.load(Ordering::Relaxed) + bytes > largest {
            return Err(Refusal::TooLarge { largest });
        }
        let before = self.budget.held.fetch_add(bytes, Ordering::AcqRel);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > self.budget.most {
            Err(Refusal::Busy)
        } else {
            Ok(())
        }
    }

    fn refuse(&self, refusal: Refusal) -> axum::BoxError {
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
        "the request body was cut off".into()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let left = self
            .budget
            .held
            .fetch_sub(self.bytes.load(Ordering::Relaxed), Ordering::AcqRel);
        metrics::gauge!("fairway_http_body_bytes_in_flight")
            .set(precise(left.saturating_sub(self.bytes.load(Ordering::Relaxed))));
    }
}

/// Metrics are floats; a budget is far below the 2^53 where they stop counting singly.
fn precise(bytes: usize) -> f64 {
    u32::try_from(bytes).map_or(f64::MAX, f64::from)
}

/// Applies the rules: an answer that was made from a body cut short becomes the refusal that cut it.
pub async fn guard(State(rules): State<BodyRules>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    if let Some(announced) = announced(&request) {
        if announced > rules.largest {
            return Refusal::TooLarge {
                largest: rules.largest,
            }
            .into_response();
        }
        if rules.budget.held.load(Ordering::Acquire) + announced > rules.budget.most {
            return Refusal::Busy.into_response();
        }
    }
    let held = Arc::new(Held {
        budget: rules.budget.clone(),
        bytes: AtomicUsize::new(0),
        refusal: Mutex::new(None),
    });
    let (parts, body) = request.into_parts();
    let body = guarded(
        body,
        Arc::clone(&held),
        rules.largest,
        Instant::now() + rules.deadline,
    );
    let response = next.run(Request::from_parts(parts, body)).await;
    let refusal = held.refusal.lock().unwrap_or_else(PoisonError::into_inner).take();
    refusal.map_or(response, IntoResponse::into_response)
}

fn guarded(body: Body, held: Arc<Held>, largest: usize, deadline: Instant) -> Body {
    let parts = body.into_data_stream();
    Body::from_stream(stream::try_unfold(
        (parts, held),
        move |(mut parts, held)| async move {
            let next = tokio::time::timeout_at(deadline, pin!(&mut parts).next()).await;
            let bytes: Bytes = match next {
                Err(_) => return Err(held.refuse(Refusal::TooSlow)),
                Ok(None) => return Ok(None),
                Ok(Some(Err(problem))) => return Err(problem.into()),
                Ok(Some(Ok(bytes))) => bytes,
            };
            held.take(bytes.len(), largest)
                .map_err(|refusal| held.refuse(refusal))?;
            Ok::<_, axum::BoxError>(Some((bytes, (parts, held))))
        },
    ))
}

fn announced(request: &Request) -> Option<usize> {
    request
        .headers()
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
