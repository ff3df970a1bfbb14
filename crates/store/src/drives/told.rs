//! What drives are told.

use chrono::{DateTime, Utc};
use domain::{
    deploys::drive::inputs::{Subject, Told},
    ids::DeployId,
};

use crate::{Result, StoreError, Tx, deploys::to_json};

impl Tx {
    /// Stores what a drive is told of a subject, unless more was said of it already; false where nothing changed. What is said
    /// first of the lowest rank may be said again otherwise; what is higher stays.
    pub async fn tell_drive(
        &mut self,
        deploy: DeployId,
        subject: &Subject,
        told: &Told,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let written = sqlx::query!(
            "insert into drive_inputs as i (deploy_id, subject, round, step, rank, value, told_at, told_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (deploy_id, subject, round, step) do update set
                 rank = excluded.rank, value = excluded.value, told_at = excluded.told_at, told_by = excluded.told_by
             where excluded.rank > i.rank or (excluded.rank = 0 and i.rank = 0 and excluded.value <> i.value)",
            deploy.0,
            subject.word,
            subject.round,
            subject.step,
            told.rank(),
            to_json(told)?,
            at,
            self.actor.name()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(written.rows_affected() > 0)
    }

    /// Everything that a drive was told.
    pub async fn told(&mut self, deploy: DeployId) -> Result<Vec<(Subject, Told)>> {
        let rows = sqlx::query!(
            "select subject, round, step, value from drive_inputs where deploy_id = $1",
            deploy.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter()
            .map(|row| {
                let told = serde_json::from_value(row.value)
                    .map_err(|_| StoreError::corrupt("drive_inputs", "value", deploy))?;
                Ok((Subject::at(&row.subject, row.round, row.step), told))
            })
            .collect()
    }
}
