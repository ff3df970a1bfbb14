//! `/admin/service-accounts/{id}`: its tokens, the workflows that it trusts, and its end.

use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{
    access::{Action, Resource},
    ids::ServiceAccountId,
    tokens::{ListedToken, Owner, ServiceAccount, TrustRule},
};
use leptos::prelude::*;

use super::{list::state, trust::trust_panel};
use crate::{
    ctx::{self, Ctx},
    forms::{self, Sent},
    page::{Page, Section, respond},
    parts::{TokenTable, new_secret, token_fields},
    paths,
    ui::{Button, ButtonKind, ErrorSummary, PageHeader, Panel, Prop, Props, StatusMark, Time},
};

struct Loaded {
    account: ServiceAccount,
    tokens: Vec<ListedToken>,
    rules: Vec<TrustRule>,
    issuers: Vec<String>,
    /// What workflows ask for as the audience unless an admin says otherwise.
    audience: String,
    why_not: Option<String>,
    now: DateTime<Utc>,
}

/// One service account.
pub fn service_account_page() -> impl IntoView {
    let (sent, id) = (forms::sent(), ctx::param("id"));
    respond(|ctx| async move {
        let loaded = load(&ctx, &id).await?;
        Ok(Page::new(Section::Tokens, loaded.account.name.clone())
            .called(format!("Service account {}", loaded.account.name))
            .crumb("Admin", paths::admin())
            .crumb("Tokens", paths::admin_tokens())
            .body(view(loaded, &sent)))
    })
}

async fn load(ctx: &Ctx, id: &str) -> Result<Loaded, CommandError> {
    let missing = || CommandError::not_found(format!("service account {id}"));
    let reads = ctx.reads();
    let id: ServiceAccountId = id.parse().map_err(|_| missing())?;
    Ok(Loaded {
        account: reads.service_account(id).await?.ok_or_else(missing)?,
        tokens: reads
            .listed_tokens(Some(Owner::ServiceAccount(id)), ctx.now)
            .await?,
        rules: reads.trust_rules_of(id).await?,
        issuers: ctx.commands().issuers(),
        audience: ctx.app.public_url.to_string(),
        why_not: ctx.why_not(Action::ManageTokens, &Resource::Organisation),
        now: ctx.now,
    })
}

fn view(loaded: Loaded, sent: &Sent) -> impl IntoView + use<> {
    let Loaded {
        account,
        tokens,
        rules,
        issuers,
        audience,
        why_not,
        now,
    } = loaded;
    let action = paths::admin_service_account(account.id);
    let disabled = account.disabled_at.is_some();
    // None works while the account is disabled, so none is made.
    let no_new = why_not
        .clone()
        .or_else(|| disabled.then(|| "The account is disabled; enable it first.".to_owned()));
    let facts = vec![
        Prop::new("What it is for", account.about.clone()),
        Prop::new("Role", account.grant().to_string()),
        Prop::new("Since", view! { <Time at=account.created_at /> }),
    ];
    let (mark, about) = (state(&account), "Nobody signs in as it: it has tokens only.");
    let table = TokenTable {
        caption: "Its tokens",
        action: action.clone(),
        of_many: false,
        why_not: why_not.clone(),
    };
    let making = making(&action, no_new.clone(), sent);
    let trust = trust_panel(
        rules,
        (action.as_str(), audience.as_str()),
        (issuers, why_not.clone(), no_new),
        sent,
    );
    view! {
        <PageHeader title=account.name badges=move || view! { <StatusMark status=mark.clone() /> } about=move || about />
        {new_secret(sent)}
        <ErrorSummary errors=sent.errors.clone() />
        <Panel title="About it"><Props items=facts wide=true /></Panel>
        <Panel title="Tokens" id="tokens" flush=true>{table.of(tokens, now)}</Panel>
        {making}
        {trust}
        {end(&action, disabled, why_not)}
    }
}

fn making(action: &str, why_not: Option<String>, sent: &Sent) -> impl IntoView + use<> {
    let (fields, action) = (token_fields(&sent.of("create_token")), action.to_owned());
    view! {
        <Panel title="Make a token" id="make">
            <form class="narrow-form" method="post" action=action>
                <input type="hidden" name="act" value="create_token" />
                {fields}
                <Button kind=ButtonKind::Primary disabled_because=why_not>"Make the token"</Button>
            </form>
        </Panel>
    }
}

fn end(action: &str, disabled: bool, why_not: Option<String>) -> impl IntoView + use<> {
    let (act, kind, label) = if disabled {
        ("enable", ButtonKind::Plain, "Enable the account")
    } else {
        (
            "disable",
            ButtonKind::Danger,
            "Disable the account and all its tokens",
        )
    };
    let action = action.to_owned();
    view! {
        <Panel title="Account">
            <form method="post" action=action>
                <input type="hidden" name="act" value=act />
                <Button kind disabled_because=why_not>{label}</Button>
            </form>
        </Panel>
    }
}
