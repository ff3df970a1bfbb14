//! `/admin/teams`

use std::collections::BTreeMap;

use commands::CommandError;
use domain::{
    access::Role,
    ids::TeamId,
    page::Page as Rows,
    people::{Account, TeamSummary},
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    format,
    page::{Page, Section, respond_to},
    parts::{TeamRolesQuery, team_list},
    paths,
    ui::{Column, PageHeader, Row},
};

struct Loaded {
    found: (Rows<TeamSummary>, u64),
    roles: Held,
}

/// How many people are what at most, by team.
type Held = BTreeMap<TeamId, BTreeMap<Role, u64>>;

/// Every team with who holds roles of it.
pub fn admin_teams_page() -> impl IntoView {
    respond_to(|ctx, query: TeamRolesQuery| async move {
        let loaded = load(&ctx, &query).await?;
        Ok(Page::new(Section::People, "Roles of teams")
            .crumb("Admin", paths::admin())
            .crumb("People", paths::admin_people())
            .body(list(&query, loaded)))
    })
}

async fn load(ctx: &Ctx, query: &TeamRolesQuery) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    Ok(Loaded {
        found: query.found(&reads).await?,
        roles: held(&reads.accounts().await?),
    })
}

/// Each person counts once in a team, as the most that they are there.
fn held(accounts: &[Account]) -> Held {
    let mut held = Held::new();
    for account in accounts {
        let mut most: BTreeMap<TeamId, Role> = BTreeMap::new();
        for grant in &account.grants {
            if let Some(team) = &grant.team {
                let role = most.entry(team.id).or_insert(grant.role);
                *role = grant.role.max(*role);
            }
        }
        for (team, role) in most {
            *held.entry(team).or_default().entry(role).or_default() += 1;
        }
    }
    held
}

fn list(query: &TeamRolesQuery, loaded: Loaded) -> impl IntoView + use<> {
    let Loaded { found, roles } = loaded;
    let columns = vec![
        Column::new("Team").grows(),
        Column::new("Members").numeric(),
        Column::new("Roles").wide_only(),
        Column::new("Services").numeric().wide_only(),
    ];
    let row = |team: TeamSummary| {
        let of_team = roles.get(&team.team.id);
        row(team, of_team)
    };
    view! {
        <PageHeader title="Roles of teams" about=|| "Whoever holds a role of a team is a member here, and sees what is private to it" />
        {team_list(query, found, ("Teams and their members", columns), row)}
    }
}

fn row(summary: TeamSummary, roles: Option<&BTreeMap<Role, u64>>) -> Row {
    let TeamSummary { team, services, .. } = summary;
    let members: u64 = roles.map_or(0, |roles| roles.values().sum());
    let words: Vec<String> = roles
        .into_iter()
        .flatten()
        .rev()
        .map(|(role, count)| format!("{} {}", format::count(*count), role.as_str()))
        .collect();
    let words = if words.is_empty() {
        "nobody".to_owned()
    } else {
        words.join(", ")
    };
    Row::new(view! { <a href=paths::admin_team(&team.slug)>{team.title}</a> })
        .under(words.clone())
        .cell(format::count(members))
        .cell(words)
        .cell(format::count(services))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::{
        access::Grant,
        ids::{GrantId, PersonId},
        people::{AccountState, TeamRef},
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn people_count_once_as_the_most_they_are() {
        let team = TeamRef {
            id: TeamId(Uuid::from_u128(1)),
            slug: "payments".into(),
            title: "Payments".into(),
        };
        let grant = |role, team: Option<&TeamRef>| Grant {
            id: GrantId(Uuid::nil()),
            role,
            team: team.cloned(),
            tiers: Vec::new(),
            classes: Vec::new(),
        };
        let account = |grants| Account {
            person: PersonId(Uuid::nil()),
            name: "Ada".into(),
            email: "ada@fairway.example".into(),
            state: AccountState::Active,
            has_totp: false,
            grants,
            seen_at: None,
            created_at: DateTime::UNIX_EPOCH,
        };
        let held = held(&[
            account(vec![
                grant(Role::Viewer, Some(&team)),
                grant(Role::Approver, Some(&team)),
                grant(Role::Admin, None),
            ]),
            account(vec![grant(Role::Viewer, Some(&team))]),
        ]);
        assert_eq!(
            held,
            Held::from([(team.id, BTreeMap::from([(Role::Viewer, 1), (Role::Approver, 1)]))])
        );
    }
}
