//! The feed of what changed: written with the change, read in one order by everyone.
//!
//! Rows are read only below the oldest transaction that is open when the statement begins. What stands there is complete:
//! no transaction that is still to commit can have a lower number. So an order that one reader saw is the order for all,
//! and whoever remembers a place misses nothing after it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    live::{Change, ChangeKind, Event, Mark},
    sight::Audience,
};
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{Reads, Result, Store, Tx};

/// The channel of PostgreSQL that says that there may be something to read.
const CHANNEL: &str = "fairway_live";

/// What a unit of work changed, until it commits.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    changes: Vec<(Change, DateTime<Utc>)>,
}

/// A piece of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveBatch {
    /// Events in the order of the feed.
    pub events: Vec<Event>,
    /// The place up to which everything was read.
    pub upto: Mark,
    /// Whether more can be read at once.
    pub more: bool,
}

/// Waits for the hint that there may be something to read.
#[derive(Debug)]
pub struct LiveHints(PgListener);

impl LiveHints {
    /// Returns when a hint came, or when hints may have been lost.
    pub async fn next(&mut self) -> Result<()> {
        self.0.try_recv().await?;
        Ok(())
    }
}

impl Tx {
    /// Notes what this unit of work changes, for pages that are open. Written once, when it commits.
    pub fn note_changes(&mut self, changes: impl IntoIterator<Item = Change>, at: DateTime<Utc>) {
        let noted = &mut self.live.changes;
        for change in changes {
            if noted.iter().all(|(known, _)| *known != change) {
                noted.push((change, at));
            }
        }
    }

    /// Writes what was noted; true when that was anything.
    pub(crate) async fn write_changes(&mut self) -> Result<bool> {
        let changes = std::mem::take(&mut self.live.changes);
        if changes.is_empty() {
            return Ok(false);
        }
        let ats: Vec<DateTime<Utc>> = changes.iter().map(|(_, at)| *at).collect();
        let kinds: Vec<String> = changes
            .iter()
            .map(|(change, _)| change.kind.as_str().to_owned())
            .collect();
        let services: Vec<Option<Uuid>> = changes
            .iter()
            .map(|(change, _)| change.service.map(|id| id.0))
            .collect();
        let deploys: Vec<Option<Uuid>> = changes
            .iter()
            .map(|(change, _)| change.deploy.map(|id| id.0))
            .collect();
        sqlx::query!(
            "insert into live_events (at, kind, service_id, deploy_id)
             select * from unnest($1::timestamptz[], $2::text[], $3::uuid[], $4::uuid[])",
            &ats,
            &kinds,
            &services as &[Option<Uuid>],
            &deploys as &[Option<Uuid>]
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(true)
    }
}

impl Reads {
    /// The end of the feed: whatever is not yet in what this database shows will stand after it. Read it before the page.
    pub async fn live_end(&self) -> Result<Mark> {
        let oldest_open =
            sqlx::query_scalar!(r#"select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as "xmin!""#)
                .fetch_one(&self.pool)
                .await?;
        Ok(Mark::before(oldest_open))
    }

    /// What follows a place, at most `limit` events, each with who may hear of it: one reader reads for all streams.
    pub async fn live_events(&self, after: Mark, limit: i64) -> Result<LiveBatch> {
        let rows = sqlx::query!(
            r#"select b.upto as "upto!", e.transaction as "transaction?", e.number as "number?", e.at as "at?",
                   e.kind as "kind?", e.service_id as "service_id?", e.deploy_id as "deploy_id?",
                   coalesce(s.private, false) as "private!", s.team_id as "team_id?"
               from (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as upto) b
               left join lateral (
                   select * from live_events l
                   where (l.transaction, l.number) > ($1, $2) and l.transaction < b.upto
                   order by l.transaction, l.number limit $3
               ) e on true
               left join services s on s.id = e.service_id
               order by e.transaction, e.number"#,
            after.transaction,
            after.number,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        let mut events = Vec::with_capacity(rows.len());
        let (mut upto, mut last, mut read) = (Mark::default(), Mark::default(), 0_i64);
        for row in rows {
            upto = Mark::before(row.upto);
            let (Some(transaction), Some(number), Some(at), Some(kind)) =
                (row.transaction, row.number, row.at, row.kind)
            else {
                continue;
            };
            last = Mark { transaction, number };
            read += 1;
            // A newer version that runs beside this one tells of more than this one has pages for.
            let Some(kind) = ChangeKind::parse(&kind) else {
                continue;
            };
            events.push(Event {
                mark: last,
                at,
                change: Change {
                    kind,
                    service: row.service_id.map(Into::into),
                    deploy: row.deploy_id.map(Into::into),
                },
                audience: if row.private {
                    Audience::Team(row.team_id.map(Into::into))
                } else {
                    Audience::Everyone
                },
            });
        }
        let more = read >= limit;
        if more {
            upto = last;
        }
        Ok(LiveBatch { events, upto, more })
    }

    /// The oldest transaction whose events are kept. Whoever remembers an older place may have missed some.
    pub async fn oldest_live_transaction(&self) -> Result<Option<i64>> {
        let oldest = sqlx::query_scalar!("select min(transaction) from live_events");
        Ok(oldest.fetch_one(&self.pool).await?)
    }
}

impl Store {
    /// Wakes whoever waits on it after a commit here that wrote to the feed.
    pub fn live_written(&self) -> Arc<Notify> {
        Arc::clone(&self.live_written)
    }

    /// Tells every process that there may be something to read. Outside of any unit of work, because PostgreSQL makes
    /// notifying transactions commit one after the other.
    pub async fn announce_live(&self) -> Result<()> {
        sqlx::query("select pg_notify($1, '')")
            .bind(CHANNEL)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Begins to listen for such hints, on a connection of the pool.
    pub async fn live_hints(&self) -> Result<LiveHints> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(LiveHints(listener))
    }

    /// Forgets events from before a time, always the oldest first, and gives how many. The newest stays whatever its age:
    /// as long as one is kept, whoever remembers a forgotten place can be told so.
    pub async fn prune_live_events(&self, before: DateTime<Utc>) -> Result<u64> {
        let gone = sqlx::query!(
            "delete from live_events
             where transaction <= (select max(transaction) from live_events where at < $1)
               and transaction < (select max(transaction) from live_events)",
            before
        )
        .execute(&self.pool)
        .await?;
        sqlx::query!(
            "select drop_empty_month_partitions('live_events', $1)",
            before.date_naive()
        )
        .execute(&self.pool)
        .await?;
        Ok(gone.rows_affected())
    }
}
