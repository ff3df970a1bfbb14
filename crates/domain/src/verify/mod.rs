//! Watching a release after it was exposed: what is measured, what a sample means, and when it is rolled back.
//!
//! Pure: answers of metrics servers and times are passed in. Whatever is not known for sure is insufficient and never a failure.

mod check;
mod defect;
mod judge;
mod lack;
mod literal;
mod matrix;
mod query;
mod record;
mod refused;
mod sample;
mod settings;
mod watch;

#[cfg(test)]
pub(crate) mod example;
#[cfg(test)]
mod properties;

pub use check::{Check, Queries};
pub use defect::Defect;
pub use judge::{Failure, Insufficient, Outlook, Verdict, VerdictKind, judge};
pub use lack::Lack;
pub use matrix::{Needed, Remedy, RollbackMatrix, Rule};
pub use query::{Labels, Template};
pub use record::{WatchRecord, WatchSubject};
pub use refused::TemplateError;
pub use sample::{Finding, Measure, Probe, Reading, SAMPLES_KEPT, Sample, real};
pub use settings::{
    CheckSetting, RawCheck, RawRule, RawRules, as_read, effective, parse_checks, parse_rules,
};
pub use watch::{Watch, WatchSettings};
