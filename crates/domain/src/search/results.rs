//! What to look for, and what is found.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{SearchKind, SearchQuery};
use crate::{
    catalog::{EntitySummary, ServiceSummary},
    deploys::read::DeploySummary,
    ids::DeployId,
    people::{PersonRef, TeamRef},
};

/// What to look for, among what, and how much of it to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// What the text means.
    pub query: SearchQuery,
    /// One kind, or all.
    pub kind: Option<SearchKind>,
    /// Rows of each kind.
    pub size: u32,
}

/// The best of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Found<T> {
    /// Best first.
    pub items: Vec<T>,
    /// Whether there are more than were asked for.
    pub more: bool,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            more: false,
        }
    }
}

impl<T> Found<T> {
    /// The best of up to `size + 1` rows.
    pub fn of(mut items: Vec<T>, size: u32) -> Self {
        let more = items.len() > size as usize;
        items.truncate(size as usize);
        Self { items, more }
    }
}

/// A pull request that fits, with the deploy that took it to production.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PullRequestHit {
    /// `owner/name` of its repository.
    pub repository: String,
    /// Its number there.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// `open`, `closed` or `merged`.
    pub state: String,
    /// Its author.
    pub author: Option<PersonRef>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// The deploy that first took it to production.
    pub delivered: Option<DeliveredBy>,
}

/// The deploy that first took a change to production.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveredBy {
    /// Which deploy.
    pub deploy: DeployId,
    /// Version, else the beginning of the sha.
    pub release: String,
    /// When it was fully there.
    pub at: DateTime<Utc>,
}

/// A person who fits: known from GitHub, from the catalog, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonHit {
    /// Login, else the name in the catalog.
    pub login: Option<String>,
    /// Name to show.
    pub name: String,
    /// Whether it is a bot.
    pub is_bot: bool,
    /// Namespace and name of the catalog's entity.
    pub entity: Option<(String, String)>,
}

/// What fits, by kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchResults {
    /// Nothing fits the words; these are the nearest names.
    pub nearest: bool,
    /// Services.
    pub services: Found<ServiceSummary>,
    /// Deploys, newest first.
    pub deploys: Found<DeploySummary>,
    /// Pull requests, newest first.
    pub pull_requests: Found<PullRequestHit>,
    /// Teams.
    pub teams: Found<TeamRef>,
    /// People and bots.
    pub people: Found<PersonHit>,
    /// Other entities.
    pub entities: Found<EntitySummary>,
}

impl SearchResults {
    /// How many of a kind are here, and whether there are more.
    pub fn count(&self, kind: SearchKind) -> (usize, bool) {
        let of = |items: usize, more: bool| (items, more);
        match kind {
            SearchKind::Services => of(self.services.items.len(), self.services.more),
            SearchKind::Deploys => of(self.deploys.items.len(), self.deploys.more),
            SearchKind::PullRequests => of(self.pull_requests.items.len(), self.pull_requests.more),
            SearchKind::Teams => of(self.teams.items.len(), self.teams.more),
            SearchKind::People => of(self.people.items.len(), self.people.more),
            SearchKind::Entities => of(self.entities.items.len(), self.entities.more),
        }
    }

    /// The kinds in the order that suits the text and what was found: a service whose name begins so comes before
    /// deploys whose sha could begin so.
    pub fn order(&self, query: &SearchQuery) -> [SearchKind; 6] {
        let order = query.order();
        let text = query.text.to_lowercase();
        let begins = |name: &str| name.to_lowercase().starts_with(&text);
        let named = |service: &ServiceSummary| begins(&service.slug) || begins(&service.title);
        if order[0] == SearchKind::Deploys && self.services.items.iter().any(named) {
            SearchKind::ALL
        } else {
            order
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        SearchKind::ALL.into_iter().all(|kind| self.count(kind).0 == 0)
    }
}
