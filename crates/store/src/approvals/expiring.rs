//! The requests whose time is nearly over.

use chrono::{DateTime, Utc};
use domain::ids::ApprovalId;

use crate::{Result, Tx};

/// A request that waits, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiringApproval {
    /// Which.
    pub id: ApprovalId,
    /// Since when.
    pub opened_at: DateTime<Utc>,
    /// Until when.
    pub deadline: DateTime<Utc>,
}

impl Tx {
    /// The requests that wait and whose time ends after `now` and before `until`, the most urgent first.
    pub async fn approvals_expiring(
        &mut self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<ExpiringApproval>> {
        // Index approval_requests_by_deadline.
        let rows = sqlx::query!(
            "select id, opened_at, deadline from approval_requests
             where state = 'pending' and deadline > $1 and deadline <= $2 order by deadline, id",
            now,
            until
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let expiring = rows.into_iter().map(|row| ExpiringApproval {
            id: row.id.into(),
            opened_at: row.opened_at,
            deadline: row.deadline,
        });
        Ok(expiring.collect())
    }

    /// Those of these keys of which there is an effect, whatever became of it.
    pub async fn wanted_already(&mut self, keys: &[String]) -> Result<Vec<String>> {
        Ok(
            sqlx::query_scalar!("select effect_key from outbox where effect_key = any($1)", keys)
                .fetch_all(&mut *self.inner)
                .await?,
        )
    }
}
