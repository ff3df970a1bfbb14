//! `/catalog.csv`: the list of all entities with its filters.

use axum::response::Response;
use commands::CommandError;
use domain::{catalog::EntityRow, page::MAX_PAGE_SIZE};
use store::Reads;

use super::address::EntitiesQuery;
use crate::{
    csv::{self, Csv},
    ctx::{Queried, Readable},
};

/// The whole list as a download.
pub async fn catalog_csv(Readable(reads): Readable, Queried(query): Queried<EntitiesQuery>) -> Response {
    csv::answer("catalog.csv", table(&reads, &query)).await
}

async fn table(reads: &Reads, query: &EntitiesQuery) -> Result<Csv, CommandError> {
    let filter = query.filter()?;
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
