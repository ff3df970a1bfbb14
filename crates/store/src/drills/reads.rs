//! What pages read of drills.

use chrono::{DateTime, Utc};
use domain::{
    deploys::drills::{Drill, DrillStanding, Outcome, Scheduled},
    ids::ServiceId,
};
use uuid::Uuid;

use super::schedules::ScheduleRow;
use crate::{Reads, Result, StoreError};

/// So many of the last drills are shown.
const RECENT: i64 = 5;

struct DrillRow {
    id: Uuid,
    environment: String,
    begun_at: DateTime<Utc>,
    back_deploy_id: Option<Uuid>,
    again_deploy_id: Option<Uuid>,
    stable_at: Option<DateTime<Utc>>,
    outcome: Option<String>,
    why: Option<String>,
}

impl DrillRow {
    fn read(self) -> Result<Drill> {
        let outcome = self.outcome.as_deref().map(|word| {
            let known = Outcome::parse(word);
            known.ok_or_else(|| StoreError::corrupt("drills", "outcome", self.id))
        });
        Ok(Drill {
            outcome: outcome.transpose()?,
            id: self.id.into(),
            environment: self.environment,
            begun_at: self.begun_at,
            back: self.back_deploy_id.map(Into::into),
            again: self.again_deploy_id.map(Into::into),
            stable_at: self.stable_at,
            why: self.why,
        })
    }
}

impl Reads {
    /// How a service stands with its drills. Whoever asks sees the service.
    pub async fn drill_standing(&self, service: ServiceId) -> Result<DrillStanding> {
        Ok(DrillStanding {
            scheduled: self.drill_schedule(service).await?,
            recent: self.drills(service, true, RECENT).await?,
            last: self.drills(service, false, 1).await?.pop(),
        })
    }

    async fn drill_schedule(&self, service: ServiceId) -> Result<Option<(Scheduled, String)>> {
        let row = sqlx::query_as!(
            ScheduleRow,
            r#"select s.service_id, s.environment_id, s.every_days, s.window_from, s.window_to, s.zone, s.set_at,
                   (select max(d.begun_at) from drills d where d.service_id = s.service_id
                        and d.environment_id = s.environment_id and d.outcome is distinct from 'skipped') as last,
                   (select max(d.slot) from drills d where d.service_id = s.service_id) as tried
               from drill_schedules s where s.service_id = $1"#,
            service.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let name = sqlx::query_scalar!("select name from environments where id = $1", row.environment_id)
            .fetch_one(&self.pool)
            .await?;
        Ok(Some((row.read()?, name)))
    }

    /// The last drills of a service, the newest first.
    async fn drills(&self, service: ServiceId, with_skipped: bool, most: i64) -> Result<Vec<Drill>> {
        let rows = sqlx::query_as!(
            DrillRow,
            "select d.id, e.name as environment, d.begun_at, d.back_deploy_id, d.again_deploy_id, d.stable_at, d.outcome, d.why
             from drills d join environments e on e.id = d.environment_id
             where d.service_id = $1 and ($2 or d.outcome is distinct from 'skipped')
             order by d.begun_at desc, d.id desc limit $3",
            service.0,
            with_skipped,
            most
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(DrillRow::read).collect()
    }
}
