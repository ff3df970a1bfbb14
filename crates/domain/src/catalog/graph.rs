//! What an entity needs and what needs it, two steps far.
//!
//! "Needs" is read from the relations that documents state: a component needs what it depends on and the APIs that it
//! consumes; an API needs the components that provide it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{reference::EntityRef, relations::RelationKind, service::Health, tier::Tier};

/// Which way of the entity in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Side {
    /// It needs the one in the middle.
    Dependent,
    /// The one in the middle needs it.
    Dependency,
}

/// How far an entity is from the one in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Distance {
    /// Which way.
    pub side: Side,
    /// 1 directly, 2 through another.
    pub steps: u8,
}

impl Distance {
    /// The column that it stands in: dependents left of 0, dependencies right.
    pub fn level(self) -> i8 {
        let steps = i8::try_from(self.steps).unwrap_or(i8::MAX);
        match self.side {
            Side::Dependent => -steps,
            Side::Dependency => steps,
        }
    }
}

/// An entity of the graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphNode {
    /// Its full reference.
    pub reference: EntityRef,
    /// Title, else the name.
    pub title: String,
    /// Its slug, where it is a service.
    pub service_slug: Option<String>,
    /// Its health, where it is a service.
    pub health: Option<Health>,
    /// How critical it is, where it is a service that says so.
    pub tier: Option<Tier>,
    /// Whether it is in the catalog.
    pub exists: bool,
    /// How far it is; `None` for the one in the middle.
    pub distance: Option<Distance>,
}

impl GraphNode {
    /// The column that it stands in.
    pub fn level(&self) -> i8 {
        self.distance.map_or(0, Distance::level)
    }
}

/// One entity needs another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dependency {
    /// What needs.
    pub from: EntityRef,
    /// What is needed.
    pub to: EntityRef,
    /// How, seen from what needs: `dependsOn`, `consumesApi` or `apiProvidedBy`.
    pub relation: RelationKind,
}

/// An entity with what is at most two steps away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dependencies {
    /// The one in the middle first, then by distance, the most important of each first.
    pub nodes: Vec<GraphNode>,
    /// Who needs whom among these, sorted.
    pub needs: Vec<Dependency>,
    /// Entities that are left out at each distance, because there are too many.
    pub left_out: Vec<(Distance, u32)>,
}

impl Dependencies {
    /// Whether nothing needs the entity and it needs nothing.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() < 2 && self.needs.is_empty()
    }

    /// How many are left out at a level.
    pub fn left_out_at(&self, level: i8) -> u32 {
        let at = |(distance, count): &(Distance, u32)| (distance.level() == level).then_some(*count);
        self.left_out.iter().filter_map(at).sum()
    }

    /// How the one in the middle reaches an entity, what it needs first. Both where each needs the other; once where it
    /// needs itself.
    pub fn ways(&self, node: &GraphNode) -> Vec<Way<'_>> {
        let sides = [Side::Dependency, Side::Dependent];
        let sides = sides
            .into_iter()
            .take(if node.distance.is_none() { 1 } else { 2 });
        sides.filter_map(|side| self.way(node, side)).collect()
    }

    /// The way on one side: directly, else through those that are reached directly. The one in the middle is not led
    /// back to itself through others: that is a cycle, which the drawing names.
    fn way(&self, node: &GraphNode, side: Side) -> Option<Way<'_>> {
        let middle = self.nodes.first()?;
        let last: Vec<&Dependency> = self
            .needs
            .iter()
            .filter(|need| need.ends(side).1 == &node.reference)
            .collect();
        let is_direct = last.iter().any(|need| need.ends(side).0 == &middle.reference);
        let nearer = if is_direct {
            vec![middle]
        } else if node.distance.is_none() {
            return None;
        } else {
            self.between(node, side, &last)
        };
        let is_last = |need: &&&Dependency| {
            let from = need.ends(side).0;
            nearer.iter().any(|other| other.reference == *from)
        };
        let seen = |need: &&Dependency| match side {
            Side::Dependency => need.relation,
            Side::Dependent => need.relation.inverse(),
        };
        let mut relations: Vec<RelationKind> = last.iter().filter(is_last).map(seen).collect();
        relations.sort_unstable();
        relations.dedup();
        let through = if is_direct { Vec::new() } else { nearer };
        (!relations.is_empty()).then_some(Way { through, relations })
    }

    /// Of the nearer ends of the last needs of a way, those that the middle reaches directly.
    fn between(&self, node: &GraphNode, side: Side, last: &[&Dependency]) -> Vec<&GraphNode> {
        let Some(middle) = self.nodes.first() else {
            return Vec::new();
        };
        let nearer: BTreeSet<&EntityRef> = last
            .iter()
            .map(|need| need.ends(side).0)
            .filter(|nearer| **nearer != node.reference)
            .filter(|nearer| {
                let first = (&middle.reference, *nearer);
                self.needs.iter().any(|need| need.ends(side) == first)
            })
            .collect();
        self.nodes
            .iter()
            .filter(|other| nearer.contains(&other.reference))
            .collect()
    }
}

impl Dependency {
    /// Its ends as seen from the middle on a side: the nearer, then the farther.
    fn ends(&self, side: Side) -> (&EntityRef, &EntityRef) {
        match side {
            Side::Dependency => (&self.from, &self.to),
            Side::Dependent => (&self.to, &self.from),
        }
    }
}

/// How the one in the middle reaches another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way<'a> {
    /// Between the two; none where it is reached directly.
    pub through: Vec<&'a GraphNode>,
    /// How the nearer end stands to the other.
    pub relations: Vec<RelationKind>,
}
