//! The figures, and the rows behind each of them.

mod address;
mod asked;
mod certainty;
mod coverage;
mod groups;
mod overview;
mod picker;
mod reading;
mod rows;
mod strip;
mod time_spent;
mod trend;
mod words;

pub(super) use self::{
    address::Address,
    asked::Asked,
    words::{metric_unit, stage_head, unranked},
};
pub use self::{overview::dora_page, rows::dora_rows_page};
