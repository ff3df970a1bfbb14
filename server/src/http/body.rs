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

#[cfg(test)]
mod tests {
    use axum::{Router, middleware, routing::post};
    use http::StatusCode;
    use tower::ServiceExt;

    use super::{Body, BodyRules, Bytes, Duration, Request, guard, stream};
    use crate::config::Limits;

    /// A route that reads its body whole, under rules small enough to reach.
    fn route(largest: usize, in_flight: usize) -> (Router, BodyRules) {
        let limits = Limits {
            webhook_body: largest,
            body: largest,
            bodies_in_flight: in_flight,
            body_deadline: Duration::from_millis(200),
        };
        let (rules, _) = BodyRules::pair(&limits);
        let read = post(|body: Bytes| async move { body.len().to_string() });
        let router = Router::new()
            .route("/", read)
            .layer(middleware::from_fn_with_state(rules.clone(), guard));
        (router, rules)
    }

    fn sent(body: Body) -> Request {
        Request::post("/").body(body).unwrap()
    }

    /// A body in pieces of 4 bytes, as one of unknown length arrives.
    fn pieces(count: usize) -> Body {
        Body::from_stream(stream::iter(
            (0..count).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(b"four"))),
        ))
    }

    async fn status(router: &Router, body: Body) -> StatusCode {
        router.clone().oneshot(sent(body)).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit_and_not_beyond() {
        let (router, _) = route(8, 1000);
        assert_eq!(status(&router, pieces(2)).await, StatusCode::OK);
        assert_eq!(status(&router, pieces(3)).await, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(
            status(&router, Body::from(vec![0; 9])).await,
            StatusCode::PAYLOAD_TOO_LARGE
        );
    }

    #[tokio::test]
    async fn bodies_beyond_the_budget_are_told_to_come_back_and_give_back_what_they_held() {
        let (router, rules) = route(100, 12);
        assert_eq!(status(&router, pieces(4)).await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(rules.budget.held.load(super::Ordering::Acquire), 0);
        assert_eq!(status(&router, pieces(3)).await, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_body_that_trickles_is_cut_off() {
        let (router, rules) = route(100, 100);
        let endless = Body::from_stream(stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b"x")), ()))
        }));
        assert_eq!(status(&router, endless).await, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(rules.budget.held.load(super::Ordering::Acquire), 0);
    }
}
