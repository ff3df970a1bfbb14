//! How far the reading of each kind of history is.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    backfill::{BackfillState, BackfillTotals, HistoryKind, HistoryProgress},
    ids::RepositoryId,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Reads, Result, StoreError};

/// The speed is that of the last minutes, so that waits are not in it.
const SPEED_OVER: TimeDelta = TimeDelta::minutes(10);

/// The page of history that is read next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPlace {
    /// Repository.
    pub repository: RepositoryId,
    /// Owner's login now.
    pub owner: String,
    /// Name now, without the owner.
    pub name: String,
    /// Kind of history.
    pub kind: HistoryKind,
    /// Page, from 1.
    pub page: u32,
    /// It is read back to here.
    pub since: DateTime<Utc>,
    /// Tries of this page that failed.
    pub attempts: u32,
}

#[derive(FromRow)]
struct ProgressRow {
    repository_id: Uuid,
    kind: String,
    state: String,
    since: DateTime<Utc>,
    started_at: DateTime<Utc>,
    reached_at: Option<DateTime<Utc>>,
    rows_read: i64,
    calls: i64,
    resume_at: Option<DateTime<Utc>>,
    problem: Option<String>,
    finished_at: Option<DateTime<Utc>>,
}

fn kind_of(text: &str) -> Result<HistoryKind> {
    HistoryKind::parse(text).ok_or_else(|| StoreError::corrupt("backfills", "kind", text))
}

pub(super) fn whole(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

impl ProgressRow {
    fn into_progress(self) -> Result<HistoryProgress> {
        Ok(HistoryProgress {
            kind: kind_of(&self.kind)?,
            state: BackfillState::parse(&self.state)
                .ok_or_else(|| StoreError::corrupt("backfills", "state", self.repository_id))?,
            since: self.since,
            started_at: self.started_at,
            reached_at: self.reached_at,
            rows: whole(self.rows_read),
            calls: whole(self.calls),
            resume_at: self.resume_at,
            problem: self.problem,
            finished_at: self.finished_at,
        })
    }
}

impl Reads {
    /// The page of history that a lane of so many reads next; `None` where nothing waits that may be read now. A
    /// repository belongs to one lane, so that two readers do not ask for the same page.
    pub async fn next_history_page(
        &self,
        (lane, lanes): (i32, i32),
        now: DateTime<Utc>,
    ) -> Result<Option<HistoryPlace>> {
        let row = sqlx::query!(
            "select b.repository_id, b.kind, b.next_page, b.since, b.attempts, r.owner, r.name
             from backfills b join repositories r on r.id = b.repository_id
             where b.state = 'reading' and (b.resume_at is null or b.resume_at <= $3)
               and abs(hashtext(b.repository_id::text)) % $2 = $1
             order by b.updated_at, b.repository_id, b.kind limit 1",
            lane,
            lanes,
            now
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(HistoryPlace {
                repository: row.repository_id.into(),
                kind: kind_of(&row.kind)?,
                page: u32::try_from(row.next_page).unwrap_or(u32::MAX),
                since: row.since,
                attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
                owner: row.owner,
                name: row.name,
            })
        })
        .transpose()
    }

    pub(super) async fn history_of(
        &self,
        ids: &[Uuid],
    ) -> Result<HashMap<RepositoryId, Vec<HistoryProgress>>> {
        let rows = sqlx::query_as!(
            ProgressRow,
            "select repository_id, kind, state, since, started_at, reached_at, rows_read, calls, resume_at, problem,
                 finished_at
             from backfills where repository_id = any($1)
             order by array_position(array['pull_requests', 'deployments', 'releases'], kind)",
            ids
        )
        .fetch_all(&self.pool)
        .await?;
        let mut all: HashMap<RepositoryId, Vec<HistoryProgress>> = HashMap::new();
        for row in rows {
            all.entry(row.repository_id.into())
                .or_default()
                .push(row.into_progress()?);
        }
        Ok(all)
    }

    /// The reading of history over all repositories.
    pub async fn backfill_totals(&self, now: DateTime<Utc>) -> Result<BackfillTotals> {
        let kinds = i64::try_from(HistoryKind::ALL.len()).unwrap_or(i64::MAX);
        let row = sqlx::query!(
            r#"with each as (
                 select repository_id, count(*) filter (where state = 'done') = $2 as done, bool_or(state = 'failed') as failed,
                     sum(rows_read) as rows, sum(calls) as calls,
                     avg(case when state = 'done' then 1
                              else greatest(0, least(1, extract(epoch from started_at - coalesce(reached_at, started_at))
                                  / greatest(1, extract(epoch from started_at - since)))) end) as share,
                     max(resume_at) filter (where state = 'reading' and resume_at > $1) as resume_at,
                     bool_or(state = 'reading' and (resume_at is null or resume_at <= $1)) as runs
                 from backfills group by repository_id)
               select count(*) as "started!", count(*) filter (where done) as "read!", count(*) filter (where failed) as "failed!",
                   coalesce(sum(rows), 0)::bigint as "rows!", coalesce(sum(calls), 0)::bigint as "calls!",
                   coalesce(avg(share), 0)::double precision as "share!",
                   case when not coalesce(bool_or(runs), false) then max(resume_at) end as resume_at,
                   (select count(*) from repository_listings l join repositories r on r.id = l.repository_id
                    where l.gone_at is null and l.ignored_at is null and r.deleted_at is null
                      and not exists (select from backfills b where b.repository_id = l.repository_id)) as "waiting!",
                   (select coalesce(sum(healed), 0)::bigint from repository_listings) as "healed!"
               from each"#,
            now,
            kinds
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(BackfillTotals {
            started: whole(row.started),
            done: whole(row.read),
            failed: whole(row.failed),
            waiting: whole(row.waiting),
            rows: whole(row.rows),
            calls: whole(row.calls),
            share: row.share,
            rows_per_minute: self.history_speed(now).await?,
            resume_at: row.resume_at,
            healed: whole(row.healed),
        })
    }

    /// Facts a minute, over the kinds that moved in the last minutes.
    async fn history_speed(&self, now: DateTime<Utc>) -> Result<Option<f64>> {
        let speed = sqlx::query_scalar!(
            r#"select sum(rows_read)::double precision
                   / greatest(1, extract(epoch from max(updated_at) - min(started_at)) / 60)::double precision as "speed"
               from backfills where updated_at > $1 and rows_read > 0
               having bool_or(state = 'reading')"#,
            now - SPEED_OVER
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(speed.flatten())
    }
}
