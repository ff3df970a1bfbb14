//! The five DORA metrics: what each value means and how it is computed from deploys and lead-time rows.
//!
//! The store hands over [`Day`]s (the facts of one local day, from rows or from a rollup, which hold the same values);
//! [`Report::of`] turns them into figures. No figure is ever computed anywhere else. The definitions follow dora.dev's
//! 2024 model; medians and p90 are PostgreSQL's `percentile_cont`. Nothing here knows SQL or a page.

mod bands;
mod column;
mod day;
mod figures;
mod metric;
mod packed;
mod percentile;
mod range;
mod report;
mod rows;
#[cfg(test)]
mod tests;

pub use self::{
    bands::{Band, BandRule, Bands, DEFAULT_EDITION, SURE_FROM},
    column::Column,
    day::{ChangeFact, Day, DeployFact, FailureFact, STAGES},
    figures::{Counts, FailRate, Figures, Frequency, LeadTime, Recovery, Rework, Spread},
    metric::{Metric, Stage},
    packed::Unreadable,
    percentile::{Ranks, percentile_cont},
    range::{Bucket, MAX_DAYS, Preset, Range, RangeError, midnight},
    report::{Bin, Coverage, Group, GroupName, Point, Population, Report},
    rows::{ChangeRow, DeployRow, RowSet},
};

use serde::{Deserialize, Serialize};

use crate::ids::{ServiceId, TeamId};

/// Whose figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Scope {
    /// Everything.
    Organisation,
    /// The services that the team owned when each deploy was exposed.
    Team(TeamId),
    /// One service.
    Service(ServiceId),
}
