//! `/admin/unmatched.csv`: the kinds of deployments that wait, every row.

use axum::{Extension, extract::State, response::Response};
use commands::CommandError;
use domain::{
    actor::Viewer,
    deploys::read::UnmatchedDeployments,
    page::{MAX_PAGE_SIZE, Position},
};

use crate::{
    csv::{self, Csv},
    ctx::AppContext,
};

/// The whole list as a download.
pub async fn unmatched_csv(State(app): State<AppContext>, viewer: Option<Extension<Viewer>>) -> Response {
    csv::answer(viewer.is_some(), "unmatched.csv", table(&app)).await
}

async fn table(app: &AppContext) -> Result<Csv, CommandError> {
    let reads = app.commands.reads();
    let mut csv = Csv::new(&[
        "repository",
        "environment",
        "workflow",
        "payload_service",
        "task",
        "deployments",
        "first_at",
        "last_at",
        "sha",
        "services",
    ]);
    let mut position = Position::Start;
    loop {
        let page = reads.unmatched_deployments(&position, MAX_PAGE_SIZE).await?;
        for waiting in &page.rows {
            csv.row(&cells(waiting));
        }
        match page.next {
            Some(cursor) => position = Position::After(cursor),
            None => return Ok(csv),
        }
    }
}

fn cells(waiting: &UnmatchedDeployments) -> [String; 10] {
    let texts = &waiting.texts;
    let services: Vec<&str> = waiting
        .services
        .iter()
        .map(|service| service.slug.as_str())
        .collect();
    [
        waiting.repository.clone(),
        texts.environment.clone(),
        texts.workflows.join(" "),
        texts.payload_service.clone().unwrap_or_default(),
        texts.task.clone().unwrap_or_default(),
        waiting.count.to_string(),
        waiting.first_at.to_rfc3339(),
        waiting.last_at.to_rfc3339(),
        waiting.sha.clone(),
        services.join(" "),
    ]
}
