//! Columns whose values are sealed before they come here: by which keys, and replacing what is sealed.
//!
//! What is sealed begins with a byte that says its form and eight that say its key; more is not known here.

use uuid::Uuid;

use crate::{Reads, Result, Tx};

/// A column whose values are sealed. Sealing all of them anew goes through [`SealedColumn::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedColumn {
    /// The secret that a person's authenticator holds too.
    TotpSecret,
    /// What orders to an executor are signed with.
    ExecutorSecret,
    /// The address of a webhook that news go to, which lets in whoever knows it.
    TargetSecret,
}

impl SealedColumn {
    /// All.
    pub const ALL: [Self; 3] = [Self::TotpSecret, Self::ExecutorSecret, Self::TargetSecret];

    /// Table and column: a sealed value opens in this one only.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TotpSecret => "accounts.totp_secret",
            Self::ExecutorSecret => "executors.secret",
            Self::TargetSecret => "notification_targets.secret",
        }
    }
}

/// A value and its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRow {
    /// The row's id.
    pub row: Uuid,
    /// What is sealed.
    pub sealed: Vec<u8>,
}

impl Reads {
    /// The ids of the keys that values of a column are sealed with, and how many each.
    pub async fn sealing_keys(&self, column: SealedColumn) -> Result<Vec<(Vec<u8>, i64)>> {
        match column {
            SealedColumn::TotpSecret => {
                let rows = sqlx::query!(
                    r#"select substring(totp_secret from 2 for 8) as "key!", count(*) as "rows!"
                       from accounts where totp_secret is not null group by 1 order by 1"#
                )
                .fetch_all(&self.pool)
                .await?;
                Ok(rows.into_iter().map(|row| (row.key, row.rows)).collect())
            }
            SealedColumn::ExecutorSecret => {
                let rows = sqlx::query!(
                    r#"select substring(secret from 2 for 8) as "key!", count(*) as "rows!"
                       from executors where secret is not null group by 1 order by 1"#
                )
                .fetch_all(&self.pool)
                .await?;
                Ok(rows.into_iter().map(|row| (row.key, row.rows)).collect())
            }
            SealedColumn::TargetSecret => {
                let rows = sqlx::query!(
                    r#"select substring(secret from 2 for 8) as "key!", count(*) as "rows!"
                       from notification_targets where secret is not null group by 1 order by 1"#
                )
                .fetch_all(&self.pool)
                .await?;
                Ok(rows.into_iter().map(|row| (row.key, row.rows)).collect())
            }
        }
    }

    /// Values of a column that another key than this sealed, in the order of their rows: so many at most, after a row.
    pub async fn sealed_otherwise(
        &self,
        column: SealedColumn,
        key: &[u8],
        (after, most): (Uuid, i64),
    ) -> Result<Vec<SealedRow>> {
        match column {
            SealedColumn::TotpSecret => {
                let rows = sqlx::query_as!(
                    SealedRow,
                    r#"select person_id as "row!", totp_secret as "sealed!" from accounts
                       where totp_secret is not null and substring(totp_secret from 2 for 8) <> $1 and person_id > $2
                       order by person_id limit $3"#,
                    key,
                    after,
                    most
                )
                .fetch_all(&self.pool)
                .await?;
                Ok(rows)
            }
            SealedColumn::ExecutorSecret => {
                let rows = sqlx::query_as!(
                    SealedRow,
                    r#"select id as "row!", secret as "sealed!" from executors
                       where secret is not null and substring(secret from 2 for 8) <> $1 and id > $2
                       order by id limit $3"#,
                    key,
                    after,
                    most
                )
                .fetch_all(&self.pool)
                .await?;
                Ok(rows)
            }
            SealedColumn::TargetSecret => {
                let rows = sqlx::query_as!(
                    SealedRow,
                    r#"select id as "row!", secret as "sealed!" from notification_targets
                       where secret is not null and substring(secret from 2 for 8) <> $1 and id > $2
                       order by id limit $3"#,
                    key,
                    after,
                    most
                )
                .fetch_all(&self.pool)
                .await?;
                Ok(rows)
            }
        }
    }
}

impl Tx {
    /// Replaces a sealed value by another; `false` where it is not the one that was read any more.
    pub async fn reseal(&mut self, column: SealedColumn, old: &SealedRow, new: &[u8]) -> Result<bool> {
        match column {
            SealedColumn::TotpSecret => {
                let replaced = sqlx::query!(
                    "update accounts set totp_secret = $3 where person_id = $1 and totp_secret = $2",
                    old.row,
                    &old.sealed,
                    new
                )
                .execute(&mut *self.inner)
                .await?;
                Ok(replaced.rows_affected() == 1)
            }
            SealedColumn::ExecutorSecret => {
                let replaced = sqlx::query!(
                    "update executors set secret = $3 where id = $1 and secret = $2",
                    old.row,
                    &old.sealed,
                    new
                )
                .execute(&mut *self.inner)
                .await?;
                Ok(replaced.rows_affected() == 1)
            }
            SealedColumn::TargetSecret => {
                let replaced = sqlx::query!(
                    "update notification_targets set secret = $3 where id = $1 and secret = $2",
                    old.row,
                    &old.sealed,
                    new
                )
                .execute(&mut *self.inner)
                .await?;
                Ok(replaced.rows_affected() == 1)
            }
        }
    }
}
