//! The organisation's row.

use chrono_tz::Tz;
use domain::{ids::ServiceId, organisation::Organisation};

use crate::{Reads, Result, StoreError, Tx};

impl Reads {
    /// The organisation of this installation.
    pub async fn organisation(&self) -> Result<Organisation> {
        let row = sqlx::query!("select name, time_zone, is_demo from organisation")
            .fetch_one(&self.pool)
            .await?;
        let time_zone: Tz = row
            .time_zone
            .parse()
            .map_err(|_| StoreError::corrupt("organisation", "time_zone", &row.time_zone))?;
        Ok(Organisation {
            name: row.name,
            time_zone,
            is_demo: row.is_demo,
        })
    }
}

impl Reads {
    /// Every service that was not removed, oldest first.
    pub async fn service_ids(&self) -> Result<Vec<ServiceId>> {
        let ids = sqlx::query_scalar!("select id from services where removed_at is null order by id")
            .fetch_all(&self.pool)
            .await?;
        Ok(ids.into_iter().map(ServiceId).collect())
    }
}

impl Tx {
    /// Sets name, time zone and the demo mark. The day rollups belong to the old time zone and are dropped.
    pub async fn set_organisation(&mut self, organisation: &Organisation) -> Result<()> {
        sqlx::query!(
            "update organisation set name = $1, time_zone = $2, is_demo = $3",
            organisation.name,
            organisation.time_zone.name(),
            organisation.is_demo
        )
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!("delete from dora_days")
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}
