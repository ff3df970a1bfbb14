//! `/admin/environments.csv`: the list with its filters.

use axum::{Extension, extract::State, response::Response};
use commands::CommandError;
use domain::{actor::Viewer, environments::EnvironmentUse, page::MAX_PAGE_SIZE};

use super::address::ListQuery;
use crate::{
    csv::{self, Csv},
    ctx::{AppContext, Queried},
};

/// The whole list as a download.
pub async fn environments_csv(
    State(app): State<AppContext>,
    viewer: Option<Extension<Viewer>>,
    Queried(query): Queried<ListQuery>,
) -> Response {
    csv::answer(viewer.is_some(), "environments.csv", table(&app, &query)).await
}

async fn table(app: &AppContext, query: &ListQuery) -> Result<Csv, CommandError> {
    let (filter, reads) = (query.filter()?, app.commands.reads());
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
