//! The counts beside the list's filters, kept for two seconds: they cost more than the page itself.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::catalog::{ServiceFacets, ServiceFilter};
use store::{Reads, StoreError};

/// How old shown counts may be.
const KEPT: TimeDelta = TimeDelta::seconds(2);
/// More filters than people use within two seconds; beyond it the kept counts are forgotten.
const MOST: usize = 64;

type Kept = HashMap<String, (DateTime<Utc>, Arc<ServiceFacets>)>;

static FACETS: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

/// The counts for a filter as of now, at most two seconds old.
pub(crate) async fn facets(
    reads: &Reads,
    filter: &ServiceFilter,
    now: DateTime<Utc>,
) -> Result<Arc<ServiceFacets>, StoreError> {
    let key = format!(
        "{:?}",
        (
            &filter.owner,
            filter.tier,
            &filter.lifecycle,
            filter.health,
            &filter.text
        )
    );
    let kept = FACETS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&key)
        .cloned();
    if let Some((at, facets)) = kept
        && now - at < KEPT
    {
        return Ok(facets);
    }
    let facets = Arc::new(reads.service_facets(filter).await?);
    let mut all = FACETS.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() >= MOST {
        all.clear();
    }
    all.insert(key, (now, Arc::clone(&facets)));
    Ok(facets)
}
