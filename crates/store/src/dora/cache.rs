//! Days that were read from their rollup rows, kept decoded for as long as the row's version stands.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::NaiveDate;
use domain::dora::Day;

use super::{known::Known, numbers::Numbers};

/// Bytes of decoded days that a process keeps: a little more than two years of a million deploys a year.
const LIMIT: usize = 80 << 20;

/// The decoded days of the organisation. A day is served only to whoever names the version that its row has now, so a
/// stale one is never seen; nothing here is truth.
#[derive(Debug, Default)]
pub(crate) struct DayCache {
    kept: Mutex<Kept>,
    /// What rollups call services.
    pub(super) numbers: Numbers,
    /// Reports that were made of them.
    pub(super) known: Known,
    /// Held while many days are loaded, so that requests that arrive together load them once.
    pub(super) loading: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Kept {
    days: HashMap<NaiveDate, Entry>,
    weight: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    version: i64,
    day: Arc<Day>,
    weight: usize,
    used: u64,
}

impl DayCache {
    /// The day, if it is kept in this version.
    pub(super) fn day(&self, day: NaiveDate, version: i64) -> Option<Arc<Day>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let now = kept.clock;
        let entry = kept.days.get_mut(&day).filter(|entry| entry.version == version)?;
        entry.used = now;
        Some(Arc::clone(&entry.day))
    }

    /// Keeps a day, and lets go of those used longest ago when there are too many.
    pub(super) fn keep(&self, date: NaiveDate, version: i64, day: Arc<Day>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let (used, weight) = (kept.clock, day.weight());
        kept.weight += weight;
        if let Some(old) = kept.days.insert(
            date,
            Entry {
                version,
                day,
                weight,
                used,
            },
        ) {
            kept.weight -= old.weight;
        }
        while kept.weight > LIMIT {
            let oldest = kept
                .days
                .iter()
                .min_by_key(|(_, entry)| entry.used)
                .map(|(date, _)| *date);
            let Some(old) = oldest.and_then(|date| kept.days.remove(&date)) else {
                return;
            };
            kept.weight -= old.weight;
        }
    }
}
