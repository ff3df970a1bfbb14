//! The five metrics of a scope and range, and the rows that each figure is made of.

use axum::{Json, extract::State};
use chrono::NaiveDate;
use commands::Commands;
use domain::{
    dora::{
        Band, Bands, Bin, Bucket, ChangeRow, Coverage, DEFAULT_EDITION, DeployRow, Figures, Group, MAX_DAYS,
        Metric, Point, Preset, Question, Range, Report, RowSet, Scope,
    },
    error::FieldErrors,
};
use serde::{Deserialize, Serialize};
use store::{Reads, RowsAsked};
use utoipa::{IntoParams, ToSchema};

use super::{
    listing::{Listing, paging},
    problem::{ApiError, invalid},
    receive::Asked,
};

/// Years that a day may be in: Fairway knows nothing older, and nothing is planned later.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

/// Whose figures, of which days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FiguresQuery {
    /// Slug of a team; without team and service, the organisation.
    team: Option<String>,
    /// Slug of a service.
    service: Option<String>,
    /// Length of a range that ends today; 90 when left out.
    #[param(minimum = 1, maximum = 1100)]
    days: Option<u32>,
    /// First day of a range, in the organisation's time zone; not with `days`.
    from: Option<NaiveDate>,
    /// Last day of that range, included; today when left out.
    to: Option<NaiveDate>,
    /// Year of the bands; 2023 when left out.
    edition: Option<i16>,
}

/// Rows of deployments behind a figure.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum DeploySet {
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
pub(super) struct DeployRowsQuery {
    /// Which of them; `counted` when left out.
    #[param(inline)]
    set: Option<DeploySet>,
    /// Slug of a team; without team and service, the organisation.
    team: Option<String>,
    /// Slug of a service.
    service: Option<String>,
    /// Length of a range that ends today; 90 when left out.
    #[param(minimum = 1, maximum = 1100)]
    days: Option<u32>,
    /// First day of a range, in the organisation's time zone; not with `days`.
    from: Option<NaiveDate>,
    /// Last day of that range, included; today when left out.
    to: Option<NaiveDate>,
    /// `next` of the page before.
    page: Option<String>,
    /// Rows on the page; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Which changes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeRowsQuery {
    /// Those whose first commit is not known, instead of those with a lead time.
    unknown: Option<bool>,
    /// Slug of a team; without team and service, the organisation.
    team: Option<String>,
    /// Slug of a service.
    service: Option<String>,
    /// Length of a range that ends today; 90 when left out.
    #[param(minimum = 1, maximum = 1100)]
    days: Option<u32>,
    /// First day of a range, in the organisation's time zone; not with `days`.
    from: Option<NaiveDate>,
    /// Last day of that range, included; today when left out.
    to: Option<NaiveDate>,
    /// `next` of the page before.
    page: Option<String>,
    /// Rows on the page; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The five metrics and what they are made of. Durations in seconds, shares in [0, 1], null where there is no data.
#[derive(Serialize, ToSchema)]
pub(super) struct FiguresAnswer {
    /// First day.
    from: NaiveDate,
    /// Last day, included.
    to: NaiveDate,
    /// The time zone whose midnights part the days.
    time_zone: &'static str,
    /// The five metrics of the range.
    figures: Figures,
    /// Of the range of the same length before it.
    previous: Figures,
    /// How the figures compare; null with fewer than five rows.
    bands: RankedFigures,
    /// What one point of the trend covers.
    bucket: Bucket,
    /// The trend, oldest first.
    trend: Vec<Point>,
    /// The distribution of lead times.
    distribution: Vec<Bin>,
    /// Teams of the organisation or services of a team, most deployments first.
    groups: Vec<Group>,
    /// What is missing.
    coverage: Coverage,
}

/// The bands of the metrics that have one.
#[derive(Serialize, ToSchema)]
struct RankedFigures {
    /// Year of the report that the bands are of.
    edition: i16,
    /// Of the median service's deployments per day.
    frequency: Option<Band>,
    /// Of the median lead time.
    lead_time: Option<Band>,
    /// Of the fail rate.
    change_fail_rate: Option<Band>,
    /// Of the median recovery time.
    recovery: Option<Band>,
}

impl RankedFigures {
    fn of(figures: &Figures, bands: &Bands) -> Self {
        let Figures {
            frequency,
            lead_time,
            change_fail_rate,
            recovery,
            ..
        } = figures;
        Self {
            edition: bands.edition,
            frequency: bands.of(Metric::Frequency, frequency.median_service, frequency.total),
            lead_time: bands.of(Metric::LeadTime, lead_time.total.median, lead_time.total.n),
            change_fail_rate: bands.of(
                Metric::ChangeFailRate,
                change_fail_rate.share,
                change_fail_rate.mature,
            ),
            recovery: bands.of(Metric::Recovery, recovery.total.median, recovery.total.n),
        }
    }
}

/// The five DORA metrics of the organisation, a team or a service.
#[utoipa::path(get, path = "/dora", tag = "dora", params(FiguresQuery),
    responses((status = 200, description = "The figures", body = FiguresAnswer)))]
