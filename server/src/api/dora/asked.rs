//! What the queries of `/dora` ask for.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;
use commands::Commands;
use domain::{
    dora::{Authors, MAX_DAYS, Preset, Question, Range, RowSet, Scope, YEARS},
    error::FieldErrors,
};
use serde::Deserialize;
use store::Reads;
use utoipa::{IntoParams, ToSchema};

use super::super::problem::ApiError;

/// Whose figures, of which days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct FiguresQuery {
    /// Slug of a team; without team and service, the organisation.
    pub(super) team: Option<String>,
    /// Slug of a service.
    pub(super) service: Option<String>,
    /// Length of a range that ends today; 90 when left out.
    #[param(minimum = 1, maximum = 1100)]
    pub(super) days: Option<u32>,
    /// First day of a range, in the organisation's time zone; not with `days`.
    pub(super) from: Option<NaiveDate>,
    /// Last day of that range, included; today when left out.
    pub(super) to: Option<NaiveDate>,
    /// Year of the bands; 2023 when left out.
    pub(super) edition: Option<i16>,
    /// `without` leaves the changes of bots out of the lead time; deployments count whoever wrote what they carry.
    #[param(inline)]
    pub(super) bots: Option<Bots>,
}

/// Rows of deployments behind a figure.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DeploySet {
    /// Every counted deployment.
    Counted,
    /// Exposed at least 24 h ago: the cohort of the change fail rate.
    Mature,
    /// Of the mature, failed.
    Failed,
    /// Exposed less than 24 h ago.
    Immature,
    /// Failed and restored.
    Restored,
    /// Failed and not restored.
    Open,
    /// Unplanned.
    Rework,
}

/// Which deployments.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct DeployRowsQuery {
    /// Which of them; `counted` when left out.
    #[param(inline)]
    pub(super) set: Option<DeploySet>,
    /// Slug of a team; without team and service, the organisation.
    pub(super) team: Option<String>,
    /// Slug of a service.
    pub(super) service: Option<String>,
    /// Length of a range that ends today; 90 when left out.
    #[param(minimum = 1, maximum = 1100)]
    pub(super) days: Option<u32>,
    /// First day of a range, in the organisation's time zone; not with `days`.
    pub(super) from: Option<NaiveDate>,
    /// Last day of that range, included; today when left out.
    pub(super) to: Option<NaiveDate>,
    /// `next` of the page before.
    pub(super) page: Option<String>,
    /// Rows on the page; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<u32>,
}

/// Which changes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ChangeRowsQuery {
    /// Those whose first commit is not known, instead of those with a lead time.
    pub(super) unknown: Option<bool>,
    /// `without` leaves the changes of bots out of the lead time; deployments count whoever wrote what they carry.
    #[param(inline)]
    pub(super) bots: Option<Bots>,
    /// Slug of a team; without team and service, the organisation.
    pub(super) team: Option<String>,
    /// Slug of a service.
    pub(super) service: Option<String>,
    /// Length of a range that ends today; 90 when left out.
    #[param(minimum = 1, maximum = 1100)]
    pub(super) days: Option<u32>,
    /// First day of a range, in the organisation's time zone; not with `days`.
    pub(super) from: Option<NaiveDate>,
    /// Last day of that range, included; today when left out.
    pub(super) to: Option<NaiveDate>,
    /// `next` of the page before.
    pub(super) page: Option<String>,
    /// Rows on the page; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<u32>,
}

/// Whose changes.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Bots {
    /// Everyone's.
    With,
    /// Without those of authors who are known to be bots.
    Without,
}

impl From<DeploySet> for RowSet {
    fn from(set: DeploySet) -> Self {
        match set {
            DeploySet::Counted => Self::Counted,
            DeploySet::Mature => Self::Mature,
            DeploySet::Failed => Self::Failed,
            DeploySet::Immature => Self::Immature,
            DeploySet::Restored => Self::Restored,
            DeploySet::Open => Self::Open,
            DeploySet::Rework => Self::Rework,
        }
    }
}

/// Whose figures, of which days, over whose changes; or all that is wrong with what was asked.
pub(super) async fn question(
    (commands, reads): (&Commands, &Reads),
    (team, service): (Option<&str>, Option<&str>),
    days: Days,
    bots: Option<Bots>,
) -> Result<Result<Question, FieldErrors>, ApiError> {
    let range = range(days, commands.organisation().await?.time_zone, commands.now());
    let scope = scope(reads, team, service).await?;
    Ok(FieldErrors::both(range, scope).map(|(range, scope)| Question {
        range,
        scope,
        authors: match bots {
            None | Some(Bots::With) => Authors::All,
            Some(Bots::Without) => Authors::People,
        },
    }))
}

async fn scope(
    reads: &Reads,
    team: Option<&str>,
    service: Option<&str>,
) -> Result<Result<Scope, FieldErrors>, ApiError> {
    let (scope, field, slug) = match (team, service) {
        (None, None) => return Ok(Ok(Scope::Organisation)),
        (Some(_), Some(_)) => {
            let message = "ask for a team or for a service, not for both";
            return Ok(Err(FieldErrors::one("team", message)));
        }
        (Some(slug), None) => {
            let team = reads.team(slug).await?;
            (team.map(|team| Scope::Team(team.id)), "team", slug)
        }
        (None, Some(slug)) => {
            let service = reads.service(slug).await?;
            let scope = service.map(|service| Scope::Service(service.summary.id));
            (scope, "service", slug)
        }
    };
    Ok(scope.ok_or_else(|| FieldErrors::one(field, format!("there is no {field} `{slug}`"))))
}

/// `days`, `from` and `to`.
pub(super) type Days = (Option<u32>, Option<NaiveDate>, Option<NaiveDate>);

fn range((days, from, to): Days, zone: Tz, now: DateTime<Utc>) -> Result<Range, FieldErrors> {
    let mut errors = FieldErrors::new();
    for (field, day) in [("from", from), ("to", to)] {
        if day.is_some_and(|day| !YEARS.contains(&day.year())) {
            errors.add(
                field,
                format!("choose a day from {} to {}", YEARS.start(), YEARS.end()),
            );
        }
    }
    if days.is_some_and(|days| !(1..=MAX_DAYS).contains(&days)) {
        errors.add("days", format!("choose 1 to {MAX_DAYS} days"));
    }
    if days.is_some() && (from.is_some() || to.is_some()) {
        errors.add("days", "give either days or from and to");
    }
    if from.is_none() && to.is_some() {
        errors.add("from", "give the first day too");
    }
    errors.or(())?;
    let today = now.with_timezone(&zone).date_naive();
    match from {
        Some(first) => Range::custom(first, to.unwrap_or(today), zone)
            .map_err(|error| FieldErrors::one("from", error.to_string())),
        None => Ok(Range::last(days.unwrap_or(Preset::default().days()), now, zone)),
    }
}
