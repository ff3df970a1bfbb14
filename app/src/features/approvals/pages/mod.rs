//! The pages of approvals.

mod aside;
mod canary;
mod changes;
mod course;
mod decision;
mod detail;
mod evidence;
mod glass;
mod list;
mod past;
mod rows;
mod said;

pub use detail::approval_page;
pub use list::approvals_page;
