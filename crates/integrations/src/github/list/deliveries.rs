//! GitHub's own log of the deliveries that it sent to the App's webhook, kept for three days, and sending one again.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::PER_PAGE;
use crate::github::{
    client::{GithubClient, parse},
    error::GithubError,
    tokens::Caller,
};

/// One attempt to deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentDelivery {
    /// Number of the attempt, by which it is asked for again.
    pub id: i64,
    /// `X-GitHub-Delivery`, the same for every attempt.
    pub delivery_id: String,
    /// When it was sent.
    pub at: DateTime<Utc>,
    /// Whether the receiver answered that it took it.
    pub taken: bool,
}

/// A page of the log, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentDeliveries {
    /// The attempts.
    pub rows: Vec<SentDelivery>,
    /// Where the next page begins.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct SentWire {
    id: Option<i64>,
    guid: Option<String>,
    delivered_at: Option<DateTime<Utc>>,
    status_code: Option<i32>,
}

impl GithubClient {
    /// Whether it is an App that asks: only an App has a log.
    pub fn is_app(&self) -> bool {
        self.transport.credentials.app.is_some()
    }

    /// A page of the log of the App's webhook; `from` is where the page before ended.
    pub async fn sent_deliveries(&self, from: Option<&str>) -> Result<SentDeliveries, GithubError> {
        let mut query = vec![("per_page", PER_PAGE)];
        query.extend(from.map(|from| ("cursor", from)));
        let segments = ["app", "hook", "deliveries"];
        let answer = self.transport.get_as(Caller::App, &segments, &query).await?;
        let rows: Vec<SentWire> = parse(&answer)?;
        let row = |wire: SentWire| {
            Some(SentDelivery {
                id: wire.id?,
                delivery_id: wire.guid?,
                at: wire.delivered_at?,
                taken: wire.status_code.is_some_and(|code| (200..300).contains(&code)),
            })
        };
        Ok(SentDeliveries {
            rows: rows.into_iter().filter_map(row).collect(),
            next: answer.next_cursor,
        })
    }

    /// Has an attempt's delivery sent again, with the same id and body.
    pub async fn send_again(&self, attempt: i64) -> Result<(), GithubError> {
        let attempt = attempt.to_string();
        let segments = ["app", "hook", "deliveries", &attempt, "attempts"];
        self.transport.post_as(Caller::App, &segments).await.map(drop)
    }
}
