//! `/admin/teams/{slug}`: who belongs to a team here, with which roles.

use commands::CommandError;
use domain::{
    access::{Action, Grant, Resource},
    people::{Account, AccountState, TeamMember, TeamRef},
};
use leptos::prelude::*;

use super::list::state;
use crate::{
    ctx::{self, Ctx},
    forms::{self, Sent},
    page::{Page, Section, respond},
    parts::{narrowing, role_field},
    paths,
    ui::{
        Button, ButtonKind, Choice, Column, Empty, ErrorSummary, LinkButton, PageHeader, Panel, Row, Select,
        StatusMark, Table,
    },
};

struct Loaded {
    team: TeamRef,
    /// Who holds a role of it, with those roles.
    members: Vec<(Account, Vec<Grant>)>,
    /// Whoever can get one.
    people: Vec<Choice>,
    /// Whom the catalog or GitHub lists.
    listed: Vec<TeamMember>,
    why_not: Option<String>,
}

/// One team.
pub fn admin_team_page() -> impl IntoView {
    let (sent, slug) = (forms::sent(), ctx::param("slug"));
    respond(|ctx| async move {
        let loaded = load(&ctx, &slug).await?;
        Ok(Page::new(Section::People, loaded.team.title.clone())
            .called(format!("Roles of {}", loaded.team.title))
            .crumb("Admin", paths::admin())
            .crumb("Roles of teams", paths::admin_teams())
            .body(view(loaded, &sent)))
    })
}

async fn load(ctx: &Ctx, slug: &str) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    let summary = reads.team_summary(slug).await?;
    let team = summary.ok_or_else(|| CommandError::not_found(format!("team named {slug}")))?;
    let team = team.team;
    let accounts = reads.accounts().await?;
    let people = accounts
        .iter()
        .filter(|account| account.state != AccountState::Disabled)
        .map(|account| {
            let words = format!("{} ({})", account.name, account.email);
            Choice::new(account.person.to_string(), words)
        })
        .collect();
    let members = accounts
        .into_iter()
        .map(|account| {
            let mut of_team = account.grants.clone();
            of_team.retain(|grant| grant.team.as_ref().is_some_and(|held| held.id == team.id));
            (account, of_team)
        })
        .filter(|(_, grants)| !grants.is_empty())
        .collect();
    Ok(Loaded {
        members,
        people,
        listed: reads.team_members(&team.slug).await?,
        why_not: ctx.why_not(Action::ManagePeople, &Resource::Organisation),
        team,
    })
}

fn view(loaded: Loaded, sent: &Sent) -> impl IntoView + use<> {
    let Loaded {
        team,
        members,
        people,
        listed,
        why_not,
    } = loaded;
    let (action, slug) = (paths::admin_team(&team.slug), team.slug);
    view! {
        <PageHeader
            title=team.title
            about=|| "Members see what is private to the team; what else they may do is their role"
            actions=move || view! { <LinkButton href=paths::team(&slug)>"Page of the team"</LinkButton> }
        />
        <ErrorSummary errors=sent.errors.clone() />
        {table(members, &action, why_not.as_deref())}
        {giving(people, action, why_not, sent)}
        {elsewhere(listed)}
    }
}

fn table(members: Vec<(Account, Vec<Grant>)>, action: &str, why_not: Option<&str>) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Name").grows(),
        Column::new("Roles"),
        Column::new("State").wide_only(),
        Column::new("Remove").hidden_label(),
    ];
    let rows = members
        .into_iter()
        .map(|(account, grants)| {
            let person = account.person.to_string();
            let roles = grants
                .iter()
                .map(|grant| role(&account, grant, action, why_not))
                .collect_view();
            let label = format!("Remove {} from the team", account.name);
            let remove = view! {
                <form method="post" action=action.to_owned() aria-label=label>
                    <input type="hidden" name="act" value="remove" />
                    <input type="hidden" name="person" value=person />
                    <Button kind=ButtonKind::Danger disabled_because=why_not.map(ToOwned::to_owned)>"Remove"</Button>
                </form>
            };
            Row::new(view! { <a href=paths::admin_person(account.person)>{account.name}</a> })
                .cell(view! { <ul class="team-roles">{roles}</ul> })
                .cell(view! { <StatusMark status=state(account.state) /> })
                .cell(remove)
        })
        .collect();
    view! {
        <Panel title="Members" id="members" flush=true>
            <Table caption="Members and their roles" columns rows empty=|| view! {
                <Empty title="Nobody yet">"Give somebody a role below. Until then only admins see what is private to this team."</Empty>
            } />
        </Panel>
    }
}

/// A role of a member with what narrows it, and the button that takes it away.
fn role(account: &Account, grant: &Grant, action: &str, why_not: Option<&str>) -> impl IntoView + use<> {
    let words = grant.within_team();
    let label = format!("Take {words} away from {}", account.name);
    view! {
        <li>
            <span>{words}</span>
            <form method="post" action=action.to_owned() aria-label=label>
                <input type="hidden" name="act" value="revoke" />
                <input type="hidden" name="person" value=account.person.to_string() />
                <input type="hidden" name="grant" value=grant.id.to_string() />
                <Button disabled_because=why_not.map(ToOwned::to_owned)>"Take away"</Button>
            </form>
        </li>
    }
}

fn giving(
    people: Vec<Choice>,
    action: String,
    why_not: Option<String>,
    sent: &Sent,
) -> impl IntoView + use<> {
    let mut choices = vec![Choice::new("", "Choose a person")];
    choices.extend(people);
    let (person, error) = (sent.fields.get("person").to_owned(), sent.error("person"));
    let (role, narrower) = (role_field(sent), narrowing(sent));
    view! {
        <Panel title="Add a member, or give another role" id="give">
            <form class="narrow-form" method="post" action=action>
                <input type="hidden" name="act" value="grant" />
                <Select label="Person" name="person" choices selected=person error />
                {role}
                {narrower}
                <Button kind=ButtonKind::Primary disabled_because=why_not>"Give the role"</Button>
            </form>
        </Panel>
    }
}

/// Whom others list as members: that alone gives nobody a role.
fn elsewhere(listed: Vec<TeamMember>) -> Option<impl IntoView> {
    if listed.is_empty() {
        return None;
    }
    let rows = listed.into_iter().map(|member| {
        let source = match (member.in_catalog, member.github_team) {
            (true, Some(team)) => format!("the catalogue and {team} at GitHub"),
            (false, Some(team)) => format!("{team} at GitHub"),
            (_, None) => "the catalogue".to_owned(),
        };
        Row::new(member.name).cell(source)
    });
    let rows = rows.collect::<Vec<_>>();
    let columns = vec![Column::new("Name").grows(), Column::new("Listed by")];
    Some(view! {
        <Panel title="Listed elsewhere" flush=true note=|| "Being listed gives no role here">
            <Table caption="People whom the catalogue or GitHub lists" columns rows />
        </Panel>
    })
}
