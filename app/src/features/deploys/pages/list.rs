//! `/deploys`

use chrono::NaiveDate;
use commands::CommandError;
use domain::{
    deploys::{
        DeployKind, DeployState,
        read::{DeployOutcome, DeploySummary},
    },
    environments::{Environment, EnvironmentClass},
    live::{ChangeKind, Topic},
    page::Page as Rows,
    people::TeamRef,
};
use leptos::prelude::*;

use super::{super::address::TimelineQuery, marks::outcome};
use crate::{
    address::ListAddress,
    ctx::Ctx,
    format,
    page::{Page, Section, respond_to},
    parts::{EnvironmentName, Person, class_words, deploy_status, kind_words},
    paths,
    ui::{
        Choice, Column, Empty, FilterBar, LinkButton, Mono, PageHeader, Pagination, Row, Select, Span, Table,
        TextField, Time, list_region, region,
    },
};

/// Every deploy of the organisation, newest first, day by day.
pub fn deploys_page() -> impl IntoView {
    respond_to(|ctx, query: TimelineQuery| async move {
        let since = ctx.reads().live_end().await?;
        let loaded = load(&ctx, &query).await?;
        Ok(Page::new(Section::Deploys, "Deploys")
            .live(since, [Topic::Kind(ChangeKind::Deploy)])
            .body(timeline(&ctx, &query, loaded)))
    })
}

struct Loaded {
    rows: Rows<DeploySummary>,
    in_flight: u64,
    environments: Vec<Environment>,
    teams: Vec<TeamRef>,
}

async fn load(ctx: &Ctx, query: &TimelineQuery) -> Result<Loaded, CommandError> {
    let (filter, reads) = (query.filter(ctx.zone)?, ctx.reads());
    Ok(Loaded {
        rows: reads.deploys(&filter).await?,
        in_flight: u64::try_from(reads.deploys_in_flight().await?).unwrap_or_default(),
        environments: reads.environments().await?,
        teams: reads.owning_teams().await?,
    })
}

fn timeline(ctx: &Ctx, query: &TimelineQuery, loaded: Loaded) -> impl IntoView + use<> {
    let Loaded {
        rows,
        in_flight,
        environments,
        teams,
    } = loaded;
    let csv = query.whole_at(&paths::deploys_csv());
    let (previous, next) = query.neighbours(&rows);
    let flying = query
        .with(|query| query.outcome = DeployOutcome::InFlight.as_str().into())
        .href();
    let days = days(ctx, rows.rows);
    let nothing = days.is_empty().then(|| nothing(query));
    view! {
            {region("header", view! {
    <PageHeader
                title="Deploys"
                about=move || view! { <a href=flying.clone()>{format::counted(in_flight, "deploy")}</a>" in flight" }
                actions=move || view! { <LinkButton href=csv.clone()>"CSV"</LinkButton> }
            />
                    })}
            {filters(query, &environments, &teams)}
            {list_region("deploys", "deploy", view! {

                {nothing}
                <div class="days">{days.into_iter().map(|(day, deploys)| section(day, deploys)).collect_view()}</div>
                    })}
            <Pagination previous next previous_word="Newer" next_word="Older" />
        }
}

/// Deploys of one day of the person's zone together, as they come.
fn days(ctx: &Ctx, rows: Vec<DeploySummary>) -> Vec<(NaiveDate, Vec<DeploySummary>)> {
    let mut days: Vec<(NaiveDate, Vec<DeploySummary>)> = Vec::new();
    for deploy in rows {
        let day = deploy.requested_at.with_timezone(&ctx.zone).date_naive();
        match days.last_mut() {
            Some((last, deploys)) if *last == day => deploys.push(deploy),
            _ => days.push((day, vec![deploy])),
        }
    }
    days
}

