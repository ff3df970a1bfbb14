//! A list of teams: its address, and all but the cells of its rows. What teams own and who holds roles of them are such lists.

use std::marker::PhantomData;

use domain::{
    page::{PAGE_SIZE, Page},
    people::{TeamFilter, TeamSummary},
};
use leptos::prelude::*;
use serde::Deserialize;
use store::{Reads, StoreError};

use crate::{
    address::{ListAddress, Place, given},
    format, paths,
    ui::{Column, Empty, FilterBar, LinkButton, Pagination, Row, SearchField, Table},
};

/// The query of `/teams`.
pub type TeamsQuery = TeamListQuery<Owners>;
/// The query of `/admin/teams`.
pub type TeamRolesQuery = TeamListQuery<Roles>;

/// Which list of teams it is.
pub trait TeamsOf: Clone + Default {
    /// Where it stands.
    fn path() -> String;
}

/// What teams own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners;

impl TeamsOf for Owners {
    fn path() -> String {
        paths::teams()
    }
}

/// Who holds roles of teams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles;

impl TeamsOf for Roles {
    fn path() -> String {
        paths::admin_teams()
    }
}

/// The query of a list of teams, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, bound = "Of: Default")]
pub struct TeamListQuery<Of> {
    /// As written.
    pub q: String,
    /// Where the page starts.
    #[serde(flatten)]
    pub place: Place,
    #[serde(skip)]
    of: PhantomData<Of>,
}

impl<Of: TeamsOf> TeamListQuery<Of> {
    /// The filter that the query means.
    pub fn filter(&self) -> TeamFilter {
        TeamFilter { text: given(&self.q) }
    }

    /// The page that the query asks for, and how many teams fit its filter.
    pub async fn found(&self, reads: &Reads) -> Result<(Page<TeamSummary>, u64), StoreError> {
        let filter = self.filter();
        Ok((
            reads.teams(&filter, &self.position(), PAGE_SIZE).await?,
            reads.team_count(&filter).await?,
        ))
    }
}

impl<Of: TeamsOf> ListAddress for TeamListQuery<Of> {
    fn path(&self) -> String {
        Of::path()
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![("q", &self.q)]
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn place_mut(&mut self) -> &mut Place {
        &mut self.place
    }
}

/// The search, the table with a row for each team, what stands where there is none, and the pages.
pub fn team_list<Of: TeamsOf>(
    query: &TeamListQuery<Of>,
    (found, total): (Page<TeamSummary>, u64),
    (caption, columns): (&'static str, Vec<Column>),
    row: impl FnMut(TeamSummary) -> Row,
) -> AnyView {
    let summary = format::shown_of(found.rows.len(), &format::counted(total, "team"));
    let (previous, next) = query.neighbours(&found);
    let (text, clear) = (query.q.clone(), query.cleared());
    let all = clear.clone();
    let rows = found.rows.into_iter().map(row).collect();
    view! {
        <FilterBar action=query.path() clear>
            <SearchField label="Search" name="q" value=text placeholder="Name or words of the description" />
        </FilterBar>
        <Table caption columns rows empty=move || empty(all.clone()) />
        <Pagination previous next summary />
    }
    .into_any()
}

/// What stands where no team is; where a search found none, with the address of all.
fn empty(all: Option<String>) -> AnyView {
    match all {
        Some(all) => view! {
            <Empty title="No team fits this search"><LinkButton href=all>"Show all teams"</LinkButton></Empty>
        }
        .into_any(),
        None => view! {
            <Empty title="No teams yet">
                "A team is a Group of a catalog file, or whoever a service names as its owner."
                <LinkButton href=paths::catalog()>"See the catalogue"</LinkButton>
            </Empty>
        }
        .into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_stays_at_its_own_address() {
        fn searched<Of: TeamsOf>() -> TeamListQuery<Of> {
            TeamListQuery {
                q: "pay".into(),
                ..TeamListQuery::default()
            }
        }
        assert_eq!(searched::<Owners>().href(), "/teams?q=pay");
        assert_eq!(searched::<Roles>().href(), "/admin/teams?q=pay");
        assert_eq!(searched::<Roles>().cleared().as_deref(), Some("/admin/teams"));
        assert_eq!(TeamsQuery::default().cleared(), None);
    }
}
