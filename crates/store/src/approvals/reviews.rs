//! Going on without a decision, and the second person who looks at it.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{Review, ReviewVerdict, Reviewed},
    ids::{ApprovalId, PersonId},
};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{Reads, Result, StoreError, Tx};

struct ReviewRow {
    request_id: Uuid,
    broken_by: Uuid,
    breaker: String,
    reason: String,
    broken_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    reviewer: Option<String>,
    verdict: Option<String>,
    note: Option<String>,
    reviewed_at: Option<DateTime<Utc>>,
}

impl ReviewRow {
    fn read(self) -> Result<Review> {
        let wrong = || StoreError::corrupt("approval_reviews", "verdict", self.request_id);
        let reviewed = match (self.reviewer, self.verdict, self.note, self.reviewed_at) {
            (Some(name), Some(verdict), Some(note), Some(at)) => Some(Reviewed {
                name,
                verdict: ReviewVerdict::parse(&verdict).ok_or_else(wrong)?,
                note,
                at,
            }),
            _ => None,
        };
        Ok(Review {
            request: self.request_id.into(),
            broken_by: self.broken_by.into(),
            name: self.breaker,
            reason: self.reason,
            broken_at: self.broken_at,
            due_at: self.due_at,
            reviewed,
        })
    }
}

/// Who went on without a decision about a request; the person as the row that is left of them.
pub(super) async fn review(db: impl PgExecutor<'_>, request: ApprovalId) -> Result<Option<Review>> {
    sqlx::query_as!(
        ReviewRow,
        r#"select r.request_id, b.id as broken_by, b.display_name as breaker, r.reason, r.broken_at, r.due_at,
               p.display_name as "reviewer?", r.verdict, r.note, r.reviewed_at
           from approval_reviews r join people b on b.id = person_root(r.broken_by)
           left join people p on p.id = person_root(r.reviewed_by) where r.request_id = $1"#,
        request.0
    )
    .fetch_optional(db)
    .await?
    .map(ReviewRow::read)
    .transpose()
}

impl Reads {
    /// Who went on without a decision about a request, which whoever looks may see.
    pub async fn review(&self, request: ApprovalId) -> Result<Option<Review>> {
        review(&self.pool, request).await
    }

    /// What was done without a decision and nobody else looked at yet, the most urgent first.
    pub async fn open_reviews(&self, most: i64) -> Result<Vec<Review>> {
        let (everything, teams) = self.seeing();
        let rows = sqlx::query_as!(
            ReviewRow,
            r#"select r.request_id, b.id as broken_by, b.display_name as breaker, r.reason, r.broken_at, r.due_at,
                   null::text as "reviewer?", r.verdict, r.note, r.reviewed_at
               from approval_reviews r join people b on b.id = person_root(r.broken_by)
               join approval_requests a on a.id = r.request_id
               where r.reviewed_at is null
                 and a.service_id not in (select hidden.id from hidden_services($2, $3) as hidden (id))
               order by r.due_at, r.request_id limit $1"#,
            most,
            everything,
            &teams
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(ReviewRow::read).collect()
    }
}

/// How much waits for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// Since when the oldest request waits for a decision.
    pub oldest: Option<DateTime<Utc>>,
    /// What was done without a decision and nobody else looked at in time.
    pub reviews_overdue: i64,
}

impl Reads {
    /// How much waits for people now, by whomever it is seen.
    pub async fn undecided(&self, now: DateTime<Utc>) -> Result<Undecided> {
        Ok(sqlx::query_as!(
            Undecided,
            r#"select (select min(opened_at) from approval_requests where state = 'pending') as oldest,
                   (select count(*) from approval_reviews where reviewed_at is null and due_at <= $1) as "reviews_overdue!""#,
            now
        )
        .fetch_one(&self.pool)
        .await?)
    }
}

impl Tx {
    /// What was done without a decision and nobody else looked at until some time in `(after, until]`.
    pub async fn reviews_due(
        &mut self,
        (after, until): (DateTime<Utc>, DateTime<Utc>),
        most: i64,
    ) -> Result<Vec<Review>> {
        let rows = sqlx::query_as!(
            ReviewRow,
            r#"select r.request_id, b.id as broken_by, b.display_name as breaker, r.reason, r.broken_at, r.due_at,
                   null::text as "reviewer?", r.verdict, r.note, r.reviewed_at
               from approval_reviews r join people b on b.id = person_root(r.broken_by)
               where r.reviewed_at is null and r.due_at > $1 and r.due_at <= $2 order by r.due_at, r.request_id limit $3"#,
            after,
            until,
            most
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(ReviewRow::read).collect()
    }

    /// Who went on without a decision about a request.
    pub async fn review_of(&mut self, request: ApprovalId) -> Result<Option<Review>> {
        review(&mut *self.inner, request).await
    }

    /// Notes who goes on without a decision, and until when another person must look at it.
    pub async fn insert_review(
        &mut self,
        request: ApprovalId,
        by: PersonId,
        reason: &str,
        (at, due_at): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<()> {
        sqlx::query!(
            "insert into approval_reviews (request_id, broken_by, reason, broken_at, due_at) values ($1, $2, $3, $4, $5)",
            request.0,
            by.0,
            reason,
            at,
            due_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Writes what the second person says. The database refuses the first one.
    pub async fn complete_review(
        &mut self,
        request: ApprovalId,
        by: PersonId,
        (verdict, note): (ReviewVerdict, &str),
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "update approval_reviews set reviewed_by = $2, verdict = $3, note = $4, reviewed_at = $5 where request_id = $1",
            request.0,
            by.0,
            verdict.as_str(),
            note,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
