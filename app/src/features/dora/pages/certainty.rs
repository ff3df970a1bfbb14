//! How sure the figures are, how they score, and what each of them means.

use domain::dora::{Figures, Metric, QuickCheck, Report};
use leptos::prelude::*;

use super::{
    asked::Asked,
    strip::value,
    words::{about_edition, about_id, quantity, unranked},
};
use crate::{
    format::{count, decimal},
    ui::{Column, Panel, Row, Section, Table},
};

/// n, the interval and the Quick Check score of each metric. Nothing is forecast.
#[component]
pub(super) fn Certainty(asked: Asked, report: Report) -> impl IntoView {
    let scores = QuickCheck::of(&report.figures);
    let overall = scores.overall.map_or_else(
        || "Quick Check needs all five".to_owned(),
        |overall| format!("Quick Check {} of 10", decimal(overall, 1)),
    );
    let about = about_edition(asked.bands.edition);
    let columns = vec![
        Column::new("Metric").grows(),
        Column::new("Value").numeric(),
        Column::new("p90").numeric().wide_only(),
        Column::new("n").numeric(),
        Column::new("95 % interval").numeric().wide_only(),
        Column::new("Band").wide_only(),
        Column::new("Quick Check").numeric().wide_only(),
    ];
    let rows = Metric::ALL
        .map(|metric| line(&asked, &report.figures, (metric, scores.score(metric))))
        .into();
    view! {
        <Panel title="How sure, and how good" note=move || overall.clone() flush=true>
            <Table caption="Certainty and score of each metric" columns rows />
        </Panel>
        <p class="dora-note">
            "The true value lies within the interval in 95 of 100 cases, judged by n alone: Wilson's interval for a share, two of its own \
             values for a median. The Quick Check is dora.dev's score; its whole is the mean of the five. Nothing is forecast."
            {about}
        </p>
    }
}

fn line(asked: &Asked, figures: &Figures, (metric, score): (Metric, Option<f64>)) -> Row {
    let of = value(figures, metric);
    let rank = asked.bands.rank(metric, of.ranked, of.n);
    let p90 = p90(figures, metric).map(|value| quantity(metric, value).text());
    let likely = figures.likely(metric).map(|likely| {
        format!(
            "{} to {}",
            quantity(metric, likely.low).text(),
            quantity(metric, likely.high).text()
        )
    });
    let under = [
        p90.as_ref().map(|p90| format!("p90 {p90}")),
        likely.as_ref().map(|likely| format!("95 % {likely}")),
    ];
    let under = under.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    Row::new(view! { <a href=format!("#{}", about_id(metric))>{metric.title()}</a> })
        .under((!under.is_empty()).then_some(under))
        .cell(shown(of.shown.map(|value| quantity(metric, value).text())))
        .cell(shown(p90))
        .cell(count(of.n))
        .cell(shown(likely))
        .cell(rank.map_or_else(
            |why| unranked(&asked.bands, metric, why),
            |band| band.as_str().to_owned(),
        ))
        .cell(shown(score.map(|score| decimal(score, 1))))
}

/// Of a metric that is a median.
fn p90(figures: &Figures, metric: Metric) -> Option<f64> {
    match metric {
        Metric::LeadTime => figures.lead_time.total.p90,
        Metric::Recovery => figures.recovery.total.p90,
        Metric::Frequency | Metric::ChangeFailRate | Metric::Rework => None,
    }
}

fn shown(text: Option<String>) -> AnyView {
    match text {
        Some(text) => text.into_any(),
        None => view! { <span class="unknown">"–"</span> }.into_any(),
    }
}

/// What each metric means, in the sentence that help links to.
#[component]
pub(super) fn Definitions() -> impl IntoView {
    let items = Metric::ALL.map(|metric| {
        view! { <div id=about_id(metric)><dt>{metric.title()}</dt><dd>{metric.definition()}</dd></div> }
    });
    view! { <Section title="What these figures mean"><dl class="dora-definitions">{items.collect_view()}</dl></Section> }
}
