//! Watching releases: what teams and tiers set, samples with what was asked, and verdicts.

mod addresses;
mod rules;
mod samples;
mod settings;
mod subject;
mod verdicts;

pub(crate) use rules::remedy_of;
