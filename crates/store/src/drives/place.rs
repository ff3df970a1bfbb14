//! How it stands now where a deploy went.

use domain::ids::{DeployId, EnvironmentId, ServiceId};

use crate::{Reads, Result};

/// What is the case in a service's environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceNow {
    /// The service.
    pub service: ServiceId,
    /// The environment.
    pub environment: EnvironmentId,
    /// What runs there.
    pub running: Option<DeployId>,
    /// The drive that has it.
    pub holder: Option<DeployId>,
    /// Whether somebody carries out deploys there.
    pub has_executor: bool,
}

impl Reads {
    /// How it stands where a deploy went; `None` of one that is not seen.
    pub async fn place_now(&self, deploy: DeployId) -> Result<Option<PlaceNow>> {
        let (everything, teams) = self.seeing();
        let row = sqlx::query!(
            r#"select d.service_id, d.environment_id, r.deploy_id as "running?", l.deploy_id as "holder?",
                   exists (select from executors x
                           where x.service_id = d.service_id and x.environment_id = d.environment_id) as "has_executor!"
               from deploys d
               left join running r on r.service_id = d.service_id and r.environment_id = d.environment_id
               left join drive_leases l on l.service_id = d.service_id and l.environment_id = d.environment_id
               where d.id = $1 and d.service_id not in (select hidden.id from hidden_services($2, $3) as hidden (id))"#,
            deploy.0,
            everything,
            &teams
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| PlaceNow {
            service: row.service_id.into(),
            environment: row.environment_id.into(),
            running: row.running.map(Into::into),
            holder: row.holder.map(Into::into),
            has_executor: row.has_executor,
        }))
    }
}
