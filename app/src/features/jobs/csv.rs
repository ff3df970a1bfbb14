//! `/admin/jobs.csv`: the list with its filter.

use axum::response::Response;
use commands::CommandError;
use domain::{jobs::FailedJob, page::MAX_PAGE_SIZE};
use store::Reads;

use super::address::ListQuery;
use crate::{
    csv::{self, Csv},
    ctx::{Queried, Readable},
};

/// The whole list as a download.
pub async fn jobs_csv(Readable(reads): Readable, Queried(query): Queried<ListQuery>) -> Response {
    csv::answer("jobs.csv", table(&reads, &query)).await
}

async fn table(reads: &Reads, query: &ListQuery) -> Result<Csv, CommandError> {
    let state = query.state()?;
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
