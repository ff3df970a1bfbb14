//! One signed POST of JSON.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{ids::EffectId, names};
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::error::HookError;
use crate::{
    breaker::{Breaker, BreakerState, Patience},
    github::signature,
    json,
    outbound::{Allowed, Bounds, OutboundClient, OutboundError},
};

/// An order is answered when it is taken, not when it is done.
const BOUNDS: Bounds = Bounds {
    time: Duration::from_secs(10),
    bytes: 64 * 1024,
    // A POST that is sent on becomes a GET, or goes to where nobody named.
    redirects: 0,
};
/// As much of an answer as a person reads, or is stored of it.
const MOST_WORDS: usize = 300;
/// Nobody is waited for longer than this because they said so.
const LONGEST_WAIT: i64 = 3600;

/// What is posted.
#[derive(Clone, Copy, Debug)]
pub struct Hook<'a> {
    /// The address; of chat it is a secret.
    pub url: &'a str,
    /// The id of the effect, the same at each try: by it the receiver knows what it has had.
    pub delivery: EffectId,
    /// The body.
    pub body: &'a Value,
    /// What it is signed with.
    pub secret: Option<&'a SecretString>,
}

/// Sends webhooks. Its `Debug` shows no address.
#[derive(Debug)]
pub struct HookClient {
    outbound: OutboundClient,
    breakers: Mutex<HashMap<String, Breaker>>,
}

impl HookClient {
    /// A client that calls the internet and what is allowed inside.
    ///
    /// # Errors
    /// [`OutboundError::Unusable`] when this machine has no certificates to trust.
    pub fn new(inside: Allowed) -> Result<Self, OutboundError> {
        Ok(Self {
            outbound: OutboundClient::new(inside, BOUNDS)?,
            breakers: Mutex::default(),
        })
    }

    /// Refuses an address that would never be called, before it is stored.
    ///
    /// # Errors
    /// As [`OutboundClient::check`].
    pub fn check(&self, url: &str) -> Result<(), OutboundError> {
        self.outbound.check(url)
    }

    /// How many hosts are left alone now.
    pub fn resting(&self) -> usize {
        let breakers = self.breakers();
        breakers
            .values()
            .filter(|breaker| breaker.status().state == BreakerState::Open)
            .count()
    }

    /// Posts, once; gives what is worth keeping of the answer.
    ///
    /// # Errors
    /// [`HookError`], which says whether it may have arrived.
    pub async fn post(&self, hook: &Hook<'_>, now: DateTime<Utc>) -> Result<Value, HookError> {
        let host = host_of(hook.url);
        self.admit(&host, now)?;
        let answer = self.outbound.send(request(hook, now)?).await;
        let judged = match answer {
            Ok(answer) => judge(&answer, &host, now),
            Err(error) => Err(HookError::Outbound(error)),
        };
        self.note(&host, &judged, now);
        judged
    }

    fn admit(&self, host: &str, now: DateTime<Utc>) -> Result<(), HookError> {
        let mut breakers = self.breakers();
        let Some(breaker) = breakers.get_mut(host) else {
            return Ok(());
        };
        breaker.admit(now).map_err(|until| HookError::Resting {
            host: host.to_owned(),
            until,
        })
    }

    /// A host that answers is forgotten; only those that are away are remembered.
    fn note(&self, host: &str, judged: &Result<Value, HookError>, now: DateTime<Utc>) {
        let mut breakers = self.breakers();
        if judged.as_ref().err().is_some_and(HookError::is_away) {
            let breaker = breakers.entry(host.to_owned());
            let breaker = breaker.or_insert_with(|| Breaker::new(Patience::default()));
            if breaker.failed(now) {
                tracing::warn!(host, "it is left alone for a while");
            }
        } else {
            breakers.remove(host);
        }
    }

