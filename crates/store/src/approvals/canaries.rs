//! What canaries of a release found.

use domain::{
    approvals::{BoundRelease, CanarySeen, CanaryStep},
    deploys::DeployState,
    ids::DeployId,
};

use crate::{Result, StoreError, Tx};

/// More environments than a release has canaries in.
const MOST: i64 = 5;

impl Tx {
    /// The canaries of a release that was watched: the last of each environment, newest first.
    pub(super) async fn canaries_of(&mut self, release: &BoundRelease) -> Result<Vec<CanarySeen>> {
        // Index drives_canaries. An artifact is its digest; only where one of both is not known it is the commit.
        let ids = sqlx::query_scalar!(
            r#"select last.deploy_id as "deploy_id!" from (
                   select distinct on (d.environment_id) d.deploy_id, d.created_at from drives d
                   where d.service_id = $1 and d.strategy = 'canary'
                     and case when d.digest is null or $2::text is null then lower(d.sha) = lower($3::text)
                         else d.digest = $2 end
                     and exists (select from verify_verdicts v where v.deploy_id = d.deploy_id)
                     and not exists (select from drills x where d.deploy_id in (x.back_deploy_id, x.again_deploy_id))
                   order by d.environment_id, d.created_at desc) last
               order by last.created_at desc, last.deploy_id limit $4"#,
            release.service.0,
            release.digest,
            release.sha,
            MOST
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut canaries = Vec::new();
        for id in ids {
            canaries.extend(self.canary(id.into()).await?);
        }
        Ok(canaries)
    }

    /// What a canary has found so far; `None` of a drive that is none.
    pub async fn canary(&mut self, deploy: DeployId) -> Result<Option<CanarySeen>> {
        let row = sqlx::query!(
            r#"select e.name, coalesce(d.phase, d.ended) as "state!"
               from drives d join environments e on e.id = d.environment_id
               where d.deploy_id = $1 and d.strategy = 'canary'"#,
            deploy.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let state = DeployState::parse(&row.state);
        let mut steps = Vec::new();
        for record in self.verify_verdicts(deploy).await? {
            let samples = self.samples_at(deploy, record.weight).await?;
            steps.push(CanaryStep::of(&record, &samples));
        }
        Ok(Some(CanarySeen {
            deploy,
            environment: row.name,
            state: state.ok_or_else(|| StoreError::corrupt("drives", "phase", deploy))?,
            steps,
        }))
    }
}
