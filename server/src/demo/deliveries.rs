//! The last days of the demo come the way that everything comes from GitHub: as signed deliveries to the webhook,
//! stored in the inbox and processed from there. Among them stand the hello of a new webhook, an event that Fairway has no
//! use for, and one that nobody can read.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{Router, body::Body};
use chrono::{DateTime, TimeDelta, Utc};
use commands::{Clock, CommandError, Commands, SystemClock, jobs::ProcessDelivery};
use domain::{
    facts::Observation,
    intake::{Delivery, DeliveryFilter, DeliveryStatus},
    page::{MAX_PAGE_SIZE, Position},
};
use http::{Request, StatusCode, header};
use integrations::github::signature;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use uuid::Uuid;

use super::{fill::DemoError, history::Timed, wire};
use crate::webhooks;

/// How far back deliveries go; what is older was told as history. Two working days are always among them.
pub(super) const SINCE: TimeDelta = TimeDelta::days(4);
/// GitHub delivers within seconds.
const ON_THE_WAY: TimeDelta = TimeDelta::milliseconds(1_400);
/// Signs the demo's deliveries; made for it and known to nobody else, since the webhook of the process has its own.
const SECRET: &str = "the demo signs its own deliveries";

/// The time of the story: deliveries arrive when GitHub would have sent them.
struct StoryClock {
    at: Mutex<DateTime<Utc>>,
}

impl StoryClock {
    fn set(&self, at: DateTime<Utc>) {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }
}

impl Clock for StoryClock {
    fn now(&self) -> DateTime<Utc> {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(&self) -> Uuid {
        SystemClock.id()
    }

    fn secret(&self) -> [u8; 32] {
        SystemClock.secret()
    }
}

/// One request to the webhook.
struct Sent {
    at: DateTime<Utc>,
    event: &'static str,
    body: Value,
}

/// Delivers what happened and processes it, in the order of time. Gives how many deliveries there were.
pub(super) async fn deliver(commands: &Commands, told: Vec<Timed>) -> Result<usize, DemoError> {
    let now = commands.now();
    let clock = Arc::new(StoryClock { at: Mutex::new(now) });
    let then = Commands::new(commands.store().clone(), Arc::clone(&clock) as Arc<dyn Clock>);
    let sent = in_order(told, now);
    let secret = SecretString::from(SECRET);
    let webhook = webhooks::for_secrets(&then, vec![secret.clone()]);
    for (number, one) in sent.iter().enumerate() {
        clock.set(one.at + ON_THE_WAY);
        post(&webhook, request(number, one, &secret)?, one.event).await?;
    }
    process(&then, &clock).await?;
    Ok(sent.len())
}

/// Everything that is sent, in the order of time.
fn in_order(told: Vec<Timed>, now: DateTime<Utc>) -> Vec<Sent> {
    let mut sent: Vec<Sent> = told.into_iter().filter_map(happened).collect();
    sent.extend(beside(now));
    sent.sort_by_key(|one| one.at);
    sent
}

fn happened((at, observation): (DateTime<Utc>, Observation)) -> Option<Sent> {
    let (event, body) = wire::payload(&observation)?;
    Some(Sent { at, event, body })
}

/// What comes beside the story.
fn beside(now: DateTime<Utc>) -> [Sent; 3] {
    let at = |minutes: i64| now - TimeDelta::minutes(minutes);
    let hello =
        json!({ "zen": "Keep it logically awesome.", "hook_id": 41, "hook": { "type": "Organization" } });
    let repository = json!({ "id": 9_010, "name": "storefront", "full_name": "saltmarsh/storefront", "owner": { "login": "saltmarsh" } });
    let star = json!({ "action": "created", "starred_at": at(305), "repository": repository });
    // A tool of their own that speaks of a deployment and forgets the commit.
    let broken = json!({
        "action": "created",
        "deployment": {
            "id": 77_001, "environment": "production", "ref": "main", "task": "deploy",
            "description": "Sent by release-bot 0.3", "created_at": at(95), "updated_at": at(95),
        },
        "repository": repository,
    });
    [
        Sent {
            at: now - SINCE,
            event: "ping",
            body: hello,
        },
        Sent {
            at: at(305),
            event: "star",
            body: star,
        },
        Sent {
            at: at(95),
            event: "deployment",
            body: broken,
        },
    ]
}

/// As GitHub would send it. The same story has the same ids: each is made of its number and what it says.
fn request(number: usize, sent: &Sent, secret: &SecretString) -> Result<Request<Body>, CommandError> {
    let body = sent.body.to_string();
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(format!("{number} {body}"))[..16]);
    Request::post("/webhooks/github")
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-github-event", sent.event)
        .header("x-github-delivery", Uuid::from_bytes(id).to_string())
        .header("x-hub-signature-256", signature::sign(secret, body.as_bytes()))
        .body(Body::from(body))
        .map_err(CommandError::internal)
}

/// Through the webhook's own route, so that signature, headers and body are checked as any sender's are.
async fn post(webhook: &Router, request: Request<Body>, event: &'static str) -> Result<(), DemoError> {
    let answer = webhook.clone().oneshot(request).await;
    match answer.map(|answer| answer.status()) {
        Ok(StatusCode::ACCEPTED) => Ok(()),
        Ok(status) => Err(DemoError::NotDelivered(event, status)),
    }
}

/// Everything that waits in the inbox, oldest first, each a moment after it came.
async fn process(commands: &Commands, clock: &StoryClock) -> Result<(), CommandError> {
    let waiting = DeliveryFilter {
        status: Some(DeliveryStatus::Received),
        ..DeliveryFilter::default()
    };
    let (mut all, mut position) = (Vec::new(), Position::Start);
    loop {
        let page = commands
            .reads()
            .deliveries(&waiting, &position, MAX_PAGE_SIZE)
            .await?;
        all.extend(page.rows);
        match page.next {
            Some(cursor) => position = Position::After(cursor),
            None => break,
        }
    }
    for Delivery { id, received_at, .. } in all.into_iter().rev() {
        clock.set(received_at + TimeDelta::milliseconds(230));
        commands
            .process_delivery(&ProcessDelivery { id, received_at })
            .await?;
    }
    commands.drop_needless_jobs().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{
        super::{history, story},
        *,
    };

    fn ids(now: DateTime<Utc>) -> Vec<String> {
        let histories = (0..).zip(&story::REPOSITORIES);
        let told = histories.flat_map(|(index, repository)| history::of_repository(index, repository, now));
        let recent = told.filter(|(at, _)| *at >= now - SINCE).collect();
        let secret = SecretString::from(SECRET);
        in_order(recent, now)
            .iter()
            .enumerate()
            .map(|(number, one)| {
                let request = request(number, one, &secret).unwrap();
                request.headers()["x-github-delivery"]
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }

    #[test]
    fn the_same_story_is_delivered_the_same_way() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let first = ids(now);
        assert!(first.len() > 50, "{}", first.len());
        assert_eq!(first, ids(now));
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), first.len());
    }
}
