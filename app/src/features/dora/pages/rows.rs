//! `/dora/rows`: the rows that a figure was made of. They add up to it.

use commands::CommandError;
use domain::{
    dora::{ChangeRow, DeployRow, Figures, Metric, RowSet, Stage, Week},
    page::{Page as Rows, Position},
};
use leptos::prelude::*;
use store::RowsAsked;

use super::{
    address::Address,
    asked::Asked,
    strip::{basis, value},
    words::{self, WEEKS, days_a_week, quantity},
};
use crate::{
    format::{count, counted, short_sha, span},
    page::{Page, Section, respond_to},
    parts::{ServiceLink, Team, failure_words, kind_words},
    paths,
    ui::{
        Column, Empty, LinkButton, PageHeader, Pagination, Panel, Row, Tab, Table, Tabs, Tag, Time,
        TimeStyle, Tone,
    },
};

/// The rows behind a figure.
pub fn dora_rows_page() -> impl IntoView {
    respond_to(|ctx, address: Address| async move {
        let zone = ctx.app.organisation.time_zone;
        let asked = address.resolve(&ctx.reads(), ctx.now, zone).await?;
        let (metric, set) = asked.address.asked_rows()?;
        let reads = ctx.reads();
        let (figures, weeks) = reads.dora_figures(asked.question(), ctx.now).await?;
        let wanted = RowsAsked {
            of: asked.question(),
            set,
            position: asked.address.position(),
            size: domain::page::PAGE_SIZE,
            now: ctx.now,
        };
        let table = if set.is_of_changes() {
            changes(&asked, (metric, set), reads.dora_changes(&wanted).await?)
        } else {
            deploys(&asked, (metric, set), reads.dora_deploys(&wanted).await?)
        };
        let hidden = reads.dora_rows_hidden(&wanted).await?;
        let weeks = (metric == Metric::Frequency).then(|| weeks_panel(&asked, &figures, &weeks));
        let page =
            Page::new(Section::Dora, metric.title()).crumb("DORA", asked.address.overview(Metric::LeadTime));
        let table = view! { {weeks}{table}{unseen(hidden)} }.into_any();
        Ok::<_, CommandError>(page.body(view! { <RowsView asked figures metric set table /> }))
    })
}

#[component]
fn RowsView(asked: Asked, figures: Figures, metric: Metric, set: RowSet, table: AnyView) -> impl IntoView {
    let csv = asked.address.rows_csv(metric, set);
    let unit = if metric == Metric::Frequency { " a day" } else { "" };
    let figure = value(&figures, metric)
        .shown
        .map_or_else(|| "No data".into(), |value| quantity(metric, value).text() + unit);
    let about = format!(
        "{}, {}: {figure} from {}",
        asked.whose,
        words::days(asked.range),
        basis(&figures, metric)
    );
    let tabs = RowSet::of(metric).iter().map(|one| {
        Tab::new(one.title(), asked.address.rows(metric, *one), *one == set).count(size(&figures, *one))
    });
    let tabs = tabs.collect::<Vec<_>>();
    view! {
        <PageHeader
            title=metric.title()
            about=move || about.clone()
            actions=move || view! { <LinkButton href=csv.clone()>"CSV"</LinkButton> }
        />
        <Tabs label="Which rows" tabs=tabs />
        {table}
        <p class="dora-note">{metric.definition()}</p>
    }
}

/// The rows that are in the figure and not in the table.
fn unseen(hidden: u64) -> Option<impl IntoView> {
    (hidden > 0).then(|| {
        let words = format!(
            "The figure counts {} more, of services you may not see.",
            counted(hidden, "row")
        );
        view! { <p class="dora-note">{words}</p> }
    })
}

/// The weeks whose deployment days the median is of, newest first; each opens its deployments.
fn weeks_panel(asked: &Asked, figures: &Figures, weeks: &[Week]) -> impl IntoView + use<> {
    let median = figures.frequency.days_per_week.map_or_else(
        || "no data".to_owned(),
        |days| {
            format!(
                "{} in the median of {}",
                days_a_week(days),
                counted(weeks.len() as u64, "week")
            )
        },
    );
    let columns = vec![
        Column::new("Week"),
        Column::new("Days with a deployment").numeric(),
    ];
    let rows = weeks.iter().rev().map(|week| {
        let days = asked.address.of_days(week.from, week.last_day());
        let href = days.rows(Metric::Frequency, RowSet::Counted);
        let words = format!("{} – {}", words::day(week.from), words::day(week.last_day()));
        Row::new(view! { <a href=href>{words}</a> }).cell(u64::from(week.days))
    });
    let rows = rows.collect();
    view! {
        <Panel title="Deployment days by week" id=WEEKS flush=true note=move || median.clone()>
            <Table caption="Deployment days by week" columns rows empty=|| view! {
                <Empty title="No whole week">"Choose a range with at least one week from Monday to Sunday."</Empty>
            } />
        </Panel>
    }
}

/// How many rows a set has: from the figures, which the rows must add up to.
fn size(figures: &Figures, set: RowSet) -> u64 {
    let rate = &figures.change_fail_rate;
    match set {
        RowSet::Counted => figures.frequency.total,
        RowSet::Changes => figures.lead_time.total.n,
        RowSet::UnknownChanges => figures.lead_time.unknown,
        RowSet::Mature => rate.mature,
        RowSet::Failed => rate.failed,
        RowSet::Immature => rate.immature,
        RowSet::Restored => figures.recovery.total.n,
        RowSet::Open => figures.recovery.open,
        RowSet::Rework => figures.rework.unplanned,
    }
}

