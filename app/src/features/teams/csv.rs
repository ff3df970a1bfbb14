//! `/teams.csv`: the list with its filter.

use axum::{Extension, extract::State, response::Response};
use commands::CommandError;
use domain::{actor::Viewer, page::MAX_PAGE_SIZE, people::TeamSummary};

use super::address::ListQuery;
use crate::{
    csv::{self, Csv},
    ctx::{AppContext, Queried},
};

/// The whole list as a download.
pub async fn teams_csv(
    State(app): State<AppContext>,
    viewer: Option<Extension<Viewer>>,
    Queried(query): Queried<ListQuery>,
) -> Response {
    csv::answer(viewer.is_some(), "teams.csv", table(&app, &query)).await
}

async fn table(app: &AppContext, query: &ListQuery) -> Result<Csv, CommandError> {
    let (filter, reads) = (query.filter(), app.commands.reads());
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
