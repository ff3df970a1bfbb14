//! The list of people, and one of them.

mod detail;
mod list;
mod roles;

pub use self::{detail::person_page, list::people_page};
