//! What people do on `/admin/unmatched`.

use axum::{
    extract::{Request, State},
    response::Response,
};
use commands::CommandError;
use domain::{deploys::matching::MatchField, error::FieldErrors};

use crate::{ctx::AppContext, forms, paths};

/// `POST /admin/unmatched`: matches a deployment to a service, alone or with those that look alike.
pub async fn unmatched_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        let missing = || CommandError::not_found(format!("deployment {}", fields.get("deployment")));
        let deployment = fields.get("deployment").parse().map_err(|_| missing())?;
        let rule = match fields.get("rule") {
            "" => None,
            word => Some(MatchField::parse(word).ok_or_else(|| {
                FieldErrors::one("rule", "choose which text later deployments are matched by")
            })?),
        };
        app.commands
            .match_deployment(&viewer, deployment, fields.get("service"), rule)
            .await?;
        Ok(paths::admin_unmatched())
    })
    .await
}
