//! What an entity needs and what needs it, two steps far.
//!
//! "Needs" is read from the relations that documents state: a component needs what it depends on and the APIs that it
//! consumes; an API needs the components that provide it.

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

    /// Between the middle and this entity: the direct ones that it needs, or that need it.
    pub fn through(&self, node: &GraphNode) -> Vec<&GraphNode> {
        let level = node.level();
        let nearer = level - level.signum();
        let touches = |other: &GraphNode| {
            self.needs.iter().any(|need| {
                let (outer, inner) = if level < 0 {
                    (&need.from, &need.to)
                } else {
                    (&need.to, &need.from)
                };
                *outer == node.reference && *inner == other.reference
            })
        };
        self.nodes
            .iter()
            .filter(|other| other.level() == nearer && touches(other))
            .collect()
    }
}
