//! Pages of the catalogue.

mod entity;
mod list;
mod service;

pub use entity::entity_page;
pub use list::services_page;
pub(crate) use service::VISIBILITY;
pub use service::{dependencies_page, service_page};
