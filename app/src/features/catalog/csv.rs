//! `/services.csv`: the list with its filters.

use axum::response::Response;
use commands::CommandError;
use domain::{
    catalog::{ServiceFilter, ServiceSummary},
    page::MAX_PAGE_SIZE,
};
use store::Reads;

use super::address::ListQuery;
use crate::{
    csv::{self, Csv},
    ctx::{Queried, Readable},
};

/// The whole list as a download.
pub async fn services_csv(Readable(reads): Readable, Queried(query): Queried<ListQuery>) -> Response {
    csv::answer("services.csv", table(&reads, &query)).await
}

async fn table(reads: &Reads, query: &ListQuery) -> Result<Csv, CommandError> {
    let filter = query.filter()?;
    let head = [
        "service",
        "title",
        "owner",
        "tier",
        "lifecycle",
        "health",
        "production_version",
        "production_since",
        "last_deploy_at",
        "last_deploy_state",
        "open_incidents",
    ];
    let read = |position| {
        let page = ServiceFilter {
            position,
            size: MAX_PAGE_SIZE,
            ..filter.clone()
        };
        let reads = reads.clone();
        async move { reads.services(&page).await }
    };
    csv::of_list(head, read, cells).await
}

fn cells(service: &ServiceSummary) -> [String; 11] {
    let state = &service.state;
    let time = |at| csv::known(at, csv::moment);
    [
        service.slug.clone(),
        service.title.clone(),
        service
            .owner
            .as_ref()
            .map(|team| team.slug.clone())
            .unwrap_or_default(),
        service
            .tier
            .map(|tier| tier.number().to_string())
            .unwrap_or_default(),
        service.lifecycle.clone().unwrap_or_default(),
        state.health.as_str().to_owned(),
        state.production_version.clone().unwrap_or_default(),
        time(state.production_since),
        time(state.last_deploy_at),
        state
            .last_deploy_state
            .map(|state| state.as_str().to_owned())
            .unwrap_or_default(),
        state.open_incidents.to_string(),
    ]
}
