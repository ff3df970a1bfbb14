//! Writing what was derived: only the rows that changed, each kind in one statement.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    catalog::ServiceState,
    deploys::record::{ChangeRecord, DeployRecord},
    ids::{DeployId, EnvironmentId, ServiceId},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Result, StoreError, Tx};

/// The most undelivered changes that are listed; their whole number stands in the service's state.
const UNDELIVERED_LISTED: usize = 200;

impl Tx {
    /// Writes the derived columns of deploys, with their changes and lead-time rows in place of the old ones. `rows` pair
    /// each record with its fingerprint.
    pub async fn write_derived(
        &mut self,
        service: ServiceId,
        rows: &[(&DeployRecord, i64)],
        now: DateTime<Utc>,
    ) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = rows.iter().map(|(record, _)| record.id.0).collect();
        self.update_columns(rows, now).await?;
        sqlx::query!("delete from lead_times where deploy_id = any($1)", &ids)
            .execute(&mut *self.inner)
            .await?;
        sqlx::query!("delete from deploy_changes where deploy_id = any($1)", &ids)
            .execute(&mut *self.inner)
            .await?;
        self.insert_lead_times(service, rows).await?;
        self.insert_changes(rows).await?;
        self.replace_corrected_rows(service, rows).await
    }

    async fn update_columns(&mut self, rows: &[(&DeployRecord, i64)], now: DateTime<Utc>) -> Result<()> {
        let columns = rows
            .iter()
            .map(|(record, fingerprint)| columns(record, *fingerprint))
            .collect::<Result<Vec<Value>>>()?;
        sqlx::query(
            "update deploys d set state = r.state, kind = r.kind, requested_at = r.requested_at, started_at = r.started_at,
                 approval_seconds = r.approval_seconds, exposed_at = r.exposed_at, promoted_at = r.promoted_at,
                 finished_at = r.finished_at, replaces = r.replaces, rollback_of = r.rollback_of,
                 superseded_by = r.superseded_by, rolled_back_by = r.rolled_back_by, team_id = r.team_id,
                 counted = r.counted, not_counted_why = r.not_counted_why, baseline = r.baseline, failed = r.failed,
                 failure_cause = r.failure_cause, failed_at = r.failed_at, restored_at = r.restored_at,
                 restored_by = r.restored_by, rework = r.rework, corrected = r.corrected, change_count = r.change_count,
                 changes_unknown = r.changes_unknown, may_fix = r.may_fix, release_tag = r.release_tag,
                 ignored = r.ignored,
                 derived_fingerprint = r.fingerprint, derived_at = $2
             from jsonb_to_recordset($1) as r (id uuid, state text, kind text, requested_at timestamptz,
                 started_at timestamptz, approval_seconds double precision, exposed_at timestamptz,
                 promoted_at timestamptz, finished_at timestamptz, replaces uuid, rollback_of uuid, superseded_by uuid,
                 rolled_back_by uuid, team_id uuid, counted boolean, not_counted_why text, baseline boolean,
                 failed boolean, failure_cause text, failed_at timestamptz, restored_at timestamptz, restored_by text,
                 rework boolean, corrected boolean, change_count int, changes_unknown text, may_fix uuid, release_tag text,
                 ignored text[], fingerprint bigint)
             where d.id = r.id",
        )
        .bind(Value::from(columns))
        .bind(now)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    async fn insert_lead_times(&mut self, service: ServiceId, rows: &[(&DeployRecord, i64)]) -> Result<()> {
        let mut lead_times = Vec::new();
        for (record, _) in rows {
            for row in &record.lead_times {
                let mut row = to_json(row)?;
                row["deploy_id"] = json!(record.id);
                row["team_id"] = json!(record.team_id);
                lead_times.push(row);
            }
        }
        if lead_times.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "insert into lead_times (deploy_id, service_id, change, team_id, pull_request_id, sha, title, author_person_id,
                 author_name, by_bot, first_commit_at, ready_at, merged_at, promoted_at, coding_seconds, review_seconds,
                 queue_seconds, approval_seconds, rollout_seconds, lead_seconds, delivery_seconds, unknown)
             select deploy_id, $2, change, team_id, pull_request_id, sha, title, author_person_id, author_name, by_bot,
                 first_commit_at, ready_at, merged_at, promoted_at, coding_seconds, review_seconds, queue_seconds,
                 approval_seconds, rollout_seconds, lead_seconds, delivery_seconds, unknown
             from jsonb_to_recordset($1) as r (deploy_id uuid, change text, team_id uuid, pull_request_id uuid, sha text,
                 title text, author_person_id uuid, author_name text, by_bot boolean, first_commit_at timestamptz,
                 ready_at timestamptz, merged_at timestamptz, promoted_at timestamptz, coding_seconds double precision,
                 review_seconds double precision, queue_seconds double precision, approval_seconds double precision,
                 rollout_seconds double precision, lead_seconds double precision, delivery_seconds double precision,
                 unknown text[])",
        )
        .bind(Value::from(lead_times))
        .bind(service.0)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    async fn insert_changes(&mut self, rows: &[(&DeployRecord, i64)]) -> Result<()> {
        let mut changes = Vec::new();
        for (record, _) in rows {
            for (index, row) in record.changes.iter().enumerate() {
                let mut row = to_json(row)?;
                row["deploy_id"] = json!(record.id);
                row["index"] = json!(index);
                changes.push(row);
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "insert into deploy_changes (deploy_id, index, change, pull_request_id, sha, title, author_person_id, author_name,
                 by_bot)
             select deploy_id, index, change, pull_request_id, sha, title, author_person_id, author_name, by_bot
             from jsonb_to_recordset($1) as r (deploy_id uuid, index int, change text, pull_request_id uuid, sha text,
                 title text, author_person_id uuid, author_name text, by_bot boolean)",
        )
        .bind(Value::from(changes))
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Writes what runs where, in place of what was stored.
    pub async fn write_running(
        &mut self,
        service: ServiceId,
        running: &[(EnvironmentId, DeployId, DateTime<Utc>)],
    ) -> Result<()> {
        let environments: Vec<Uuid> = running.iter().map(|(environment, ..)| environment.0).collect();
        let deploys: Vec<Uuid> = running.iter().map(|(_, deploy, _)| deploy.0).collect();
        let since: Vec<DateTime<Utc>> = running.iter().map(|(_, _, since)| *since).collect();
        sqlx::query!(
            "delete from running where service_id = $1 and environment_id <> all($2)",
            service.0,
            &environments
        )
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!(
            "insert into running (service_id, environment_id, deploy_id, since)
             select $1, environment, deploy, since
             from unnest($2::uuid[], $3::uuid[], $4::timestamptz[]) as r (environment, deploy, since)
             on conflict (service_id, environment_id)
             do update set deploy_id = excluded.deploy_id, since = excluded.since",
            service.0,
            &environments,
            &deploys,
            &since
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Writes the changes that production does not have yet, in place of those stored.
    pub async fn write_undelivered(&mut self, service: ServiceId, changes: &[ChangeRecord]) -> Result<()> {
        sqlx::query!("delete from undelivered_changes where service_id = $1", service.0)
            .execute(&mut *self.inner)
            .await?;
        let rows = changes
            .iter()
            .take(UNDELIVERED_LISTED)
            .enumerate()
            .map(|(index, change)| {
                let mut row = to_json(change)?;
                row["index"] = json!(index);
                Ok(row)
            })
            .collect::<Result<Vec<Value>>>()?;
        sqlx::query(
            "insert into undelivered_changes (service_id, index, change, pull_request_id, sha, title, author_person_id,
                 author_name, merged_at)
             select $2, index, change, pull_request_id, sha, title, author_person_id, author_name, merged_at
             from jsonb_to_recordset($1) as r (index int, change text, pull_request_id uuid, sha text, title text,
                 author_person_id uuid, author_name text, merged_at timestamptz)",
        )
        .bind(Value::from(rows))
        .bind(service.0)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Writes the row that the catalog list shows, after the deploys that it is about. Gives whether the service is well
    /// otherwise than before, or has other incidents open.
    pub async fn write_service_state(
        &mut self,
        service: ServiceId,
        state: &ServiceState,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let changed = sqlx::query_scalar!(
            r#"with before as (
                 select health, open_incidents, worst_severity from service_state where service_id = $1
             )
             insert into service_state (service_id, production_deploy_id, production_version, production_since,
                 last_deploy_id, last_deploy_at, last_deploy_state, open_incidents, worst_severity, health,
                 undelivered_changes, derived_at, first_counted_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
                     (select min(exposed_at) from deploys where counted and service_id = $1))
             on conflict (service_id) do update set production_deploy_id = excluded.production_deploy_id,
                 production_version = excluded.production_version, production_since = excluded.production_since,
                 last_deploy_id = excluded.last_deploy_id, last_deploy_at = excluded.last_deploy_at,
                 last_deploy_state = excluded.last_deploy_state, open_incidents = excluded.open_incidents,
                 worst_severity = excluded.worst_severity, health = excluded.health,
                 undelivered_changes = excluded.undelivered_changes, derived_at = excluded.derived_at,
                 first_counted_at = excluded.first_counted_at
             returning not exists (
                 select from before b
                 where (b.health, b.open_incidents, b.worst_severity)
                     is not distinct from (service_state.health, service_state.open_incidents, service_state.worst_severity)
             ) as "changed!""#,
            service.0,
            state.production_deploy.map(|id| id.0),
            state.production_version,
            state.production_since,
            state.last_deploy.map(|id| id.0),
            state.last_deploy_at,
            state.last_deploy_state.map(domain::deploys::DeployState::as_str),
            i32::try_from(state.open_incidents).unwrap_or(i32::MAX),
            state.worst_severity.map(|severity| i16::from(severity.get())),
            state.health.as_str(),
            state.undelivered_changes.and_then(|count| i32::try_from(count).ok()),
            now
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(changed)
    }

    /// Services with a deploy that was still open at its last derivation and was asked for before a time.
    pub async fn services_with_silent_deploys(&mut self, since: DateTime<Utc>) -> Result<Vec<ServiceId>> {
        let rows = sqlx::query_scalar!(
            "select distinct service_id from deploys where finished_at is null and requested_at <= $1",
            since
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Drops the day rollups of scopes (`organisation`, `team`, `service`) whose facts changed.
    pub async fn drop_days(&mut self, days: &[(&'static str, Uuid, NaiveDate)]) -> Result<()> {
        if days.is_empty() {
            return Ok(());
        }
        let scopes: Vec<String> = days.iter().map(|(scope, ..)| (*scope).to_owned()).collect();
        let ids: Vec<Uuid> = days.iter().map(|(_, id, _)| *id).collect();
        let dates: Vec<NaiveDate> = days.iter().map(|(_, _, day)| *day).collect();
        sqlx::query!(
            "delete from dora_days d using unnest($1::text[], $2::uuid[], $3::date[]) as t (scope, id, day)
             where d.scope = t.scope and d.scope_id = t.id and d.day = t.day",
            &scopes,
            &ids,
            &dates
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

/// The columns of a record: everything but the rows below it.
fn columns(record: &DeployRecord, fingerprint: i64) -> Result<Value> {
    let mut row = to_json(record)?;
    if let Some(fields) = row.as_object_mut() {
        fields.remove("changes");
        fields.remove("lead_times");
        fields.remove("corrected_rows");
        fields.insert("fingerprint".to_owned(), json!(fingerprint));
    }
    Ok(row)
}

pub(crate) fn to_json(row: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(row).map_err(|error| StoreError::Db(sqlx::Error::Encode(error.into())))
}
