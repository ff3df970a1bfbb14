//! `/teams`

use domain::{page::Page as Rows, people::TeamSummary};
use leptos::prelude::*;

use crate::{
    address::ListAddress,
    format,
    page::{Page, Section, respond_to},
    parts::{TeamsQuery, team_list},
    paths,
    ui::{Column, LinkButton, PageHeader, Row, Tag},
};

/// Every team.
pub fn teams_page() -> impl IntoView {
    respond_to(|ctx, query: TeamsQuery| async move {
        let found = query.found(&ctx.reads()).await?;
        Ok(Page::new(Section::Teams, "Teams").body(list(&query, found)))
    })
}

fn list(query: &TeamsQuery, found: (Rows<TeamSummary>, u64)) -> impl IntoView + use<> {
    let csv = query.whole_at(&paths::teams_csv());
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
        {team_list(query, found, ("Teams", columns), row)}
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
