//! `/sign-in` and `/sign-in/code`

use commands::Ways;
use leptos::prelude::*;
use serde::Deserialize;

use crate::{
    features::identity::outside::begins,
    forms::{self, Sent},
    page::{Page, respond_to},
    paths,
    query::Known,
    ui::{Button, ButtonKind, ErrorSummary, LinkButton, PasswordField, TextField},
};

/// Where to go afterwards.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    to: String,
}

impl Known for Asked {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        Some(vec!["to"])
    }
}

impl Asked {
    /// What a sent form carries wins over the address, which it does not have.
    fn or_sent(self, sent: &Sent) -> String {
        let typed = sent.fields.get("to");
        if typed.is_empty() {
            self.to
        } else {
            typed.to_owned()
        }
    }
}

/// E-mail and password.
pub fn sign_in_page() -> impl IntoView {
    let sent = forms::sent();
    respond_to(|ctx, asked: Asked| async move {
        let to = asked.or_sent(&sent);
        let ways = ctx.commands().ways();
        let providers = providers(ways, &to);
        let passwords = ways.passwords.then(|| passwords(to, &sent));
        Ok(Page::alone("Sign in").body(view! {
            <h1>"Sign in"</h1>
            <p class="door-about">{ctx.app.organisation.name.clone()}</p>
            <ErrorSummary title="You are not signed in" errors=sent.errors />
            {providers}
            {passwords}
        }))
    })
}

/// A button for each provider.
fn providers(ways: &Ways, to: &str) -> Option<impl IntoView + use<>> {
    let to = if to == "/" { "" } else { to };
    let buttons: Vec<_> = ways
        .providers()
        .into_iter()
        .map(|(way, name)| {
            let href = paths::with_query(&begins(way), [("to", to)]);
            view! { <LinkButton href kind=ButtonKind::Primary>{format!("Sign in with {name}")}</LinkButton> }
        })
        .collect();
    (!buttons.is_empty()).then(|| view! { <div class="ways">{buttons}</div> })
}

fn passwords(to: String, sent: &Sent) -> impl IntoView + use<> {
    let email = sent.fields.get("email").to_owned();
    let error = sent.error("password");
    view! {
        <form class="door-form" method="post" action=paths::sign_in()>
            <input type="hidden" name="to" value=to />
            <TextField label="E-mail" name="email" kind="email" autocomplete="username" value=email required=true />
            <PasswordField label="Password" name="password" autocomplete="current-password" error />
            <Button kind=ButtonKind::Primary>"Sign in"</Button>
        </form>
        <p class="dim">"No account, or no password any more? An admin sends you a link."</p>
    }
}

/// The code of an authenticator, after the password.
pub fn code_page() -> impl IntoView {
    let sent = forms::sent();
    respond_to(|_, asked: Asked| async move {
        let to = asked.or_sent(&sent);
        let error = sent.error("code");
        Ok(Page::alone("Your code").body(view! {
            <h1>"Your code"</h1>
            <p class="door-about">"The six digits that your authenticator shows now, or one of your recovery codes."</p>
            <ErrorSummary title="You are not signed in" errors=sent.errors />
            <form class="door-form" method="post" action=paths::sign_in_code()>
                <input type="hidden" name="to" value=to />
                <TextField label="Code" name="code" autocomplete="one-time-code" required=true error />
                <Button kind=ButtonKind::Primary>"Sign in"</Button>
            </form>
            <p class="dim"><a href=paths::sign_in()>"Begin again"</a></p>
        }))
    })
}
