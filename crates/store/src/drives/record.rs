//! The row of a drive: making it, locking it for a step, writing where it stands.

use chrono::{DateTime, Utc};
use domain::{
    approvals::Party,
    deploys::{
        DeployKind, Strategy,
        drills::Leg,
        drive::{Configuration, Drive, End, Phase, Place, Reason, Standing, Weights, inputs::Rollback},
        report::NamedRelease,
    },
    ids::DeployId,
};
use serde_json::Value;
use uuid::Uuid;

use crate::{Result, StoreError, Tx, deploys::to_json, environments::class_of};

/// What is stored of a drive when it begins and never changes after.
#[derive(Clone, Copy, Debug)]
pub struct Begun<'a> {
    /// The drive.
    pub drive: &'a Drive,
    /// Why it undoes another one, where it does.
    pub reason: Option<&'a Reason>,
    /// When what it undoes was seen to fail, or somebody asked to undo it.
    pub failure_seen_at: Option<DateTime<Utc>>,
    /// Who asked for it: they do not decide about it. Empty where nobody but Fairway does.
    pub initiators: &'a [Party],
    /// When.
    pub at: DateTime<Utc>,
}

/// Who asked for a drive, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedFor {
    /// Everybody who has a part in that; empty where nobody but Fairway does.
    pub initiators: Vec<Party>,
    /// What the deploy is for, where that was said.
    pub kind: Option<DeployKind>,
}

pub(super) struct DriveRow {
    pub(super) deploy_id: Uuid,
    pub(super) service_id: Uuid,
    pub(super) environment_id: Uuid,
    pub(super) class: String,
    pub(super) sha: Option<String>,
    pub(super) version: Option<String>,
    pub(super) digest: Option<String>,
    pub(super) strategy: String,
    pub(super) weights: Vec<i16>,
    pub(super) config_hash: Option<String>,
    pub(super) plan_hash: Option<String>,
    pub(super) undoes: Option<Uuid>,
    pub(super) waivers: Value,
    pub(super) phase: Option<String>,
    pub(super) ended: Option<String>,
    pub(super) round: i16,
    pub(super) step: i16,
    pub(super) since: DateTime<Utc>,
    pub(super) prepared: Option<Value>,
    pub(super) exposed: bool,
    /// Whether it is a leg of a drill.
    pub(super) drill: bool,
}

impl DriveRow {
    pub(super) fn read(self) -> Result<Drive> {
        let corrupt = |column| StoreError::corrupt("drives", column, self.deploy_id);
        let standing = match (self.phase.as_deref(), self.ended.as_deref()) {
            (Some(phase), None) => Standing::At(Place {
                phase: Phase::parse(phase).ok_or_else(|| corrupt("phase"))?,
                round: self.round,
                step: self.step,
                since: self.since,
            }),
            (None, Some(ended)) => Standing::Ended(End::parse(ended).ok_or_else(|| corrupt("ended"))?),
            _ => return Err(corrupt("phase")),
        };
        let prepared = self.prepared.map(serde_json::from_value).transpose();
        Ok(Drive {
            deploy: self.deploy_id.into(),
            service: self.service_id.into(),
            environment: self.environment_id.into(),
            class: class_of(&self.class)?,
            release: NamedRelease {
                sha: self.sha,
                version: self.version,
                digest: self.digest,
            },
            strategy: Strategy::parse(&self.strategy)
                .ok_or_else(|| StoreError::corrupt("drives", "strategy", self.deploy_id))?,
            weights: Weights::checked(self.weights)
                .ok_or_else(|| StoreError::corrupt("drives", "weights", self.deploy_id))?,
            configuration: Configuration {
                config: self.config_hash,
                plan: self.plan_hash,
            },
            undoes: self.undoes.map(Into::into),
            drill: self.drill.then_some(match self.undoes {
                Some(_) => Leg::Back,
                None => Leg::Return,
            }),
            waivers: serde_json::from_value(self.waivers)
                .map_err(|_| StoreError::corrupt("drives", "waivers", self.deploy_id))?,
            standing,
            prepared: prepared.map_err(|_| StoreError::corrupt("drives", "prepared", self.deploy_id))?,
            exposed: self.exposed,
        })
    }
}

