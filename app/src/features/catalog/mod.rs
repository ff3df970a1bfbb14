//! The catalogue: the list of services, a service, the list of all entities, any other entity.

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod address;
#[cfg(feature = "ssr")]
pub mod all;
#[cfg(feature = "ssr")]
pub mod csv;
#[cfg(feature = "ssr")]
pub mod dependencies_csv;
#[cfg(feature = "ssr")]
pub(crate) mod facets;
#[cfg(feature = "ssr")]
pub mod pages;