fn section(day: NaiveDate, deploys: Vec<DeploySummary>) -> impl IntoView {
    let title = day.format("%A, %-d %B %Y").to_string();
    let count = format::counted(deploys.len() as u64, "deploy");
    let id = format!("day-{day}");
    let heading = id.clone();
    let columns = vec![
        Column::new("Deploy").grows(),
        Column::new("Environment").wide_only(),
        Column::new("Outcome"),
        Column::new("Changes").numeric().wide_only(),
        Column::new("Took").numeric().dim().wide_only(),
        Column::new("By").wide_only(),
        Column::new("Asked for").numeric().dim().wide_only(),
    ];
    let caption = format!("Deploys of {title}");
    view! {
        <section class="day" aria-labelledby=id>
            <h2 id=heading>{title}<span class="day-count">{count}</span></h2>
            <Table caption columns rows=deploys.into_iter().map(row).collect() />
        </section>
    }
}

fn row(deploy: DeploySummary) -> Row {
    let outcome = outcome(&deploy);
    let took = deploy.finished_at.map(|end| end - deploy.requested_at);
    let changes = deploy.change_count.map_or_else(
        || view! { <span class="unknown" title="not known">"–"</span> }.into_any(),
        IntoAny::into_any,
    );
    let (href, release) = (paths::deploy(deploy.id), deploy.release());
    let environment = deploy.environment.clone();
    let at = deploy.requested_at;
    Row::new(view! { <a href=href>{deploy.service.title}" "<Mono>{release}</Mono></a> })
        .under(view! { <EnvironmentName name=environment class=deploy.class />" · "<Time at /> })
        .cell(view! { <EnvironmentName name=deploy.environment class=deploy.class /> })
        .cell(outcome)
        .cell(changes)
        .cell(view! { <Span length=took /> })
        .cell(view! { <Person person=deploy.initiator /> })
        .cell(view! { <Time at=deploy.requested_at /> })
        .item(deploy.id)
}

fn filters(query: &TimelineQuery, environments: &[Environment], teams: &[TeamRef]) -> impl IntoView + use<> {
    let clear = query.cleared();
    let query = query.clone();
    let teams = any(
        "Any team",
        teams.iter().map(|team| Choice::new(&team.slug, &team.title)),
    );
    let environments = any(
        "Any environment",
        environments.iter().map(|one| Choice::new(&one.name, &one.name)),
    );
    let classes = any(
        "Any class",
        EnvironmentClass::ALL.map(|class| Choice::new(class.as_str(), class_words(class))),
    );
    let kinds = any(
        "Any kind",
        DeployKind::ALL.map(|kind| Choice::new(kind.as_str(), kind_words(kind))),
    );
    let states = any(
        "Any state",
        DeployState::ALL.map(|state| Choice::new(state.as_str(), deploy_status(state).word)),
    );
    let outcomes = any(
        "Any outcome",
        DeployOutcome::ALL.map(|outcome| Choice::new(outcome.as_str(), outcome.label())),
    );
    view! {
        <FilterBar action=paths::deploys() clear>
            <TextField label="Service" name="service" value=query.service />
            <Select label="Team" name="team" choices=teams selected=query.team.to_ascii_lowercase() />
            <Select label="Environment" name="environment" choices=environments selected=query.environment />
            <Select label="Class" name="class" choices=classes selected=query.class />
            <Select label="Outcome" name="outcome" choices=outcomes selected=query.outcome />
            <Select label="Kind" name="kind" choices=kinds selected=query.kind />
            <Select label="State" name="state" choices=states selected=query.state />
            <TextField label="From" name="from" kind="date" value=query.from />
            <TextField label="To" name="to" kind="date" value=query.to />
        </FilterBar>
    }
}

fn any(label: &str, choices: impl IntoIterator<Item = Choice>) -> Vec<Choice> {
    std::iter::once(Choice::new("", label)).chain(choices).collect()
}

fn nothing(query: &TimelineQuery) -> AnyView {
    if query.is_filtered() {
        view! {
            <Empty title="No deploy fits these filters">
                "Take one away, or look at other days."
                <LinkButton href=paths::deploys()>"Clear filters"</LinkButton>
            </Empty>
        }
        .into_any()
    } else {
        view! {
            <Empty title="No deploys yet">
                <p>"They appear when GitHub sends deployments, or when a CI posts to /api/v1/deploys."</p>
                <LinkButton href=paths::admin_deliveries()>"See what arrived"</LinkButton>
            </Empty>
        }
        .into_any()
    }
}
