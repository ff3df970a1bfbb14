//! Who has a service's environment: one drive at a time, with a number that grows whenever another takes it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    deploys::drive::{Drive, inputs::Lease},
    ids::DeployId,
};

use crate::{Result, Tx};

/// How long a lease holds without being renewed. A drive looks every minute, so two lost looks take nothing from it.
const HELD: TimeDelta = TimeDelta::minutes(3);

impl Tx {
    /// Who has the environment of a drive, locked: nobody takes it before this unit of work ends.
    pub async fn lease_of(&mut self, drive: &Drive) -> Result<Lease> {
        let row = sqlx::query_scalar!(
            "select deploy_id from drive_leases where service_id = $1 and environment_id = $2 for update",
            drive.service.0,
            drive.environment.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(match row.flatten().map(DeployId) {
            None => Lease::Free,
            Some(holder) if holder == drive.deploy => Lease::Own,
            Some(holder) => Lease::Of(holder),
        })
    }

    /// Takes the environment for a drive, or renews what it has; gives the fence, `None` where another has it. One that ran out is
    /// taken up again by its own drive under the same fence: the orders that it gave are its orders still.
    pub async fn take_lease(&mut self, drive: &Drive, now: DateTime<Utc>) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar!(
            "insert into drive_leases as l (service_id, environment_id, deploy_id, fence, renewed_at, expires_at)
             values ($1, $2, $3, 1, $4, $5)
             on conflict (service_id, environment_id) do update set
                 fence = l.fence + case when l.deploy_id is distinct from $3 then 1 else 0 end,
                 deploy_id = excluded.deploy_id, renewed_at = excluded.renewed_at, expires_at = excluded.expires_at
             where l.deploy_id is null or l.deploy_id = $3
             returning l.fence",
            drive.service.0,
            drive.environment.0,
            drive.deploy.0,
            now,
            now + HELD
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }

    /// Gives the environment of a drive to the one that undoes it; gives the fence, `None` where the drive has it not.
    pub async fn hand_lease_over(
        &mut self,
        from: DeployId,
        to: &Drive,
        now: DateTime<Utc>,
    ) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar!(
            "update drive_leases set deploy_id = $4, fence = fence + 1, renewed_at = $5, expires_at = $6
             where service_id = $1 and environment_id = $2 and deploy_id = $3 returning fence",
            to.service.0,
            to.environment.0,
            from.0,
            to.deploy.0,
            now,
            now + HELD
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }

    /// The fence under which a drive has its environment; `None` where it has it not.
    pub async fn fence_of(&mut self, drive: &Drive) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar!(
            "select fence from drive_leases where service_id = $1 and environment_id = $2 and deploy_id = $3",
            drive.service.0,
            drive.environment.0,
            drive.deploy.0
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }

    /// Gives back what a drive has.
    pub async fn release_lease(&mut self, drive: &Drive) -> Result<()> {
        sqlx::query!(
            "update drive_leases set deploy_id = null
             where service_id = $1 and environment_id = $2 and deploy_id = $3",
            drive.service.0,
            drive.environment.0,
            drive.deploy.0
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
