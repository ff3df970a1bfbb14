//! The list of policies with what holds now, and the page of one.

mod asked;
mod calendar;
mod differs;
mod fields;
mod git;
mod list;
mod one;
mod replay;
mod rows;
mod states;

pub use self::{
    list::policies_page,
    one::{new_policy_page, policy_page},
};
