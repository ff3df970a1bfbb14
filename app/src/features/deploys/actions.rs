//! What people do on a deploy's page.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use commands::CommandError;
use domain::{
    deploys::corrections::NewCorrection,
    ids::{CorrectionId, DeployId},
};

use crate::{ctx::AppContext, forms, paths};

/// `POST /deploys/{id}`: corrects the deploy, or takes a correction back.
pub async fn deploy_form(
    State(app): State<AppContext>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        let missing = || CommandError::not_found(format!("deploy {id}"));
        let deploy: DeployId = id.parse().map_err(|_| missing())?;
        match fields.get("undo") {
            "" => {
                let field = fields.get("field");
                let new = NewCorrection::parse(field, fields.get("value"), fields.get("reason"))?;
                app.commands.correct_deploy(&viewer, deploy, new).await?;
            }
            correction => {
                let correction: CorrectionId = correction
                    .parse()
                    .map_err(|_| CommandError::not_found(format!("correction {correction}")))?;
                app.commands
                    .undo_correction(&viewer, correction, fields.get("undo_reason"))
                    .await?;
            }
        }
        Ok(format!("{}#corrections", paths::deploy(deploy)))
    })
    .await
}
