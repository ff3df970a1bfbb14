//! What GitHub sent to the App's webhook and nobody took is asked for again (promise 7).
//!
//! GitHub never sends again by itself and forgets after three days.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use integrations::github::{GithubClient, SentDelivery};

use crate::{Commands, Result, intake::system};

/// How long GitHub keeps its log.
const KEPT: TimeDelta = TimeDelta::days(3);
/// A look begins before the last one, so that no attempt falls between two.
const OVERLAP: TimeDelta = TimeDelta::minutes(30);
/// What is younger may still be on its way.
const ON_ITS_WAY: TimeDelta = TimeDelta::minutes(2);
/// Attempts that one look asks for; the next one comes soon.
const ASKED_AT_ONCE: usize = 200;
/// Attempts after which a delivery is not asked for again.
const MOST_ATTEMPTS: usize = 5;
/// Pages of the log that one look reads: 20,000 attempts.
const MOST_PAGES: usize = 200;

/// What a look at the log found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redelivered {
    /// Deliveries that GitHub sent and that are not in the inbox.
    pub missing: u64,
    /// Those of them that were asked for again.
    pub asked: u64,
}

impl Commands {
    /// Reads the log since the last look, at most three days back, and has GitHub send again what is not in the inbox.
    /// Without an App there is no log, and nothing happens.
    pub async fn ask_for_missing_deliveries(&self) -> Result<Redelivered> {
        let Some(client) = self.github().filter(|client| client.is_app()) else {
            return Ok(Redelivered::default());
        };
        let began = self.now();
        let last = self.reads().delivery_log_look().await?;
        let since = last.map_or(began - KEPT, |last| (last - OVERLAP).max(began - KEPT));
        let sent = self.sent_since(client, since).await?;
        let missing = self.missing_of(&sent, began - ON_ITS_WAY).await?;
        let mut asked = 0;
        for attempt in missing.values().flatten().take(ASKED_AT_ONCE) {
            client
                .send_again(*attempt)
                .await
                .map_err(|error| self.passed_on(error))?;
            asked += 1;
        }
        let found = Redelivered {
            missing: missing.len() as u64,
            asked,
        };
        let mut tx = self.store.begin(&system("fairway")).await?;
        // What was not asked for this time is looked at again.
        let looked_at = if missing.len() > ASKED_AT_ONCE {
            since + OVERLAP
        } else {
            began
        };
        tx.note_delivery_log_look(looked_at, (found.missing, found.asked))
            .await?;
        tx.commit().await?;
        if found.missing > 0 {
            tracing::info!(?found, "GitHub sends again what did not arrive");
        }
        Ok(found)
    }

    async fn sent_since(&self, client: &GithubClient, since: DateTime<Utc>) -> Result<Vec<SentDelivery>> {
        let (mut all, mut from) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let page = client
                .sent_deliveries(from.as_deref())
                .await
                .map_err(|error| self.passed_on(error))?;
            let older = page.rows.last().is_none_or(|oldest| oldest.at < since);
            all.extend(page.rows.into_iter().filter(|sent| sent.at >= since));
            from = page.next;
            if older || from.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// Deliveries that are not in the inbox, each with the attempt to ask for; none for one that was tried often enough.
    async fn missing_of(
        &self,
        sent: &[SentDelivery],
        settled: DateTime<Utc>,
    ) -> Result<BTreeMap<String, Option<i64>>> {
        let mut attempts: BTreeMap<&str, Vec<&SentDelivery>> = BTreeMap::new();
        for one in sent {
            attempts.entry(&one.delivery_id).or_default().push(one);
        }
        let ids: Vec<String> = attempts.keys().map(|id| (*id).to_owned()).collect();
        let received: BTreeSet<String> = self.reads().received_deliveries("github", &ids).await?;
        let missing = attempts
            .into_iter()
            .filter(|(id, tries)| !received.contains(*id) && tries.iter().all(|one| one.at < settled));
        Ok(missing
            .map(|(id, tries)| {
                let newest = tries.iter().max_by_key(|one| (one.at, one.id)).map(|one| one.id);
                (id.to_owned(), newest.filter(|_| tries.len() < MOST_ATTEMPTS))
            })
            .collect())
    }
}
