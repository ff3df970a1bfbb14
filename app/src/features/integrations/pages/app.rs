//! Making an App: the form that goes to GitHub with the manifest, and what to do once it is made.

use commands::github::{GithubSetup, manifest};
use domain::access::{Action, Resource};
use http::{HeaderValue, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use super::{
    super::actions::STATE_COOKIE,
    github::{GithubQuery, Loaded},
};
use crate::{
    ctx::{self, Ctx},
    paths,
    ui::{Button, ButtonKind, LinkButton, Mono, Notice, Panel, TextField, Tone},
};

/// A new word for GitHub to bring back, given to this browser for an hour; `None` while there is nothing to make.
pub(super) fn state(ctx: &Ctx, loaded: &Loaded, response: &ResponseOptions) -> Option<String> {
    let setup = ctx.commands().github_setup()?;
    if setup.app_id.is_some() || loaded.query.organisation.trim().is_empty() {
        return None;
    }
    let state = ctx.commands().manifest_state();
    let secure = if setup.public_url.starts_with("https:") {
        "; Secure"
    } else {
        ""
    };
    let path = paths::admin_github();
    // Lax, because GitHub sends the browser back by a link.
    let cookie = format!("{STATE_COOKIE}={state}; Path={path}; HttpOnly; SameSite=Lax; Max-Age=3600{secure}");
    let cookie = HeaderValue::from_str(&cookie).ok()?;
    response.append_header(header::SET_COOKIE, cookie);
    Some(state)
}

/// The way to an App, where none is set: first its organisation, then GitHub.
pub(super) fn making(
    ctx: &Ctx,
    setup: Option<&GithubSetup>,
    loaded: &Loaded,
    state: Option<String>,
) -> Option<AnyView> {
    let setup = setup.filter(|setup| setup.app_id.is_none())?;
    if !loaded.query.made.is_empty() {
        return None;
    }
    let organisation = loaded.query.organisation.trim().to_owned();
    let body = match state {
        Some(state) => to_github(ctx, setup, &organisation, &state),
        None => which_organisation(loaded.owners.first().cloned().unwrap_or_default()),
    };
    let title = if setup.has_token {
        "Replace the token by an App"
    } else {
        "Connect GitHub"
    };
    Some(view! { <Panel title=title>{body}</Panel> }.into_any())
}

fn which_organisation(known: String) -> AnyView {
    view! {
        <div class="prose">
            <p>"Fairway reads GitHub as an App of your own organisation: read-only, revocable there, with a budget of its own. GitHub makes it from a manifest that Fairway sends along."</p>
        </div>
        <form class="inline-form" method="get" action=paths::admin_github()>
            <TextField label="Organisation on GitHub" name="organisation" value=known />
            <Button kind=ButtonKind::Primary>"Go on"</Button>
        </form>
        <p class="dim">
            "Or set "<code>"FAIRWAY_GITHUB_TOKEN"</code>" to a fine-grained token with read access to contents, pull requests, deployments, actions and members."
        </p>
    }
    .into_any()
}

fn to_github(ctx: &Ctx, setup: &GithubSetup, organisation: &str, state: &str) -> AnyView {
    let done = format!("{}{}", setup.public_url, paths::admin_github_created());
    let manifest = manifest(&ctx.app.organisation.name, &setup.public_url, &done).to_string();
    let action = paths::with_query(
        &format!(
            "{}/organizations/{}/settings/apps/new",
            setup.web_url,
            paths::encoded(organisation)
        ),
        [("state", state)],
    );
    let address = setup.public_url.clone();
    let local = address.starts_with("http://localhost").then(|| {
        view! {
            <Notice tone=Tone::Warn>
                "GitHub cannot send webhooks to "<Mono>{address}</Mono>", and refuses an App that asks for it. Set "
                <code>"FAIRWAY_PUBLIC_URL"</code>" to an address that GitHub reaches, or make a token instead."
            </Notice>
        }
    });
    let words = organisation.to_owned();
    view! {
        {local}
        <div class="prose">
            <p>"GitHub shows what the App may read before anything is made. It then sends you back here, with a code that is exchanged for the App's key."</p>
        </div>
        <form class="inline-form" method="post" action=action>
            <input type="hidden" name="manifest" value=manifest />
            <Button kind=ButtonKind::Primary disabled_because=ctx::why_not(Action::ConnectGithub, &Resource::Organisation)>"Make the App in "{words}</Button>
            <LinkButton href=paths::admin_github()>"Another organisation"</LinkButton>
        </form>
    }
    .into_any()
}

/// What to do with an App that was made just now.
pub(super) fn made(ctx: &Ctx, setup: Option<&GithubSetup>, query: &GithubQuery) -> Option<AnyView> {
    let (setup, id) = (setup?, query.made.parse::<u64>().ok()?);
    if setup.app_id == Some(id) || ctx.viewer.is_none() {
        return None;
    }
    let file = setup.settings_file(id).display().to_string();
    let install = format!(
        "{}/apps/{}/installations/new",
        setup.web_url,
        paths::encoded(&query.slug)
    );
    Some(
        view! {
            <Panel title="The App is made: three steps are left">
                <ol class="steps">
                    <li>"Its key and webhook secret lie in files that only Fairway's account can read; no page shows them. The settings that name them: "<Mono>{file}</Mono></li>
                    <li>"Start Fairway again with these settings in its environment (each line is one variable). On other machines, put the same values into your secret store and delete the files."</li>
                    <li>
                        "Install the App in the organisation, then press “Check now”. "
                        <LinkButton href=install kind=ButtonKind::Primary>"Install"</LinkButton>
                    </li>
                </ol>
            </Panel>
        }
        .into_any(),
    )
}
