//! What readers of the catalog see: services in lists and alone, entities, relations and where they come from.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    metadata::Link,
    problem::Problem,
    reference::{EntityKind, EntityRef},
    relations::RelationKind,
    tier::Tier,
};
use crate::{
    deploys::DeployState,
    ids::{CatalogSourceId, DeployId, EntityId, RepositoryId, ServiceId},
    incidents::Severity,
    people::TeamRef,
};

/// How a service is, from its open incidents and the outcome of its last production deploy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Health {
    /// An open incident says that it does not work.
    Down,
    /// It works badly, or its last production deploy failed.
    Degraded,
    /// Nothing is known against it.
    Healthy,
    /// Nothing is known.
    #[default]
    Unknown,
}

impl Health {
    /// Every value, worst first.
    pub const ALL: [Self; 4] = [Self::Down, Self::Degraded, Self::Healthy, Self::Unknown];

    /// The stored and displayed word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Degraded => "degraded",
            Self::Healthy => "healthy",
            Self::Unknown => "unknown",
        }
    }

    /// The value that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|health| health.as_str() == text)
    }
}

/// What runs and what is open: the part of a service that events change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceState {
    /// The deploy that runs in production.
    pub production_deploy: Option<DeployId>,
    /// Its version.
    pub production_version: Option<String>,
    /// Since when it runs.
    pub production_since: Option<DateTime<Utc>>,
    /// The last deploy to any environment.
    pub last_deploy: Option<DeployId>,
    /// When it was requested.
    pub last_deploy_at: Option<DateTime<Utc>>,
    /// How it went.
    pub last_deploy_state: Option<DeployState>,
    /// Incidents that are neither mitigated nor resolved.
    pub open_incidents: u32,
    /// The worst of them.
    pub worst_severity: Option<Severity>,
    /// Health.
    pub health: Health,
    /// Changes on the default branch that production does not have; `None` is unknown.
    pub undelivered_changes: Option<u32>,
}

/// A row of the catalog list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceSummary {
    /// Which service.
    pub id: ServiceId,
    /// Its slug: the page's address.
    pub slug: String,
    /// Title, else the name.
    pub title: String,
    /// `service`, `website`, `library` …
    #[serde(rename = "type")]
    pub service_type: Option<String>,
    /// `experimental`, `production`, `deprecated` …
    pub lifecycle: Option<String>,
    /// Criticality.
    pub tier: Option<Tier>,
    /// The owning team.
    pub owner: Option<TeamRef>,
    /// What runs and what is open.
    pub state: ServiceState,
}

/// A service as its page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Service {
    /// What lists show too.
    #[serde(flatten)]
    pub summary: ServiceSummary,
    /// Its entity's full reference.
    pub reference: EntityRef,
    /// What it does.
    pub description: Option<String>,
    /// The repository that its changes come from.
    pub repository: Option<ServiceRepository>,
    /// Globs of a monorepo; empty means the whole repository.
    pub path_globs: Vec<String>,
    /// What a health probe asks.
    pub health_url: Option<String>,
    /// Links.
    pub links: Vec<Link>,
    /// Tags.
    pub tags: Vec<String>,
    /// When Fairway first knew it.
    pub created_at: DateTime<Utc>,
    /// When it left the catalog.
    pub removed_at: Option<DateTime<Utc>>,
    /// Who says that only its team and admins see it.
    pub privacy: Privacy,
}

/// Who says that only its team and admins see a service; each alone hides it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Privacy {
    /// Its catalog file.
    pub in_file: bool,
    /// A person.
    pub by_hand: bool,
}

impl Privacy {
    /// Whether only its team and admins see it.
    pub fn is_private(self) -> bool {
        self.in_file || self.by_hand
    }
}

/// A service's repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceRepository {
    /// Which repository.
    pub id: RepositoryId,
    /// `owner/name`.
    pub full_name: String,
    /// Its default branch.
    pub default_branch: String,
    /// Whether it is archived.
    pub archived: bool,
    /// Since when it is deleted, or GitHub no longer lists it for Fairway.
    pub gone_at: Option<DateTime<Utc>>,
}

/// An entity, short enough for a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntitySummary {
    /// Which entity.
    pub id: EntityId,
    /// Kind.
    pub kind: EntityKind,
    /// Namespace as written.
    pub namespace: String,
    /// Name as written.
    pub name: String,
    /// Title, else the name.
    pub title: String,
    /// What it does.
    pub description: Option<String>,
    /// `spec.type`.
    #[serde(rename = "type")]
    pub spec_type: Option<String>,
}

/// An entity as its page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CatalogEntity {
    /// What lists show too.
    #[serde(flatten)]
    pub summary: EntitySummary,
    /// The whole document as written.
    pub document: Value,
    /// When Fairway first knew it.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it left the catalog.
    pub removed_at: Option<DateTime<Utc>>,
}

/// One end of a relation, as seen from the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RelatedEntity {
    /// How the entity that was asked about stands to this one.
    pub relation: RelationKind,
    /// This end's full reference.
    pub reference: EntityRef,
    /// Its title, else its name; the reference's name where it is not in the catalog.
    pub title: String,
    /// Its slug, where it is a service in the catalog.
    pub service_slug: Option<String>,
    /// Whether it is in the catalog.
    pub exists: bool,
}

/// Where entities come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SourceKind {
    /// A file that the command line imported.
    File,
    /// A file on a repository's default branch.
    Repository,
    /// A person or a program registered it.
    Api,
}

impl SourceKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::File, Self::Repository, Self::Api];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Repository => "repository",
            Self::Api => "api",
        }
    }

    /// The kind that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether a file of this kind may take over an entity that is described at a place of another kind.
    ///
    /// A file replaces what was registered by hand, and an import replaces an earlier import, whose directory may have
    /// moved; a repository's file is replaced by no other file as long as it describes the entity.
    pub fn takes_over_from(self, other: Self) -> bool {
        match other {
            Self::Api => true,
            Self::File => self == Self::File,
            Self::Repository => false,
        }
    }
}

/// A catalog file with its last good version and what is wrong with the newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CatalogSource {
    /// Which source.
    pub id: CatalogSourceId,
    /// What kind of place.
    pub kind: SourceKind,
    /// Path or address; `owner/name:path` for a file of a repository.
    pub location: String,
    /// The repository it lies in.
    pub repository: Option<RepositoryId>,
    /// Commit of the last good version.
    pub good_commit: Option<String>,
    /// When the last good version was taken over; `None` when there never was one.
    pub good_at: Option<DateTime<Utc>>,
    /// Text of the last good version.
    pub good_text: Option<String>,
    /// When it was last looked at.
    pub checked_at: DateTime<Utc>,
    /// What is wrong with the newest version; errors mean that the last good one is shown.
    pub problems: Vec<Problem>,
}

/// What an import did to an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityChange {
    /// It is new.
    Created,
    /// It was removed and is back.
    Revived,
    /// Its document, or the place that describes it, changed.
    Changed,
    /// Nothing changed.
    Unchanged,
    /// Its file does not describe it any more.
    Removed,
}

impl EntityChange {
    /// The word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Revived => "revived",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Removed => "removed",
        }
    }
}
