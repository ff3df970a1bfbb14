//! `/admin/integrations/github/created`: GitHub sends people here with the code of the App that it made.
//!
//! Looking changes nothing: the code is exchanged when the button is pressed.

use domain::{
    access::{Action, Resource},
    error::FieldErrors,
};
use leptos::prelude::*;
use serde::Deserialize;

use crate::{
    ctx,
    forms::{self, Sent},
    page::{Page, Section, respond_to},
    paths,
    query::Known,
    ui::{Button, ButtonKind, ErrorSummary, LinkButton, PageHeader, Panel},
};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct CreatedQuery {
    code: String,
    state: String,
}

impl Known for CreatedQuery {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        // GitHub writes this address, and may bring more along.
        None
    }
}

/// The last step of making an App.
pub fn github_created_page() -> impl IntoView {
    let sent = forms::sent();
    respond_to(move |_, mut query: CreatedQuery| async move {
        // The form's own answer has them in its fields.
        if query.code.is_empty() {
            sent.fields.get("code").clone_into(&mut query.code);
            sent.fields.get("state").clone_into(&mut query.state);
        }
        if query.code.is_empty() {
            let why = "GitHub brings a code here; begin on the GitHub page";
            return Err(FieldErrors::one("code", why).into());
        }
        Ok(Page::new(Section::Github, "Finish the App")
            .crumb("Admin", paths::admin())
            .crumb("GitHub", paths::admin_github())
            .body(view(query, &sent)))
    })
}

fn view(query: CreatedQuery, sent: &Sent) -> impl IntoView + use<> {
    let errors = sent.errors.clone();
    view! {
        <PageHeader title="Finish the App" about=|| "GitHub made it; one step is left" />
        <ErrorSummary errors />
        <Panel title="Fetch its key">
            <div class="prose">
                <p>"GitHub gives the App's private key and webhook secret once, for the code that it sent along. Fairway puts them into files in its data directory that only its own account may read."</p>
            </div>
            <form class="inline-form" method="post" action=paths::admin_github_created()>
                <input type="hidden" name="code" value=query.code />
                <input type="hidden" name="state" value=query.state />
                <Button kind=ButtonKind::Primary disabled_because=ctx::why_not(Action::ConnectGithub, &Resource::Organisation)>"Fetch and store the key"</Button>
                <LinkButton href=paths::admin_github()>"Not now"</LinkButton>
            </form>
        </Panel>
    }
}
