//! `/admin/sign-in`

use commands::CommandError;
use domain::{
    access::{Action, Resource},
    people::TeamRef,
    sign_in::{SignInRule, Way},
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    forms::{self, Sent},
    page::{Page, Section, respond},
    parts::role_fields,
    paths,
    ui::{
        Button, ButtonKind, Choice, Column, Copyable, Empty, ErrorSummary, PageHeader, Panel, Prop, Props,
        Row, Select, Table, TextField,
    },
};

struct Loaded {
    rules: Vec<SignInRule>,
    teams: Vec<TeamRef>,
    providers: Vec<(Way, String)>,
    ways: Vec<Prop>,
    why_not: Option<String>,
}

/// How people get in, and the rules for their groups.
pub fn sign_in_rules_page() -> impl IntoView {
    let sent = forms::sent();
    respond(|ctx| async move {
        let loaded = load(&ctx).await?;
        Ok(Page::new(Section::People, "Ways in")
            .crumb("Admin", paths::admin())
            .crumb("People", paths::admin_people())
            .body(view(loaded, &sent)))
    })
}

async fn load(ctx: &Ctx) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    Ok(Loaded {
        rules: reads.sign_in_rules().await?,
        teams: reads.owning_teams().await?,
        providers: ctx.commands().ways().providers(),
        ways: ways(ctx),
        why_not: ctx.why_not(Action::ManagePeople, &Resource::Organisation),
    })
}

/// What the settings say, and what the provider must be told.
fn ways(ctx: &Ctx) -> Vec<Prop> {
    let ways = ctx.commands().ways();
    let passwords = if ways.passwords {
        "E-mail and password let people in"
    } else {
        "Switched off"
    };
    let mut props = vec![Prop::new("Passwords", passwords)];
    match &ways.oidc {
        Some(oidc) => {
            let config = oidc.config();
            props.push(Prop::new(
                "OpenID provider",
                format!("{}: {}", config.name, config.issuer),
            ));
            props.push(Prop::new("Claim with groups", config.groups_claim.clone()));
            props.push(address("Its redirect address", config.return_url.clone()));
        }
        None => props.push(Prop::new("OpenID provider", "Not set up: FAIRWAY_OIDC_ISSUER")),
    }
    match &ways.github {
        Some(github) => {
            let config = github.config();
            props.push(Prop::new("GitHub", config.web_url.clone()));
            props.push(address("Its callback address", config.return_url.clone()));
        }
        None => props.push(Prop::new("GitHub", "Not set up: FAIRWAY_GITHUB_CLIENT_ID")),
    }
    props
}

fn address(name: &str, url: String) -> Prop {
    Prop::new(name, view! { <Copyable text=url what="address" /> })
}

fn view(loaded: Loaded, sent: &Sent) -> impl IntoView + use<> {
    let Loaded {
        rules,
        teams,
        providers,
        ways,
        why_not,
    } = loaded;
    view! {
        <PageHeader title="Ways in" about=|| "How people sign in, and which groups of a provider have which roles here." />
        <ErrorSummary errors=sent.errors.clone() />
        <Panel title="Settings"><Props items=ways wide=true /></Panel>
        {table(rules, why_not.as_deref())}
        {form(providers, teams, why_not, sent)}
    }
}

fn table(rules: Vec<SignInRule>, why_not: Option<&str>) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Group").grows(),
        Column::new("Provider").dim(),
        Column::new("Role"),
        Column::new("Take it away").hidden_label(),
    ];
    let rows = rules
        .into_iter()
        .map(|rule| {
            let label = format!("Take away {} of {}", rule.grant, rule.group);
            let why_not = why_not.map(ToOwned::to_owned);
            Row::new(rule.group)
                .cell(provider(rule.way))
                .cell(rule.grant.to_string())
                .cell(view! {
                    <form method="post" action=paths::admin_sign_in() aria-label=label>
                        <input type="hidden" name="act" value="drop" />
                        <input type="hidden" name="rule" value=rule.id.to_string() />
                        <Button kind=ButtonKind::Danger disabled_because=why_not>"Take it away"</Button>
                    </form>
                })
        })
        .collect();
    view! {
        <Panel title="Groups with a role" id="rules" flush=true>
            <Table caption="Groups with a role" columns rows empty=|| view! {
                <Empty title="No group has a role">"Until one has, only invited people get in."</Empty>
            } />
        </Panel>
    }
}

fn provider(way: Way) -> &'static str {
    match way {
        Way::Oidc => "OpenID provider",
        Way::Github => "GitHub",
    }
}

fn form(
    providers: Vec<(Way, String)>,
    teams: Vec<TeamRef>,
    why_not: Option<String>,
    sent: &Sent,
) -> impl IntoView + use<> {
    let no_provider = providers
        .is_empty()
        .then(|| "No provider is set up; the settings above name what is missing.".to_owned());
    let choices = providers
        .into_iter()
        .map(|(way, name)| Choice::new(way.as_str(), name))
        .collect();
    let typed = |field: &str| (sent.fields.get(field).to_owned(), sent.error(field));
    let ((way, way_error), (group, group_error)) = (typed("way"), typed("group"));
    let role = role_fields(teams, sent);
    let why = why_not.or(no_provider);
    view! {
        <Panel title="Give a group a role" id="make">
            <form class="narrow-form" method="post" action=paths::admin_sign_in()>
                <input type="hidden" name="act" value="make" />
                <Select label="Provider" name="way" choices selected=way error=way_error />
                <TextField label="Group" name="group" value=group required=true error=group_error
                    hint=Some("As the provider writes it; at GitHub organisation, or organisation/team.".to_owned()) />
                {role}
                <Button kind=ButtonKind::Primary disabled_because=why>"Give it"</Button>
            </form>
        </Panel>
    }
}
