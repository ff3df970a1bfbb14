//! The catalog: what exists, who owns it and how it hangs together, read from Backstage descriptors.
//!
//! Owns the format of catalog files, names and references, and what a service is. Knows nothing of where files come
//! from or where entities are kept.

mod annotations;
mod codeowners;
mod descriptor;
mod documents;
mod entity;
mod graph;
mod graph_layout;
mod listing;
mod location;
mod metadata;
mod new_service;
mod placed;
mod problem;
mod reference;
mod relations;
mod service;
mod spec;
mod tier;
mod yaml;

pub use annotations::{Annotations, ProjectSlug, parse_health_url, parse_paths};
pub use codeowners::{
    CODEOWNERS_PATHS, CodeOwner, CodeownersSays, MAX_CODEOWNERS_BYTES, OwnerRule, OwnerSource, Ownership,
    representative_path, rule_for, skipped_lines,
};
pub use descriptor::Descriptor;
pub use entity::Entity;
pub use graph::{Dependencies, Dependency, Distance, GraphNode, Side, Way};
pub use graph_layout::{Layer, Layout, Line};
pub use listing::{EntityFacets, EntityFilter, EntityRow, Facet, ServiceFacets, ServiceFilter, ServiceSort};
pub use location::{LocationTarget, OutsidePath, PlacedTarget, resolve_target};
pub use metadata::{Link, is_safe_link};
pub use new_service::{NewService, RawService};
pub(crate) use placed::PlacedDocument;
pub use problem::{Level, Place, Problem};
pub use reference::{
    DEFAULT_NAMESPACE, EntityKind, EntityRef, InvalidReference, component_of_slug, group_of_slug,
    is_valid_name, slug,
};
pub use relations::{Relation, RelationKind};
pub use service::{
    CatalogEntity, CatalogSource, EntityChange, EntitySummary, Health, Privacy, RelatedEntity, Service,
    ServiceRepository, ServiceState, ServiceSummary, SourceKind,
};
pub use tier::{InvalidTier, Tier};
pub use yaml::MAX_FILE_BYTES;

#[cfg(test)]
mod tests;
