//! `/admin/people`

use commands::CommandError;
use domain::{
    access::{Action, Resource},
    people::{Account, AccountState, TeamRef},
    sign_in::UnmappedAuthor,
};
use leptos::prelude::*;

use super::authors::{LISTED, authors_panel};
use crate::{
    ctx::Ctx,
    forms::{self, Sent},
    page::{Page, Section, respond},
    parts::{granted, role_fields},
    paths,
    ui::{
        Button, ButtonKind, Column, Empty, ErrorSummary, LinkButton, PageHeader, Panel, Row, Status,
        StatusMark, Table, TextField, Time,
    },
};

struct Loaded {
    people: Vec<Account>,
    teams: Vec<TeamRef>,
    authors: Vec<UnmappedAuthor>,
    why_not: Option<String>,
}

/// Everybody with an account, and the form that invites more.
pub fn people_page() -> impl IntoView {
    let sent = forms::sent();
    respond(|ctx| async move {
        let loaded = load(&ctx).await?;
        Ok(Page::new(Section::People, "People")
            .crumb("Admin", paths::admin())
            .body(view(loaded, sent)))
    })
}

async fn load(ctx: &Ctx) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    Ok(Loaded {
        people: reads.accounts().await?,
        teams: reads.owning_teams().await?,
        authors: reads.unmapped_authors(LISTED).await?,
        why_not: ctx.why_not(Action::ManagePeople, &Resource::Organisation),
    })
}

fn view(loaded: Loaded, sent: Sent) -> impl IntoView {
    let Loaded {
        people,
        teams,
        authors,
        why_not,
    } = loaded;
    let about = format!(
        "{} with an account. Who has no role sees nothing.",
        people_words(people.len())
    );
    let columns = vec![
        Column::new("Name"),
        Column::new("E-mail").dim().wide_only(),
        Column::new("Roles").grows(),
        Column::new("State"),
        Column::new("Last seen").numeric().dim().wide_only(),
    ];
    let unmapped = authors_panel(authors, &people, why_not.as_deref());
    let rows = people.into_iter().map(row).collect();
    view! {
        <PageHeader title="People" about=move || about.clone() actions=|| view! {
            <LinkButton href=paths::admin_teams()>"Roles of teams"</LinkButton>
            <LinkButton href=paths::admin_sign_in()>"Ways in and groups"</LinkButton>
        } />
        <ErrorSummary errors=sent.errors.clone() />
        <Panel title="Accounts" flush=true>
            <Table caption="People with an account" columns rows empty=|| view! { <Empty title="Nobody yet">"Invite the first person below."</Empty> } />
        </Panel>
        {unmapped}
        {invitation(teams, why_not, &sent)}
    }
}

fn people_words(count: usize) -> String {
    match count {
        1 => "One person".to_owned(),
        count => format!("{count} people"),
    }
}

/// How an account's state looks.
pub(super) fn state(state: AccountState) -> Status {
    match state {
        AccountState::Active => Status::ok("active"),
        AccountState::Invited => Status::waiting("invited"),
        AccountState::Disabled => Status::idle("disabled"),
    }
}

fn row(account: Account) -> Row {
    let seen = account.seen_at.map_or_else(
        || view! { <span class="unknown">"–"</span> }.into_any(),
        |at| view! { <Time at /> }.into_any(),
    );
    let href = paths::admin_person(account.person);
    Row::new(view! { <a href=href>{account.name}</a> })
        .cell(account.email)
        .cell(granted(&account.grants))
        .cell(view! { <StatusMark status=state(account.state) /> })
        .cell(seen)
}

fn invitation(teams: Vec<TeamRef>, why_not: Option<String>, sent: &Sent) -> impl IntoView + use<> {
    let typed = |field: &str| (sent.fields.get(field).to_owned(), sent.error(field));
    let ((name, name_error), (email, email_error)) = (typed("name"), typed("email"));
    let role = role_fields(teams, sent);
    view! {
        <Panel title="Invite a person" id="invite">
            <form class="narrow-form" method="post" action=paths::admin_people()>
                <TextField label="Name" name="name" value=name required=true error=name_error />
                <TextField label="E-mail" name="email" kind="email" value=email required=true error=email_error />
                {role}
                <Button kind=ButtonKind::Primary disabled_because=why_not>"Make the invitation"</Button>
            </form>
        </Panel>
    }
}
