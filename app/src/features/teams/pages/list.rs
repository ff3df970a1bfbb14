//! `/teams`

use commands::CommandError;
use domain::{
    page::{PAGE_SIZE, Page as Rows},
    people::TeamSummary,
};
use leptos::prelude::*;

use super::super::address::ListQuery;
use crate::{
    address::ListAddress,
    ctx::Ctx,
    format,
    page::{Page, Section, respond_to},
    paths,
    ui::{Column, Empty, FilterBar, LinkButton, PageHeader, Pagination, Row, SearchField, Table, Tag},
};

/// Every team.
pub fn teams_page() -> impl IntoView {
    respond_to(|ctx, query: ListQuery| async move {
        let (rows, total) = load(&ctx, &query).await?;
        Ok(Page::new(Section::Teams, "Teams").body(list(&query, rows, total)))
    })
}

async fn load(ctx: &Ctx, query: &ListQuery) -> Result<(Rows<TeamSummary>, u64), CommandError> {
    let (filter, reads) = (query.filter(), ctx.reads());
    Ok((
        reads.teams(&filter, &query.position(), PAGE_SIZE).await?,
        reads.team_count(&filter).await?,
    ))
}

fn list(query: &ListQuery, rows: Rows<TeamSummary>, total: u64) -> impl IntoView + use<> {
    let summary = format::shown_of(rows.rows.len(), &format::counted(total, "team"));
    let (previous, next) = query.neighbours(&rows);
    let text = query.q.clone();
    let clear = query.cleared();
    let (filtered, csv) = (query.is_filtered(), query.whole_at(&paths::teams_csv()));
    let columns = vec![
        Column::new("Team"),
        Column::new("Services").numeric(),
        Column::new("Members").numeric().wide_only(),
        Column::new("Figures"),
        Column::new("Description").dim().grows().wide_only(),
    ];
    view! {
        <PageHeader
            title="Teams" about=|| "Who owns which services, and who belongs to whom"
            actions=move || view! { <LinkButton href=csv.clone()>"CSV"</LinkButton> }
        />
        <FilterBar action=paths::teams() clear>
            <SearchField label="Search" name="q" value=text placeholder="Name or words of the description" />
        </FilterBar>
        <Table
            caption="Teams" columns rows=rows.rows.into_iter().map(row).collect()
            empty=move || empty(filtered)
        />
        <Pagination previous next summary />
    }
}

fn row(row: TeamSummary) -> Row {
    let TeamSummary {
        team,
        description,
        declared,
        services,
        members,
    } = row;
    let undeclared = (!declared).then(|| view! { " "<Tag>"no Group"</Tag> });
    let owned = match services {
        0 => "0".into_any(),
        services => view! { <a href=paths::services_of(&team.slug)>{format::count(services)}</a> }.into_any(),
    };
    let figures = format!("DORA of {}", team.title);
    Row::new(view! { <a href=paths::team(&team.slug)>{team.title}</a>{undeclared} })
        .under(format::counted(members, "member"))
        .cell(owned)
        .cell(format::count(members))
        .cell(view! { <a href=paths::dora_of_team(&team.slug) aria-label=figures>"DORA"</a> })
        .cell(description)
}

fn empty(filtered: bool) -> AnyView {
    if filtered {
        return view! {
            <Empty title="No team fits this search">
                <LinkButton href=paths::teams()>"Show all teams"</LinkButton>
            </Empty>
        }
        .into_any();
    }
    view! {
        <Empty title="No teams yet">
            "A team is a Group of a catalog file, or whoever a service names as its owner."
            <LinkButton href=paths::catalog()>"See the catalogue"</LinkButton>
        </Empty>
    }
    .into_any()
}
