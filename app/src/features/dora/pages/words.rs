//! How figures read: units, bands, days.

use chrono::NaiveDate;
use domain::dora::{Band, Bands, Metric, Range, SURE_FROM, Stage, Unranked};

use crate::{
    format::{Quantity, decimal, percent, span},
    ui::Status,
};

/// The badge of a band.
pub(super) fn band(band: Band) -> Status {
    match band {
        Band::Elite => Status::ok("elite"),
        Band::High => Status::live("high"),
        Band::Medium => Status::warn("medium"),
        Band::Low => Status::danger("low"),
    }
}

/// The short name of a metric, over its value.
pub(super) fn short(metric: Metric) -> &'static str {
    match metric {
        Metric::Frequency => "Deploys a day",
        Metric::LeadTime => "Lead time",
        Metric::ChangeFailRate => "Change fail rate",
        Metric::Recovery => "Recovery",
        Metric::Rework => "Rework",
    }
}

/// A value of a metric with its unit.
pub(super) fn quantity(metric: Metric, value: f64) -> Quantity {
    match metric {
        Metric::Frequency => per_day(value),
        Metric::LeadTime | Metric::Recovery => span(value),
        Metric::ChangeFailRate | Metric::Rework => percent(value),
    }
}

/// Deploys per day with as many decimals as say something: 3.4, 0.07.
pub(super) fn per_day(value: f64) -> Quantity {
    let digits = match value {
        rare if rare < 0.95 => 2,
        usual if usual < 100.0 => 1,
        _ => 0,
    };
    Quantity::new(decimal(value, digits), "")
}

/// "4 days a week": on how many days of the median week there was a deployment.
pub(super) fn days_a_week(days: f64) -> String {
    let word = if (days - 1.0).abs() < f64::EPSILON {
        "day"
    } else {
        "days"
    };
    format!("{} {word} a week", decimal(days, 1))
}

/// The id of the list of weeks on the page of deployments.
pub(super) const WEEKS: &str = "weeks";

/// The id of the sentence that defines a metric on the page.
pub(super) fn about_id(metric: Metric) -> String {
    format!("about-{}", metric.as_str())
}

/// Why a figure has no band: "n below 5", "2024 has bands up to 5 % only".
pub fn unranked(bands: &Bands, metric: Metric, why: Unranked) -> String {
    let edition = bands.edition;
    match (why, bands.end(metric)) {
        (Unranked::NoBands, _) => "has no bands".to_owned(),
        (Unranked::FewRows, _) => format!("n below {SURE_FROM}"),
        (Unranked::NoData, _) => "no data".to_owned(),
        (Unranked::BeyondBands, Some(end)) => {
            format!("{edition} has bands up to {} only", quantity(metric, end).text())
        }
        (Unranked::BeyondBands, None) => format!("{edition} has no band for it"),
    }
}

/// What an edition leaves out and why, where it does.
pub(super) fn about_edition(edition: i16) -> Option<&'static str> {
    (edition == 2024).then_some(
        " The report of 2024 gives its high cluster a fail rate of 20 % and its medium one of 10 %: above elite's 5 % there is \
         no order to make bands of.",
    )
}

/// The unit that a metric's values have in documents.
pub fn metric_unit(metric: Metric) -> &'static str {
    match metric {
        Metric::Frequency => "deploys per day",
        Metric::LeadTime | Metric::Recovery => "seconds",
        Metric::ChangeFailRate | Metric::Rework => "share",
    }
}

/// The head of a stage's column in documents.
pub fn stage_head(stage: Stage) -> String {
    format!("{}_seconds", stage.as_str())
}

/// "25 Aug – 22 Nov 2026"
pub(super) fn days(range: Range) -> String {
    let (first, last) = (range.from, range.last_day());
    let same_year = first.format("%Y").to_string() == last.format("%Y").to_string();
    let start = if same_year {
        first.format("%-d %b")
    } else {
        first.format("%-d %b %Y")
    };
    if first == last {
        last.format("%-d %b %Y").to_string()
    } else {
        format!("{start} – {}", last.format("%-d %b %Y"))
    }
}

/// "25 Aug"
pub(super) fn day(day: NaiveDate) -> String {
    day.format("%-d %b").to_string()
}

/// The value of a metric in a unit that a whole chart can share, and that unit.
pub(super) fn chart_unit(metric: Metric, highest: f64) -> (f64, &'static str) {
    match metric {
        Metric::Frequency => (1.0, ""),
        Metric::ChangeFailRate | Metric::Rework => (0.01, "%"),
        Metric::LeadTime | Metric::Recovery if highest >= 5.0 * 86_400.0 => (86_400.0, "d"),
        Metric::LeadTime | Metric::Recovery if highest >= 3.0 * 3_600.0 => (3_600.0, "h"),
        Metric::LeadTime | Metric::Recovery => (60.0, "min"),
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;

    #[test]
    fn ranges_name_a_year_once() {
        let range = |from: &str, to: &str| {
            Range::custom(from.parse().unwrap(), to.parse().unwrap(), Tz::UTC).unwrap()
        };
        assert_eq!(days(range("2026-08-25", "2026-11-22")), "25 Aug – 22 Nov 2026");
        assert_eq!(
            days(range("2025-11-23", "2026-11-22")),
            "23 Nov 2025 – 22 Nov 2026"
        );
        assert_eq!(days(range("2026-11-22", "2026-11-22")), "22 Nov 2026");
    }

    #[test]
    fn the_days_of_a_week_may_be_halves() {
        assert_eq!(days_a_week(4.0), "4 days a week");
        assert_eq!(days_a_week(1.0), "1 day a week");
        assert_eq!(days_a_week(2.5), "2.5 days a week");
        assert_eq!(days_a_week(0.0), "0 days a week");
    }

    #[test]
    fn rare_deploys_keep_their_decimals() {
        assert_eq!(per_day(0.07).text(), "0.07");
        assert_eq!(per_day(3.42).text(), "3.4");
        assert_eq!(per_day(10.4).text(), "10.4");
        assert_eq!(per_day(2739.7).text(), "2740");
    }
}
