//! `/admin/audit.jsonl`: the trail with its filters, a JSON object on each line.

use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{audit::AuditRow, ids::AuditId, page::MAX_PAGE_SIZE};
use serde::Serialize;
use serde_json::Value;
use store::Reads;

use super::address::ListQuery;
use crate::{
    ctx::{AppContext, Queried, Readable},
    download,
};

const NAME: &str = "audit.jsonl";

/// A row as its line writes it, under the names that the table has.
#[derive(Serialize)]
struct Line<'a> {
    id: AuditId,
    at: DateTime<Utc>,
    actor_kind: &'a str,
    actor: &'a str,
    action: &'a str,
    subject: &'a str,
    reason: Option<&'a str>,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    address: Option<&'a str>,
    user_agent: Option<&'a str>,
    request_id: Option<&'a str>,
}

/// The whole list as a download.
pub async fn audit_jsonl(
    State(app): State<AppContext>,
    Readable(reads): Readable,
    Queried(query): Queried<ListQuery>,
) -> Response {
    match lines(&app, &reads, &query).await {
        Ok(text) => download::saved_as(NAME, "application/x-ndjson", text),
        Err(problem) => download::refused(NAME, &problem),
    }
}

async fn lines(app: &AppContext, reads: &Reads, query: &ListQuery) -> Result<String, CommandError> {
    let filter = query.filter(app.organisation.time_zone)?;
    let read = |position| {
        let (reads, filter) = (reads.clone(), filter.clone());
        async move { reads.audit(&filter, &position, MAX_PAGE_SIZE).await }
    };
    let mut text = String::new();
    for row in download::rows(read).await? {
        text.push_str(&line(&row)?);
        text.push('\n');
    }
    Ok(text)
}

fn line(row: &AuditRow) -> Result<String, CommandError> {
    let line = Line {
        id: row.id,
        at: row.at,
        actor_kind: &row.actor_kind,
        actor: &row.actor,
        action: &row.action,
        subject: &row.subject,
        reason: row.reason.as_deref(),
        before: row.before.as_ref(),
        after: row.after.as_ref(),
        address: row.address.as_deref(),
        user_agent: row.user_agent.as_deref(),
        request_id: row.request_id.as_deref(),
    };
    serde_json::to_string(&line).map_err(CommandError::internal)
}
