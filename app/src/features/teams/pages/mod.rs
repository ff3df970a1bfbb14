//! The pages of teams.

mod detail;
mod list;

pub use detail::team_page;
pub use list::teams_page;
