//! `/admin/policies`

use commands::CommandError;
use domain::{
    approvals::{Eligible, Origin, StoredPolicy},
    environments::Environment,
};
use leptos::prelude::*;

use super::{
    asked::{self, Answer, AskedQuery},
    calendar, git,
    git::InGit,
    states,
};
use crate::{
    ctx::Ctx,
    forms::{self, Sent},
    page::{Page, Section, respond_to},
    paths,
    ui::{Column, ErrorSummary, LinkButton, Mono, PageHeader, Panel, Row, Status, StatusMark, Table, Time},
};

struct Loaded {
    policies: Vec<StoredPolicy>,
    environments: Vec<Environment>,
    answer: Answer,
    in_git: InGit,
    /// Whom they name and nobody knows.
    unknown: Vec<Eligible>,
}

/// Every policy in the order in which they are looked at, what holds now, and what Git says.
pub fn policies_page() -> impl IntoView {
    let sent = forms::sent();
    respond_to(|ctx, query: AskedQuery| async move {
        let loaded = load(&ctx, &query).await?;
        let page = super::one::beneath_admin(Page::new(Section::Policies, "Policies"), &ctx);
        Ok(page.body(view(&ctx, &query, (loaded, &sent))))
    })
}

async fn load(ctx: &Ctx, query: &AskedQuery) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    let policies = reads.policies().await?;
    let environments = reads.environments().await?;
    let answer = asked::answer(ctx, query, (policies.as_slice(), environments.as_slice())).await?;
    Ok(Loaded {
        unknown: states::unknown(ctx, &policies).await?,
        policies,
        environments,
        answer,
        in_git: InGit::load(ctx).await?,
    })
}

fn view(ctx: &Ctx, query: &AskedQuery, (loaded, sent): (Loaded, &Sent)) -> impl IntoView + use<> {
    let Loaded {
        policies,
        environments,
        answer,
        in_git,
        unknown,
    } = loaded;
    let columns = vec![
        Column::new("Policy"),
        Column::new("What it says").grows(),
        Column::new("Written").dim().wide_only(),
        Column::new("Last change").numeric().dim().wide_only(),
        Column::new("State").wide_only(),
    ];
    let rows = policies
        .iter()
        .map(|stored| row(stored, (policies.as_slice(), &unknown), &in_git))
        .collect();
    let errors = sent.errors.clone();
    view! {
        <PageHeader
            title="Policies"
            about=|| "What has to be decided before a release goes out, by how many and by whom. Those in Git go before those on this page; of those that fit, the first decides."
            actions=|| view! { <LinkButton href=paths::admin_new_policy()>"New policy"</LinkButton> }
        />
        <ErrorSummary errors title="Nothing was done" />
        <Panel title="In the order in which they are looked at" id="policies" flush=true>
            <Table caption="Policies" columns rows />
        </Panel>
        <p class="dim">"Where none fits, one approval is asked for, of somebody who neither asked for the release nor wrote any of it."</p>
        {asked::panel(query, &environments, answer)}
        {calendar::panel(&policies, ctx.now)}
        {git::panel(&in_git, &policies)}
    }
}

fn row(stored: &StoredPolicy, (policies, unknown): (&[StoredPolicy], &[Eligible]), in_git: &InGit) -> Row {
    let written = match (stored.origin, in_git.file_of(stored)) {
        (Origin::Page, _) => "on the page".into_any(),
        (Origin::Git, Some(file)) => {
            let file = file.to_owned();
            view! { "in Git, "<Mono>{file}</Mono> }.into_any()
        }
        (Origin::Git, None) => "in Git".into_any(),
    };
    let state = states::state(stored, policies);
    let unknown = states::names_nobody(stored, unknown);
    let unknown = unknown.map(|words| view! { " "<StatusMark status=Status::warn(words) /> });
    Row::new(view! { <a href=paths::admin_policy(stored.id)>{stored.policy.name.clone()}</a> })
        .cell(view! { <span class="policy-words">{stored.policy.to_string()}</span> })
        .cell(written)
        .cell(view! { <Time at=stored.updated_at /> })
        .cell(view! { <StatusMark status=state />{unknown} })
}
