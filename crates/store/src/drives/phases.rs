//! The phases of drives, each by its key.

use domain::{
    deploys::{DeployState, drive::PhaseRecord},
    ids::DeployId,
};

use crate::{Result, StoreError, Tx, deploys::to_json};

/// Which phase of which drive a key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhasePlace {
    /// The drive.
    pub deploy: DeployId,
    /// The phase, or the end.
    pub state: DeployState,
    /// Its round.
    pub round: i16,
    /// Its step.
    pub step: i16,
}

impl Tx {
    /// Stores a phase that begins and ends the one before it; false where this one began already.
    pub async fn insert_phase(&mut self, deploy: DeployId, record: &PhaseRecord) -> Result<bool> {
        let made = sqlx::query!(
            "insert into drive_phases (key, deploy_id, state, round, step, started_at, finished_at, actor, evidence, effects)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (key) do nothing",
            record.key,
            deploy.0,
            record.state.as_str(),
            record.round,
            record.step,
            record.started_at,
            record.finished_at,
            record.actor,
            record.evidence,
            to_json(&record.effects)?
        )
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!(
            "update drive_phases set finished_at = $3 where deploy_id = $1 and key <> $2 and finished_at is null",
            deploy.0,
            record.key,
            record.started_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(made.rows_affected() > 0)
    }

    /// The phase that a key names.
    pub async fn phase_of_key(&mut self, key: &str) -> Result<Option<PhasePlace>> {
        let row = sqlx::query!(
            "select deploy_id, state, round, step from drive_phases where key = $1",
            key
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(PhasePlace {
            deploy: row.deploy_id.into(),
            state: state_of(&row.state, row.deploy_id.into())?,
            round: row.round,
            step: row.step,
        }))
    }
}

/// Reads a stored state.
pub(super) fn state_of(word: &str, deploy: DeployId) -> Result<DeployState> {
    DeployState::parse(word).ok_or_else(|| StoreError::corrupt("drive_phases", "state", deploy))
}
