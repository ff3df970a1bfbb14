//! Deploys, phases and corrections as people and machines state them.

use chrono::{DateTime, Utc};
use domain::{
    catalog::component_of_slug,
    deploys::{
        DeployState,
        corrections::{Correction, Statement},
        life::Life,
        report::{NamedRelease, NewDeploy, NewPhase},
    },
    environments::EnvironmentClass,
    ids::{CorrectionId, DeployId, EnvironmentId, RepositoryId, ServiceId},
};

use crate::{Result, StoreError, Tx, environments::class_of};

/// Where a reported deploy belongs.
#[derive(Clone, Copy, Debug)]
pub struct DeployPlace<'a> {
    /// Its service.
    pub service: ServiceId,
    /// The service's repository.
    pub repository: Option<RepositoryId>,
    /// Its environment.
    pub environment: EnvironmentId,
    /// Identity within both.
    pub key: &'a str,
}

impl Tx {
    /// A registered service by its slug in any case, with its repository.
    pub async fn service_of_slug(&mut self, slug: &str) -> Result<Option<(ServiceId, Option<RepositoryId>)>> {
        let reference = component_of_slug(slug);
        let row = sqlx::query!(
            "select s.id, s.repository_id from services s join entities e on e.id = s.id \
             where lower(e.kind) = 'component' and lower(e.namespace) = $1 and lower(e.name) = $2 and s.removed_at is null",
            reference.namespace(),
            reference.name()
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(|row| (row.id.into(), row.repository_id.map(Into::into))))
    }

    /// The class of an environment.
    pub async fn class_of_environment(&mut self, id: EnvironmentId) -> Result<EnvironmentClass> {
        let class = sqlx::query_scalar!("select class from environments where id = $1", id.0)
            .fetch_one(&mut *self.inner)
            .await?;
        class_of(&class)
    }

    /// Stores a reported deploy; gives its id, whether it is new, and its release as it is stored now. One that is known by
    /// its key gets what the report adds; what the report leaves out stays, and so does the release once it is named.
    pub async fn put_reported_deploy(
        &mut self,
        fresh: DeployId,
        place: DeployPlace<'_>,
        new: &NewDeploy,
        now: DateTime<Utc>,
    ) -> Result<(DeployId, bool, NamedRelease)> {
        let row = sqlx::query!(
            r#"insert into deploys as d (id, service_id, environment_id, key, source, repository_id, sha, git_ref, version,
                 digest, strategy, stated_kind, stated_rollback_of, initiator_name, log_url, environment_url, description,
                 created_at, requested_at)
             values ($1, $2, $3, $4, 'api', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
             on conflict (service_id, environment_id, key) do update set
                 sha = coalesce(d.sha, excluded.sha), git_ref = coalesce(excluded.git_ref, d.git_ref),
                 version = coalesce(d.version, excluded.version), digest = coalesce(d.digest, excluded.digest),
                 stated_kind = coalesce(excluded.stated_kind, d.stated_kind), strategy = excluded.strategy,
                 stated_rollback_of = coalesce(excluded.stated_rollback_of, d.stated_rollback_of),
                 initiator_name = coalesce(excluded.initiator_name, d.initiator_name),
                 log_url = coalesce(excluded.log_url, d.log_url),
                 environment_url = coalesce(excluded.environment_url, d.environment_url),
                 description = coalesce(excluded.description, d.description)
             returning id, (xmax = 0) as "is_new!", sha, version, digest"#,
            fresh.0,
            place.service.0,
            place.environment.0,
            place.key,
            place.repository.map(|id| id.0),
            new.sha,
            new.git_ref,
            new.version,
            new.digest,
            new.strategy.as_str(),
            new.kind.map(domain::deploys::DeployKind::as_str),
            new.rollback_of.map(|id| id.0),
            new.initiator,
            new.log_url,
            new.environment_url,
            new.description,
            now,
            new.requested_at
        )
        .fetch_one(&mut *self.inner)
        .await?;
        let release = NamedRelease {
            sha: row.sha,
            version: row.version,
            digest: row.digest,
        };
        Ok((row.id.into(), row.is_new, release))
    }

