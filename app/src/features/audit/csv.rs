//! `/admin/audit.csv`: the trail with its filters.

use axum::{extract::State, response::Response};
use commands::CommandError;
use domain::{audit::AuditRow, page::MAX_PAGE_SIZE};
use store::Reads;

use super::address::ListQuery;
use crate::{
    csv::{self, Csv},
    ctx::{AppContext, Queried, Readable},
};

/// The whole list as a download.
pub async fn audit_csv(
    State(app): State<AppContext>,
    Readable(reads): Readable,
    Queried(query): Queried<ListQuery>,
) -> Response {
    csv::answer("audit.csv", table(&app, &reads, &query)).await
}

async fn table(app: &AppContext, reads: &Reads, query: &ListQuery) -> Result<Csv, CommandError> {
    let filter = query.filter(app.organisation.time_zone)?;
    let head = [
        "id",
        "at",
        "actor_kind",
        "actor",
        "action",
        "subject",
        "reason",
        "before",
        "after",
        "address",
        "user_agent",
        "request_id",
    ];
    let read = |position| {
        let (reads, filter) = (reads.clone(), filter.clone());
        async move { reads.audit(&filter, &position, MAX_PAGE_SIZE).await }
    };
    csv::of_list(head, read, cells).await
}

fn cells(row: &AuditRow) -> [String; 12] {
    [
        row.id.to_string(),
        csv::moment(row.at),
        row.actor_kind.clone(),
        row.actor.clone(),
        row.action.clone(),
        row.subject.clone(),
        row.reason.clone().unwrap_or_default(),
        csv::known(row.before.as_ref(), ToString::to_string),
        csv::known(row.after.as_ref(), ToString::to_string),
        row.address.clone().unwrap_or_default(),
        row.user_agent.clone().unwrap_or_default(),
        row.request_id.clone().unwrap_or_default(),
    ]
}
