//! The table of teams, or of a team's services; every number opens its rows.

use domain::dora::{Group, Metric, Report, RowSet, SURE_FROM, Scope, Spread};
use leptos::prelude::*;

use super::{
    address::Address,
    asked::Asked,
    words::{per_day, quantity},
};
use crate::{
    format::{count, counted},
    ui::{Column, Empty, Panel, Row, Table},
};

/// Lines that the page shows; the CSV has all.
const SHOWN: usize = 50;

/// The table; nothing for a single service.
#[component]
pub(super) fn Groups(asked: Asked, report: Report) -> impl IntoView {
    let (title, head) = match asked.scope {
        Scope::Organisation => ("Teams", "Team"),
        Scope::Team(_) => ("Services", "Service"),
        Scope::Service(_) => return ().into_any(),
    };
    let mut columns = vec![Column::new(head).grows()];
    columns.push(Column::new("Deploys a day").numeric());
    columns.push(Column::new("Lead time").numeric());
    columns.extend(["Fail rate", "Recovery", "Rework"].map(|label| Column::new(label).numeric().wide_only()));
    let rows = report
        .groups
        .iter()
        .take(SHOWN)
        .map(|group| line(&asked, group))
        .collect::<Vec<_>>();
    let hidden = report.groups.len().saturating_sub(SHOWN);
    let more = (hidden > 0)
        .then(|| format!("The {SHOWN} with the most deployments; the CSV has the other {hidden}. "));
    let unseen = unseen(&asked, &report);
    let open = asked.address.rows(Metric::Frequency, RowSet::Counted);
    let total = counted(report.figures.frequency.total, "deployment");
    let note = move || {
        view! { {more.clone()}{unseen.clone()}"Figures add up to "<a href=open.clone()>{total.clone()}</a> }
    };
    view! {
        <Panel title=title note=note flush=true>
            <Table caption=format!("Figures by {}", head.to_lowercase()) columns rows empty=nobody />
        </Panel>
    }
    .into_any()
}

/// What services do that are in the figures and not in the table, since whoever asks may not see them.
fn unseen(asked: &Asked, report: &Report) -> Option<String> {
    let Scope::Team(_) = asked.scope else { return None };
    let shown: u64 = report.groups.iter().map(|group| group.deploys).sum();
    let hidden = report.figures.frequency.total.saturating_sub(shown);
    (hidden > 0).then(|| {
        format!(
            "Not shown: {} of services you may not see. ",
            counted(hidden, "deployment")
        )
    })
}

fn nobody() -> impl IntoView {
    view! { <Empty title="No deployments in this range">"Choose a longer range, or see which services send deployments."</Empty> }
}

fn line(asked: &Asked, group: &Group) -> Row {
    let own = match (&group.name, asked.scope) {
        (Some(name), Scope::Team(_)) => Some(asked.address.of_service(&name.slug)),
        (Some(name), _) => Some(asked.address.of_team(&name.slug)),
        (None, _) => None,
    };
    let title = group
        .name
        .as_ref()
        .map_or_else(|| "No owner".to_owned(), |name| name.title.clone());
    let name = match &own {
        Some(address) => view! { <a href=address.overview(Metric::LeadTime)>{title}</a> }.into_any(),
        None => view! { <span class="unknown">{title}</span> }.into_any(),
    };
    let figure = |metric: Metric, value: Option<f64>, n: u64| cell(own.as_ref(), metric, value, n);
    Row::new(name)
        .under(under(group))
        .cell(match group.per_day {
            Some(value) => link(own.as_ref(), Metric::Frequency, per_day(value).text()),
            None => unknown(),
        })
        .cell(spread(own.as_ref(), Metric::LeadTime, group.lead_time))
        .cell(figure(
            Metric::ChangeFailRate,
            group.change_fail_rate.share,
            group.change_fail_rate.mature,
        ))
        .cell(spread(own.as_ref(), Metric::Recovery, group.recovery))
        .cell(figure(Metric::Rework, group.rework.share, group.rework.counted))
}

/// The figures that a narrow table has no room for.
fn under(group: &Group) -> String {
    let parts = [
        group
            .change_fail_rate
            .share
            .map(|share| format!("{} failed", quantity(Metric::ChangeFailRate, share).text())),
        group
            .recovery
            .median
            .map(|median| format!("recovery {}", quantity(Metric::Recovery, median).text())),
        group
            .rework
            .share
            .map(|share| format!("{} rework", quantity(Metric::Rework, share).text())),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn cell(own: Option<&Address>, metric: Metric, value: Option<f64>, n: u64) -> AnyView {
    let Some(value) = value else { return unknown() };
    let shown = link(own, metric, quantity(metric, value).text());
    let few = (n < SURE_FROM).then(|| view! { <span class="dora-few">" n "{count(n)}</span> });
    view! { {shown}{few} }.into_any()
}

/// A median with its p90 beside it.
fn spread(own: Option<&Address>, metric: Metric, spread: Spread) -> AnyView {
    let p90 = spread.p90.map(|p90| {
        let words = format!("p90 {}", quantity(metric, p90).text());
        view! { <span class="dora-few">" "{words}</span> }
    });
    view! { {cell(own, metric, spread.median, spread.n)}{p90} }.into_any()
}

fn link(own: Option<&Address>, metric: Metric, text: String) -> AnyView {
    let set = RowSet::of(metric).first().copied().unwrap_or(RowSet::Counted);
    match own {
        Some(address) => {
            view! { <a class="dora-number" href=address.rows(metric, set)>{text}</a> }.into_any()
        }
        None => text.into_any(),
    }
}

fn unknown() -> AnyView {
    view! { <span class="unknown" title="no data">"–"</span> }.into_any()
}
