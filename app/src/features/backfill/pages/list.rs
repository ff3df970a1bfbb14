//! The page: what GitHub lists, what became of each, and the reading of history over all of them.

use commands::CommandError;
use domain::{
    access::{Action, Resource},
    backfill::{BackfillTotals, FoundRepository, RepositoryScan, RepositoryStanding},
    page::{PAGE_SIZE, Page as Rows},
};
use leptos::prelude::*;

use super::{super::address::ListQuery, row::row, totals};
use crate::{
    address::ListAddress,
    ctx::{self, Ctx},
    format,
    forms::{self, Sent},
    page::{Page, Section, respond_to},
    paths,
    ui::{
        Button, ButtonKind, Column, Empty, ErrorSummary, Facets, FilterBar, Kept, LinkButton, Notice,
        PageHeader, Pagination, SearchField, Table, Time, Tone,
    },
};

struct Loaded {
    rows: Rows<FoundRepository>,
    standings: Vec<(RepositoryStanding, u64)>,
    scan: Option<RepositoryScan>,
    totals: BackfillTotals,
    teams: Vec<String>,
    /// Whether there is a GitHub to ask.
    asks: bool,
}

/// Every repository that GitHub lists.
pub fn repositories_page() -> impl IntoView {
    let sent = forms::sent();
    respond_to(|ctx, query: ListQuery| async move {
        let loaded = load(&ctx, &query).await?;
        Ok(Page::new(Section::Repositories, "Repositories")
            .crumb("Admin", paths::admin())
            .body(view(&query, loaded, &sent)))
    })
}

async fn load(ctx: &Ctx, query: &ListQuery) -> Result<Loaded, CommandError> {
    let (filter, reads) = (query.filter()?, ctx.reads());
    Ok(Loaded {
        rows: reads
            .found_repositories(&filter, &query.position(), PAGE_SIZE)
            .await?,
        standings: reads.repository_standings(&filter).await?,
        scan: reads.repository_scan().await?,
        totals: reads.backfill_totals(ctx.now).await?,
        teams: reads.team_slugs().await?,
        asks: ctx.commands().asks_github(),
    })
}

fn view(query: &ListQuery, loaded: Loaded, sent: &Sent) -> impl IntoView + use<> {
    let Loaded {
        rows,
        standings,
        scan,
        totals,
        teams,
        asks,
    } = loaded;
    let (previous, next) = query.neighbours(&rows);
    let total: u64 = standings.iter().map(|(_, count)| count).sum();
    let of = RepositoryStanding::parse(&query.state).map_or(total, |chosen| count_of(&standings, chosen));
    let summary = format::shown_of(rows.rows.len(), &repositories(of));
    let csv = query.whole_at(&paths::admin_repositories_csv());
    let (filtered, looked) = (query.is_filtered(), scan.is_some());
    let (here, errors, problem) = (query.href(), sent.errors.clone(), scan.clone());
    let about = move || about(scan.as_ref());
    let waiting = totals.waiting;
    let form = here.clone();
    view! {
        <PageHeader title="Repositories" about actions=move || actions(&form, waiting, csv.clone()) />
        <ErrorSummary errors />
        {problem.and_then(|scan| scan.problem).map(scan_problem)}
        {totals::panel(&totals)}
        {filters(query, &standings)}
        <Table
            caption="Repositories" columns=columns()
            rows=rows.rows.into_iter().map(|found| row(found, &here)).collect()
            empty=move || empty(filtered, looked, asks)
        />
        <datalist id="owners">{teams.into_iter().map(|team| view! { <option value=team></option> }).collect_view()}</datalist>
        <Pagination previous next summary />
    }
}

fn repositories(count: u64) -> String {
    format::counted_as(count, "repository", "repositories")
}

fn count_of(standings: &[(RepositoryStanding, u64)], of: RepositoryStanding) -> u64 {
    standings
        .iter()
        .find(|(standing, _)| *standing == of)
        .map_or(0, |(_, count)| *count)
}

fn about(scan: Option<&RepositoryScan>) -> AnyView {
    match scan.map(|scan| (scan.finished_at, scan.found, scan.problem.is_some())) {
        None => "GitHub was not asked yet which repositories there are.".into_any(),
        Some((Some(at), found, _)) => {
            view! { "GitHub listed "{repositories(found)}" "<Time at />"." }.into_any()
        }
        Some((None, found, true)) => format!("GitHub last listed {}.", repositories(found)).into_any(),
        Some((None, ..)) => "GitHub's list is being read.".into_any(),
    }
}

fn actions(here: &str, waiting: u64, csv: String) -> impl IntoView + use<> {
    let to_read = (waiting > 0).then(|| format!("Read history of {}", format::count(waiting)));
    let read = to_read.map(|label| {
        view! { <Button kind=ButtonKind::Primary name="act" value="read_all" disabled_because=ctx::why_not(Action::ManageRepositories, &Resource::Organisation)>{label}</Button> }
    });
    view! {
        <LinkButton href=csv>"CSV"</LinkButton>
        <form class="repositories-actions" method="post" action=here.to_owned()>
            <Button name="act" value="look" disabled_because=ctx::why_not(Action::ManageRepositories, &Resource::Organisation)>"Look again"</Button>
            {read}
        </form>
    }
}

fn scan_problem(problem: String) -> impl IntoView {
    view! { <Notice tone=Tone::Warn>"GitHub's list could not be read: "{problem}". It is tried again every half hour."</Notice> }
}

fn filters(query: &ListQuery, standings: &[(RepositoryStanding, u64)]) -> impl IntoView + use<> {
    let clear = query.cleared();
    let facets = RepositoryStanding::ALL.map(|standing| {
        let counted = (standing_words(standing), count_of(standings, standing));
        query.facet(|query| &mut query.state, standing.as_str(), counted)
    });
    let (text, state) = (query.q.clone(), query.state.clone());
    view! {
        <FilterBar action=paths::admin_repositories() clear>
            <SearchField label="Search" name="q" value=text placeholder="Owner or name" />
            <Kept name="state" value=state />
        </FilterBar>
        <Facets label="In the catalogue" values=facets.into() />
    }
}

/// How a standing reads.
pub(super) fn standing_words(standing: RepositoryStanding) -> &'static str {
    match standing {
        RepositoryStanding::Open => "no service yet",
        RepositoryStanding::Service => "service",
        RepositoryStanding::Ignored => "ignored",
        RepositoryStanding::Gone => "gone",
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Repository").grows(),
        Column::new("In the catalogue"),
        Column::new("History").wide_only(),
        Column::new("Actions").hidden_label(),
    ]
}

fn empty(filtered: bool, looked: bool, asks: bool) -> AnyView {
    if filtered {
        return view! {
            <Empty title="No repository fits these filters">
                "Take one away, or look for another word."
                <LinkButton href=paths::admin_repositories()>"Clear filters"</LinkButton>
            </Empty>
        }
        .into_any();
    }
    if looked {
        return view! {
            <Empty title="GitHub lists no repository">
                "Give the App or the token access to the repositories that Fairway is to know, then look again."
            </Empty>
        }
        .into_any();
    }
    if asks {
        return view! {
            <Empty title="No repositories yet">
                "GitHub is asked which there are within half an hour, or at once with “Look again”."
            </Empty>
        }
        .into_any();
    }
    view! {
        <Empty title="No repositories yet">
            "Set "<code>"FAIRWAY_GITHUB_TOKEN"</code>", or make an App; then GitHub is asked within half an hour, or at once with “Look again”."
        </Empty>
    }
    .into_any()
}
