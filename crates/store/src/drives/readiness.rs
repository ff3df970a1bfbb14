//! How ready a service is to go back in production, as far as that is stored.

use chrono::{DateTime, Utc};
use domain::{
    deploys::{
        drills::Pull,
        drive::read::{LastRollback, Readiness},
    },
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
                 and not exists (select from drills x where x.back_deploy_id = d.deploy_id)
               order by d.rolled_back_at desc limit 1"#,
            service.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let way_back = self.last_good_release(running).await?;
        let digest = way_back
            .as_ref()
            .and_then(|target| target.release.digest.as_deref());
        let (pull, seen_at) = match digest {
            Some(digest) => self.seen_image(service, digest).await?,
            None => (None, None),
        };
        Ok(Readiness {
            way_back,
            pull,
            seen_at,
            backup: backup.map(|row| (row.id, row.told_at)),
            rollback: rollback.map(|row| LastRollback {
                deploy: row.deploy_id.into(),
                at: row.rolled_back_at,
                took: row.failure_seen_at.map(|seen| row.rolled_back_at - seen),
            }),
        })
    }

    /// What an executor said last of pulling an image of a service, and when one was last deployed successfully.
    async fn seen_image(
        &self,
        service: ServiceId,
        digest: &str,
    ) -> Result<(Option<Pull>, Option<DateTime<Utc>>)> {
        let pull = sqlx::query!(
            r#"select (i.value #>> '{value,pulled}')::boolean as "worked!", i.told_at
               from drives d join drive_inputs i on i.deploy_id = d.deploy_id
               where d.service_id = $1 and d.digest = $2 and i.subject = 'deploy'
                 and i.value #>> '{value,pulled}' is not null
               order by i.told_at desc limit 1"#,
            service.0,
            digest
        )
        .fetch_optional(&self.pool)
        .await?;
        let seen_at = sqlx::query_scalar!(
            "select max(promoted_at) from deploys where service_id = $1 and digest = $2 and state = 'succeeded'",
            service.0,
            digest
        )
        .fetch_one(&self.pool)
        .await?;
        let pull = pull.map(|row| Pull {
            worked: row.worked,
            at: row.told_at,
        });
        Ok((pull, seen_at))
    }
}
