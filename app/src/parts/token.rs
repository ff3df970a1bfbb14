//! Tokens: a table of them, the fields that make one, and the secret that is shown once.

use chrono::{DateTime, Utc};
use domain::{
    actor::Scope,
    environments::EnvironmentClass,
    error::FieldErrors,
    tokens::{DEFAULT_DAYS, ListedToken, MAX_DAYS, NewToken, Reach, Token},
};
use leptos::prelude::*;

use super::class_words;
use crate::{
    forms::{Fields, Sent},
    ui::{
        Button, ButtonKind, Checkbox, Column, Copyable, Empty, Notice, Row, Status, StatusMark, Table, Tag,
        TextField, Time, Tone,
    },
};

/// How a table of tokens stands on its page.
#[derive(Clone, Debug)]
pub struct TokenTable {
    /// What it lists, for screen readers.
    pub caption: &'static str,
    /// Where its buttons send their form.
    pub action: String,
    /// Whether the tokens are of several owners.
    pub of_many: bool,
    /// Why none can be revoked.
    pub why_not: Option<String>,
}

impl TokenTable {
    /// The table as of a time.
    pub fn of(self, tokens: Vec<ListedToken>, now: DateTime<Utc>) -> AnyView {
        let mut columns = vec![Column::new("Name").grows()];
        if self.of_many {
            columns.push(Column::new("Owner").wide_only());
        }
        columns.extend([
            Column::new("May").wide_only(),
            Column::new("Where").dim().wide_only(),
            Column::new("State"),
            Column::new("Until").numeric().dim().wide_only(),
            Column::new("Last used").numeric().dim().wide_only(),
            Column::new("Revoke it").hidden_label(),
        ]);
        let rows = tokens.into_iter().map(|listed| self.row(listed, now)).collect();
        let caption = self.caption;
        view! {
            <Table caption columns rows empty=|| view! { <Empty title="No token">"None was made yet."</Empty> } />
        }
        .into_any()
    }

    fn row(&self, ListedToken { token, owner }: ListedToken, now: DateTime<Utc>) -> Row {
        let mark = token
            .is_exchanged
            .then(|| view! { " "<Tag tone=Tone::Neutral>"for a workflow"</Tag> });
        let used = token.last_used_at.map_or_else(
            || view! { <span class="unknown">"never"</span> }.into_any(),
            |at| view! { <Time at /> }.into_any(),
        );
        let mut row = Row::new(view! { {token.name.clone()}{mark} });
        let mut under = scope_words(&token.scopes);
        let mut label = format!("Revoke {}", token.name);
        if self.of_many {
            let owner = owner.unwrap_or_else(|| "nobody: made on the server".to_owned());
            under = format!("{owner} · {under}");
            label = format!("{label} of {owner}");
            row = row.cell(owner);
        }
        row.under(under)
            .cell(scope_words(&token.scopes))
            .cell(token.reach.to_string())
            .cell(view! { <StatusMark status=state(&token, now) /> })
            .cell(view! { <Time at=token.expires_at /> })
            .cell(used)
            .cell(self.revoke(&token, label, now))
    }

    fn revoke(&self, token: &Token, label: String, now: DateTime<Utc>) -> AnyView {
        if !token.works_at(now) {
            return ().into_any();
        }
        let id = token.id.to_string();
        let (action, why_not) = (self.action.clone(), self.why_not.clone());
        view! {
            <form method="post" action=action aria-label=label>
                <input type="hidden" name="act" value="revoke_token" />
                <input type="hidden" name="token" value=id />
                <Button kind=ButtonKind::Danger disabled_because=why_not>"Revoke"</Button>
            </form>
        }
        .into_any()
    }
}

/// How a token stands at a time.
fn state(token: &Token, now: DateTime<Utc>) -> Status {
    match token.revoked_at {
        Some(_) => Status::idle("revoked"),
        None if token.works_at(now) => Status::ok("works"),
        None => Status::idle("expired"),
    }
}

