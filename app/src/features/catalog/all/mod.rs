//! The list of every entity of the catalogue.

mod address;
pub mod csv;
pub mod pages;
