//! What people do on a request's page.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use commands::CommandError;
use domain::{
    approvals::{NewDecision, ReviewVerdict},
    error::FieldErrors,
    ids::ApprovalId,
};

use crate::{ctx::AppContext, error::at_field, forms, paths};

/// `POST /approvals/{id}`: approves or rejects, goes on without a decision, or looks through what was done without one.
pub async fn approval_form(
    State(app): State<AppContext>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        let missing = || CommandError::not_found(format!("request {id}"));
        let request: ApprovalId = id.parse().map_err(|_| missing())?;
        let commands = &app.commands;
        let to = match fields.get("act") {
            "decide" => {
                let verdict = fields.get("verdict");
                let new = NewDecision::parse(verdict, fields.get("reason"), fields.get("binding"))?;
                commands.decide(&viewer, request, &new).await?;
                "decisions"
            }
            "break_glass" => {
                let broken = commands.break_glass(&viewer, request, fields.get("glass_reason"));
                broken
                    .await
                    .map_err(|problem| at_field(problem, ("reason", "glass_reason")))?;
                "glass"
            }
            "review" => {
                let verdict = ReviewVerdict::parse(fields.get("review"))
                    .ok_or_else(|| FieldErrors::one("review", "say whether it had to be"))?;
                let reviewed = commands.review_break_glass(&viewer, request, verdict, fields.get("note"));
                reviewed
                    .await
                    .map_err(|problem| at_field(problem, ("reason", "note")))?;
                "glass"
            }
            _ => return Err(FieldErrors::one("act", "press one of the page's buttons").into()),
        };
        Ok(format!("{}#{to}", paths::approval(request)))
    })
    .await
}
