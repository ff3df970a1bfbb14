//! `/admin/unmatched.csv`: the kinds of deployments that wait.

use axum::response::Response;
use commands::CommandError;
use domain::{deploys::read::UnmatchedDeployments, page::MAX_PAGE_SIZE};
use store::Reads;

use crate::{
    csv::{self, Csv},
    ctx::{Queried, Readable},
    query::NoQuery,
};

/// The whole list as a download.
pub async fn unmatched_csv(Readable(reads): Readable, Queried(NoQuery {}): Queried<NoQuery>) -> Response {
    csv::answer("unmatched.csv", table(&reads)).await
}

async fn table(reads: &Reads) -> Result<Csv, CommandError> {
    let head = [
        "repository",
        "environment",
        "workflow",
        "payload_service",
        "task",
        "deployments",
        "first_at",
        "last_at",
        "sha",
        "services",
    ];
    let read = |position| {
        let reads = reads.clone();
        async move { reads.unmatched_deployments(&position, MAX_PAGE_SIZE).await }
    };
    csv::of_list(head, read, cells).await
}

fn cells(waiting: &UnmatchedDeployments) -> [String; 10] {
    let texts = &waiting.texts;
    let services: Vec<&str> = waiting
        .services
        .iter()
        .map(|service| service.slug.as_str())
        .collect();
    [
        waiting.repository.clone(),
        texts.environment.clone(),
        texts.workflows.join(" "),
        texts.payload_service.clone().unwrap_or_default(),
        texts.task.clone().unwrap_or_default(),
        waiting.count.to_string(),
        csv::moment(waiting.first_at),
        csv::moment(waiting.last_at),
        waiting.sha.clone(),
        services.join(" "),
    ]
}
