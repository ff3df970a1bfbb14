//! The runs at GitHub that carry out what drives order.

use domain::{
    approvals::HeldRun,
    ids::{DeployId, EffectId, RepositoryId, ServiceId},
};

use crate::{Result, StoreError, Tx};

/// The order that a run carries out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOrder {
    /// The drive that gave it.
    pub deploy: DeployId,
    /// The drive's service.
    pub service: ServiceId,
    /// The phase that it was given in.
    pub key: String,
}

impl Tx {
    /// Notes which run carries out an order of a phase; false where that is known, or no drive has this phase.
    pub async fn put_drive_run(&mut self, run: i64, (effect, key): (EffectId, &str)) -> Result<bool> {
        let put = sqlx::query!(
            "insert into drive_runs (run_id, effect_id, key, deploy_id)
             select $1, $2, p.key, p.deploy_id from drive_phases p join drives d on d.deploy_id = p.deploy_id where p.key = $3
             on conflict do nothing",
            run,
            effect.0,
            key
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(put.rows_affected() > 0)
    }

    /// The first of these orders that an executor in a repository was given, with the phase that gave it.
    pub async fn order_for_repository(
        &mut self,
        repository: RepositoryId,
        named: &[EffectId],
    ) -> Result<Option<(EffectId, String)>> {
        let named: Vec<uuid::Uuid> = named.iter().map(|effect| effect.0).collect();
        let row = sqlx::query!(
            r#"select o.id, o.payload->>'key' as "key!" from outbox o
               join executors e on o.target = 'executor:' || e.service_id || '/' || e.environment_id
               join repository_names n on n.full_name = lower(e.settings->>'repository')
               where o.id = any($2) and o.kind = 'execute' and o.payload->>'key' is not null and n.repository_id = $1
               order by o.id limit 1"#,
            repository.0,
            &named
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(|row| (row.id.into(), row.key)))
    }

    /// The order that the run of a deployment carries out. What the run deploys elsewhere is not the drive's, and neither is what
    /// somebody runs again once the drive has ended.
    pub async fn order_of_deployment(&mut self, github_id: i64) -> Result<Option<RunOrder>> {
        let row = sqlx::query!(
            "select r.deploy_id, d.service_id, r.key
             from github_deployments g join drive_runs r on r.run_id = g.run_id join drives d on d.deploy_id = r.deploy_id
             where g.github_id = $1 and d.environment_id = g.environment_id
               and (coalesce(g.run_attempt, 1) = 1 or d.phase is not null or g.created_at <= d.since)",
            github_id
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(|row| RunOrder {
            deploy: row.deploy_id.into(),
            service: row.service_id.into(),
            key: row.key,
        }))
    }

    /// A run as it waits for protection rules, at each of its gates.
    pub async fn held_by_run(&mut self, run: i64) -> Result<Vec<HeldRun>> {
        let rows = sqlx::query_scalar!(
            "select details from approval_gates where kind = 'github' and key = any(array(
                 select 'github:' || d.run_id || '/' || coalesce(d.run_attempt, 1) || '/' || lower(e.name)
                 from github_deployments d join environments e on e.id = d.environment_id where d.run_id = $1))
             order by id",
            run
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter()
            .map(serde_json::from_value)
            .collect::<std::result::Result<_, _>>()
            .map_err(|_| StoreError::corrupt("approval_gates", "details", run))
    }

    /// Every deployment of a run, whatever the attempt.
    pub async fn all_deployments_of_run(&mut self, run: i64) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar!(
            "select github_id from github_deployments where run_id = $1 order by github_id",
            run
        )
        .fetch_all(&mut *self.inner)
        .await?)
    }
}
