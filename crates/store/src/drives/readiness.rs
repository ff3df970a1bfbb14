//! How ready a service is to go back in production, as far as that is stored.

use domain::{
    deploys::drive::read::{LastRollback, Readiness},
    ids::{DeployId, ServiceId},
};

use crate::{Reads, Result};

impl Reads {
    /// What is stored of how ready a service is, whose production runs a deploy. Whoever asks sees the service.
    pub async fn readiness(&self, service: ServiceId, running: DeployId) -> Result<Readiness> {
        let backup = sqlx::query!(
            r#"select i.value #>> '{value,backup_id}' as "id!", i.told_at
               from drive_inputs i join drives d on d.deploy_id = i.deploy_id
               join environments e on e.id = d.environment_id
               where d.service_id = $1 and e.class = 'production' and i.subject = 'backup'
                 and i.value #>> '{value,outcome}' = 'succeeded' and i.value #>> '{value,backup_id}' is not null
               order by i.told_at desc limit 1"#,
            service.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let rollback = sqlx::query!(
            r#"select d.deploy_id, d.rolled_back_at as "rolled_back_at!", d.failure_seen_at
               from drives d join environments e on e.id = d.environment_id
               where d.service_id = $1 and e.class = 'production' and d.undoes is not null and d.rolled_back_at is not null
               order by d.rolled_back_at desc limit 1"#,
            service.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(Readiness {
            way_back: self.last_good_release(running).await?,
            backup: backup.map(|row| (row.id, row.told_at)),
            rollback: rollback.map(|row| LastRollback {
                deploy: row.deploy_id.into(),
                at: row.rolled_back_at,
                took: row.failure_seen_at.map(|seen| row.rolled_back_at - seen),
            }),
        })
    }
}
