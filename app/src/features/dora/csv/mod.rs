//! The figures and their rows for spreadsheets: `/dora.csv` and `/dora/rows.csv`, with the filters of their pages.
//!
//! Units are plain (seconds, shares in [0, 1], deploys per day) and values are written in full, so that what a
//! spreadsheet computes from the rows is the figure.

mod figures;
mod request;
mod rows;

pub use self::{figures::dora_csv, rows::dora_rows_csv};
