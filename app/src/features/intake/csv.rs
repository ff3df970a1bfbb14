//! `/admin/deliveries.csv`: the list with its filters.

use axum::response::Response;
use commands::CommandError;
use domain::{intake::Delivery, page::MAX_PAGE_SIZE};
use store::Reads;

use super::address::ListQuery;
use crate::{
    csv::{self, Csv},
    ctx::{Queried, Readable},
};

/// The whole list as a download.
pub async fn deliveries_csv(Readable(reads): Readable, Queried(query): Queried<ListQuery>) -> Response {
    csv::answer("deliveries.csv", table(&reads, &query)).await
}

async fn table(reads: &Reads, query: &ListQuery) -> Result<Csv, CommandError> {
    let filter = query.filter()?;
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
