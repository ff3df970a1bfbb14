//! `/deploys.csv`: the timeline with its filters.

use axum::{extract::State, response::Response};
use commands::CommandError;
use domain::{
    deploys::read::{DeployFilter, DeploySummary},
    page::MAX_PAGE_SIZE,
};
use store::Reads;

use super::address::TimelineQuery;
use crate::{
    csv::{self, Csv},
    ctx::{AppContext, Queried, Readable},
};

/// The whole timeline as a download.
pub async fn deploys_csv(
    State(app): State<AppContext>,
    Readable(reads): Readable,
    Queried(query): Queried<TimelineQuery>,
) -> Response {
    csv::answer("deploys.csv", table(&app, &reads, &query)).await
}

async fn table(app: &AppContext, reads: &Reads, query: &TimelineQuery) -> Result<Csv, CommandError> {
    let filter = query.filter(app.organisation.time_zone)?;
    let head = [
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
        "bypassed",
    ];
    let read = |position| {
        let page = DeployFilter {
            position,
            size: MAX_PAGE_SIZE,
            ..filter.clone()
        };
        let reads = reads.clone();
        async move { reads.deploys(&page).await }
    };
    csv::of_list(head, read, cells).await
}

fn cells(deploy: &DeploySummary) -> [String; 20] {
    let time = |at| csv::known(at, csv::moment);
    [
        deploy.id.to_string(),
        deploy.service.slug.clone(),
        deploy.environment.clone(),
        deploy.class.as_str().to_owned(),
        deploy.version.clone().unwrap_or_default(),
        deploy.sha.clone().unwrap_or_default(),
        deploy.state.as_str().to_owned(),
        deploy.kind.as_str().to_owned(),
        csv::moment(deploy.requested_at),
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
        deploy.bypassed.is_some().to_string(),
    ]
}
