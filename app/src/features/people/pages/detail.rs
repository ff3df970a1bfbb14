//! `/admin/people/{id}`: a person's roles, a new link, and the end of an account.

use commands::CommandError;
use domain::{
    access::{Action, Grant, Resource},
    people::{Account, AccountState, TeamRef},
    sign_in::{Identity, Way},
};
use leptos::prelude::*;

use super::super::actions::newest_link;
use super::list::state;
use crate::{
    ctx::{self, Ctx},
    forms::{self, Sent},
    page::{Page, Section, respond},
    parts::{identity_list, provider_name, role_fields},
    paths,
    ui::{
        Button, ButtonKind, Choice, Column, Copyable, Empty, ErrorSummary, Notice, PageHeader, Panel, Row,
        Select, StatusMark, Table, TextField, Tone,
    },
};

struct Loaded {
    account: Account,
    teams: Vec<TeamRef>,
    identities: Vec<Identity>,
    why_not: Option<String>,
    /// Why they must stay an admin, where they are the last one.
    last: Option<String>,
    /// The newest link that was made for them.
    newest: String,
}

/// One person.
pub fn person_page() -> impl IntoView {
    let (sent, id) = (forms::sent(), ctx::param("id"));
    respond(|ctx| async move {
        let loaded = load(&ctx, &id).await?;
        Ok(Page::new(Section::People, loaded.account.name.clone())
            .called(format!("Account of {}", loaded.account.name))
            .crumb("Admin", paths::admin())
            .crumb("People", paths::admin_people())
            .body(view(loaded, &sent)))
    })
}

async fn load(ctx: &Ctx, id: &str) -> Result<Loaded, CommandError> {
    let missing = || CommandError::not_found(format!("person {id} with an account"));
    let reads = ctx.reads();
    let person = id.parse().map_err(|_| missing())?;
    let account = reads.account(person).await?.ok_or_else(missing)?;
    let last = account.may_go(reads.admin_count().await? - 1).err();
    Ok(Loaded {
        last: last.map(|why| why.to_string()),
        newest: newest_link(reads.invitation_made_at(person).await?),
        account,
        teams: reads.owning_teams().await?,
        identities: reads.identities_of(person).await?,
        why_not: ctx.why_not(Action::ManagePeople, &Resource::Organisation),
    })
}

fn view(loaded: Loaded, sent: &Sent) -> impl IntoView + use<> {
    let Loaded {
        account,
        teams,
        identities,
        why_not,
        last,
        newest,
    } = loaded;
    let action = paths::admin_person(account.person);
    let (now, email) = (account.state, account.email.clone());
    let to = account.email;
    let link = sent.shown("link").map(|link| {
        view! {
            <Notice tone=Tone::Ok>
                "Send this link to "{to}". It works once, for three days, and is not shown again: loading this page again makes no other one."
                <p class="break"><Copyable text=link what="link" /></p>
            </Notice>
        }
    });
    let (role, give, why) = (role_fields(teams, sent), action.clone(), why_not.clone());
    view! {
        <PageHeader title=account.name badges=move || view! { <StatusMark status=state(now) /> } about=move || email.clone() />
        {link}
        <ErrorSummary errors=sent.errors.clone() />
        {held(account.grants, &action, (why_not.as_deref(), last.as_deref()))}
        <Panel title="Give a role" id="give">
            <form class="narrow-form" method="post" action=give>
                <input type="hidden" name="act" value="grant" />
                {role}
                <Button kind=ButtonKind::Primary disabled_because=why>"Give it"</Button>
            </form>
        </Panel>
        {known_by(&identities, &action, (why_not.clone(), sent))}
        {no_longer(&identities, &action, (why_not.clone(), sent))}
        {not_their_commits(&identities, &action, (why_not.clone(), sent))}
        {ways(account.state, &action, newest, (why_not, last))}
    }
}

fn held(
    grants: Vec<Grant>,
    action: &str,
    (why_not, last): (Option<&str>, Option<&str>),
) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Role").grows(),
        Column::new("Take it away").hidden_label(),
    ];
    let rows = grants
        .into_iter()
        .map(|grant| {
            let words = grant.to_string();
            let (label, action) = (format!("Take away {words}"), action.to_owned());
            let last = last.filter(|_| grant.makes_admin());
            let why_not = why_not.or(last).map(ToOwned::to_owned);
            Row::new(words).cell(view! {
                <form method="post" action=action aria-label=label>
                    <input type="hidden" name="act" value="revoke" />
                    <input type="hidden" name="grant" value=grant.id.to_string() />
                    <Button kind=ButtonKind::Danger disabled_because=why_not>"Take it away"</Button>
                </form>
            })
        })
        .collect();
    view! {
        <Panel title="Roles" id="roles" flush=true>
            <Table caption="Roles" columns rows empty=|| view! { <Empty title="No role">"Without one nothing is seen."</Empty> } />
        </Panel>
    }
}

