//! The pages of deploys.

mod aside;
mod changes;
mod corrections;
mod detail;
mod drive;
mod list;
mod marks;
mod phases;
mod suggestion;

pub use detail::deploy_page;
pub use list::deploys_page;