pub(super) async fn figures(
    State(commands): State<Commands>,
    Asked(query): Asked<FiguresQuery>,
) -> Result<Json<FiguresAnswer>, ApiError> {
    let reads = commands.reads();
    let days = (query.days, query.from, query.to);
    let range = range(&commands, days).await?;
    let scope = scope(&reads, query.team.as_deref(), query.service.as_deref()).await?;
    let bands = reads.dora_bands(query.edition.unwrap_or(DEFAULT_EDITION)).await?;
    let bands = bands.ok_or_else(|| {
        invalid(
            "edition",
            "there are no bands of that edition; leave it out for 2023",
        )
    })?;
    let report: Report = reads.dora(Question::new(scope, range), commands.now()).await?;
    Ok(Json(FiguresAnswer {
        from: range.from,
        to: range.last_day(),
        time_zone: range.zone.name(),
        bands: RankedFigures::of(&report.figures, &bands),
        figures: report.figures,
        previous: report.previous,
        bucket: report.bucket,
        trend: report.trend,
        distribution: report.distribution,
        groups: report.groups,
        coverage: report.coverage,
    }))
}

/// The deployments behind a figure, newest exposure first. Their number is the figure's count.
#[utoipa::path(get, path = "/dora/deploys", tag = "dora", params(DeployRowsQuery),
    responses((status = 200, description = "A page of deployments", body = Listing<DeployRow>)))]
pub(super) async fn deploys(
    State(commands): State<Commands>,
    Asked(query): Asked<DeployRowsQuery>,
) -> Result<Json<Listing<DeployRow>>, ApiError> {
    let (position, size) = paging(query.page.as_deref(), query.limit)?;
    let set = match query.set.unwrap_or(DeploySet::Counted) {
        DeploySet::Counted => RowSet::Counted,
        DeploySet::Mature => RowSet::Mature,
        DeploySet::Failed => RowSet::Failed,
        DeploySet::Immature => RowSet::Immature,
        DeploySet::Restored => RowSet::Restored,
        DeploySet::Open => RowSet::Open,
        DeploySet::Rework => RowSet::Rework,
    };
    let reads = commands.reads();
    let range = range(&commands, (query.days, query.from, query.to)).await?;
    let scope = scope(&reads, query.team.as_deref(), query.service.as_deref()).await?;
    let asked = RowsAsked {
        of: Question::new(scope, range),
        set,
        position,
        size,
        now: commands.now(),
    };
    Ok(Json(Listing::of(reads.dora_deploys(&asked).await?)))
}

/// The changes behind the lead time, newest promotion first.
#[utoipa::path(get, path = "/dora/changes", tag = "dora", params(ChangeRowsQuery),
    responses((status = 200, description = "A page of changes", body = Listing<ChangeRow>)))]
pub(super) async fn changes(
    State(commands): State<Commands>,
    Asked(query): Asked<ChangeRowsQuery>,
) -> Result<Json<Listing<ChangeRow>>, ApiError> {
    let (position, size) = paging(query.page.as_deref(), query.limit)?;
    let set = if query.unknown.unwrap_or_default() {
        RowSet::UnknownChanges
    } else {
        RowSet::Changes
    };
    let reads = commands.reads();
    let range = range(&commands, (query.days, query.from, query.to)).await?;
    let scope = scope(&reads, query.team.as_deref(), query.service.as_deref()).await?;
    let asked = RowsAsked {
        of: Question::new(scope, range),
        set,
        position,
        size,
        now: commands.now(),
    };
    Ok(Json(Listing::of(reads.dora_changes(&asked).await?)))
}

async fn scope(reads: &Reads, team: Option<&str>, service: Option<&str>) -> Result<Scope, ApiError> {
    match (team, service) {
        (None, None) => Ok(Scope::Organisation),
        (Some(_), Some(_)) => Err(invalid("team", "ask for a team or for a service, not for both")),
        (Some(slug), None) => {
            let team = reads.team(slug).await?;
            team.map(|team| Scope::Team(team.id))
                .ok_or_else(|| invalid("team", format!("there is no team `{slug}`")))
        }
        (None, Some(slug)) => {
            let service = reads.service(slug).await?;
            service
                .map(|service| Scope::Service(service.summary.id))
                .ok_or_else(|| invalid("service", format!("there is no service `{slug}`")))
        }
    }
}

type Days = (Option<u32>, Option<NaiveDate>, Option<NaiveDate>);

async fn range(commands: &Commands, (days, from, to): Days) -> Result<Range, ApiError> {
    use chrono::Datelike;

    let zone = commands.organisation().await?.time_zone;
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
    let today = commands.now().with_timezone(&zone).date_naive();
    match from {
        Some(first) => Range::custom(first, to.unwrap_or(today), zone)
            .map_err(|error| invalid("from", error.to_string())),
        None => Ok(Range::last(
            days.unwrap_or(Preset::default().days()),
            commands.now(),
            zone,
        )),
    }
}
