//! How far the reading of each kind of history is.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    backfill::{BackfillState, BackfillTotals, HistoryKind, HistoryProgress},
    ids::RepositoryId,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Reads, Result, StoreError, Tx};

/// The speed is that of the last minutes, so that waits are not in it.
const SPEED_OVER: TimeDelta = TimeDelta::minutes(10);

/// So long after its end, what is asked because of what was read still counts as the reading's.
const FOLLOWED_FOR: TimeDelta = TimeDelta::days(1);

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

/// What reading a page brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryStep {
    /// The oldest time on it.
    pub reached: Option<DateTime<Utc>>,
    /// Facts on it.
    pub rows: u64,
    /// Requests that it took.
    pub calls: u64,
    /// Whether it was the last one.
    pub done: bool,
    /// What was odd about it, for people.
    pub misfit: Option<String>,
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

fn whole(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
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

impl Tx {
    /// Starts reading history back to `since`: of one repository, anew where it was read whole; or of every listed one
    /// that was not read yet and that nobody ignores. What failed goes on where it was; what is being read is left alone.
    /// Gives how many repositories were started.
    pub async fn start_backfills(
        &mut self,
        only: Option<RepositoryId>,
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<u64> {
        let kinds = HistoryKind::ALL.map(|kind| kind.as_str().to_owned());
        let started = sqlx::query_scalar!(
            r#"with chosen as (
                 select l.repository_id from repository_listings l join repositories r on r.id = l.repository_id
                 where l.gone_at is null and r.deleted_at is null and r.github_id is not null
                   and case when $1::uuid is null then l.ignored_at is null else l.repository_id = $1 end
               ), started as (
                 insert into backfills as b (repository_id, kind, state, since, started_at, updated_at, resume_at)
                 select c.repository_id, k.kind, 'reading', $2, $3, $3,
                     (select max(resume_at) from backfills where state = 'reading' and resume_at > $3 and attempts = 0)
                 from chosen c cross join unnest($4::text[]) as k (kind)
                 order by c.repository_id, k.kind
                 on conflict (repository_id, kind) do update set state = 'reading', problem = null, attempts = 0,
                     resume_at = excluded.resume_at, updated_at = excluded.updated_at, finished_at = null,
                     since = case when b.state = 'done' then excluded.since else b.since end,
                     started_at = case when b.state = 'done' then excluded.started_at else b.started_at end,
                     next_page = case when b.state = 'done' then 1 else b.next_page end,
                     reached_at = case when b.state = 'done' then null else b.reached_at end,
                     rows_read = case when b.state = 'done' then 0 else b.rows_read end,
                     calls = case when b.state = 'done' then 0 else b.calls end
                 where b.state = 'failed' or (b.state = 'done' and $1::uuid is not null)
                 returning b.repository_id
               )
               select count(distinct repository_id) as "count!" from started"#,
            only.map(|id| id.0),
            since,
            at,
            &kinds
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(whole(started))
    }

    /// Moves on behind a page whose facts are stored in this unit of work. `false` where somebody else did so meanwhile:
    /// then nothing of the page must be stored in this unit of work. What was odd about a page stays until it is read anew.
    pub async fn advance_backfill(
        &mut self,
        place: &HistoryPlace,
        step: &HistoryStep,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let moved = sqlx::query!(
            "update backfills set next_page = next_page + 1, reached_at = least(reached_at, $4), rows_read = rows_read + $5,
                 calls = calls + $6, attempts = 0, resume_at = null, updated_at = $7,
                 problem = coalesce($9, case when attempts = 0 then problem end),
                 state = case when $8 then 'done' else 'reading' end,
                 finished_at = case when $8 then $7::timestamptz end
             where repository_id = $1 and kind = $2 and state = 'reading' and next_page = $3",
            place.repository.0,
            place.kind.as_str(),
            i64::from(place.page),
            step.reached,
            stored(step.rows),
            stored(step.calls),
            at,
            step.done,
            step.misfit.as_deref()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(moved.rows_affected() == 1)
    }

    /// Counts requests that brought no page.
    pub async fn count_backfill_calls(&mut self, place: &HistoryPlace, calls: u64) -> Result<()> {
        sqlx::query!(
            "update backfills set calls = calls + $3 where repository_id = $1 and kind = $2",
            place.repository.0,
            place.kind.as_str(),
            stored(calls)
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Counts requests for what the lists left out, where that kind of history is being read or was read a little while ago.
    pub async fn count_calls_of_history(
        &mut self,
        (repository, kind): (RepositoryId, HistoryKind),
        calls: u64,
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "update backfills set calls = calls + $3
             where repository_id = $1 and kind = $2 and (state = 'reading' or finished_at > $4)",
            repository.0,
            kind.as_str(),
            stored(calls),
            at - FOLLOWED_FOR
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Lets one kind of a repository's history wait after a failure that passes.
    pub async fn delay_backfill(
        &mut self,
        place: &HistoryPlace,
        until: DateTime<Utc>,
        problem: &str,
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "update backfills set resume_at = $3, problem = $4, attempts = attempts + 1, updated_at = $5
             where repository_id = $1 and kind = $2 and state = 'reading'",
            place.repository.0,
            place.kind.as_str(),
            until,
            problem,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Lets everything of an owner wait: GitHub's budget is one for all of it.
    pub async fn pause_backfills(&mut self, owner: &str, until: DateTime<Utc>) -> Result<()> {
        sqlx::query!(
            "update backfills b set resume_at = greatest(b.resume_at, $2) from repositories r
             where r.id = b.repository_id and b.state = 'reading' and lower(r.owner) = lower($1)",
            owner,
            until
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Lets everything that waits go on now; gives whether anything did. What waits for a budget that is still spent is
    /// made to wait again before anything is asked.
    pub async fn hasten_backfills(&mut self, at: DateTime<Utc>) -> Result<bool> {
        let hastened = sqlx::query!(
            "update backfills set resume_at = null where state = 'reading' and resume_at > $1",
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(hastened.rows_affected() > 0)
    }

    /// Ends the reading of one kind with a problem that a person has to see.
    pub async fn fail_backfill(
        &mut self,
        place: &HistoryPlace,
        problem: &str,
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "update backfills set state = 'failed', problem = $3, resume_at = null, updated_at = $4
             where repository_id = $1 and kind = $2 and state = 'reading'",
            place.repository.0,
            place.kind.as_str(),
            problem,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
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
