//! `/catalog.csv`: the list of all entities with its filters.

use axum::{Extension, extract::State, response::Response};
use commands::CommandError;
use domain::{actor::Viewer, catalog::EntityRow, page::MAX_PAGE_SIZE};

use super::address::EntitiesQuery;
use crate::{
    csv::{self, Csv},
    ctx::{AppContext, Queried},
};

/// The whole list as a download.
pub async fn catalog_csv(
    State(app): State<AppContext>,
    viewer: Option<Extension<Viewer>>,
    Queried(query): Queried<EntitiesQuery>,
) -> Response {
    csv::answer(viewer.is_some(), "catalog.csv", table(&app, &query)).await
}

async fn table(app: &AppContext, query: &EntitiesQuery) -> Result<Csv, CommandError> {
    let (filter, reads) = (query.filter()?, app.commands.reads());
    let head = [
        "kind",
        "namespace",
        "name",
        "title",
        "type",
        "team",
        "description",
    ];
    let read = |position| {
        let (reads, filter) = (reads.clone(), filter.clone());
        async move { reads.entities(&filter, &position, MAX_PAGE_SIZE).await }
    };
    csv::of_list(head, read, cells).await
}

fn cells(row: &EntityRow) -> [String; 7] {
    let EntityRow { summary, team, .. } = row;
    [
        summary.kind.as_str().to_owned(),
        summary.namespace.clone(),
        summary.name.clone(),
        summary.title.clone(),
        summary.spec_type.clone().unwrap_or_default(),
        csv::known(team.as_ref(), |team| team.slug.clone()),
        summary.description.clone().unwrap_or_default(),
    ]
}
