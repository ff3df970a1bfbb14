//! What a drive writes into the history of its service, and the facts that it decides on.

use chrono::{DateTime, Utc};
use domain::{
    deploys::{
        DeployKind, Strategy,
        drive::{Target, TargetRelease},
        report::{NamedRelease, NewPhase},
    },
    ids::{DeployId, EnvironmentId, PersonId, RepositoryId, ServiceId},
};
use sqlx::PgExecutor;

use crate::{DeployPlace, Reads, Result, Tx};

/// What is stored of a deploy that Fairway drives.
#[derive(Clone, Debug, Default)]
pub struct DrivenDeploy {
    /// What is deployed.
    pub release: NamedRelease,
    /// Branch or tag.
    pub git_ref: Option<String>,
    /// How it reaches its users.
    pub strategy: Strategy,
    /// Its kind, where stated.
    pub kind: Option<DeployKind>,
    /// What it undoes.
    pub undoes: Option<DeployId>,
    /// The person who asked for it.
    pub initiator_id: Option<PersonId>,
    /// Who asked for it where it is no person, or as the sender calls them.
    pub initiator: Option<String>,
    /// Where the log is.
    pub log_url: Option<String>,
    /// Where the environment answers.
    pub environment_url: Option<String>,
    /// The asker's own words.
    pub description: Option<String>,
}

/// What people and executors call a service and an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceNames {
    /// Slug of the service.
    pub service: String,
    /// Its title.
    pub title: String,
    /// Name of the environment.
    pub environment: String,
}

async fn last_good(executor: impl PgExecutor<'_>, deploy: DeployId) -> Result<Option<Target>> {
    let row = sqlx::query!(
        "select d.id, d.sha, d.version, d.digest
             from deploys u join deploys d on d.service_id = u.service_id and d.environment_id = u.environment_id
             where u.id = $1 and d.id <> u.id and d.state = 'succeeded' and not d.failed and d.rolled_back_by is null
               and d.exposed_at < coalesce(u.exposed_at, 'infinity')
               -- What a drill brought, another deploy brought before.
               and d.stated_kind is distinct from 'drill'
               -- Another configuration of the same image goes back to that image.
               and (u.stated_kind is not distinct from 'config'
                    or not (coalesce(d.digest = u.digest, false) or coalesce(d.sha = u.sha, false)
                            or (u.digest is null and u.sha is null and coalesce(d.version = u.version, false))))
             order by d.exposed_at desc, d.id desc limit 1",
        deploy.0
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Target {
        deploy: row.id.into(),
        release: TargetRelease {
            sha: row.sha,
            version: row.version,
            digest: row.digest,
        },
    }))
}

impl Reads {
    /// The release that ran before a deploy and was good, where there is one: the way back.
    pub async fn last_good_release(&self, deploy: DeployId) -> Result<Option<Target>> {
        last_good(&self.pool, deploy).await
    }
}

