//! The catalog's tables: sources, entities, relations, services, teams and who owned what when.

mod entities;
mod list;
mod services;
mod sources;

pub use entities::{EntityClaim, EntityPlace, PutEntity};
pub use sources::GoodVersion;
