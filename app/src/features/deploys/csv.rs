//! `/deploys.csv`: the timeline with its filters, at most 10,000 rows.

use axum::{
    Extension,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{
    actor::Viewer,
    deploys::read::DeploySummary,
    page::{MAX_PAGE_SIZE, Position},
};

use super::address::TimelineQuery;
use crate::{csv::Csv, ctx::AppContext, error};

/// Beyond this a spreadsheet is the wrong tool; the API pages through everything.
const MAX_ROWS: usize = 10_000;

/// The whole timeline as a download.
pub async fn deploys_csv(
    State(app): State<AppContext>,
    viewer: Option<Extension<Viewer>>,
    Query(query): Query<TimelineQuery>,
) -> Response {
    let table = match viewer {
        Some(_) => table(&app, &query).await,
        None => Err(CommandError::SignedOut),
    };
    match table {
        Ok(csv) => csv.into_download("deploys.csv"),
        Err(problem) => (error::status(&problem), problem.to_string()).into_response(),
    }
}

async fn table(app: &AppContext, query: &TimelineQuery) -> Result<Csv, CommandError> {
    let mut filter = query.with(|_| {}).filter(app.organisation.time_zone)?;
    filter.size = MAX_PAGE_SIZE;
    let mut csv = Csv::new(&[
        "id",
        "service",
        "environment",
        "class",
        "version",
        "sha",
        "state",
        "kind",
        "requested_at",
        "exposed_at",
        "promoted_at",
        "finished_at",
        "counted",
        "failed",
        "failure_cause",
        "restored_at",
        "rework",
        "changes",
        "initiator",
    ]);
    let mut written = 0;
    while written < MAX_ROWS {
        let page = app.commands.reads().deploys(&filter).await?;
        written += page.rows.len();
        for deploy in &page.rows {
            csv.row(&cells(deploy));
        }
        let Some(cursor) = page.next else { break };
        filter.position = Position::After(cursor);
    }
    Ok(csv)
}

fn cells(deploy: &DeploySummary) -> [String; 19] {
    let time = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339()).unwrap_or_default();
    [
        deploy.id.to_string(),
        deploy.service.slug.clone(),
        deploy.environment.clone(),
        deploy.class.as_str().to_owned(),
        deploy.version.clone().unwrap_or_default(),
        deploy.sha.clone().unwrap_or_default(),
        deploy.state.as_str().to_owned(),
        deploy.kind.as_str().to_owned(),
        deploy.requested_at.to_rfc3339(),
        time(deploy.exposed_at),
        time(deploy.promoted_at),
        time(deploy.finished_at),
        deploy.counted.to_string(),
        deploy.failed.to_string(),
        deploy
            .failure_cause
            .map(|cause| cause.as_str().to_owned())
            .unwrap_or_default(),
        time(deploy.restored_at),
        deploy.rework.to_string(),
        deploy
            .change_count
            .map(|count| count.to_string())
            .unwrap_or_default(),
        deploy
            .initiator
            .as_ref()
            .map(|person| person.name.clone())
            .unwrap_or_default(),
    ]
}