impl Tx {
    /// A drive, locked until this unit of work ends: steps of one drive happen one after the other.
    pub async fn lock_drive(&mut self, deploy: DeployId) -> Result<Option<Drive>> {
        let row = sqlx::query_as!(
            DriveRow,
            r#"select d.deploy_id, d.service_id, d.environment_id, e.class, d.sha, d.version, d.digest, d.strategy, d.weights,
                   d.config_hash, d.plan_hash, d.undoes, d.waivers, d.phase, d.ended, d.round, d.step, d.since, d.prepared,
                   d.exposed, exists (select from drills x where x.back_deploy_id = d.deploy_id
                                          or x.again_deploy_id = d.deploy_id) as "drill!"
               from drives d join environments e on e.id = d.environment_id
               where d.deploy_id = $1 for no key update of d"#,
            deploy.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(DriveRow::read).transpose()
    }

    /// Stores a drive that begins. One that undoes what another undoes already is a duplicate.
    pub async fn insert_drive(&mut self, begun: Begun<'_>) -> Result<()> {
        let Begun {
            drive,
            reason,
            failure_seen_at,
            initiators,
            at,
        } = begun;
        let place = columns(drive);
        let reason = reason.map(to_json).transpose()?;
        sqlx::query!(
            "insert into drives (deploy_id, service_id, environment_id, sha, version, digest, strategy, weights, config_hash,
                 plan_hash, undoes, reason, waivers, started_by, created_at, phase, ended, round, step, since, prepared,
                 exposed, look_at, failure_seen_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $15, null, $20, $15,
                 $21)",
            drive.deploy.0,
            drive.service.0,
            drive.environment.0,
            drive.release.sha,
            drive.release.version,
            drive.release.digest,
            drive.strategy.as_str(),
            drive.weights.as_slice(),
            drive.configuration.config,
            drive.configuration.plan,
            drive.undoes.map(|id| id.0),
            reason,
            to_json(&drive.waivers)?,
            self.actor.name(),
            at,
            place.phase,
            place.ended,
            place.round,
            place.step,
            drive.exposed,
            failure_seen_at
        )
        .execute(&mut *self.inner)
        .await?;
        self.put_initiators(drive.deploy, initiators).await
    }

    /// Writes where a drive stands after a step, and why.
    pub async fn write_drive(&mut self, drive: &Drive, why: &str, at: DateTime<Utc>) -> Result<()> {
        let place = columns(drive);
        let prepared = drive.prepared.as_ref().map(to_json).transpose()?;
        sqlx::query!(
            "update drives set phase = $2, ended = $3, round = case when $3::text is null then $4 else round end,
                 step = case when $3::text is null then $5 else step end, since = $6, prepared = $7, exposed = $8, why = $9,
                 look_at = $6,
                 rolled_back_at = case when $3 = 'succeeded' and undoes is not null then $6 else rolled_back_at end
             where deploy_id = $1",
            drive.deploy.0,
            place.phase,
            place.ended,
            place.round,
            place.step,
            at,
            prepared,
            drive.exposed,
            why
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Writes what a drive waits for, and when it looks again; true where it waits for something else than before.
    pub async fn write_wait(&mut self, deploy: DeployId, why: &str, look_at: DateTime<Utc>) -> Result<bool> {
        let changed = sqlx::query_scalar!(
            r#"update drives d set why = $2, look_at = $3 from drives before
               where d.deploy_id = $1 and before.deploy_id = d.deploy_id
               returning (before.why is distinct from $2) as "changed!""#,
            deploy.0,
            why,
            look_at
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(changed.unwrap_or(false))
    }

    /// How the newest drive that undoes a deploy stands. A drill undoes nothing.
    pub async fn rollback_of_drive(&mut self, deploy: DeployId) -> Result<Rollback> {
        let row = sqlx::query!(
            "select ended from drives d
             where undoes = $1 and not exists (select from drills x where x.back_deploy_id = d.deploy_id)
             order by created_at desc, deploy_id desc limit 1",
            deploy.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(match row.map(|row| row.ended) {
            None => Rollback::None,
            Some(None) => Rollback::Open,
            Some(Some(word)) => Rollback::Ended(
                End::parse(&word).ok_or_else(|| StoreError::corrupt("drives", "ended", deploy))?,
            ),
        })
    }

    /// Those of some deploys that Fairway drives and that are on their way.
    pub async fn open_drives_among(&mut self, deploys: &[DeployId]) -> Result<Vec<DeployId>> {
        let ids: Vec<Uuid> = deploys.iter().map(|deploy| deploy.0).collect();
        let rows = sqlx::query_scalar!(
            "select deploy_id from drives where deploy_id = any($1) and phase is not null order by deploy_id",
            &ids
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The drives on their way that nobody looked at when it was time, or whose lease ran out.
    pub async fn drives_to_take_up(&mut self, now: DateTime<Utc>) -> Result<Vec<DeployId>> {
        let rows = sqlx::query_scalar!(
            r#"select deploy_id as "deploy_id!" from (
                   select d.deploy_id from drives d where d.phase is not null and d.look_at < $1
                   union
                   select l.deploy_id from drive_leases l where l.deploy_id is not null and l.expires_at < $1) due
               order by 1 limit 1000"#,
            now
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

/// Where a drive stands, as columns.
struct Columns {
    phase: Option<&'static str>,
    ended: Option<&'static str>,
    round: i16,
    step: i16,
}

fn columns(drive: &Drive) -> Columns {
    match &drive.standing {
        Standing::At(place) => Columns {
            phase: Some(place.phase.as_str()),
            ended: None,
            round: place.round,
            step: place.step,
        },
        Standing::Ended(end) => Columns {
            phase: None,
            ended: Some(end.as_str()),
            round: 0,
            step: 0,
        },
    }
}
