//! `/admin/deliveries.csv`: the list with its filters, at most 10,000 rows.

use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use commands::CommandError;
use domain::{
    actor::Viewer,
    intake::Delivery,
    page::{MAX_PAGE_SIZE, Position},
};

use super::address::ListQuery;
use crate::{
    csv::{self, Csv},
    ctx::AppContext,
};

/// Beyond this a spreadsheet is the wrong tool; the API pages through everything.
const MAX_ROWS: usize = 10_000;

/// The whole list as a download.
pub async fn deliveries_csv(
    State(app): State<AppContext>,
    viewer: Option<Extension<Viewer>>,
    Query(query): Query<ListQuery>,
) -> Response {
    csv::answer(viewer.is_some(), "deliveries.csv", table(&app, &query)).await
}

async fn table(app: &AppContext, query: &ListQuery) -> Result<Csv, CommandError> {
    let (filter, reads) = (query.filter()?, app.commands.reads());
    let mut csv = Csv::new(&[
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
    ]);
    let (mut position, mut rows) = (Position::Start, 0);
    loop {
        let page = reads.deliveries(&filter, &position, MAX_PAGE_SIZE).await?;
        for delivery in &page.rows {
            csv.row(&cells(delivery));
        }
        rows += page.rows.len();
        match page.next.filter(|_| rows < MAX_ROWS) {
            Some(cursor) => position = Position::After(cursor),
            None => return Ok(csv),
        }
    }
}

fn cells(delivery: &Delivery) -> [String; 12] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        delivery.id.to_string(),
        delivery.received_at.to_rfc3339(),
        delivery.source.clone(),
        delivery.delivery_id.clone(),
        delivery.event.clone(),
        text(&delivery.action),
        text(&delivery.repository),
        delivery.status.as_str().to_owned(),
        delivery.attempts.to_string(),
        text(&delivery.error),
        delivery
            .processed_at
            .map(|at| at.to_rfc3339())
            .unwrap_or_default(),
        delivery.size.to_string(),
    ]
}
