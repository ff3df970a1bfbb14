//! `/admin/integrations/github` and what GitHub sends people back to.

mod app;
mod connection;
mod created;
mod github;
mod standing;

pub use self::{created::github_created_page, github::github_page};
