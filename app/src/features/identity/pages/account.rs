//! `/account`: one's own roles, sessions, tokens, password and authenticator.

use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{
    access::{Action, Resource},
    people::{Account, SessionSummary},
    sign_in::{Identity, Way},
    tokens::{ListedToken, Owner},
};
use leptos::prelude::*;

use super::link::GOOD_PASSWORD;
use crate::{
    ctx::Ctx,
    forms::{self, Sent},
    page::{Page, Section, respond},
    parts::{TokenTable, identity_list, new_secret, token_fields},
    paths,
    ui::{
        Button, ButtonKind, Column, ErrorSummary, LinkButton, Notice, PageHeader, Panel, PasswordField, Prop,
        Props, Row, Table, Tag, TextField, Time, Tone,
    },
};

struct Loaded {
    account: Account,
    sessions: Vec<SessionSummary>,
    /// The key of the session that asks.
    this: String,
    recovery_codes: i64,
    tokens: Vec<ListedToken>,
    now: DateTime<Utc>,
    /// Why no token can be made.
    no_token: Option<String>,
    identities: Vec<Identity>,
    providers: Vec<(Way, String)>,
    passwords: bool,
    /// Why the account has no password to change.
    without_password: bool,
}

/// One's own account.
pub fn account_page() -> impl IntoView {
    let sent = forms::sent();
    respond(|ctx| async move {
        let loaded = load(&ctx).await?;
        Ok(Page::new(Section::Account, "Your account").body(body(loaded, &sent)))
    })
}

async fn load(ctx: &Ctx) -> Result<Loaded, CommandError> {
    let person = ctx.viewer()?.signed_in().ok_or(CommandError::SignedOut)?;
    let reads = ctx.reads();
    let account = reads.account(person).await?.ok_or(CommandError::SignedOut)?;
    let known = reads.credentials(person).await?;
    Ok(Loaded {
        account,
        sessions: reads.sessions_of(person, ctx.now).await?,
        this: ctx.session_key().unwrap_or_default(),
        identities: reads.identities_of(person).await?,
        providers: ctx.commands().ways().providers(),
        passwords: ctx.commands().ways().passwords,
        recovery_codes: reads.recovery_codes_left(person).await?,
        tokens: reads.listed_tokens(Some(Owner::Person(person)), ctx.now).await?,
        now: ctx.now,
        no_token: ctx.why_not(Action::OwnTokens, &Resource::Anything),
        without_password: known.is_none_or(|known| known.password_hash.is_none()),
    })
}

fn body(loaded: Loaded, sent: &Sent) -> impl IntoView + use<> {
    let Loaded {
        account,
        sessions,
        this,
        identities,
        providers,
        passwords,
        recovery_codes,
        tokens,
        now,
        no_token,
        without_password,
    } = loaded;
    let roles = if account.grants.is_empty() {
        "none yet; an admin gives them".to_owned()
    } else {
        let words: Vec<String> = account.grants.iter().map(ToString::to_string).collect();
        words.join("; ")
    };
    let facts = vec![
        Prop::new("E-mail", account.email.clone()),
        Prop::new("Roles", roles),
        Prop::new("Since", view! { <Time at=account.created_at /> }),
    ];
    let errors = sent.errors.clone();
    view! {
        <PageHeader
            title=account.name.clone()
            about=|| "Your account: what you may do, where you are signed in, and how you sign in."
            actions=|| view! { <LinkButton href=paths::account_notifications()>"Notifications"</LinkButton> }
        />
        {new_secret(sent)}
        <ErrorSummary errors />
        <Panel title="You"><Props items=facts wide=true /></Panel>
        {sessions_panel(sessions, &this)}
        {identities_panel(&identities, providers, sent)}
        <Panel title="Your tokens" id="tokens" flush=true>{tokens_table(tokens, now)}</Panel>
        {token_panel(no_token, sent)}
        {passwords.then(|| password_panel(without_password, &account.email, sent))}
        {passwords.then(|| authenticator_panel(account.has_totp, recovery_codes, sent))}
    }
}

