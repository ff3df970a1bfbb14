//! What drives are told.

use chrono::{DateTime, Utc};
use domain::{
    deploys::drive::{
        Drive,
        evidence::{Finding, Item},
        inputs::{Subject, Told},
    },
    ids::{DeployId, ServiceId},
};
use sqlx::PgExecutor;

use crate::{Reads, Result, StoreError, Tx, deploys::to_json};

impl Reads {
    /// Everything that a drive was told.
    pub async fn told(&self, deploy: DeployId) -> Result<Vec<(Subject, Told)>> {
        told(&self.pool, deploy).await
    }

    /// What a drive was told of a subject.
    pub async fn told_of(&self, deploy: DeployId, subject: &Subject) -> Result<Option<Told>> {
        let value = sqlx::query_scalar!(
            "select value from drive_inputs where deploy_id = $1 and subject = $2 and round = $3 and step = $4",
            deploy.0,
            subject.word,
            subject.round,
            subject.step
        )
        .fetch_optional(&self.pool)
        .await?;
        let told = value.map(serde_json::from_value).transpose();
        told.map_err(|_| StoreError::corrupt("drive_inputs", "value", deploy))
    }

    /// The health address of a service that a drive is about to touch, and that nobody asked yet. A rollback asks nobody: what it
    /// undoes was bad.
    pub async fn address_to_probe(&self, deploy: DeployId) -> Result<Option<String>> {
        let url = sqlx::query_scalar!(
            "select coalesce((select h.url from health_addresses h
                 where h.service_id = d.service_id and h.environment_id = d.environment_id), s.health_url)
             from drives d join services s on s.id = d.service_id
             where d.deploy_id = $1 and d.phase = 'backup' and d.undoes is null
               and not exists (select from drive_inputs i where i.deploy_id = d.deploy_id and i.subject = 'probe')",
            deploy.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(url.flatten())
    }
}

impl Tx {
    /// When a drive was told what undoes it at a step: that it fails, or that somebody asks for it.
    pub async fn failure_seen_at(
        &mut self,
        deploy: DeployId,
        (round, step): (i16, i16),
    ) -> Result<Option<DateTime<Utc>>> {
        Ok(sqlx::query_scalar!(
            "select min(told_at) from drive_inputs
             where deploy_id = $1 and rank = 2
               and (subject in ('verdict', 'deploy') and round = $2 and step = $3 or subject = 'asked')",
            deploy.0,
            round,
            step
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }

    /// Stores what a drive is told of a subject, unless more was said of it already; false where nothing changed. What is said
    /// first of the lowest rank may be said again otherwise; what is higher stays.
    pub async fn tell_drive(
        &mut self,
        deploy: DeployId,
        subject: &Subject,
        told: &Told,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let written = sqlx::query!(
            "insert into drive_inputs as i (deploy_id, subject, round, step, rank, value, told_at, told_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (deploy_id, subject, round, step) do update set
                 rank = excluded.rank, value = excluded.value, told_at = excluded.told_at, told_by = excluded.told_by
             where excluded.rank > i.rank or (excluded.rank = 0 and i.rank = 0 and excluded.value <> i.value)",
            deploy.0,
            subject.word,
            subject.round,
            subject.step,
            told.rank(),
            to_json(told)?,
            at,
            self.actor.name()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(written.rows_affected() > 0)
    }

    /// What any drive of the same image of a service was told of it last: an image is the same wherever it goes.
    pub async fn newest_fact(&mut self, drive: &Drive, item: Item) -> Result<Option<Finding>> {
        match &drive.release.digest {
            Some(digest) => self.fact_of_image((drive.service, digest.as_str()), item).await,
            None => Ok(None),
        }
    }

    /// The same of an image by its digest. What a source said goes before what a person says, unless they said since then that
    /// something is wrong.
    pub async fn fact_of_image(
        &mut self,
        (service, digest): (ServiceId, &str),
        item: Item,
    ) -> Result<Option<Finding>> {
        // The last of either, the older one first.
        let values = sqlx::query_scalar!(
            r#"select value as "value!" from (
                 select distinct on (i.value #>> '{value,by_hand}') i.value, i.told_at, i.deploy_id
                 from drives d join drive_inputs i on i.deploy_id = d.deploy_id
                 where d.service_id = $1 and d.digest = $2 and i.subject = $3 and i.round = 0 and i.step = 0
                 order by i.value #>> '{value,by_hand}', i.told_at desc, i.deploy_id desc) newest
             order by told_at, deploy_id"#,
            service.0,
            digest,
            item.as_str()
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut newest: Option<Finding> = None;
        for value in values {
            let Ok(Told::Fact(said)) = serde_json::from_value(value) else {
                return Err(StoreError::corrupt("drive_inputs", "value", digest));
            };
            newest = Some(said.over(newest));
        }
        Ok(newest)
    }

    /// Everything that a drive was told.
    pub async fn told(&mut self, deploy: DeployId) -> Result<Vec<(Subject, Told)>> {
        told(&mut *self.inner, deploy).await
    }
}

async fn told(executor: impl PgExecutor<'_>, deploy: DeployId) -> Result<Vec<(Subject, Told)>> {
    let rows = sqlx::query!(
        "select subject, round, step, value from drive_inputs where deploy_id = $1",
        deploy.0
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter()
        .map(|row| {
            let told = serde_json::from_value(row.value)
                .map_err(|_| StoreError::corrupt("drive_inputs", "value", deploy))?;
            Ok((Subject::at(&row.subject, row.round, row.step), told))
        })
        .collect()
}