    /// Stores phases of a deploy; a phase of the same state, time and weight is the same one and is only completed.
    pub async fn put_phases(&mut self, deploy: DeployId, phases: &[NewPhase]) -> Result<()> {
        for phase in phases {
            let weight = phase
                .weight
                .map_or_else(String::new, |weight| format!(":{weight}"));
            let source_key = format!(
                "api:{}:{}{weight}",
                phase.state.as_str(),
                phase.at.timestamp_micros()
            );
            sqlx::query!(
                "insert into deploy_events as v (deploy_id, source_key, part, state, at, exposed, weight, note)
                 values ($1, $2, 'api', $3, $4, $5, $6, $7)
                 on conflict (deploy_id, source_key) do update set
                     exposed = coalesce(excluded.exposed, v.exposed), note = coalesce(excluded.note, v.note)",
                deploy.0,
                source_key,
                phase.state.as_str(),
                phase.at,
                phase.exposed,
                phase.weight,
                phase.note
            )
            .execute(&mut *self.inner)
            .await?;
        }
        Ok(())
    }

    /// Service of a deploy.
    pub async fn service_of_deploy(&mut self, deploy: DeployId) -> Result<Option<ServiceId>> {
        let service = sqlx::query_scalar!("select service_id from deploys where id = $1", deploy.0)
            .fetch_optional(&mut *self.inner)
            .await?;
        Ok(service.map(Into::into))
    }

    /// The times of a deploy as they were derived last, and when the next one of its environment was exposed.
    pub async fn life_of_deploy(&mut self, deploy: DeployId) -> Result<Option<Life>> {
        let row = sqlx::query!(
            "select d.state, d.requested_at, d.exposed_at, d.finished_at,
                 (select min(o.exposed_at) from deploys o
                  where o.service_id = d.service_id and o.environment_id = d.environment_id and o.id <> d.id
                    and o.exposed_at > coalesce(d.exposed_at, d.requested_at)) as successor_exposed_at
             from deploys d where d.id = $1",
            deploy.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let state = DeployState::parse(&row.state);
        Ok(Some(Life {
            state: state.ok_or_else(|| StoreError::corrupt("deploys", "state", deploy))?,
            requested_at: row.requested_at,
            exposed_at: row.exposed_at,
            finished_at: row.finished_at,
            successor_exposed_at: row.successor_exposed_at,
        }))
    }

    /// Stores a correction.
    pub async fn insert_correction(&mut self, correction: &Correction) -> Result<()> {
        let (field, value) = correction.statement.to_texts();
        sqlx::query!(
            "insert into corrections (id, deploy_id, field, value, reason, made_by, made_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            correction.id.0,
            correction.deploy.0,
            field,
            value,
            correction.reason,
            correction.made_by,
            correction.made_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// A correction with the service of its deploy, locked.
    pub async fn correction(&mut self, id: CorrectionId) -> Result<Option<(Correction, ServiceId)>> {
        let row = sqlx::query!(
            "select c.id, c.deploy_id, c.field, c.value, c.reason, c.made_by, c.made_at, c.undone_by, c.undone_at,
                 d.service_id
             from corrections c join deploys d on d.id = c.deploy_id where c.id = $1 for update of c",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let statement = Statement::parse(&row.field, &row.value)
            .map_err(|_| StoreError::corrupt("corrections", "value", row.id))?;
        let correction = Correction {
            id: row.id.into(),
            deploy: row.deploy_id.into(),
            statement,
            reason: row.reason,
            made_by: row.made_by,
            made_at: row.made_at,
            undone: row.undone_by.zip(row.undone_at),
        };
        Ok(Some((correction, row.service_id.into())))
    }

    /// Takes a correction back; it stays in the record.
    pub async fn undo_correction(
        &mut self,
        id: CorrectionId,
        by: &str,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "update corrections set undone_by = $2, undone_why = $3, undone_at = $4 where id = $1",
            id.0,
            by,
            reason,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
