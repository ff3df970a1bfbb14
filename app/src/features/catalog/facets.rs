//! The counts beside the list's filters, kept for two seconds: they cost more than the page itself.

use std::sync::{Arc, LazyLock};

use chrono::{DateTime, TimeDelta, Utc};
use domain::catalog::{ServiceFacets, ServiceFilter};
use store::{Reads, StoreError};

use crate::kept::Kept;

static FACETS: LazyLock<Kept<ServiceFacets>> = LazyLock::new(|| Kept::for_up_to(TimeDelta::seconds(2)));

/// The counts for a filter as of now, at most two seconds old.
pub(crate) async fn facets(
    reads: &Reads,
    filter: &ServiceFilter,
    now: DateTime<Utc>,
) -> Result<Arc<ServiceFacets>, StoreError> {
    let key = format!(
        "{:?}",
        (
            reads.sight(),
            &filter.owner,
            &filter.teams,
            filter.tier,
            &filter.lifecycle,
            filter.health,
            &filter.text
        )
    );
    FACETS.get(key, now, reads.service_facets(filter)).await
}
