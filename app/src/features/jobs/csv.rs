//! `/admin/jobs.csv`: the list with its filter, every row.

use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{
    actor::Viewer,
    jobs::FailedJob,
    page::{MAX_PAGE_SIZE, Position},
};

use super::address::ListQuery;
use crate::{
    csv::{self, Csv},
    ctx::AppContext,
};

/// The whole list as a download.
pub async fn jobs_csv(
    State(app): State<AppContext>,
    viewer: Option<Extension<Viewer>>,
    Query(query): Query<ListQuery>,
) -> Response {
    csv::answer(viewer.is_some(), "jobs.csv", table(&app, &query)).await
}

async fn table(app: &AppContext, query: &ListQuery) -> Result<Csv, CommandError> {
    let (state, reads) = (query.state()?, app.commands.reads());
    let mut csv = Csv::new(&[
        "id",
        "task",
        "subject",
        "state",
        "attempts",
        "error",
        "enqueued_at",
        "next_try_at",
    ]);
    let mut position = Position::Start;
    loop {
        let page = reads.failed_jobs(state, &position, MAX_PAGE_SIZE).await?;
        for job in &page.rows {
            csv.row(&cells(job));
        }
        match page.next {
            Some(cursor) => position = Position::After(cursor),
            None => return Ok(csv),
        }
    }
}

fn cells(job: &FailedJob) -> [String; 8] {
    let time = |at: DateTime<Utc>| at.to_rfc3339();
    [
        job.id.to_string(),
        job.task.clone(),
        job.subject.clone().unwrap_or_default(),
        job.state.as_str().to_owned(),
        job.attempts.to_string(),
        job.error.clone().unwrap_or_default(),
        time(job.enqueued_at),
        job.next_try_at.map(time).unwrap_or_default(),
    ]
}
