//! When services have drills.

use chrono::{DateTime, NaiveTime, Utc};
use domain::{
    deploys::drills::{Schedule, Scheduled},
    ids::{EnvironmentId, ServiceId},
};
use uuid::Uuid;

use crate::{Reads, Result, StoreError, Tx};

pub(super) struct ScheduleRow {
    pub(super) service_id: Uuid,
    pub(super) environment_id: Uuid,
    pub(super) every_days: i16,
    pub(super) window_from: NaiveTime,
    pub(super) window_to: NaiveTime,
    pub(super) zone: String,
    pub(super) set_at: DateTime<Utc>,
    pub(super) last: Option<DateTime<Utc>>,
    pub(super) tried: Option<DateTime<Utc>>,
}

impl ScheduleRow {
    pub(super) fn read(self) -> Result<Scheduled> {
        let corrupt = |column| StoreError::corrupt("drill_schedules", column, self.service_id);
        Ok(Scheduled {
            service: self.service_id.into(),
            environment: self.environment_id.into(),
            schedule: Schedule {
                every_days: u16::try_from(self.every_days).map_err(|_| corrupt("every_days"))?,
                from: self.window_from,
                to: self.window_to,
                zone: self.zone.parse().map_err(|_| corrupt("zone"))?,
            },
            set_at: self.set_at,
            last: self.last,
            tried: self.tried,
        })
    }
}

impl Reads {
    /// The schedules of all services that are in the catalog.
    pub async fn drill_schedules(&self) -> Result<Vec<Scheduled>> {
        let rows = sqlx::query_as!(
            ScheduleRow,
            r#"select s.service_id, s.environment_id, s.every_days, s.window_from, s.window_to, s.zone, s.set_at,
                   (select max(d.begun_at) from drills d where d.service_id = s.service_id
                        and d.environment_id = s.environment_id and d.outcome is distinct from 'skipped') as last,
                   (select max(d.slot) from drills d where d.service_id = s.service_id) as tried
               from drill_schedules s join services v on v.id = s.service_id
               where v.removed_at is null order by s.service_id"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(ScheduleRow::read).collect()
    }
}

impl Tx {
    /// The schedule of a service, locked until this unit of work ends: a window has one turn.
    pub async fn lock_drill_schedule(&mut self, service: ServiceId) -> Result<Option<Scheduled>> {
        sqlx::query!(
            "select from drill_schedules where service_id = $1 for update",
            service.0
        )
        .execute(&mut *self.inner)
        .await?;
        // Read after the lock: what whoever had it before wrote is there.
        let row = sqlx::query_as!(
            ScheduleRow,
            r#"select s.service_id, s.environment_id, s.every_days, s.window_from, s.window_to, s.zone, s.set_at,
                   (select max(d.begun_at) from drills d where d.service_id = s.service_id
                        and d.environment_id = s.environment_id and d.outcome is distinct from 'skipped') as last,
                   (select max(d.slot) from drills d where d.service_id = s.service_id) as tried
               from drill_schedules s where s.service_id = $1"#,
            service.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(ScheduleRow::read).transpose()
    }

    /// Says when a service has drills, and where.
    pub async fn put_drill_schedule(
        &mut self,
        (service, environment): (ServiceId, EnvironmentId),
        schedule: &Schedule,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let every_days = i16::try_from(schedule.every_days).unwrap_or(i16::MAX);
        sqlx::query!(
            "insert into drill_schedules (service_id, environment_id, every_days, window_from, window_to, zone, set_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (service_id) do update set
                 environment_id = excluded.environment_id, every_days = excluded.every_days,
                 window_from = excluded.window_from, window_to = excluded.window_to, zone = excluded.zone,
                 set_at = excluded.set_at",
            service.0,
            environment.0,
            every_days,
            schedule.from,
            schedule.to,
            schedule.zone.name(),
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Takes the schedule of a service away; false where there was none.
    pub async fn delete_drill_schedule(&mut self, service: ServiceId) -> Result<bool> {
        let gone = sqlx::query!("delete from drill_schedules where service_id = $1", service.0)
            .execute(&mut *self.inner)
            .await?;
        Ok(gone.rows_affected() > 0)
    }
}
