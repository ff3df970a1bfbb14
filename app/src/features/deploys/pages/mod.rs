//! The pages of deploys.

mod changes;
mod corrections;
mod detail;
mod list;
mod marks;

pub use detail::deploy_page;
pub use list::deploys_page;
