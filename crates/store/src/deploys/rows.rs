//! The row that every list of deploys reads.

use chrono::{DateTime, Utc};
use domain::{
    deploys::{
        DeployKind, DeployState, FailureCause, NotCounted, Strategy,
        read::{DeploySummary, RunningRelease, ServiceRef},
    },
    ids::{DeployId, ServiceId},
    people::PersonRef,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Reads, Result, StoreError, environments::class_of};

/// Columns of [`SummaryRow`] over `deploys d` with [`SUMMARY_JOINS`].
pub(super) const SUMMARY_COLUMNS: &str = "d.id, d.service_id, s.slug, s.title as service_title, e.name as environment, \
     e.class, d.state, d.kind, d.strategy, d.sha, coalesce(d.version, d.release_tag) as version, d.digest, d.git_ref, d.requested_at, d.started_at, \
     d.approval_seconds, d.exposed_at, d.promoted_at, d.finished_at, d.initiator_id, \
     coalesce(p.display_name, d.initiator_name) as initiator, coalesce(p.is_bot, false) as initiator_is_bot, \
     d.change_count, d.counted, d.not_counted_why, d.baseline, d.failed, d.failure_cause, d.failed_at, d.restored_at, \
     d.rework, d.corrected, d.rolled_back_by, bypass.request_id as bypassed";

/// What the rows of deploys name. Where an admin broke the glass, that is the request of which the deploy itself waited, or, of a
/// deploy that somebody else carries out, one about its artifact that held while it was on its way; not one that was voided
/// before anything went on by it.
pub(super) const SUMMARY_JOINS: &str = "join services s on s.id = d.service_id \
     join environments e on e.id = d.environment_id left join people p on p.id = d.initiator_id \
     left join lateral (select v.request_id from approval_reviews v join approval_requests a on a.id = v.request_id \
         where a.service_id = d.service_id and a.environment_id = d.environment_id \
           and (d.finished_at is null or v.broken_at <= d.finished_at) \
           and (d.source = 'fairway' \
                or (lower(a.sha) = lower(d.sha) or a.digest = d.digest) and a.deadline > d.requested_at) \
           and exists (select from approval_gates g where g.request_id = a.id \
                         and (a.state = 'bypassed' or g.released_at is not null) \
                         and (d.source <> 'fairway' or g.details ->> 'deploy' = d.id::text)) \
         order by v.broken_at desc, v.request_id limit 1) bypass on true";

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a column of its own, and they combine freely"
)]
#[derive(FromRow)]
pub(super) struct SummaryRow {
    id: Uuid,
    service_id: Uuid,
    slug: String,
    service_title: String,
    environment: String,
    class: String,
    state: String,
    kind: String,
    strategy: String,
    sha: Option<String>,
    version: Option<String>,
    digest: Option<String>,
    git_ref: Option<String>,
    requested_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    approval_seconds: Option<f64>,
    exposed_at: Option<DateTime<Utc>>,
    promoted_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    initiator_id: Option<Uuid>,
    initiator: Option<String>,
    initiator_is_bot: bool,
    change_count: Option<i32>,
    counted: bool,
    not_counted_why: Option<String>,
    baseline: bool,
    failed: bool,
    failure_cause: Option<String>,
    failed_at: Option<DateTime<Utc>>,
    restored_at: Option<DateTime<Utc>>,
    rework: bool,
    corrected: bool,
    rolled_back_by: Option<Uuid>,
    bypassed: Option<Uuid>,
}

