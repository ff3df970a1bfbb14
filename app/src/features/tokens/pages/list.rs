//! `/admin/tokens`: every service account, and every token of everybody.

use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{
    access::{Action, Resource},
    people::TeamRef,
    tokens::{ListedToken, ServiceAccount},
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    forms::{self, Sent},
    page::{Page, Section, respond},
    parts::TokenTable,
    paths,
    ui::{
        Button, ButtonKind, Choice, Column, Empty, ErrorSummary, PageHeader, Panel, Row, Select, Status,
        StatusMark, Table, TextField,
    },
};

struct Loaded {
    accounts: Vec<ServiceAccount>,
    tokens: Vec<ListedToken>,
    teams: Vec<TeamRef>,
    why_not: Option<String>,
    now: DateTime<Utc>,
}

/// Service accounts and tokens.
pub fn tokens_page() -> impl IntoView {
    let sent = forms::sent();
    respond(|ctx| async move {
        let loaded = load(&ctx).await?;
        Ok(Page::new(Section::Tokens, "Tokens")
            .crumb("Admin", paths::admin())
            .body(view(loaded, &sent)))
    })
}

async fn load(ctx: &Ctx) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    Ok(Loaded {
        accounts: reads.service_accounts().await?,
        tokens: reads.listed_tokens(None, ctx.now).await?,
        teams: reads.owning_teams().await?,
        why_not: ctx.why_not(Action::ManageTokens, &Resource::Organisation),
        now: ctx.now,
    })
}

fn view(loaded: Loaded, sent: &Sent) -> impl IntoView + use<> {
    let Loaded {
        accounts,
        tokens,
        teams,
        why_not,
        now,
    } = loaded;
    let table = TokenTable {
        caption: "Every token",
        action: paths::admin_tokens(),
        of_many: true,
        why_not: why_not.clone(),
    };
    view! {
        <PageHeader title="Tokens" about=|| "What CI and other programs may. A token never may more than whose it is; people make their own under their name." />
        <ErrorSummary errors=sent.errors.clone() />
        {listed(accounts)}
        {making(teams, why_not, sent)}
        <Panel title="Every token" id="tokens" flush=true>{table.of(tokens, now)}</Panel>
    }
}

/// Whether an account's tokens work.
pub(super) fn state(account: &ServiceAccount) -> Status {
    match account.disabled_at {
        None => Status::ok("active"),
        Some(_) => Status::idle("disabled"),
    }
}

fn listed(accounts: Vec<ServiceAccount>) -> impl IntoView {
    let columns = vec![
        Column::new("Name"),
        Column::new("What it is for").dim().grows().wide_only(),
        Column::new("Role"),
        Column::new("State"),
    ];
    let rows = accounts
        .into_iter()
        .map(|account| {
            let (href, role) = (
                paths::admin_service_account(account.id),
                account.grant().to_string(),
            );
            let state = state(&account);
            Row::new(view! { <a href=href>{account.name}</a> })
                .cell(account.about)
                .cell(role)
                .cell(view! { <StatusMark status=state /> })
        })
        .collect();
    view! {
        <Panel title="Service accounts" id="accounts" flush=true>
            <Table caption="Service accounts" columns rows
                empty=|| view! { <Empty title="No service account">"Make one for each program that reports or reads."</Empty> } />
        </Panel>
    }
}

fn making(teams: Vec<TeamRef>, why_not: Option<String>, sent: &Sent) -> impl IntoView + use<> {
    let typed = |field: &str| (sent.fields.get(field).to_owned(), sent.error(field));
    let ((name, name_error), (about, about_error)) = (typed("name"), typed("about"));
    let ((role, role_error), (team, team_error)) = (typed("role"), typed("team"));
    let roles = ServiceAccount::ROLES
        .map(|role| Choice::new(role.as_str(), role.as_str()))
        .to_vec();
    let teams = std::iter::once(Choice::new("", "The whole organisation"))
        .chain(teams.into_iter().map(|team| Choice::new(team.slug, team.title)))
        .collect();
    view! {
        <Panel title="Make a service account" id="make">
            <form class="narrow-form" method="post" action=paths::admin_tokens()>
                <input type="hidden" name="act" value="create_account" />
                <TextField label="Name" name="name" value=name required=true error=name_error />
                <TextField label="What it is for" name="about" value=about error=about_error />
                <Select label="Role" name="role" choices=roles selected=role error=role_error />
                <Select label="For" name="team" choices=teams selected=team error=team_error />
                <Button kind=ButtonKind::Primary disabled_because=why_not>"Make the service account"</Button>
            </form>
        </Panel>
    }
}
