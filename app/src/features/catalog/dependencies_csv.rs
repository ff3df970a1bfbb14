//! `/services/{slug}/dependencies.csv`: the table behind the graph.

use axum::{extract::Path, response::Response};
use commands::CommandError;
use domain::catalog::Health;
use store::Reads;

use crate::{
    csv::{self, Csv},
    ctx::Readable,
    parts::{LISTED, how},
};

/// What a service needs and what needs it as a download: a row for each way.
pub async fn dependencies_csv(Readable(reads): Readable, Path(slug): Path<String>) -> Response {
    let name = format!("dependencies-{slug}.csv");
    csv::answer(&name, table(&reads, &slug)).await
}

async fn table(reads: &Reads, slug: &str) -> Result<Csv, CommandError> {
    let service = reads.service(slug).await?;
    let service = service.ok_or_else(|| CommandError::not_found(format!("service {slug}")))?;
    let graph = reads.dependencies(&service, LISTED).await?;
    let mut csv = Csv::new(&["entity", "title", "how", "through", "in_catalog", "health"]);
    for node in &graph.nodes {
        for way in graph.ways(node) {
            let through: Vec<String> = way
                .through
                .iter()
                .map(|other| other.reference.to_string())
                .collect();
            csv.row(&[
                node.reference.to_string(),
                node.title.clone(),
                how(&way, &node.title),
                through.join(" "),
                node.exists.to_string(),
                csv::known(node.health, |health: Health| health.as_str().to_owned()),
            ]);
        }
    }
    Ok(csv)
}
