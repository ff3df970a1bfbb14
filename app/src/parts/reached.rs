//! How one entity of a dependency graph reaches another, in words: what the page's table and its CSV both say.

use domain::catalog::{Dependencies, GraphNode, Way};

use super::relations::relation_to;
use crate::format;

/// Entities between two that are named; the others are counted.
const NAMED: usize = 3;

/// How the service of the page reaches an entity, in words: both ways where each needs the other.
pub struct Reached {
    /// The relations, read away from the service: "depends on ledger".
    pub how: String,
    /// "directly", or through what.
    pub distance: String,
    /// References of what lies between, each once; none where it is reached directly.
    pub through: Vec<String>,
}

impl Reached {
    /// Nothing where there is no way.
    pub fn of(graph: &Dependencies, node: &GraphNode) -> Option<Self> {
        let ways = graph.ways(node);
        if ways.is_empty() {
            return None;
        }
        let mut distances: Vec<String> = ways.iter().map(distance).collect();
        distances.dedup();
        let how: Vec<String> = ways.iter().map(|way| how(way, &node.title)).collect();
        let between = ways.iter().flat_map(|way| &way.through);
        let mut through: Vec<String> = between.map(|other| other.reference.to_string()).collect();
        through.sort_unstable();
        through.dedup();
        Some(Self {
            how: how.join("; "),
            distance: distances.join("; "),
            through,
        })
    }
}

fn distance(way: &Way<'_>) -> String {
    let names: Vec<&str> = way.through.iter().map(|other| other.title.as_str()).collect();
    match names.len() {
        0 => "directly".to_owned(),
        1..=NAMED => format!("through {}", names.join(", ")),
        all => {
            let more = format::count((all - NAMED) as u64);
            format!("through {} and {more} more", names[..NAMED].join(", "))
        }
    }
}

/// The relations in words, read away from the service of the page.
fn how(way: &Way<'_>, title: &str) -> String {
    let words = way.relations.iter().map(|kind| relation_to(*kind, title));
    words.collect::<Vec<_>>().join(", ")
}
