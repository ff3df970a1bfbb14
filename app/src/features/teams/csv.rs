//! `/teams.csv`: the list with its filter.

use axum::response::Response;
use commands::CommandError;
use domain::{page::MAX_PAGE_SIZE, people::TeamSummary};
use store::Reads;

use crate::{
    csv::{self, Csv},
    ctx::{Queried, Readable},
    parts::TeamsQuery,
};

/// The whole list as a download.
pub async fn teams_csv(Readable(reads): Readable, Queried(query): Queried<TeamsQuery>) -> Response {
    csv::answer("teams.csv", table(&reads, &query)).await
}

async fn table(reads: &Reads, query: &TeamsQuery) -> Result<Csv, CommandError> {
    let filter = query.filter();
    let head = ["team", "title", "services", "members", "declared", "description"];
    let read = |position| {
        let (reads, filter) = (reads.clone(), filter.clone());
        async move { reads.teams(&filter, &position, MAX_PAGE_SIZE).await }
    };
    csv::of_list(head, read, cells).await
}

fn cells(row: &TeamSummary) -> [String; 6] {
    [
        row.team.slug.clone(),
        row.team.title.clone(),
        row.services.to_string(),
        row.members.to_string(),
        row.declared.to_string(),
        row.description.clone().unwrap_or_default(),
    ]
}
