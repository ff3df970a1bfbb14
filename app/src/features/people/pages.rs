//! The list of people and one of them; the list of teams and one of those.

mod authors;
mod detail;
mod list;
mod team;
mod teams;

pub use self::{detail::person_page, list::people_page, team::admin_team_page, teams::admin_teams_page};
