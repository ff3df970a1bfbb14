//! `/admin/integrations/github/repositories.csv`: the list with its filters.

use axum::response::Response;
use commands::CommandError;
use domain::{
    backfill::{BackfillState, FoundRepository},
    page::MAX_PAGE_SIZE,
};
use store::Reads;

use super::address::ListQuery;
use crate::{
    csv::{self, Csv},
    ctx::{Queried, Readable},
};

/// The whole list as a download.
pub async fn repositories_csv(Readable(reads): Readable, Queried(query): Queried<ListQuery>) -> Response {
    csv::answer("repositories.csv", table(&reads, &query)).await
}

async fn table(reads: &Reads, query: &ListQuery) -> Result<Csv, CommandError> {
    let filter = query.filter()?;
    let head = [
        "repository",
        "default_branch",
        "archived",
        "fork",
        "standing",
        "services",
        "history",
        "history_rows",
        "listed_at",
        "gone_at",
    ];
    let read = |position| {
        let (reads, filter) = (reads.clone(), filter.clone());
        async move { reads.found_repositories(&filter, &position, MAX_PAGE_SIZE).await }
    };
    csv::of_list(head, read, cells).await
}

fn cells(row: &FoundRepository) -> [String; 10] {
    let services: Vec<&str> = row.services.iter().map(|service| service.slug.as_str()).collect();
    let any = |state: BackfillState| row.history.iter().any(|kind| kind.state == state);
    let history = match &row.history[..] {
        [] => "",
        _ if any(BackfillState::Failed) => "failed",
        _ if any(BackfillState::Reading) => "reading",
        _ => "read",
    };
    let rows: u64 = row.history.iter().map(|kind| kind.rows).sum();
    [
        row.full_name.clone(),
        row.default_branch.clone(),
        row.archived.to_string(),
        row.fork.to_string(),
        row.standing.as_str().to_owned(),
        services.join(" "),
        history.to_owned(),
        rows.to_string(),
        csv::moment(row.listed_at),
        csv::known(row.gone_at, csv::moment),
    ]
}
