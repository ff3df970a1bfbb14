//! `/account/authenticator`: setting one up, and the recovery codes, shown once.

use commands::NewAuthenticator;
use leptos::prelude::*;

use crate::{
    forms,
    page::{Page, Section, respond},
    paths,
    ui::{
        Button, ButtonKind, ErrorSummary, LinkButton, Mono, Notice, PageHeader, Panel, QrCode, TextField,
        Tone,
    },
};

/// A secret to scan or type; or the recovery codes of one that was just confirmed.
pub fn authenticator_page() -> impl IntoView {
    let sent = forms::sent();
    respond(|ctx| async move {
        let page = Page::new(Section::Account, "Authenticator").crumb("Your account", paths::account());
        if let Some(codes) = sent.shown("codes") {
            return Ok(page.body(recovery(&codes)));
        }
        let new = ctx.commands().proposed_authenticator(ctx.viewer()?).await?;
        let error = sent.error("code");
        let steps = match new {
            Some(new) => confirming(new, error).into_any(),
            None => beginning().into_any(),
        };
        Ok(page.body(view! {
            <PageHeader title="Set an authenticator up" about=|| "Any app that makes six digits every half minute will do." />
            <ErrorSummary errors=sent.errors />
            {steps}
        }))
    })
}

/// Before the secret is made: looking makes none.
fn beginning() -> impl IntoView {
    view! {
        <Panel title="1. Make its secret">
            <form class="narrow-form" method="post" action=paths::account_authenticator()>
                <input type="hidden" name="act" value="begin" />
                <Button kind=ButtonKind::Primary>"Make the secret"</Button>
            </form>
        </Panel>
    }
}

fn confirming(new: NewAuthenticator, error: Option<String>) -> impl IntoView {
    view! {
        <Panel title="1. Scan this, or type the secret">
            <QrCode text=new.uri.clone() label="The authenticator's secret as a QR code" />
            <p>"Secret: "<Mono>{new.secret}</Mono></p>
            <p class="dim break">{new.uri}</p>
        </Panel>
        <Panel title="2. Type the code that it shows">
            <form class="narrow-form" method="post" action=paths::account_authenticator()>
                <TextField label="Code" name="code" autocomplete="one-time-code" required=true error />
                <Button kind=ButtonKind::Primary>"Ask for codes from now on"</Button>
            </form>
        </Panel>
    }
}

fn recovery(codes: &str) -> impl IntoView + use<> {
    let codes: Vec<String> = codes.split(' ').map(ToOwned::to_owned).collect();
    view! {
        <PageHeader title="Keep these codes" about=|| "Each signs you in once in place of your authenticator. They are not shown again." />
        <Notice tone=Tone::Ok>"From now on a code is asked for beside your password."</Notice>
        <Panel title="Recovery codes">
            <ul class="recovery-codes">
                {codes.into_iter().map(|code| view! { <li><Mono>{code}</Mono></li> }).collect_view()}
            </ul>
            <LinkButton href=paths::account()>"I have kept them"</LinkButton>
        </Panel>
    }
}