    fn breakers(&self) -> MutexGuard<'_, HashMap<String, Breaker>> {
        self.breakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Host and port, by which systems are told apart; never the path, which may be a secret.
fn host_of(url: &str) -> String {
    let url = Url::parse(url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or("the address");
    match url.as_ref().and_then(Url::port) {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The signature is over the time and the body, so that nobody sends an old order again; the receiver refuses what is older than
/// five minutes, and a delivery that it has had.
fn request(hook: &Hook<'_>, now: DateTime<Utc>) -> Result<Request<Bytes>, HookError> {
    let body = hook.body.to_string();
    let timestamp = now.timestamp().to_string();
    let mut request = Request::post(hook.url)
        .header(CONTENT_TYPE, "application/json")
        .header("x-fairway-delivery", hook.delivery.to_string())
        .header("x-fairway-timestamp", &timestamp);
    if let Some(secret) = hook.secret {
        let signed = format!("{timestamp}.{body}");
        request = request.header("x-fairway-signature", signature::sign(secret, signed.as_bytes()));
    }
    let unusable = |_| {
        HookError::Outbound(OutboundError::Unusable {
            why: "it is no whole address",
        })
    };
    request.body(Bytes::from(body)).map_err(unusable)
}

fn judge(answer: &Response<Bytes>, host: &str, now: DateTime<Utc>) -> Result<Value, HookError> {
    let (status, host) = (answer.status(), host.to_owned());
    if status.is_success() {
        return Ok(kept(status, answer.body()));
    }
    let asks_to_wait = matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    );
    if let Some(until) = retry_after(answer.headers(), now).filter(|_| asks_to_wait) {
        return Err(HookError::Busy { host, until });
    }
    let passes = matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
    );
    if status.is_client_error() && !passes {
        let words = words(answer.body());
        return Err(HookError::Refused { host, status, words });
    }
    if status.is_redirection() {
        let words = "it sends on, and nobody follows; set the address that takes orders itself".to_owned();
        return Err(HookError::Refused { host, status, words });
    }
    Err(HookError::Away { host, status })
}

/// Seconds from now; the other form, a date, is not used by those that are asked here.
fn retry_after(headers: &HeaderMap<HeaderValue>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let seconds: i64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(now + TimeDelta::seconds(seconds.clamp(1, LONGEST_WAIT)))
}

/// The status, and of a JSON object what it calls a reference and an address.
fn kept(status: StatusCode, body: &[u8]) -> Value {
    let mut kept = json!({ "status": status.as_u16() });
    let parsed = json::prepared(body).ok();
    let parsed: Option<Value> = parsed.and_then(|body| serde_json::from_slice(&body).ok());
    for name in ["reference", "url"] {
        let value = parsed.as_ref().and_then(|value| value.get(name));
        let text = value.and_then(Value::as_str);
        if let Some(text) = text.filter(|text| name != "url" || leads_somewhere(text)) {
            let text: String = text.chars().take(MOST_WORDS).collect();
            kept[name] = names::title_written_out(&text).into();
        }
    }
    kept
}

/// Whether a text is an address of the web, of a length that people can see through; half of one would lead elsewhere.
fn leads_somewhere(text: &str) -> bool {
    let is_web = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    is_web && text.len() <= MOST_WORDS
}

/// What somebody says to a person, in one line in which everything can be seen.
fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    names::title_written_out(&line.chars().take(MOST_WORDS).collect::<String>())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn answer(status: u16, body: &'static [u8]) -> Response<Bytes> {
        let mut answer = Response::new(Bytes::from_static(body));
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        answer
    }

    #[test]
    fn an_order_is_signed_over_its_time_and_its_body() {
        let secret = SecretString::from("It's a Secret to Everybody");
        let body = json!({ "act": "deploy" });
        let hook = Hook {
            url: "https://deploy.example/fairway",
            delivery: EffectId(Uuid::from_u128(7)),
            body: &body,
            secret: Some(&secret),
        };
        let request = request(&hook, now()).unwrap();
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-fairway-timestamp"), "1800000000");
        assert_eq!(
            header("x-fairway-delivery"),
            "00000000-0000-0000-0000-000000000007"
        );
        let signed = b"1800000000.{\"act\":\"deploy\"}";
        assert_eq!(header("x-fairway-signature"), signature::sign(&secret, signed));
        let unsigned = super::request(&Hook { secret: None, ..hook }, now()).unwrap();
        assert!(!unsigned.headers().contains_key("x-fairway-signature"));
    }

    #[test]
    fn refusals_are_told_from_absence() {
        let judged = |status, body| judge(&answer(status, body), "deploy.example", now());
        assert_eq!(
            judged(202, br#"{"reference": "build-7", "token": "canary"}"#).unwrap(),
            json!({ "status": 202, "reference": "build-7" })
        );
        assert_eq!(judged(200, b"ok").unwrap(), json!({ "status": 200 }));
        assert_eq!(
            judged(200, br#"{"url": "https://ci.example/7", "reference": "7"}"#).unwrap(),
            json!({ "status": 200, "reference": "7", "url": "https://ci.example/7" })
        );
        for url in ["javascript:alert(1)", "data:text/html,x", "/builds/7"] {
            let body = json!({ "url": url }).to_string();
            let body: &'static [u8] = body.into_bytes().leak();
            assert_eq!(judged(200, body).unwrap(), json!({ "status": 200 }), "{url}");
        }
        for status in [301, 302, 307] {
            let refused = judged(status, b"").unwrap_err();
            assert!(matches!(refused, HookError::Refused { .. }), "{refused}");
        }
        for status in [400, 401, 404, 410, 422] {
            let refused = judged(status, b"no such\nservice").unwrap_err();
            assert!(!refused.is_away(), "{status}");
            assert!(refused.to_string().contains("no such service"), "{refused}");
        }
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(judged(status, b"").unwrap_err().is_away(), "{status}");
        }
    }

    #[test]
    fn who_asks_to_wait_is_waited_for_within_bounds() {
        for (said, seconds) in [("30", 30), ("0", 1), ("999999", LONGEST_WAIT)] {
            let mut busy = answer(429, b"");
            busy.headers_mut().insert(RETRY_AFTER, said.parse().unwrap());
            let waits = judge(&busy, "deploy.example", now()).unwrap_err();
            let HookError::Busy { until, .. } = waits else {
                panic!("{waits:?}")
            };
            assert_eq!((until - now()).num_seconds(), seconds);
        }
    }

    #[test]
    fn a_path_is_never_part_of_a_hosts_name() {
        assert_eq!(host_of("https://hooks.example/services/canary"), "hooks.example");
        assert_eq!(host_of("http://127.0.0.1:8080/canary"), "127.0.0.1:8080");
        assert_eq!(host_of("canary"), "the address");
    }
}
