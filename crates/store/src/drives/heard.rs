//! What was heard of a release before.

use std::collections::HashSet;

use domain::{
    deploys::drive::{Drive, Heard},
    ids::{DeployId, ServiceId},
};
use uuid::Uuid;

use crate::{Reads, Result, Tx};

impl Reads {
    /// Which of some deploys bring a release that there is: it reached users there, or a program told of it. What somebody asked for
    /// on a page and nobody ever saw may be anything.
    pub async fn bring_releases(&self, deploys: &[DeployId]) -> Result<HashSet<DeployId>> {
        let ids: Vec<Uuid> = deploys.iter().map(|id| id.0).collect();
        let known = sqlx::query_scalar!(
            "select d.id from deploys d where d.id = any($1)
               and (d.mode <> 'driven' or d.exposed_at is not null or d.state = 'succeeded'
                    or d.initiator_id is null
                       and exists (select from drive_inputs i
                                   where i.deploy_id = d.id and i.subject = 'digest' and i.value #>> '{value,by_hand}' is null))",
            &ids
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(known.into_iter().map(DeployId).collect())
    }
}

impl Tx {
    /// Whether the commit and the image of a drive's release are known apart from the drive itself.
    pub async fn heard_of(&mut self, drive: &Drive) -> Result<Heard> {
        let row = sqlx::query!(
            r#"select exists (select from services s join commits c on c.repository_id = s.repository_id
                              where s.id = $1 and c.sha = lower($3::text)) as "commit!",
                   exists (select from deploys d
                           where d.service_id = $1 and d.id <> $2 and d.digest = $4) as "image!""#,
            drive.service.0,
            drive.deploy.0,
            drive.release.sha,
            drive.release.digest
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(Heard {
            commit: drive.release.sha.is_some().then_some(row.commit),
            image: drive.release.digest.is_some().then_some(row.image),
        })
    }

    /// Another drive of the same release to the same environment that has not ended: the last that was asked for.
    pub async fn same_on_its_way(&mut self, drive: &Drive) -> Result<Option<DeployId>> {
        let other = sqlx::query_scalar!(
            "select deploy_id from drives
             where service_id = $1 and environment_id = $2 and deploy_id <> $3 and phase is not null and undoes is null
               and sha is not distinct from $4 and digest is not distinct from $5
             order by created_at desc, deploy_id desc limit 1",
            drive.service.0,
            drive.environment.0,
            drive.deploy.0,
            drive.release.sha,
            drive.release.digest
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(other.map(DeployId))
    }

    /// Whether a source told of the image of a release as one of its commit, in another deploy than its own: GitHub or a program that
    /// reported a deploy of it, or a program that asked for one. What a person reported or typed is their word alone.
    pub async fn is_image_told(
        &mut self,
        (service, own): (ServiceId, Option<DeployId>),
        (digest, sha): (&str, Option<&str>),
    ) -> Result<bool> {
        Ok(sqlx::query_scalar!(
            r#"select exists (
                   select from deploys d
                   where d.service_id = $1 and d.id is distinct from $2 and d.digest = $3 and ($4::text is null or lower(d.sha) = lower($4))
                     and case when d.mode = 'driven'
                         then exists (select from drive_inputs i
                                      where i.deploy_id = d.id and i.subject = 'digest' and i.value #>> '{value,by_hand}' is null)
                         else not exists (select from audit a left join tokens t on t.id = a.actor_id
                                          where a.subject = 'deploy:' || d.id and a.action = 'deploy.report'
                                            and (a.actor_kind = 'person' or t.owner_id is not null))
                         end) as "told!""#,
            service.0,
            own.map(|id| id.0),
            digest,
            sha
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }
}