fn sessions_panel(sessions: Vec<SessionSummary>, this: &str) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Device").grows(),
        Column::new("Address").dim().wide_only(),
        Column::new("Last seen").numeric(),
        Column::new("Ends at the latest").numeric().dim().wide_only(),
        Column::new("End it").hidden_label(),
    ];
    let rows = sessions
        .into_iter()
        .zip(1..)
        .map(|(session, number)| {
            let is_this = session.key == this;
            let label = format!("End session {number}, of {}", session.device);
            let mark = is_this.then(|| view! { " "<Tag tone=Tone::Ok>"this one"</Tag> });
            Row::new(view! { {session.device}{mark} })
                .cell(session.address)
                .cell(view! { <Time at=session.seen_at /> })
                .cell(view! { <Time at=session.ends_at /> })
                .cell(view! {
                    <form method="post" action=paths::account() aria-label=label>
                        <input type="hidden" name="act" value="end" />
                        <input type="hidden" name="session" value=session.key />
                        <Button kind=ButtonKind::Quiet>"End"</Button>
                    </form>
                })
        })
        .collect();
    view! {
        <Panel title="Where you are signed in" id="sessions" flush=true>
            <Table caption="Your sessions" columns rows />
            <form class="panel-line" method="post" action=paths::account()>
                <input type="hidden" name="act" value="end_all" />
                <Button kind=ButtonKind::Danger>"Sign out everywhere"</Button>
            </form>
        </Panel>
    }
}

/// One's own tokens. Whoever may make none may still end them.
fn tokens_table(tokens: Vec<ListedToken>, now: DateTime<Utc>) -> AnyView {
    let table = TokenTable {
        caption: "Your tokens",
        action: paths::account(),
        of_many: false,
        why_not: None,
    };
    table.of(tokens, now)
}

fn token_panel(why_not: Option<String>, sent: &Sent) -> impl IntoView + use<> {
    let fields = token_fields(&sent.of("create_token"));
    view! {
        <Panel title="Make a token" id="make-token">
            <p>"For programs that act as you. A token never may more than you, and nothing once you cannot sign in."</p>
            <form class="narrow-form" method="post" action=paths::account()>
                <input type="hidden" name="act" value="create_token" />
                {fields}
                <Button kind=ButtonKind::Primary disabled_because=why_not>"Make the token"</Button>
            </form>
        </Panel>
    }
}

/// What the person is known by, and the ways to prove more. A link leads to the provider, not the form: browsers do not let a
/// form end at another site.
fn identities_panel(
    identities: &[Identity],
    providers: Vec<(Way, String)>,
    sent: &Sent,
) -> impl IntoView + use<> {
    let go = sent.shown("link").map(|href| {
        view! {
            <Notice tone=Tone::Neutral>
                <p>"Prove there that it is you. If Fairway knows that identity as somebody else, the two become one: you."</p>
                <LinkButton href kind=ButtonKind::Primary>"Go on to prove it"</LinkButton>
            </Notice>
        }
    });
    let buttons: Vec<_> = providers
        .into_iter()
        .map(|(way, name)| {
            view! {
                <form method="post" action=paths::account()>
                    <input type="hidden" name="act" value="link" />
                    <input type="hidden" name="way" value=way.as_str() />
                    <Button>{format!("Connect {name}")}</Button>
                </form>
            }
        })
        .collect();
    let list = identity_list(identities);
    view! {
        <Panel title="What you are known by" id="identities">
            {go}
            {list}
            <div class="ways">{buttons}</div>
        </Panel>
    }
}

fn password_panel(without: bool, email: &str, sent: &Sent) -> impl IntoView + use<> {
    let why = without.then(|| {
        "You are signed in by a link and have no password. An admin can send you one to choose it.".to_owned()
    });
    let email = email.to_owned();
    let (old_error, error) = (sent.error("old_password"), sent.error("password"));
    view! {
        <Panel title="Password" id="password">
            <form class="narrow-form" method="post" action=paths::account()>
                <input type="hidden" name="act" value="password" />
                <input type="hidden" name="username" value=email autocomplete="username" />
                <PasswordField label="Password now" name="old_password" autocomplete="current-password" error=old_error />
                <PasswordField label="New password" name="password" autocomplete="new-password"
                    hint=Some(format!("{GOOD_PASSWORD} Every other session of yours ends.")) error />
                <Button disabled_because=why>"Change it"</Button>
            </form>
        </Panel>
    }
}

fn authenticator_panel(has_one: bool, codes: i64, sent: &Sent) -> impl IntoView + use<> {
    let inside = if has_one {
        view! {
            <p>{format!("A code is asked for beside your password. {codes} recovery codes are left.")}</p>
            <form class="narrow-form" method="post" action=paths::account()>
                <input type="hidden" name="act" value="remove_authenticator" />
                <TextField label="Code" name="code" autocomplete="one-time-code" required=true error=sent.error("code") />
                <Button kind=ButtonKind::Danger>"Take it off"</Button>
            </form>
        }
        .into_any()
    } else {
        view! {
            <p>"A code of your phone beside the password: who steals the one has not the other."</p>
            <LinkButton href=paths::account_authenticator()>"Set an authenticator up"</LinkButton>
        }
        .into_any()
    };
    view! { <Panel title="Authenticator" id="authenticator">{inside}</Panel> }
}
