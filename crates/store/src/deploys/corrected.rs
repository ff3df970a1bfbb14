//! Writing which rows of figures people's corrections touched. The figures' side is in `dora/corrected.rs`.

use domain::{deploys::record::DeployRecord, ids::ServiceId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::derived::to_json;
use crate::{Result, Tx};

impl Tx {
    /// Writes which rows of figures corrections touched, in place of what was stored for these deploys.
    pub(super) async fn replace_corrected_rows(
        &mut self,
        service: ServiceId,
        rows: &[(&DeployRecord, i64)],
    ) -> Result<()> {
        let ids: Vec<Uuid> = rows.iter().map(|(record, _)| record.id.0).collect();
        sqlx::query!("delete from corrected_rows where deploy_id = any($1)", &ids)
            .execute(&mut *self.inner)
            .await?;
        let mut corrected = Vec::new();
        for (record, _) in rows {
            for row in &record.corrected_rows {
                let mut row = to_json(row)?;
                row["deploy_id"] = json!(record.id);
                corrected.push(row);
            }
        }
        if corrected.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "insert into corrected_rows (service_id, deploy_id, metric, change, at, team_id, by_bot)
             select $2, deploy_id, metric, change, at, team_id, by_bot
             from jsonb_to_recordset($1) as r (deploy_id uuid, metric text, change text, at timestamptz, team_id uuid,
                 by_bot boolean)",
        )
        .bind(Value::from(corrected))
        .bind(service.0)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
