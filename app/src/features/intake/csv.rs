//! `/admin/deliveries.csv`: the list with its filters.

use axum::{Extension, extract::State, response::Response};
use commands::CommandError;
use domain::{actor::Viewer, intake::Delivery, page::MAX_PAGE_SIZE};

use super::address::ListQuery;
use crate::{
    csv::{self, Csv},
    ctx::{AppContext, Queried},
};

/// The whole list as a download.
pub async fn deliveries_csv(
    State(app): State<AppContext>,
    viewer: Option<Extension<Viewer>>,
    Queried(query): Queried<ListQuery>,
) -> Response {
    csv::answer(viewer.is_some(), "deliveries.csv", table(&app, &query)).await
}

async fn table(app: &AppContext, query: &ListQuery) -> Result<Csv, CommandError> {
    let (filter, reads) = (query.filter()?, app.commands.reads());
    let head = [
        "id",
        "received_at",
        "source",
        "delivery_id",
        "event",
        "action",
        "repository",
        "status",
        "attempts",
        "error",
        "processed_at",
        "size",
    ];
    let read = |position| {
        let (reads, filter) = (reads.clone(), filter.clone());
        async move { reads.deliveries(&filter, &position, MAX_PAGE_SIZE).await }
    };
    csv::of_list(head, read, cells).await
}

fn cells(delivery: &Delivery) -> [String; 12] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        delivery.id.to_string(),
        csv::moment(delivery.received_at),
        delivery.source.clone(),
        delivery.delivery_id.clone(),
        delivery.event.clone(),
        text(&delivery.action),
        text(&delivery.repository),
        delivery.status.as_str().to_owned(),
        delivery.attempts.to_string(),
        text(&delivery.error),
        csv::known(delivery.processed_at, csv::moment),
        delivery.size.to_string(),
    ]
}
