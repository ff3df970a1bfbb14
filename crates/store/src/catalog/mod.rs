//! The catalog's tables: sources, entities, relations, services, teams and who owned what when.

mod entities;
mod facets;
mod graph;
mod list;
mod listing;
mod owners;
mod relations;
mod services;
mod sources;

pub use entities::{EntityClaim, EntityPlace, PutEntity};
pub(crate) use services::push_service_id;
pub use sources::GoodVersion;
