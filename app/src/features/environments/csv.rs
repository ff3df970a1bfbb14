//! `/admin/environments.csv`: the list with its filters.

use axum::response::Response;
use commands::CommandError;
use domain::{environments::EnvironmentUse, page::MAX_PAGE_SIZE};
use store::Reads;

use super::address::ListQuery;
use crate::{
    csv::{self, Csv},
    ctx::{Queried, Readable},
};

/// The whole list as a download.
pub async fn environments_csv(Readable(reads): Readable, Queried(query): Queried<ListQuery>) -> Response {
    csv::answer("environments.csv", table(&reads, &query)).await
}

async fn table(reads: &Reads, query: &ListQuery) -> Result<Csv, CommandError> {
    let filter = query.filter()?;
    let head = [
        "environment",
        "class",
        "class_by_hand",
        "services",
        "last_deploy_at",
        "unmatched",
    ];
    let read = |position| {
        let (reads, filter) = (reads.clone(), filter.clone());
        async move { reads.environment_uses(&filter, &position, MAX_PAGE_SIZE).await }
    };
    csv::of_list(head, read, cells).await
}

fn cells(row: &EnvironmentUse) -> [String; 6] {
    [
        row.environment.name.clone(),
        row.environment.class.as_str().to_owned(),
        row.environment.class_by_hand.to_string(),
        row.services.to_string(),
        csv::known(row.last_deploy_at, csv::moment),
        row.unmatched.to_string(),
    ]
}