impl Tx {
    /// What a service and an environment are called.
    pub async fn names_of_place(
        &mut self,
        service: ServiceId,
        environment: EnvironmentId,
    ) -> Result<PlaceNames> {
        Ok(sqlx::query_as!(
            PlaceNames,
            "select s.slug as service, s.title, e.name as environment from services s cross join environments e
             where s.id = $1 and e.id = $2",
            service.0,
            environment.0
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }

    /// Stores a deploy that Fairway drives; gives its id, whether it is new, and its release. One that is known by its key stays
    /// as it is.
    pub async fn put_driven_deploy(
        &mut self,
        fresh: DeployId,
        place: DeployPlace<'_>,
        new: &DrivenDeploy,
        now: DateTime<Utc>,
    ) -> Result<(DeployId, bool, NamedRelease)> {
        let made = sqlx::query_scalar!(
            "insert into deploys (id, service_id, environment_id, key, source, mode, repository_id, sha, git_ref, version,
                 digest, strategy, stated_kind, stated_rollback_of, initiator_name, log_url, environment_url, description,
                 created_at, requested_at, initiator_id)
             values ($1, $2, $3, $4, 'fairway', 'driven', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18)
             on conflict (service_id, environment_id, key) do nothing returning id",
            fresh.0,
            place.service.0,
            place.environment.0,
            place.key,
            place.repository.map(|id| id.0),
            new.release.sha,
            new.git_ref,
            new.release.version,
            new.release.digest,
            new.strategy.as_str(),
            new.kind.map(DeployKind::as_str),
            new.undoes.map(|id| id.0),
            new.initiator,
            new.log_url,
            new.environment_url,
            new.description,
            now,
            new.initiator_id.map(|id| id.0)
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        // Not locked: whoever takes a step of it locks the drive first, and this row after that.
        let row = sqlx::query!(
            "select id, sha, version, digest from deploys where service_id = $1 and environment_id = $2 and key = $3",
            place.service.0,
            place.environment.0,
            place.key
        )
        .fetch_one(&mut *self.inner)
        .await?;
        let release = NamedRelease {
            sha: row.sha,
            version: row.version,
            digest: row.digest,
        };
        Ok((row.id.into(), made.is_some(), release))
    }

    /// Reports what a drive does into its deploy's history, as whoever reports a deploy does. The same key again is the same
    /// report.
    pub async fn put_drive_event(&mut self, deploy: DeployId, key: &str, phase: &NewPhase) -> Result<()> {
        sqlx::query!(
            "insert into deploy_events (deploy_id, source_key, part, state, at, exposed, weight, note)
             values ($1, 'drive:' || $2::text, 'drive', $3, $4, $5, $6, $7) on conflict (deploy_id, source_key) do nothing",
            deploy.0,
            key,
            phase.state.as_str(),
            phase.at,
            phase.exposed,
            phase.weight,
            phase.note
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// What a deploy takes to its environment.
    pub async fn release_of_deploy(&mut self, deploy: DeployId) -> Result<NamedRelease> {
        Ok(sqlx::query_as!(
            NamedRelease,
            "select sha, version, digest from deploys where id = $1",
            deploy.0
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }

    /// Whether Fairway drives a deploy: then nobody else reports how it goes.
    pub async fn is_driven(&mut self, deploy: DeployId) -> Result<bool> {
        Ok(sqlx::query_scalar!(
            r#"select exists (select from drives where deploy_id = $1) as "driven!""#,
            deploy.0
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }

    /// The later success that took the environment from an open deploy, as its history says. While nobody knows whether an order
    /// arrived, what reached the environment may be the run that carries it out.
    pub async fn superseded_by(&mut self, deploy: DeployId) -> Result<Option<DeployId>> {
        let by = sqlx::query_scalar!(
            "select later.id from deploys d join deploys later on later.id = d.superseded_by
             where d.id = $1
               and not exists (select from outbox o where o.state = 'waiting' and o.kind = 'execute'
                                 and o.unsure_since is not null and o.payload->>'deploy' = $1::uuid::text)",
            deploy.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(by.map(Into::into))
    }

    /// The release that ran before a deploy and was good, where there is one: the way back.
    pub async fn last_good_release(&mut self, deploy: DeployId) -> Result<Option<Target>> {
        last_good(&mut *self.inner, deploy).await
    }

    /// The deploy that runs in an environment.
    pub async fn running_deploy(
        &mut self,
        service: ServiceId,
        environment: EnvironmentId,
    ) -> Result<Option<DeployId>> {
        let running = sqlx::query_scalar!(
            "select deploy_id from running where service_id = $1 and environment_id = $2",
            service.0,
            environment.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(running.map(Into::into))
    }

    /// Where a deploy goes: its service with the repository, and its environment.
    pub async fn place_of_deploy(
        &mut self,
        deploy: DeployId,
    ) -> Result<Option<(ServiceId, Option<RepositoryId>, EnvironmentId)>> {
        let row = sqlx::query!(
            "select d.service_id, s.repository_id, d.environment_id
             from deploys d join services s on s.id = d.service_id where d.id = $1",
            deploy.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(|row| {
            (
                row.service_id.into(),
                row.repository_id.map(Into::into),
                row.environment_id.into(),
            )
        }))
    }
}