/// Scopes in a cell.
pub fn scope_words(scopes: &[Scope]) -> String {
    let words: Vec<&str> = scopes.iter().copied().map(Scope::as_str).collect();
    words.join(", ")
}

/// What each scope lets one do, in a line.
fn about(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "read: what pages show",
        Scope::DeploysWrite => "deploys:write: report deploys",
        Scope::IncidentsWrite => "incidents:write: report incidents",
        Scope::CorrectionsWrite => "corrections:write: correct the record",
        Scope::CatalogWrite => "catalog:write: register services",
    }
}

/// Ticks for what a token may.
pub fn scope_fields(sent: &Sent) -> impl IntoView + use<> {
    let ticked = sent.fields.all("scope");
    let scopes = Scope::ALL.map(|scope| {
        view! { <Checkbox label=about(scope) name="scope" value=scope.as_str() checked=ticked.contains(&scope.as_str()) /> }
    });
    let error = sent
        .error("scopes")
        .map(|error| view! { <p class="field-error" id="f-scopes">{error}</p> });
    view! {
        <fieldset class="narrowing">
            <legend>"What it may"</legend>
            {scopes.collect_view()}
            {error}
        </fieldset>
    }
}

/// Where a token may act: names under `field`, and ticked classes.
pub fn reach_fields(sent: &Sent, field: &'static str) -> impl IntoView + use<> {
    let ticked = sent.fields.all("class");
    let classes = EnvironmentClass::ALL.map(|class| {
        view! { <Checkbox label=class_words(class) name="class" value=class.as_str() checked=ticked.contains(&class.as_str()) /> }
    });
    let (names, error) = (sent.fields.get(field).to_owned(), sent.error(field));
    let hint = "Names with commas between. Without any, and no class ticked, it acts everywhere.";
    view! {
        <TextField label="Only in these environments" name=field value=names hint=Some(hint.to_owned()) error />
        <fieldset class="narrowing">
            <legend>"And in every environment of these classes"</legend>
            {classes.collect_view()}
        </fieldset>
    }
}

/// Everything that makes a token.
pub fn token_fields(sent: &Sent) -> impl IntoView + use<> {
    let (name, name_error) = (sent.fields.get("name").to_owned(), sent.error("name"));
    let days = match sent.fields.get("expires_days") {
        "" => DEFAULT_DAYS.to_string(),
        typed => typed.to_owned(),
    };
    let days_error = sent.error("expires_days");
    let (scopes, reach) = (scope_fields(sent), reach_fields(sent, "environments"));
    let hint = format!("1 to {MAX_DAYS}. Then it stops working.");
    view! {
        <TextField label="What it is for" name="name" value=name required=true error=name_error />
        {scopes}
        {reach}
        <TextField label="Days" name="expires_days" kind="number" value=days required=true hint=Some(hint) error=days_error />
    }
}

/// The token that a form of [`token_fields`] asks for.
///
/// # Errors
/// What is wrong with each field.
pub fn new_token(fields: &Fields, now: DateTime<Utc>) -> Result<NewToken, FieldErrors> {
    let scopes: Vec<String> = fields.all("scope").into_iter().map(ToOwned::to_owned).collect();
    // What is no number is refused as a number out of bounds is.
    let days = fields.get("expires_days").parse().unwrap_or(0);
    let new = NewToken::parse(fields.get("name"), &scopes, days, now);
    let reach = Reach::parse("environments", fields.get("environments"), &fields.all("class"));
    let (new, reach) = FieldErrors::both(new, reach)?;
    Ok(new.within(reach))
}

/// The secret of a token that was just made.
pub fn new_secret(sent: &Sent) -> Option<AnyView> {
    sent.shown("token").map(|secret| {
        view! {
            <Notice tone=Tone::Ok>
                "Keep this token now: it is not shown again."
                <p class="break"><Copyable text=secret what="token" /></p>
            </Notice>
        }
        .into_any()
    })
}
