//! Moves the reading of each kind of history on: starts it, notes what a page brought, lets it wait, ends it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{backfill::HistoryKind, ids::RepositoryId};

use super::progress::{HistoryPlace, whole};
use crate::{Result, Tx};

/// So long after its end, what is asked because of what was read still counts as the reading's.
const FOLLOWED_FOR: TimeDelta = TimeDelta::days(1);

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

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
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
