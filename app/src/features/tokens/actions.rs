//! What admins do with tokens, service accounts and trust in workflows.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use commands::CommandError;
use domain::{
    actor::Viewer,
    error::FieldErrors,
    ids::{ServiceAccountId, TokenId},
    tokens::{NewServiceAccount, RawTrust, TrustTerms},
};

use crate::{
    ctx::AppContext,
    forms::{self, Done, Fields},
    parts::new_token,
    paths,
};

/// `POST /admin/tokens`: makes a service account, or ends any token.
pub async fn tokens_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        match fields.get("act") {
            "create_account" => {
                let new = NewServiceAccount::parse(
                    fields.get("name"),
                    fields.get("about"),
                    fields.get("role"),
                    fields.get("team"),
                )?;
                let account = app.commands.create_service_account(&viewer, new).await?;
                Ok(paths::admin_service_account(account))
            }
            "revoke_token" => {
                revoke(&app, &viewer, &fields).await?;
                Ok(paths::admin_tokens())
            }
            _ => Err(FieldErrors::one("act", "press one of the page's buttons").into()),
        }
    })
    .await
}

/// `POST /admin/service-accounts/{id}`: its tokens, the workflows that it trusts, and its end.
pub async fn service_account_form(
    State(app): State<AppContext>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        let missing = || CommandError::not_found(format!("service account {id}"));
        let account: ServiceAccountId = id.parse().map_err(|_| missing())?;
        let commands = &app.commands;
        match fields.get("act") {
            "create_token" => {
                let new = new_token(&fields, commands.now())?.owned_by(account);
                let (_, secret) = commands.issue_token(&viewer, new).await?;
                return Ok(Done::Show("token", secret));
            }
            "revoke_token" => revoke(&app, &viewer, &fields).await?,
            "trust" => {
                let terms = TrustTerms::parse(&trust(&fields), &commands.issuers())?;
                commands.trust_workflows(&viewer, account, terms).await?;
            }
            "distrust" => {
                let rule = fields.get("rule");
                let rule = rule
                    .parse()
                    .map_err(|_| CommandError::not_found(format!("rule {rule}")))?;
                commands.distrust_workflows(&viewer, account, rule).await?;
            }
            act @ ("disable" | "enable") => {
                commands
                    .set_service_account_disabled(&viewer, account, act == "disable")
                    .await?;
            }
            _ => return Err(FieldErrors::one("act", "press one of the page's buttons").into()),
        }
        Ok(Done::Go(paths::admin_service_account(account)))
    })
    .await
}

async fn revoke(app: &AppContext, viewer: &Viewer, fields: &Fields) -> Result<(), CommandError> {
    let token = fields.get("token");
    let id: TokenId = token
        .parse()
        .map_err(|_| CommandError::not_found(format!("token {token}")))?;
    app.commands.revoke_token(viewer, id).await.map(drop)
}

fn trust(fields: &Fields) -> RawTrust {
    let all = |name: &str| -> Vec<String> { fields.all(name).into_iter().map(ToOwned::to_owned).collect() };
    let text = |name: &str| fields.get(name).to_owned();
    RawTrust {
        issuer: text("issuer"),
        audience: text("audience"),
        repository: text("repository"),
        workflow: text("workflow"),
        git_ref: text("git_ref"),
        environment: text("rule_environment"),
        scopes: all("scope"),
        environments: text("rule_environments"),
        classes: all("class"),
    }
}
