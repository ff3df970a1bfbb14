//! `/services/{slug}/dependencies.csv`: the table behind the graph.

use axum::{extract::Path, response::Response};
use commands::CommandError;
use domain::catalog::{Dependencies, GraphNode};
use store::Reads;

use crate::{
    csv::{self, Csv},
    ctx::{Queried, Readable},
    parts::{LISTED, Reached},
    query::NoQuery,
};

const HEAD: [&str; 7] = [
    "entity",
    "title",
    "how",
    "distance",
    "through",
    "in_catalog",
    "health",
];

/// What a service needs and what needs it as a download: the rows of the page's table, all of them.
pub async fn dependencies_csv(
    Readable(reads): Readable,
    Path(slug): Path<String>,
    Queried(NoQuery {}): Queried<NoQuery>,
) -> Response {
    let name = format!("dependencies-{slug}.csv");
    csv::answer(&name, table(&reads, &slug)).await
}

async fn table(reads: &Reads, slug: &str) -> Result<Csv, CommandError> {
    let service = reads.service(slug).await?;
    let service = service.ok_or_else(|| CommandError::not_found(format!("service {slug}")))?;
    let graph = reads.dependencies(&service, LISTED).await?;
    let mut csv = Csv::new(&HEAD);
    for line in graph.nodes.iter().filter_map(|node| cells(&graph, node)) {
        csv.row(&line);
    }
    Ok(csv)
}

/// A row of the table of the page; nothing for what is not reached.
fn cells(graph: &Dependencies, node: &GraphNode) -> Option<[String; 7]> {
    let reached = Reached::of(graph, node)?;
    Some([
        node.reference.to_string(),
        node.title.clone(),
        reached.how,
        reached.distance,
        reached.through.join(" "),
        node.exists.to_string(),
        csv::known(node.health, |health| health.as_str().to_owned()),
    ])
}
