//! `/approvals.csv`: the inbox with its tab and filters.

use axum::{extract::State, response::Response};
use commands::CommandError;
use domain::{actor::Viewer, approvals::ApprovalSummary, page::MAX_PAGE_SIZE};

use super::address::InboxQuery;
use crate::{
    csv::{self, Csv},
    ctx::{AppContext, Asking, Queried},
};

/// The whole list as a download.
pub async fn approvals_csv(
    State(app): State<AppContext>,
    Asking(viewer): Asking,
    Queried(query): Queried<InboxQuery>,
) -> Response {
    csv::answer("approvals.csv", table(&app, &viewer, &query)).await
}

async fn table(app: &AppContext, viewer: &Viewer, query: &InboxQuery) -> Result<Csv, CommandError> {
    let filter = query.filter(&query.waits(&app.commands, viewer).await?)?;
    let reads = app.commands.reads_of(viewer);
    let head = [
        "id",
        "service",
        "environment",
        "class",
        "version",
        "sha",
        "digest",
        "state",
        "approvals",
        "needed",
        "policy",
        "opened_at",
        "deadline",
        "ended_at",
    ];
    let read = |position| {
        let (reads, filter) = (reads.clone(), filter.clone());
        async move { reads.approvals(&filter, &position, MAX_PAGE_SIZE).await }
    };
    csv::of_list(head, read, cells).await
}

fn cells(request: &ApprovalSummary) -> [String; 14] {
    let release = request.release.clone();
    [
        request.id.to_string(),
        request.service.clone(),
        request.environment.clone(),
        request.class.as_str().to_owned(),
        release.version.unwrap_or_default(),
        release.sha.unwrap_or_default(),
        release.digest.unwrap_or_default(),
        request.state.as_str().to_owned(),
        request.given.to_string(),
        request.needed.to_string(),
        request.policy.clone(),
        csv::moment(request.opened_at),
        csv::moment(request.deadline),
        csv::known(request.ended_at, csv::moment),
    ]
}
