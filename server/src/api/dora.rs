//! The five metrics of a scope and range, and the rows that each figure is made of.

mod asked;

use axum::{Json, extract::State};
use chrono::NaiveDate;
use commands::Commands;
use domain::{
    dora::{
        Band, Bands, Bin, Bucket, ChangeRow, Coverage, DEFAULT_EDITION, DeployRow, Figures, Group, Metric,
        Point, QuickCheck, Report, RowSet, Spread, Unranked,
    },
    error::FieldErrors,
};
use serde::Serialize;
use store::RowsAsked;
use utoipa::ToSchema;

use self::asked::{ChangeRowsQuery, DeployRowsQuery, DeploySet, FiguresQuery, question};
use super::{
    listing::{Listing, paging},
    problem::ApiError,
    receive::{Asked, Readable},
};

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
    /// How the figures compare.
    bands: RankedFigures,
    /// How the figures score in dora.dev's Quick Check, 0 to 10.
    quick_check: QuickCheck,
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
    /// Why those that are null have no band.
    unranked: UnrankedFigures,
}

/// Why a metric has no band: `no_bands` in the edition, `few_rows` (fewer than five), `no_data`, or `beyond_bands`: the
/// edition's bands end before the value, as 2024's at a fail rate of 5 %. Null where it has one.
#[derive(Serialize, ToSchema)]
struct UnrankedFigures {
    /// Deployment frequency.
    frequency: Option<Unranked>,
    /// Lead time.
    lead_time: Option<Unranked>,
    /// Fail rate.
    change_fail_rate: Option<Unranked>,
    /// Recovery time.
    recovery: Option<Unranked>,
}

impl RankedFigures {
    fn of(figures: &Figures, bands: &Bands) -> Self {
        let (often, rate) = (&figures.frequency, &figures.change_fail_rate);
        let spread = |metric, total: &Spread| bands.rank(metric, total.median, total.n);
        let frequency = bands.rank(Metric::Frequency, often.median_service, often.total);
        let lead_time = spread(Metric::LeadTime, &figures.lead_time.total);
        let change_fail_rate = bands.rank(Metric::ChangeFailRate, rate.share, rate.mature);
        let recovery = spread(Metric::Recovery, &figures.recovery.total);
        Self {
            edition: bands.edition,
            frequency: frequency.ok(),
            lead_time: lead_time.ok(),
            change_fail_rate: change_fail_rate.ok(),
            recovery: recovery.ok(),
            unranked: UnrankedFigures {
                frequency: frequency.err(),
                lead_time: lead_time.err(),
                change_fail_rate: change_fail_rate.err(),
                recovery: recovery.err(),
            },
        }
    }
}

/// The five DORA metrics of the organisation, a team or a service.
#[utoipa::path(get, path = "/dora", tag = "dora", params(FiguresQuery),
    responses((status = 200, description = "The figures", body = FiguresAnswer)))]
pub(super) async fn figures(
    State(commands): State<Commands>,
    Readable(reads): Readable,
    Asked { query, wrong }: Asked<FiguresQuery>,
) -> Result<Json<FiguresAnswer>, ApiError> {
    let whose = (query.team.as_deref(), query.service.as_deref());
    let days = (query.days, query.from, query.to);
    let asked = question((&commands, &reads), whose, days, query.bots).await?;
    let bands = reads.dora_bands(query.edition.unwrap_or(DEFAULT_EDITION)).await?;
    let unknown = "there are no bands of that edition; leave it out for 2023";
    let bands = bands.ok_or_else(|| FieldErrors::one("edition", unknown));
    let (asked, bands) = wrong.with(FieldErrors::both(asked, bands))?;
    let range = asked.range;
    let report: Report = reads.dora(asked, commands.now()).await?;
    Ok(Json(FiguresAnswer {
        from: range.from,
        to: range.last_day(),
        time_zone: range.zone.name(),
        bands: RankedFigures::of(&report.figures, &bands),
        quick_check: QuickCheck::of(&report.figures),
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
    Readable(reads): Readable,
    Asked { query, wrong }: Asked<DeployRowsQuery>,
) -> Result<Json<Listing<DeployRow>>, ApiError> {
    let paging = paging(query.page.as_deref(), query.limit);
    let whose = (query.team.as_deref(), query.service.as_deref());
    let days = (query.days, query.from, query.to);
    let of = question((&commands, &reads), whose, days, None).await?;
    let (of, (position, size)) = wrong.with(FieldErrors::both(of, paging))?;
    let asked = RowsAsked {
        of,
        set: query.set.unwrap_or(DeploySet::Counted).into(),
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
    Readable(reads): Readable,
    Asked { query, wrong }: Asked<ChangeRowsQuery>,
) -> Result<Json<Listing<ChangeRow>>, ApiError> {
    let paging = paging(query.page.as_deref(), query.limit);
    let set = if query.unknown.unwrap_or_default() {
        RowSet::UnknownChanges
    } else {
        RowSet::Changes
    };
    let whose = (query.team.as_deref(), query.service.as_deref());
    let days = (query.days, query.from, query.to);
    let of = question((&commands, &reads), whose, days, query.bots).await?;
    let (of, (position, size)) = wrong.with(FieldErrors::both(of, paging))?;
    let asked = RowsAsked {
        of,
        set,
        position,
        size,
        now: commands.now(),
    };
    Ok(Json(Listing::of(reads.dora_changes(&asked).await?)))
}