fn nothing() -> impl IntoView {
    view! { <Empty title="No rows">"Nothing of this kind happened in this range."</Empty> }
}

fn framed<T>(asked: &Asked, what: (Metric, RowSet), rows: &Rows<T>, table: AnyView) -> AnyView {
    let at = |position: Position| {
        asked
            .address
            .rows_at(&paths::dora_rows(), what.0, what.1, &position)
    };
    let previous = rows.previous.clone().map(|cursor| at(Position::Before(cursor)));
    let next = rows.next.clone().map(|cursor| at(Position::After(cursor)));
    let note = format!("{} on this page, newest first", count(rows.rows.len() as u64));
    view! {
        <Panel title=what.1.title() note=move || note.clone() flush=true>{table}</Panel>
        <Pagination previous next previous_word="Newer" next_word="Older" />
    }
    .into_any()
}

fn deploys(asked: &Asked, what: (Metric, RowSet), rows: Rows<DeployRow>) -> AnyView {
    let failures = matches!(
        what.1,
        RowSet::Failed | RowSet::Restored | RowSet::Open | RowSet::Mature | RowSet::Immature
    );
    let mut columns = vec![
        Column::new("Deploy").grows(),
        Column::new("Service"),
        Column::new("Team").wide_only(),
        Column::new("Kind").wide_only(),
        Column::new("Exposed").numeric().wide_only(),
    ];
    if failures {
        columns.push(Column::new("Failure").wide_only());
        columns.push(Column::new("Recovery").numeric().wide_only());
    }
    let lines = rows
        .rows
        .iter()
        .map(|row| deploy_line(row, failures))
        .collect::<Vec<_>>();
    let table = view! { <Table caption=what.1.title() columns rows=lines empty=nothing /> }.into_any();
    framed(asked, what, &rows, table)
}

fn deploy_line(row: &DeployRow, failures: bool) -> Row {
    let name = row
        .version
        .clone()
        .or_else(|| row.sha.as_deref().map(|sha| short_sha(sha).to_owned()));
    let name = name.unwrap_or_else(|| "deploy".into());
    let corrected = row
        .corrected
        .then(|| view! { " "<Tag tone=Tone::Info>"corrected"</Tag> });
    let team = row.team.as_ref().map(|team| team.title.clone());
    let under = [
        Some(kind_words(row.kind).to_owned()),
        team,
        row.failure.map(|why| failure_words(why).to_owned()),
    ];
    let under = under.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let line = Row::new(view! { <a href=paths::deploy(row.id)>{name}</a>{corrected} })
        .under(view! { {under}" · "<Time at=row.exposed_at style=TimeStyle::Day /> })
        .cell(view! { <ServiceLink slug=row.service.clone() name=row.service_title.clone() /> })
        .cell(view! { <Team team=row.team.clone() /> })
        .cell(if row.rework {
            format!("{}, unplanned", kind_words(row.kind))
        } else {
            kind_words(row.kind).to_owned()
        })
        .cell(view! { <Time at=row.exposed_at style=TimeStyle::Exact /> });
    if !failures {
        return line;
    }
    let recovery = match (row.failure, row.recovery) {
        (None, _) => "".into_any(),
        (Some(_), None) => view! { <Tag tone=Tone::Danger>"open"</Tag> }.into_any(),
        (Some(_), Some(seconds)) => span(seconds).text().into_any(),
    };
    line.cell(row.failure.map(failure_words).unwrap_or_default())
        .cell(recovery)
}

fn changes(asked: &Asked, what: (Metric, RowSet), rows: Rows<ChangeRow>) -> AnyView {
    let mut columns = vec![
        Column::new("Change").grows(),
        Column::new("Service").wide_only(),
        Column::new("Author").wide_only(),
        Column::new("Promoted").wide_only(),
    ];
    columns.extend(Stage::ALL.map(|stage| Column::new(stage.title()).numeric().wide_only()));
    columns.push(Column::new("Lead time").numeric());
    let lines = rows.rows.iter().map(change_line).collect::<Vec<_>>();
    let table = view! { <Table caption=what.1.title() columns rows=lines empty=nothing /> }.into_any();
    framed(asked, what, &rows, table)
}

fn change_line(row: &ChangeRow) -> Row {
    let number = row.change.strip_prefix("pr:").map(|number| format!("#{number} "));
    let bot = row.by_bot.then(|| view! { " "<Tag>"bot"</Tag> });
    let name = view! { <a href=paths::deploy(row.deploy)>{number}{row.title.clone()}</a> };
    let author = row.author.clone().unwrap_or_else(|| "–".into());
    let mut line = Row::new(name)
        .under(format!("{} · {author}", row.service_title))
        .cell(view! { <ServiceLink slug=row.service.clone() name=row.service_title.clone() /> })
        .cell(view! { {author}{bot} })
        .cell(view! { <Time at=row.promoted_at style=TimeStyle::Day /> });
    for stage in row.stages {
        line = line.cell(length(stage));
    }
    let lead = match row.lead {
        Some(seconds) => span(seconds).text().into_any(),
        None => {
            view! { <span class="unknown">{format!("{} unknown", row.unknown.join(", "))}</span> }.into_any()
        }
    };
    line.cell(lead)
}

fn length(seconds: Option<f64>) -> AnyView {
    match seconds {
        Some(seconds) => span(seconds).text().into_any(),
        None => view! { <span class="unknown" title="not known">"–"</span> }.into_any(),
    }
}
