//! Fairway's standing with GitHub: kept answers, health, rights, organisations, and becoming an App.

mod answers;
mod check;
mod health;
mod organisations;
mod setup;

pub use answers::KeptAnswers;
pub use setup::{GithubSetup, NewGithubApp, manifest};
