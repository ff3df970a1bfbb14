//! Monthly partitions of the tables that grow without end.

use chrono::NaiveDate;

use crate::{Result, Store};

/// How many months, from the given one on, have a partition.
const MONTHS_AHEAD: i32 = 3;

impl Store {
    /// Makes the partitions of this month and the next ones; does nothing where they exist.
    pub async fn ensure_partitions(&self, today: NaiveDate) -> Result<()> {
        for table in ["deliveries", "security_events", "audit"] {
            sqlx::query("select ensure_month_partitions($1::text::regclass, $2, $3)")
                .bind(table)
                .bind(today)
                .bind(MONTHS_AHEAD)
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }
}
