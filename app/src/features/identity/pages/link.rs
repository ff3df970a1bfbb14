//! `/link`: what a single-use link opens. Looking at it uses nothing; sending its form does.

use commands::LetIn;
use domain::people::LinkPurpose;
use leptos::prelude::*;
use serde::Deserialize;

use crate::{
    forms::{self, Sent},
    page::{Page, respond_to},
    paths,
    query::Known,
    ui::{Button, ButtonKind, ErrorSummary, PasswordField, TextField},
};

/// The link's code.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    code: String,
}

impl Known for Asked {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        Some(vec!["code"])
    }
}

/// The form that fits the link.
pub fn link_page() -> impl IntoView {
    let sent = forms::sent();
    respond_to(|ctx, asked: Asked| async move {
        let typed = sent.fields.get("code").to_owned();
        let code = if typed.is_empty() { asked.code } else { typed };
        let link = ctx.commands().let_in_by(&code).await?;
        let title = match link.purpose {
            LinkPurpose::SetUp | LinkPurpose::Recovery => "Set Fairway up",
            LinkPurpose::Invitation => "Choose your password",
            LinkPurpose::SignIn => "Sign in to the demo",
        };
        let form = form(link, &sent);
        let errors = sent.errors;
        Ok(Page::alone(title).body(view! {
            <h1>{title}</h1>
            <ErrorSummary errors />
            <form class="door-form" method="post" action=paths::link()>
                <input type="hidden" name="code" value=code />
                {form}
            </form>
        }))
    })
}

fn form(link: LetIn, sent: &Sent) -> AnyView {
    let (name, email) = link.person.unwrap_or_default();
    match link.purpose {
        LinkPurpose::SetUp | LinkPurpose::Recovery => {
            let typed = |field: &str| sent.fields.get(field).to_owned();
            view! {
                <p class="door-about">"You become an admin: you invite everybody else and give them their roles."</p>
                <TextField label="Name" name="name" autocomplete="name" value=typed("name") required=true error=sent.error("name") />
                <TextField label="E-mail" name="email" kind="email" autocomplete="username" value=typed("email") required=true
                    error=sent.error("email") />
                {new_password(sent)}
                <Button kind=ButtonKind::Primary>"Become the admin"</Button>
            }
            .into_any()
        }
        LinkPurpose::Invitation => view! {
            <p class="door-about">{format!("For {name}. Afterwards you sign in with {email} and this password.")}</p>
            <input type="hidden" name="email" value=email autocomplete="username" />
            {new_password(sent)}
            <Button kind=ButtonKind::Primary>"Choose it and sign in"</Button>
        }
        .into_any(),
        LinkPurpose::SignIn => view! {
            <p class="door-about">{format!("As {name}. The link works once, on this machine.")}</p>
            <Button kind=ButtonKind::Primary>{format!("Sign in as {name}")}</Button>
        }
        .into_any(),
    }
}

/// What a new password must be, beside its field from the start.
pub(super) const GOOD_PASSWORD: &str = "15 to 256 characters; paste is fine. A few words that do not belong together are strong and easy to remember. \
     What is easily guessed, or little more than your name or address, is refused.";

fn new_password(sent: &Sent) -> impl IntoView + use<> {
    view! {
        <PasswordField label="Password" name="password" autocomplete="new-password" hint=Some(GOOD_PASSWORD.to_owned()) error=sent.error("password") />
    }
}
