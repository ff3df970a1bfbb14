//! `/services.csv`: the list with its filters, every row.

use axum::{
    Extension,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use commands::CommandError;
use domain::{
    actor::Viewer,
    catalog::ServiceSummary,
    page::{MAX_PAGE_SIZE, Position},
};

use super::address::ListQuery;
use crate::{csv::Csv, ctx::AppContext, error};

/// The whole list as a download.
pub async fn services_csv(
    State(app): State<AppContext>,
    viewer: Option<Extension<Viewer>>,
    Query(query): Query<ListQuery>,
) -> Response {
    let table = match viewer {
        Some(_) => table(&app, &query).await,
        None => Err(CommandError::SignedOut),
    };
    match table {
        Ok(csv) => csv.into_download("services.csv"),
        Err(problem) => (error::status(&problem), problem.to_string()).into_response(),
    }
}

async fn table(app: &AppContext, query: &ListQuery) -> Result<Csv, CommandError> {
    let mut filter = query.with(|_| {}).filter()?;
    filter.size = MAX_PAGE_SIZE;
    let mut csv = Csv::new(&[
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
    ]);
    loop {
        let page = app.commands.reads().services(&filter).await?;
        for service in &page.rows {
            csv.row(&cells(service));
        }
        match page.next {
            Some(cursor) => filter.position = Position::After(cursor),
            None => return Ok(csv),
        }
    }
}

fn cells(service: &ServiceSummary) -> [String; 11] {
    let state = &service.state;
    let time = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| at.to_rfc3339()).unwrap_or_default();
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
