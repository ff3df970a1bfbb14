//! What is known of a deployment that waits for a protection rule.

use domain::ids::{EnvironmentId, RepositoryId, ServiceId};

use crate::{Result, Tx};

/// What a deployment that waits belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldDeployment {
    /// Its service, where that is known.
    pub service: Option<ServiceId>,
    /// Where to.
    pub environment: EnvironmentId,
    /// The attempt of its run: the one that made it, else the last one that was heard of.
    pub attempt: i32,
    /// Whether it is known which attempt made it.
    pub knows_attempt: bool,
}

impl Tx {
    /// What a stored deployment of a run belongs to.
    pub async fn held_deployment(&mut self, github_id: i64, run: i64) -> Result<Option<HeldDeployment>> {
        let row = sqlx::query!(
            r#"select service_id, environment_id, run_attempt is not null as "knows_attempt!",
                   coalesce(run_attempt, (select max(r.attempt) from workflow_runs r where r.run_id = $2), 1) as "attempt!"
               from github_deployments where github_id = $1"#,
            github_id,
            run
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(|row| HeldDeployment {
            service: row.service_id.map(Into::into),
            environment: row.environment_id.into(),
            attempt: row.attempt,
            knows_attempt: row.knows_attempt,
        }))
    }

    /// The repository that has a full name now, or had it last.
    pub async fn repository_called(&mut self, full_name: &str) -> Result<Option<RepositoryId>> {
        let id = sqlx::query_scalar!(
            "select repository_id from repository_names where full_name = lower($1)",
            full_name
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(id.map(Into::into))
    }
}
