//! The list of people, and one of them.

mod authors;
mod detail;
mod list;

pub use self::{detail::person_page, list::people_page};
