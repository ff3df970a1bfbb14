//! The pages of what Fairway drives.

mod ask;
mod asking;
mod checks;
mod drills;
mod executors;
mod health;
mod outlook;
mod promotion;
mod rules;
mod settings;

pub use ask::ask_page;
pub use rules::rollback_rules_page;
pub use settings::settings_page;
