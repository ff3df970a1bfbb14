//! The list of services: its filters, sorts and the counts beside them.

use serde::{Deserialize, Serialize};

use super::{
    reference::EntityKind,
    service::{EntitySummary, Health},
    tier::Tier,
};
use crate::{
    ids::TeamId,
    page::{PAGE_SIZE, Position},
    people::TeamRef,
};

/// What a list of services is sorted by. Each has its natural direction; services without a value come last in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ServiceSort {
    /// Title, from A.
    #[default]
    Name,
    /// Owning team, from A.
    Owner,
    /// Most critical first.
    Tier,
    /// Worst first.
    Health,
    /// Newest first.
    LastDeploy,
    /// Most first.
    Incidents,
}

impl ServiceSort {
    /// Every sort, in the order of the columns.
    pub const ALL: [Self; 6] = [
        Self::Name,
        Self::Owner,
        Self::Tier,
        Self::Health,
        Self::LastDeploy,
        Self::Incidents,
    ];

    /// The word in the query string.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Owner => "owner",
            Self::Tier => "tier",
            Self::Health => "health",
            Self::LastDeploy => "last_deploy",
            Self::Incidents => "incidents",
        }
    }

    /// The sort that a query string names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == text)
    }
}

/// Which services to list, in which order, from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceFilter {
    /// Slug of the owning team; `none` for services without one.
    pub owner: Option<String>,
    /// Only those that these teams own; all where it is left out.
    pub teams: Option<Vec<TeamId>>,
    /// Criticality.
    pub tier: Option<Tier>,
    /// Lifecycle, compared exactly.
    pub lifecycle: Option<String>,
    /// Health.
    pub health: Option<Health>,
    /// Words that must all stand in title, slug, description or tags.
    pub text: Option<String>,
    /// Sorted by.
    pub sort: ServiceSort,
    /// Against the sort's natural direction.
    pub reverse: bool,
    /// Where the page starts.
    pub position: Position,
    /// Rows on a page.
    pub size: u32,
}

impl Default for ServiceFilter {
    fn default() -> Self {
        Self {
            owner: None,
            teams: None,
            tier: None,
            lifecycle: None,
            health: None,
            text: None,
            sort: ServiceSort::default(),
            reverse: false,
            position: Position::Start,
            size: PAGE_SIZE,
        }
    }
}

/// Which entities of the whole catalog to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityFilter {
    /// Only those of this kind.
    pub kind: Option<EntityKind>,
    /// Only those of this namespace, compared without regard to case.
    pub namespace: Option<String>,
    /// Words that must all stand in title, name or description.
    pub text: Option<String>,
}

/// A row of the list of all entities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityRow {
    /// What it is.
    pub summary: EntitySummary,
    /// The slug of its page, where it is a service.
    pub service_slug: Option<String>,
    /// The team that it is, where it is one, else the team that owns it.
    pub team: Option<TeamRef>,
}

/// How many entities of the other filters each kind and namespace has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityFacets {
    /// Kinds that there are, in the order of [`EntityKind::ALL`].
    pub kinds: Vec<(EntityKind, u64)>,
    /// Namespaces that there are, most entities first.
    pub namespaces: Vec<(String, u64)>,
    /// How many fit every filter.
    pub total: u64,
}

/// A value of a filter with the number of services it would leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facet {
    /// The value as the query string writes it; `None` for services that have none.
    pub value: Option<String>,
    /// The value as people read it.
    pub label: String,
    /// Services with it, under all other filters.
    pub count: u64,
}

/// The counts beside each filter. Each ignores its own filter and obeys the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceFacets {
    /// By owning team, largest first.
    pub owners: Vec<Facet>,
    /// By criticality.
    pub tiers: Vec<Facet>,
    /// By lifecycle, largest first.
    pub lifecycles: Vec<Facet>,
    /// By health, worst first.
    pub healths: Vec<Facet>,
    /// Services under all filters.
    pub total: u64,
}
