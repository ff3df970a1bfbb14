//! Minor defects that people report of deploys, and what fixes them.

use domain::{deploys::drive::Drive, ids::DeployId, verify::Defect};

use crate::{Reads, Result, Tx, verify::remedy_of};

impl Reads {
    /// The defects of a deploy, the first first; none of a deploy that is not seen.
    pub async fn defects(&self, deploy: DeployId) -> Result<Vec<Defect>> {
        let (everything, teams) = self.seeing();
        let rows = sqlx::query!(
            "select f.what, f.remedy, f.reported_at, f.fix_deploy_id
             from defects f join deploys d on d.id = f.deploy_id
             where f.deploy_id = $1 and d.service_id not in (select hidden.id from hidden_services($2, $3) as hidden (id))
             order by f.reported_at",
            deploy.0,
            everything,
            &teams
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Defect {
                    what: row.what,
                    remedy: remedy_of("defects", &row.remedy)?,
                    reported_at: row.reported_at,
                    fix: row.fix_deploy_id.map(Into::into),
                })
            })
            .collect()
    }
}

impl Tx {
    /// Stores a defect of a deploy.
    pub async fn insert_defect(&mut self, deploy: DeployId, defect: &Defect) -> Result<()> {
        sqlx::query!(
            "insert into defects (deploy_id, reported_at, what, remedy) values ($1, $2, $3, $4)",
            deploy.0,
            defect.reported_at,
            defect.what,
            defect.remedy.as_str()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Links a drive that was just asked for to the defects of what went there before, unless something else fixes them.
    pub async fn link_fix(&mut self, fix: &Drive) -> Result<()> {
        sqlx::query!(
            "update defects f set fix_deploy_id = $1
             from deploys d
             where d.id = f.deploy_id and d.service_id = $2 and d.environment_id = $3 and d.id <> $1
               and (f.fix_deploy_id is null
                    or exists (select from drives x where x.deploy_id = f.fix_deploy_id and x.ended <> 'succeeded'))",
            fix.deploy.0,
            fix.service.0,
            fix.environment.0
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// What a person has to look at before a drive goes on: a defect that the rules leave to one, reported since somebody let it
    /// go on last.
    pub async fn unanswered_defect(&mut self, deploy: DeployId) -> Result<Option<String>> {
        Ok(sqlx::query_scalar!(
            "select f.what from defects f
             where f.deploy_id = $1 and f.remedy = 'ask'
               and not exists (select from drive_inputs i where i.deploy_id = $1 and starts_with(i.subject, 'confirmation.')
                   and i.told_at > f.reported_at)
             order by f.reported_at desc limit 1",
            deploy.0
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }
}
