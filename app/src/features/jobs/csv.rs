//! `/admin/jobs.csv`: the list with its filter.

use axum::{Extension, extract::State, response::Response};
use commands::CommandError;
use domain::{actor::Viewer, jobs::FailedJob, page::MAX_PAGE_SIZE};

use super::address::ListQuery;
use crate::{
    csv::{self, Csv},
    ctx::{AppContext, Queried},
};

/// The whole list as a download.
pub async fn jobs_csv(
    State(app): State<AppContext>,
    viewer: Option<Extension<Viewer>>,
    Queried(query): Queried<ListQuery>,
) -> Response {
    csv::answer(viewer.is_some(), "jobs.csv", table(&app, &query)).await
}

async fn table(app: &AppContext, query: &ListQuery) -> Result<Csv, CommandError> {
    let (state, reads) = (query.state()?, app.commands.reads());
    let head = [
        "id",
        "task",
        "subject",
        "state",
        "attempts",
        "error",
        "enqueued_at",
        "next_try_at",
    ];
    let read = |position| {
        let reads = reads.clone();
        async move { reads.failed_jobs(state, &position, MAX_PAGE_SIZE).await }
    };
    csv::of_list(head, read, cells).await
}

fn cells(job: &FailedJob) -> [String; 8] {
    [
        job.id.to_string(),
        job.task.clone(),
        job.subject.clone().unwrap_or_default(),
        job.state.as_str().to_owned(),
        job.attempts.to_string(),
        job.error.clone().unwrap_or_default(),
        csv::moment(job.enqueued_at),
        csv::known(job.next_try_at, csv::moment),
    ]
}
