//! Which workflows of GitHub Actions may act as a service account.

use domain::tokens::{TrustRule, TrustTerms};
use leptos::prelude::*;

use crate::{
    forms::Sent,
    parts::{reach_fields, scope_fields, scope_words},
    ui::{Button, ButtonKind, Choice, Column, Empty, Panel, Row, Select, Table, TextField},
};

/// The rules of an account, and the form that makes one. `why_not` is of removing one, `no_new` of making one.
pub(super) fn trust_panel(
    rules: Vec<TrustRule>,
    (action, audience): (&str, &str),
    (issuers, why_not, no_new): (Vec<String>, Option<String>, Option<String>),
    sent: &Sent,
) -> impl IntoView + use<> {
    let no_new = no_new.or_else(|| {
        issuers
            .is_empty()
            .then(|| "No issuer is believed. Whoever runs the server sets FAIRWAY_CI_ISSUERS.".to_owned())
    });
    let table = listed(rules, action, why_not.as_ref());
    let form = form((action, audience), issuers, no_new, &sent.of("trust"));
    view! {
        <Panel title="Trusted workflows" id="trust" flush=true>{table}</Panel>
        <Panel title="Trust a workflow of GitHub Actions" id="trust-more">{form}</Panel>
    }
}

/// What a rule asks beside the repository.
fn asked(terms: &TrustTerms) -> String {
    let parts = [
        terms.workflow.clone(),
        terms.git_ref.clone(),
        terms
            .environment
            .as_ref()
            .map(|name| format!("environment {name}")),
    ];
    let words: Vec<String> = parts.into_iter().flatten().collect();
    if words.is_empty() {
        "every workflow".to_owned()
    } else {
        words.join(", ")
    }
}

fn listed(rules: Vec<TrustRule>, action: &str, why_not: Option<&String>) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Repository"),
        Column::new("Asks for").grows(),
        Column::new("May"),
        Column::new("Where").dim().wide_only(),
        Column::new("Audience").dim().wide_only(),
        Column::new("Remove it").hidden_label(),
    ];
    let rows = rules
        .into_iter()
        .map(|rule| {
            let TrustRule {
                id,
                terms,
                repository_id,
                ..
            } = rule;
            let number =
                repository_id.map(|id| view! { " "<span class="dim">{format!("number {id}")}</span> });
            let label = format!("Trust {} no more", terms.repository);
            let (asks, may, reach) = (asked(&terms), scope_words(&terms.scopes), terms.reach.to_string());
            let (action, why_not) = (action.to_owned(), why_not.cloned());
            Row::new(view! { {terms.repository}{number} })
                .cell(asks)
                .cell(may)
                .cell(reach)
                .cell(terms.audience)
                .cell(view! {
                    <form method="post" action=action aria-label=label>
                        <input type="hidden" name="act" value="distrust" />
                        <input type="hidden" name="rule" value=id.to_string() />
                        <Button kind=ButtonKind::Danger disabled_because=why_not>"Remove"</Button>
                    </form>
                })
        })
        .collect();
    view! {
        <Table caption="Trusted workflows" columns rows
            empty=|| view! { <Empty title="No workflow is trusted">"A trusted one needs no secret: it exchanges the token that GitHub gives it."</Empty> } />
    }
}

fn form(
    (action, audience): (&str, &str),
    issuers: Vec<String>,
    why_not: Option<String>,
    sent: &Sent,
) -> impl IntoView + use<> {
    let typed = |field: &str| (sent.fields.get(field).to_owned(), sent.error(field));
    let (issuer, issuer_error) = typed("issuer");
    let (typed_audience, audience_error) = typed("audience");
    let audience = if typed_audience.is_empty() {
        audience.to_owned()
    } else {
        typed_audience
    };
    let (repository, repository_error) = typed("repository");
    let (workflow, workflow_error) = typed("workflow");
    let (git_ref, ref_error) = typed("git_ref");
    let (environment, environment_error) = typed("rule_environment");
    let choices = issuers
        .into_iter()
        .map(|issuer| Choice::new(issuer.clone(), issuer))
        .collect();
    let (scopes, reach) = (scope_fields(sent), reach_fields(sent, "rule_environments"));
    let hint = |words: &str| Some(words.to_owned());
    let action = action.to_owned();
    view! {
        <form class="narrow-form" method="post" action=action>
            <input type="hidden" name="act" value="trust" />
            <Select label="Issuer" name="issuer" choices selected=issuer error=issuer_error />
            <TextField label="Audience" name="audience" value=audience required=true error=audience_error
                hint=hint("What the workflow asks GitHub for; a token for somebody else is refused.") />
            <TextField label="Repository" name="repository" value=repository required=true error=repository_error hint=hint("owner/name") />
            <TextField label="Workflow file" name="workflow" value=workflow error=workflow_error hint=hint(".github/workflows/deploy.yml; empty: any") />
            <TextField label="Branch or tag" name="git_ref" value=git_ref error=ref_error hint=hint("refs/heads/main; empty: any") />
            <TextField label="Environment of the job" name="rule_environment" value=environment error=environment_error
                hint=hint("As GitHub calls it; empty: any. With protection rules it is the strongest of the three.") />
            {scopes}
            {reach}
            <Button kind=ButtonKind::Primary disabled_because=why_not>"Trust it"</Button>
        </form>
    }
}
