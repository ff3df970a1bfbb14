//! Codes beside the password: the secret of an authenticator, and codes for the day it is lost.

use chrono::{DateTime, Utc};
use domain::ids::PersonId;

use crate::{Reads, Result, Tx};

/// The secret of a person's authenticator.
#[derive(Clone, Debug)]
pub struct TotpState {
    /// Random bytes that the authenticator holds too, sealed.
    pub sealed: Vec<u8>,
    /// Since when codes are asked for; `None` before the first code was right.
    pub since: Option<DateTime<Utc>>,
}

impl Reads {
    /// The secret of a person's authenticator.
    pub async fn totp(&self, person: PersonId) -> Result<Option<TotpState>> {
        let row = sqlx::query!(
            "select totp_secret, totp_since from accounts where person_id = $1",
            person.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.and_then(|row| {
            row.totp_secret.map(|sealed| TotpState {
                sealed,
                since: row.totp_since,
            })
        }))
    }

    /// How many recovery codes a person has left.
    pub async fn recovery_codes_left(&self, person: PersonId) -> Result<i64> {
        let count = sqlx::query_scalar!(
            r#"select count(*) as "count!" from recovery_codes where person_id = $1 and used_at is null"#,
            person.0
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(count)
    }
}

impl Tx {
    /// Stores the sealed secret of a new authenticator, which asks for nothing yet; gives `false` where one asks already, which is
    /// left alone.
    pub async fn propose_totp(&mut self, person: PersonId, sealed: &[u8]) -> Result<bool> {
        let proposed = sqlx::query!(
            "update accounts set totp_secret = $2 where person_id = $1 and totp_since is null",
            person.0,
            sealed
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(proposed.rows_affected() == 1)
    }

    /// Takes the code of a step: `false` where a code of this step or a later one was taken before.
    pub async fn take_totp_step(&mut self, person: PersonId, step: i64) -> Result<bool> {
        let taken = sqlx::query!(
            "update accounts set totp_last_step = $2 where person_id = $1 and totp_last_step < $2",
            person.0,
            step
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// From now on codes are asked for, or no more.
    pub async fn set_totp(&mut self, person: PersonId, since: Option<DateTime<Utc>>) -> Result<()> {
        sqlx::query!(
            "update accounts set totp_since = $2, totp_secret = case when $2::timestamptz is null then null else totp_secret end
             where person_id = $1",
            person.0,
            since
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Replaces a person's recovery codes.
    pub async fn put_recovery_codes(&mut self, person: PersonId, sha256: &[Vec<u8>]) -> Result<()> {
        sqlx::query!("delete from recovery_codes where person_id = $1", person.0)
            .execute(&mut *self.inner)
            .await?;
        sqlx::query!(
            "insert into recovery_codes (person_id, sha256) select $1, unnest($2::bytea[])",
            person.0,
            sha256
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Uses a recovery code: `false` where it is none, or was used.
    pub async fn use_recovery_code(
        &mut self,
        person: PersonId,
        sha256: &[u8],
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let used = sqlx::query!(
            "update recovery_codes set used_at = $3 where person_id = $1 and sha256 = $2 and used_at is null",
            person.0,
            sha256,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(used.rows_affected() == 1)
    }
}
