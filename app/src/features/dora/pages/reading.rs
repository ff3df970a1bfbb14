//! The figures in plain words: what changed, what takes the time, what cannot be said. Computed, never written by hand.

use domain::dora::{Figures, Metric, Report, SURE_FROM, Spread, Stage};

use super::{strip::value, words::quantity};
use crate::format::{counted, percent, span};

/// A change of less than this share of the value before is no news.
const NEWS: f64 = 0.05;

/// Up to five sentences, the most useful first.
pub(super) fn sentences(report: &Report) -> Vec<String> {
    let all = [
        largest_stage(report),
        approval(report),
        compared(report, Metric::LeadTime),
        compared(report, Metric::ChangeFailRate),
        tail(&report.figures),
        recovery(&report.figures),
        compared(report, Metric::Frequency),
    ];
    let mut sentences: Vec<String> = all.into_iter().flatten().take(5).collect();
    if sentences.is_empty() {
        sentences.push(
            "There is not enough data in this range to say something sure; choose a longer one.".into(),
        );
    }
    sentences
}

fn largest_stage(report: &Report) -> Option<String> {
    let shares = report.figures.lead_time.shares?;
    let (stage, share) = Stage::ALL.iter().zip(shares).max_by(|a, b| a.1.total_cmp(&b.1))?;
    (*stage != Stage::Approval).then(|| {
        format!(
            "{} takes the largest part of lead time, {}.",
            stage.title(),
            percent(share).text()
        )
    })
}

fn approval(report: &Report) -> Option<String> {
    let place = Stage::ALL.iter().position(|stage| *stage == Stage::Approval)?;
    let now = report.figures.lead_time.shares?[place];
    if now <= 0.0 {
        return None;
    }
    let before = report.previous.lead_time.shares.map(|shares| shares[place]);
    let moved = match before {
        Some(before) if (now - before).abs() < 0.005 => String::new(),
        Some(before) if now > before => format!(", up from {}", percent(before).text()),
        Some(before) => format!(", down from {}", percent(before).text()),
        None => String::new(),
    };
    Some(format!(
        "Waiting for approval is {} of lead time{moved}.",
        percent(now).text()
    ))
}

fn compared(report: &Report, metric: Metric) -> Option<String> {
    let (now, before) = (value(&report.figures, metric), value(&report.previous, metric));
    let (Some(is), Some(was)) = (now.shown, before.shown) else {
        return None;
    };
    if now.n < SURE_FROM
        || before.n < SURE_FROM
        || (is - was).abs() < NEWS * was.abs()
        || is.total_cmp(&was).is_eq()
    {
        return None;
    }
    let what = turn(metric, is > was);
    let unit = if metric == Metric::Frequency { " a day" } else { "" };
    Some(format!(
        "{what} than before: {}{unit} after {}.",
        quantity(metric, is).text(),
        quantity(metric, was).text()
    ))
}

/// How a metric that rose or fell is put.
fn turn(metric: Metric, more: bool) -> &'static str {
    match (metric, more) {
        (Metric::Frequency, true) => "Teams deploy more often",
        (Metric::Frequency, false) => "Teams deploy less often",
        (Metric::LeadTime, true) => "Changes reach production slower",
        (Metric::LeadTime, false) => "Changes reach production faster",
        (Metric::Recovery, true) => "Failures are repaired slower",
        (Metric::Recovery, false) => "Failures are repaired faster",
        (Metric::ChangeFailRate, true) => "Of the deployments, more fail",
        (Metric::ChangeFailRate, false) => "Of the deployments, fewer fail",
        (Metric::Rework, true) => "Of the deployments, more are unplanned",
        (Metric::Rework, false) => "Of the deployments, fewer are unplanned",
    }
}

/// A long tail hides behind a good median.
fn tail(figures: &Figures) -> Option<String> {
    let spread = figures.lead_time.total;
    let (median, p90) = (spread.median?, spread.p90?);
    (spread.n >= SURE_FROM && median > 0.0 && p90 >= 4.0 * median).then(|| {
        format!(
            "One change in ten takes longer than {}, against a median of {}.",
            span(p90).text(),
            span(median).text()
        )
    })
}

fn recovery(figures: &Figures) -> Option<String> {
    let of = &figures.recovery;
    if of.open > 0 {
        let verb = if of.open == 1 { "is" } else { "are" };
        return Some(format!(
            "{} {verb} not restored yet.",
            counted(of.open, "failed deployment")
        ));
    }
    let median_and_p90 = |spread: Spread| {
        let (median, p90) = (spread.median?, spread.p90?);
        Some(format!("{} (p90 {})", span(median).text(), span(p90).text()))
    };
    let (detection, repair) = (median_and_p90(of.detection)?, median_and_p90(of.repair)?);
    (of.total.n >= SURE_FROM).then(|| {
        format!("A failure is noticed after {detection} and repaired {repair} later, in the median.")
    })
}

#[cfg(test)]
mod tests {
    use domain::dora::{Bucket, Coverage};

    use super::*;

    fn report() -> Report {
        Report {
            figures: Figures::default(),
            previous: Figures::default(),
            bucket: Bucket::Week,
            trend: Vec::new(),
            weeks: Vec::new(),
            distribution: Vec::new(),
            groups: Vec::new(),
            coverage: Coverage::default(),
        }
    }

    #[test]
    fn nothing_sure_is_said_of_nothing() {
        assert_eq!(sentences(&report()).len(), 1);
    }

    #[test]
    fn the_words_follow_the_figures() {
        let mut report = report();
        report.figures.lead_time.shares = Some([0.4, 0.2, 0.1, 0.22, 0.08]);
        report.previous.lead_time.shares = Some([0.5, 0.2, 0.1, 0.14, 0.06]);
        let spread = |hours: f64| Spread {
            median: Some(hours * 3600.0),
            p90: Some(hours * 3600.0 * 5.0),
            n: 40,
        };
        report.figures.lead_time.total = spread(19.7);
        report.previous.lead_time.total = spread(26.1);
        let words = sentences(&report).join(" ");
        assert!(
            words.contains("Coding takes the largest part of lead time, 40 %."),
            "{words}"
        );
        assert!(
            words.contains("Waiting for approval is 22 % of lead time, up from 14 %."),
            "{words}"
        );
        assert!(
            words.contains("Changes reach production faster than before: 19 h 42 min after 1 d 2 h."),
            "{words}"
        );
    }
}
