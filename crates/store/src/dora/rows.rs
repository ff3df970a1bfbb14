//! The rows behind a figure, newest first, a page at a time. They are chosen by the same conditions as the figure.

use chrono::{DateTime, Utc};
use domain::{
    deploys::{DeployKind, FailureCause, derive::seconds},
    dora::{Authors, ChangeRow, DeployRow, Question, RowSet},
    ids::{DeployId, TeamId},
    page::{Page, Position},
    people::TeamRef,
};
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use super::push_scope;
use crate::{Reads, Result, StoreError, sight::Hidden};

/// Which rows are asked for.
#[derive(Clone, Debug)]
pub struct RowsAsked {
    /// Whose, of which days, over whose changes.
    pub of: Question,
    /// Which of them.
    pub set: RowSet,
    /// From where on.
    pub position: Position,
    /// How many at most.
    pub size: u32,
    /// The moment that tells mature from immature.
    pub now: DateTime<Utc>,
}

impl Reads {
    /// The deployments of a set that is not one of changes, of services that are seen.
    pub async fn dora_deploys(&self, asked: &RowsAsked) -> Result<Page<DeployRow>> {
        let mut query = QueryBuilder::new(
            "select d.id, s.slug, s.title, t.id as team_id, t.slug as team_slug, t.title as team_title,
                    coalesce(d.version, d.release_tag) as version, d.sha,
                    d.kind, d.exposed_at, d.failed, d.failure_cause, d.failed_at, d.restored_at, d.restored_by, d.rework,
                    d.corrected
             from deploys d join services s on s.id = d.service_id left join teams t on t.id = d.team_id where ",
        );
        push_deploys(&mut query, asked);
        self.push_seen(&mut query, "d.service_id", Hidden::Services);
        let backwards = push_position(&mut query, &asked.position, "(d.exposed_at, d.id)")?;
        let order = if backwards {
            "d.exposed_at, d.id"
        } else {
            "d.exposed_at desc, d.id desc"
        };
        query
            .push(format_args!(" order by {order} limit "))
            .push(i64::from(asked.size) + 1);
        let rows: Vec<DeployRowRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows
            .into_iter()
            .map(DeployRow::try_from)
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::of(rows, asked.size, &asked.position, |row| {
            cursor(row.exposed_at, row.id.0, "")
        }))
    }

    /// The changes of a set of changes, of services that are seen.
    pub async fn dora_changes(&self, asked: &RowsAsked) -> Result<Page<ChangeRow>> {
        let mut query = QueryBuilder::new(
            "select l.deploy_id, l.change, l.title, l.author_name, l.by_bot, s.slug, s.title as service_title,
                    t.id as team_id, t.slug as team_slug, t.title as team_title, l.first_commit_at, l.merged_at,
                    l.promoted_at, l.lead_seconds, l.delivery_seconds, l.coding_seconds, l.review_seconds, l.queue_seconds,
                    l.approval_seconds, l.rollout_seconds, l.unknown, d.corrected
             from lead_times l join deploys d on d.id = l.deploy_id join services s on s.id = l.service_id
                  left join teams t on t.id = l.team_id where ",
        );
        push_changes(&mut query, asked);
        self.push_seen(&mut query, "l.service_id", Hidden::Services);
        let backwards = push_position(
            &mut query,
            &asked.position,
            "(l.promoted_at, l.deploy_id, l.change)",
        )?;
        let direction = if backwards { "asc" } else { "desc" };
        query.push(format_args!(
            " order by l.promoted_at {direction}, l.deploy_id {direction}, l.change {direction} limit "
        ));
        query.push(i64::from(asked.size) + 1);
        let rows: Vec<ChangeRowRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows.into_iter().map(ChangeRow::from).collect();
        let cursor = |row: &ChangeRow| cursor(row.promoted_at, row.deploy.0, &row.change);
        Ok(Page::of(rows, asked.size, &asked.position, cursor))
    }

    /// How many rows of a set are of services that are hidden: with those that are listed they add up to the figure.
    pub async fn dora_rows_hidden(&self, asked: &RowsAsked) -> Result<u64> {
        if self.sight().is_everything() {
            return Ok(0);
        }
        let (rows, push): (_, fn(&mut QueryBuilder<Postgres>, &RowsAsked)) = if asked.set.is_of_changes() {
            ("lead_times l where l.service_id", push_changes)
        } else {
            ("deploys d where d.service_id", push_deploys)
        };
        let mut query = QueryBuilder::new(format!("select count(*) from {rows} in "));
        self.push_hidden(&mut query, Hidden::Services);
        query.push(" and ");
        push(&mut query, asked);
        let count: i64 = query.build_query_scalar().fetch_one(&self.pool).await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

/// Which deployments of `deploys d` are asked for, hidden or not.
fn push_deploys(query: &mut QueryBuilder<Postgres>, asked: &RowsAsked) {
    query
        .push("d.counted and d.exposed_at >= ")
        .push_bind(asked.of.range.start())
        .push(" and d.exposed_at < ")
        .push_bind(asked.of.range.end());
    push_scope(query, "d", asked.of.scope);
    push_set(query, asked);
}

/// Which changes of `lead_times l` are asked for, hidden or not.
fn push_changes(query: &mut QueryBuilder<Postgres>, asked: &RowsAsked) {
    query
        .push("l.promoted_at >= ")
        .push_bind(asked.of.range.start())
        .push(" and l.promoted_at < ")
        .push_bind(asked.of.range.end());
    push_scope(query, "l", asked.of.scope);
    query.push(match asked.set {
        RowSet::UnknownChanges => " and l.lead_seconds is null",
        _ => " and l.lead_seconds is not null",
    });
    if asked.of.authors == Authors::People {
        query.push(" and not l.by_bot");
    }
}

/// The condition of a set of deployments.
fn push_set(query: &mut QueryBuilder<Postgres>, asked: &RowsAsked) {
    // As `domain::dora`: mature is exposed at least 24 h ago.
    let young = asked.now - chrono::TimeDelta::hours(24);
    match asked.set {
        RowSet::Counted | RowSet::Changes | RowSet::UnknownChanges => {}
        RowSet::Mature => {
            query.push(" and d.exposed_at <= ").push_bind(young);
        }
        RowSet::Failed => {
            query.push(" and d.failed and d.exposed_at <= ").push_bind(young);
        }
        RowSet::Immature => {
            query.push(" and d.exposed_at > ").push_bind(young);
        }
        RowSet::Restored => {
            query.push(" and d.failed and d.restored_at is not null");
        }
        RowSet::Open => {
            query.push(" and d.failed and d.restored_at is null");
        }
        RowSet::Rework => {
            query.push(" and d.rework");
        }
    }
}

/// Microseconds, id and, for changes, the change: what rows are ordered by.
fn cursor(at: DateTime<Utc>, id: Uuid, change: &str) -> String {
    format!("{}_{}_{change}", at.timestamp_micros(), id.simple())
}

/// Starts at a cursor; says whether rows are read backwards.
fn push_position(query: &mut QueryBuilder<Postgres>, position: &Position, key: &str) -> Result<bool> {
    let (text, backwards) = match position {
        Position::Start => return Ok(false),
        Position::After(text) => (text, false),
        Position::Before(text) => (text, true),
    };
    let mut parts = text.splitn(3, '_');
    let at = parts
        .next()
        .and_then(|micros| DateTime::from_timestamp_micros(micros.parse().ok()?))
        // PostgreSQL's calendar begins later than chrono's.
        .filter(|at| at.timestamp() >= 0);
    let id = parts.next().and_then(|id| id.parse::<Uuid>().ok());
    let (Some(at), Some(id), Some(change)) = (at, id, parts.next()) else {
        return Err(StoreError::BadCursor);
    };
    let sign = if backwards { ">" } else { "<" };
    query
        .push(format_args!(" and {key} {sign} ("))
        .push_bind(at)
        .push(", ")
        .push_bind(id);
    if key.contains("change") {
        query.push(", ").push_bind(change.to_owned());
    }
    query.push(")");
    Ok(backwards)
}

fn team(id: Option<Uuid>, slug: Option<String>, title: Option<String>) -> Option<TeamRef> {
    Some(TeamRef {
        id: TeamId(id?),
        slug: slug?,
        title: title?,
    })
}

#[derive(FromRow)]
struct DeployRowRow {
    id: Uuid,
    slug: String,
    title: String,
    team_id: Option<Uuid>,
    team_slug: Option<String>,
    team_title: Option<String>,
    version: Option<String>,
    sha: Option<String>,
    kind: String,
    exposed_at: DateTime<Utc>,
    failed: bool,
    failure_cause: Option<String>,
    failed_at: Option<DateTime<Utc>>,
    restored_at: Option<DateTime<Utc>>,
    restored_by: Option<String>,
    rework: bool,
    corrected: bool,
}

impl TryFrom<DeployRowRow> for DeployRow {
    type Error = StoreError;

    fn try_from(row: DeployRowRow) -> Result<Self> {
        let kind =
            DeployKind::parse(&row.kind).ok_or_else(|| StoreError::corrupt("deploys", "kind", row.id))?;
        let cause = row.failure_cause.as_deref().map(|word| {
            FailureCause::parse(word).ok_or_else(|| StoreError::corrupt("deploys", "failure_cause", row.id))
        });
        let restored_at = row.restored_at.filter(|_| row.failed);
        Ok(Self {
            id: DeployId(row.id),
            service: row.slug,
            service_title: row.title,
            team: team(row.team_id, row.team_slug, row.team_title),
            version: row.version,
            sha: row.sha,
            kind,
            exposed_at: row.exposed_at,
            failure: cause.transpose()?.filter(|_| row.failed),
            failed_at: row.failed_at.filter(|_| row.failed),
            restored_at,
            restored_by: row.restored_by,
            recovery: restored_at.map(|restored| seconds(restored - row.exposed_at)),
            rework: row.rework,
            corrected: row.corrected,
        })
    }
}

#[derive(FromRow)]
struct ChangeRowRow {
    deploy_id: Uuid,
    change: String,
    title: String,
    author_name: Option<String>,
    by_bot: bool,
    slug: String,
    service_title: String,
    team_id: Option<Uuid>,
    team_slug: Option<String>,
    team_title: Option<String>,
    first_commit_at: Option<DateTime<Utc>>,
    merged_at: Option<DateTime<Utc>>,
    promoted_at: DateTime<Utc>,
    lead_seconds: Option<f64>,
    delivery_seconds: Option<f64>,
    coding_seconds: Option<f64>,
    review_seconds: Option<f64>,
    queue_seconds: Option<f64>,
    approval_seconds: Option<f64>,
    rollout_seconds: Option<f64>,
    unknown: Vec<String>,
    corrected: bool,
}

impl From<ChangeRowRow> for ChangeRow {
    fn from(row: ChangeRowRow) -> Self {
        Self {
            deploy: DeployId(row.deploy_id),
            change: row.change,
            title: row.title,
            author: row.author_name,
            by_bot: row.by_bot,
            service: row.slug,
            service_title: row.service_title,
            team: team(row.team_id, row.team_slug, row.team_title),
            first_commit_at: row.first_commit_at,
            merged_at: row.merged_at,
            promoted_at: row.promoted_at,
            lead: row.lead_seconds,
            delivery: row.delivery_seconds,
            stages: [
                row.coding_seconds,
                row.review_seconds,
                row.queue_seconds,
                row.approval_seconds,
                row.rollout_seconds,
            ],
            unknown: row.unknown,
            corrected: row.corrected,
        }
    }
}
