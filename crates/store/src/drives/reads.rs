//! What pages read of drives.

use domain::{
    deploys::drive::{
        PhaseRecord,
        inputs::{Ask, Told},
        read::{CalledOff, DriveDetail},
    },
    ids::DeployId,
};

use super::{phases::state_of, record::DriveRow};
use crate::{Reads, Result, StoreError};

impl Reads {
    /// A drive with its phases; `None` where Fairway does not drive the deploy.
    pub async fn drive(&self, deploy: DeployId) -> Result<Option<DriveDetail>> {
        let (everything, teams) = self.seeing();
        let row = sqlx::query_as!(
            DriveRow,
            r#"select d.deploy_id, d.service_id, d.environment_id, e.class, d.sha, d.version, d.digest, d.strategy, d.weights,
                   d.config_hash, d.plan_hash, d.undoes, d.waivers, d.phase, d.ended, d.round, d.step, d.since, d.prepared,
                   d.exposed, exists (select from drills x where x.back_deploy_id = d.deploy_id
                                          or x.again_deploy_id = d.deploy_id) as "drill!"
               from drives d join environments e on e.id = d.environment_id
               where d.deploy_id = $1
                 and d.service_id not in (select hidden.id from hidden_services($2, $3) as hidden (id))"#,
            deploy.0,
            everything,
            &teams
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let about = sqlx::query!(
            r#"select d.why, d.reason, d.failure_seen_at, d.rolled_back_at, d.started_by, d.look_at, l.fence as "fence?",
                   (select r.deploy_id from drives r where r.undoes = d.deploy_id
                        and not exists (select from drills x where x.back_deploy_id = r.deploy_id)
                    order by r.created_at desc, r.deploy_id desc limit 1) as undone_by
               from drives d left join drive_leases l on l.deploy_id = d.deploy_id where d.deploy_id = $1"#,
            deploy.0
        )
        .fetch_one(&self.pool)
        .await?;
        let reason = about.reason.map(serde_json::from_value).transpose();
        Ok(Some(DriveDetail {
            drive: row.read()?,
            why: about.why,
            reason: reason.map_err(|_| StoreError::corrupt("drives", "reason", deploy))?,
            failure_seen_at: about.failure_seen_at,
            rolled_back_at: about.rolled_back_at,
            started_by: about.started_by,
            called_off: self.called_off(deploy).await?,
            look_at: about.look_at,
            fence: about.fence,
            undone_by: about.undone_by.map(Into::into),
            phases: self.drive_phases(deploy).await?,
        }))
    }

    async fn called_off(&self, deploy: DeployId) -> Result<Option<CalledOff>> {
        let row = sqlx::query!(
            r#"select i.value, i.told_at, p.display_name as "person?"
               from drive_inputs i left join people p on p.id = person_root((i.value #>> '{value,person}')::uuid)
               where i.deploy_id = $1 and i.subject = 'asked'"#,
            deploy.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let Ok(Told::Asked(asked)) = serde_json::from_value(row.value) else {
            return Err(StoreError::corrupt("drive_inputs", "value", deploy));
        };
        Ok((asked.what == Ask::Cancel).then(|| CalledOff {
            by: row.person.or(asked.name).unwrap_or_else(|| "somebody".to_owned()),
            at: asked.at.unwrap_or(row.told_at),
        }))
    }

    /// Whether what was ordered in a phase is still to be done: its drive stands there, or the order is of its end. `None` where
    /// no drive has this phase.
    pub async fn is_order_due(&self, key: &str) -> Result<Option<bool>> {
        Ok(sqlx::query_scalar!(
            r#"select (p.state not in ('backup', 'deploy')
                       or d.phase is not distinct from p.state and d.round = p.round and d.step = p.step) as "due!"
               from drive_phases p join drives d on d.deploy_id = p.deploy_id where p.key = $1"#,
            key
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Whether somebody called the drive off whose phase orders this, before users saw it. A rollback that has begun is not called
    /// off.
    pub async fn is_order_called_off(&self, key: &str) -> Result<bool> {
        Ok(sqlx::query_scalar!(r#"select is_called_off($1) as "is!""#, key)
            .fetch_one(&self.pool)
            .await?)
    }

    /// Whether a run carries out an order that was called off so. The run of the order to stop goes on.
    pub async fn is_run_called_off(&self, run: i64) -> Result<bool> {
        Ok(sqlx::query_scalar!(
            r#"select exists (
                   select from drive_runs r join outbox o on o.id = r.effect_id and o.payload->>'act' <> 'stop'
                   where r.run_id = $1 and is_called_off(r.key)
               ) as "is!""#,
            run
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// The phases of a drive, in the order in which they began.
    async fn drive_phases(&self, deploy: DeployId) -> Result<Vec<PhaseRecord>> {
        let rows = sqlx::query!(
            "select key, state, round, step, started_at, finished_at, actor, evidence, effects
             from drive_phases where deploy_id = $1
             order by started_at, round, step, array_position(
                 array['requested', 'prepare', 'awaiting_approval', 'backup', 'deploy', 'verify', 'confirm', 'rolling_back'],
                 state) nulls last",
            deploy.0
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(PhaseRecord {
                    state: state_of(&row.state, deploy)?,
                    key: row.key,
                    round: row.round,
                    step: row.step,
                    started_at: row.started_at,
                    finished_at: row.finished_at,
                    actor: row.actor,
                    evidence: row.evidence,
                    effects: serde_json::from_value(row.effects)
                        .map_err(|_| StoreError::corrupt("drive_phases", "effects", deploy))?,
                })
            })
            .collect()
    }
}