/// What the person is known by, and the form that makes somebody else and them one.
fn known_by(
    identities: &[Identity],
    action: &str,
    (why_not, sent): (Option<String>, &Sent),
) -> impl IntoView + use<> {
    let typed = |field: &str| (sent.fields.get(field).to_owned(), sent.error(field));
    let ((other, other_error), (reason, reason_error)) = (typed("other"), typed("reason"));
    let (action, list) = (action.to_owned(), identity_list(identities));
    view! {
        <Panel title="Known by" id="identities">
            {list}
            <form class="narrow-form" method="post" action=action>
                <input type="hidden" name="act" value="merge" />
                <TextField label="The same person as" name="other" value=other required=true error=other_error
                    hint=Some("A login at GitHub, an e-mail, or the number in the address of this page. Their account goes, with its roles, and their tokens end.".to_owned()) />
                <TextField label="How you know" name="reason" value=reason required=true error=reason_error />
                <Button kind=ButtonKind::Danger disabled_because=why_not>"Make them one"</Button>
            </form>
        </Panel>
    }
}

/// The form that takes an identity at a provider away, where there is one.
fn no_longer(
    identities: &[Identity],
    action: &str,
    (why_not, sent): (Option<String>, &Sent),
) -> Option<AnyView> {
    let choices: Vec<Choice> = identities
        .iter()
        .filter(|identity| Way::parse(&identity.provider).is_some())
        .map(|identity| {
            let value = format!("{} {}", identity.provider, identity.subject);
            Choice::new(value, format!("{}, {}", identity.label, provider_name(identity)))
        })
        .collect();
    let (action, chosen) = (action.to_owned(), sent.error("identity"));
    let (why, wrong) = (sent.fields.get("why").to_owned(), sent.error("why"));
    let hint = "Nobody comes in by it any more, what its groups gave goes, and they are signed out. What was done under it stays theirs.";
    (!choices.is_empty()).then(|| {
        view! {
            <Panel title="No longer theirs" id="no-longer">
                <form class="narrow-form" method="post" action=action>
                    <input type="hidden" name="act" value="unlink" />
                    <Select label="Identity" name="identity" choices error=chosen hint=Some(hint.to_owned()) />
                    <TextField label="Why" name="why" value=why required=true error=wrong />
                    <Button kind=ButtonKind::Danger disabled_because=why_not>"End this identity"</Button>
                </form>
            </Panel>
        }
        .into_any()
    })
}

/// The form that takes an address in commits away, where there is one.
fn not_their_commits(
    identities: &[Identity],
    action: &str,
    (why_not, sent): (Option<String>, &Sent),
) -> Option<AnyView> {
    let choices: Vec<Choice> = identities
        .iter()
        .filter(|identity| identity.provider == "email")
        .map(|identity| Choice::new(identity.subject.clone(), identity.label.clone()))
        .collect();
    let action = action.to_owned();
    let (why, wrong) = (
        sent.fields.get("unmap_reason").to_owned(),
        sent.error("unmap_reason"),
    );
    let hint = "Its commits are nobody’s, those too that GitHub says are theirs, until somebody says whose, and figures follow. One that their provider proved comes back when they sign in.";
    (!choices.is_empty()).then(|| {
        view! {
            <Panel title="Not their commits" id="not-their-commits">
                <form class="narrow-form" method="post" action=action>
                    <input type="hidden" name="act" value="unmap" />
                    <Select label="Address" name="email" choices hint=Some(hint.to_owned()) />
                    <TextField label="Why it is not theirs" name="unmap_reason" value=why required=true error=wrong />
                    <Button kind=ButtonKind::Danger disabled_because=why_not>"Take the address away"</Button>
                </form>
            </Panel>
        }
        .into_any()
    })
}

fn ways(
    state: AccountState,
    action: &str,
    newest: String,
    (why_not, last): (Option<String>, Option<String>),
) -> impl IntoView + use<> {
    let button = |act: &'static str, kind, label: &'static str, why_not: Option<String>| {
        view! {
            <form method="post" action=action.to_owned()>
                <input type="hidden" name="act" value=act />
                <Button kind disabled_because=why_not>{label}</Button>
            </form>
        }
    };
    let disabled = state == AccountState::Disabled;
    let no_link = disabled
        .then(|| "The account is disabled; enable it first.".to_owned())
        .or_else(|| why_not.clone());
    let link = match state {
        AccountState::Invited => "Make a new invitation",
        AccountState::Active | AccountState::Disabled => "Make a link to choose a new password",
    };
    let out = button(
        "sign_out",
        ButtonKind::Plain,
        "Sign them out everywhere",
        why_not.clone(),
    );
    let end = if disabled {
        button("enable", ButtonKind::Plain, "Enable the account", why_not)
    } else {
        button(
            "disable",
            ButtonKind::Danger,
            "Disable the account and end its sessions",
            why_not.or(last),
        )
    };
    let link = view! {
        <form method="post" action=action.to_owned()>
            <input type="hidden" name="act" value="link" />
            <input type="hidden" name="after" value=newest />
            <Button disabled_because=no_link>{link}</Button>
        </form>
    };
    view! {
        <Panel title="Account">
            <div class="ways">{link}{out}{end}</div>
        </Panel>
    }
}