impl SummaryRow {
    pub(super) fn read(self) -> Result<DeploySummary> {
        let id = self.id;
        let corrupt = |column| StoreError::corrupt("deploys", column, id);
        Ok(DeploySummary {
            id: id.into(),
            service: ServiceRef {
                id: self.service_id.into(),
                slug: self.slug,
                title: self.service_title,
            },
            environment: self.environment,
            class: class_of(&self.class)?,
            state: DeployState::parse(&self.state).ok_or_else(|| corrupt("state"))?,
            kind: DeployKind::parse(&self.kind).ok_or_else(|| corrupt("kind"))?,
            strategy: Strategy::parse(&self.strategy).ok_or_else(|| corrupt("strategy"))?,
            sha: self.sha,
            version: self.version,
            digest: self.digest,
            git_ref: self.git_ref,
            requested_at: self.requested_at.ok_or_else(|| corrupt("requested_at"))?,
            started_at: self.started_at,
            approval_seconds: self.approval_seconds,
            exposed_at: self.exposed_at,
            promoted_at: self.promoted_at,
            finished_at: self.finished_at,
            initiator: person(self.initiator_id, self.initiator, self.initiator_is_bot),
            change_count: self.change_count,
            counted: self.counted,
            not_counted_why: self.not_counted_why.as_deref().and_then(NotCounted::parse),
            baseline: self.baseline,
            failed: self.failed,
            failure_cause: self.failure_cause.as_deref().and_then(FailureCause::parse),
            failed_at: self.failed_at,
            restored_at: self.restored_at,
            rework: self.rework,
            corrected: self.corrected,
            rolled_back_by: self.rolled_back_by.map(Into::into),
            bypassed: self.bypassed.map(Into::into),
        })
    }
}

/// A person as a row names them.
pub(super) fn person(id: Option<Uuid>, name: Option<String>, is_bot: bool) -> Option<PersonRef> {
    Some(PersonRef {
        id: id.map(Into::into),
        name: name?,
        is_bot,
    })
}

/// What runs in an environment, and since when.
#[derive(FromRow)]
struct RunningRow {
    #[sqlx(flatten)]
    deploy: SummaryRow,
    since: DateTime<Utc>,
}

impl Reads {
    /// What runs in each environment of a service, most important class first, newest first within.
    pub async fn running(&self, service: ServiceId) -> Result<Vec<RunningRelease>> {
        let sql = format!(
            "select {SUMMARY_COLUMNS}, r.since from deploys d {SUMMARY_JOINS} join running r on r.deploy_id = d.id
             where r.service_id = $1"
        );
        let rows: Vec<RunningRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(service.0)
            .fetch_all(&self.pool)
            .await?;
        let read = |row: RunningRow| {
            Ok(RunningRelease {
                since: row.since,
                deploy: row.deploy.read()?,
            })
        };
        let mut running = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        running.sort_by(|a, b| {
            (a.deploy.class, b.since, &a.deploy.environment).cmp(&(
                b.deploy.class,
                a.since,
                &b.deploy.environment,
            ))
        });
        Ok(running)
    }

    /// Deploys by their ids, in no order; those of hidden services are left out.
    pub(crate) async fn deploy_summaries(&self, ids: &[Uuid]) -> Result<Vec<DeploySummary>> {
        let (everything, teams) = self.seeing();
        let sql = format!(
            "select {SUMMARY_COLUMNS} from deploys d {SUMMARY_JOINS} where d.id = any($1)
               and d.service_id not in (select hidden.id from hidden_services($2, $3) as hidden (id))"
        );
        let rows: Vec<SummaryRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(ids)
            .bind(everything)
            .bind(teams)
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(SummaryRow::read).collect()
    }

    /// The newest deploys of a service, to any environment.
    pub async fn last_deploys(&self, service: ServiceId, limit: i64) -> Result<Vec<DeploySummary>> {
        let sql = format!(
            "select {SUMMARY_COLUMNS} from deploys d {SUMMARY_JOINS}
             where d.service_id = $1 and d.requested_at is not null
             order by d.requested_at desc, d.id desc limit $2"
        );
        let rows: Vec<SummaryRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(service.0)
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(SummaryRow::read).collect()
    }

    /// A deploy as lists show it.
    pub async fn deploy_summary(&self, id: DeployId) -> Result<Option<DeploySummary>> {
        Ok(self.deploy_summaries(&[id.0]).await?.pop())
    }
}
