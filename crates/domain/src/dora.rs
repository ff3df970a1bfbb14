//! The five DORA metrics: what each value means and how it is computed from deploys and lead-time rows.
//!
//! The store hands over [`Day`]s (the facts of one local day, from rows or from a rollup, which hold the same values);
//! [`Report::of`] turns them into figures. No figure is ever computed anywhere else. The definitions follow dora.dev's
//! 2024 model; medians and p90 are PostgreSQL's `percentile_cont`. Nothing here knows SQL or a page.

mod bands;
mod changes;
mod column;
mod corrected;
mod counts;
mod day;
mod figures;
mod frequency;
mod grouped;
mod groups;
mod interval;
mod metric;
mod packed;
mod percentile;
mod population;
mod quick_check;
mod range;
mod report;
mod rows;
mod selection;
mod spread;
#[cfg(test)]
mod tests;

pub use self::{
    bands::{Band, BandRule, Bands, DEFAULT_EDITION, SURE_FROM, Unranked},
    column::Column,
    corrected::{Corrected, CorrectedRow},
    counts::Counts,
    day::{ChangeFact, Day, DeployFact, FailureFact, MATURITY, STAGES},
    figures::{FailRate, Figures, LeadTime, Recovery, Rework},
    frequency::{Frequency, Week, weeks},
    groups::{Group, GroupName},
    interval::Interval,
    metric::{Metric, Stage},
    packed::Unreadable,
    percentile::{Ranks, percentile_cont},
    population::{Population, Sending},
    quick_check::QuickCheck,
    range::{Bucket, MAX_DAYS, Preset, Range, RangeError, YEARS, midnight},
    report::{Bin, Coverage, Point, Report},
    rows::{ChangeRow, DeployRow, RowSet},
    spread::Spread,
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

/// Whose changes lead time is about. A deployment counts whoever wrote what it carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Authors {
    /// Everyone's.
    #[default]
    All,
    /// Without those of authors who are known to be bots.
    People,
}

/// What figures are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// Whose.
    pub scope: Scope,
    /// Of which days.
    pub range: Range,
    /// Over whose changes.
    pub authors: Authors,
}

impl Question {
    /// About everyone's changes.
    pub fn new(scope: Scope, range: Range) -> Self {
        Self {
            scope,
            range,
            authors: Authors::default(),
        }
    }

    /// The same of the range of the same length before.
    #[must_use]
    pub fn previous(self) -> Self {
        Self {
            range: self.range.previous(),
            ..self
        }
    }
}
