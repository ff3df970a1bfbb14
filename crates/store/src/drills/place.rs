//! How it stands where a drill would be.

use domain::{
    deploys::DeployState,
    ids::{DeployId, EnvironmentId, ServiceId},
};

use crate::{Result, Tx};

/// What stands in the way of a drill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrillPlace {
    /// Whether a drill of the service is on its way.
    pub drilling: bool,
    /// A deploy that is on its way there, whoever carries it out.
    pub deploying: Option<DeployId>,
    /// Whether somebody carries out deploys there.
    pub has_executor: bool,
}

impl Tx {
    /// What stands in the way of a drill of a service in an environment.
    pub async fn drill_place(
        &mut self,
        service: ServiceId,
        environment: EnvironmentId,
    ) -> Result<DrillPlace> {
        let open: Vec<String> = DeployState::ALL
            .into_iter()
            .filter(|state| !state.is_final())
            .map(|state| state.as_str().to_owned())
            .collect();
        let row = sqlx::query!(
            r#"select exists (select from drills x where x.service_id = $1 and x.outcome is null) as "drilling!",
                   (select d.id from deploys d where d.service_id = $1 and d.environment_id = $2 and d.state = any($3)
                    order by d.requested_at desc nulls last, d.id desc limit 1) as deploying,
                   exists (select from executors e
                           where e.service_id = $1 and e.environment_id = $2) as "has_executor!""#,
            service.0,
            environment.0,
            &open
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(DrillPlace {
            drilling: row.drilling,
            deploying: row.deploying.map(Into::into),
            has_executor: row.has_executor,
        })
    }
}
