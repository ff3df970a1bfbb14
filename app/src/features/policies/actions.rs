//! What people do with policies: write, try out, take away, and have those in Git read now.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use commands::CommandError;
use domain::{
    access::{Action, Resource, authorize},
    actor::Viewer,
    error::FieldErrors,
    ids::PolicyId,
};

use super::draft::{Draft, at_document, is_document, read_version, sent_policy};
use crate::{
    ctx::AppContext,
    forms::{self, Done, Fields},
    paths,
};

/// What the page shows where a policy was tried out.
pub(super) const TRIED: &str = "tried";
/// What it shows where more rows were asked for.
const MORE: &str = "more";

/// `POST /admin/policies`: has the policies in Git read now.
pub async fn policies_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        if fields.get("act") != "read" {
            return Err(unknown_act());
        }
        app.commands.read_policies(&viewer).await?;
        Ok(format!("{}#git", paths::admin_policies()))
    })
    .await
}

/// `POST /admin/policies/new`: tries a new policy out, or saves it.
pub async fn new_policy_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        written(&app, &viewer, (&fields, None)).await
    })
    .await
}

/// `POST /admin/policies/{id}`: tries a changed policy out, saves it, or takes it away.
pub async fn policy_form(
    State(app): State<AppContext>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        let missing = || CommandError::not_found(format!("policy {id}"));
        let policy: PolicyId = id.parse().map_err(|_| missing())?;
        if fields.get("act") == "remove" {
            let as_read = (policy, read_version(&fields));
            let removed = app.commands.remove_policy(&viewer, as_read, fields.get("reason"));
            removed.await?;
            return Ok(Done::Go(paths::admin_policies()));
        }
        written(&app, &viewer, (&fields, Some(policy))).await
    })
    .await
}

/// What comes of the form of a policy. What was typed stays in it until it is saved.
async fn written(
    app: &AppContext,
    viewer: &Viewer,
    (fields, target): (&Fields, Option<PolicyId>),
) -> Result<Done, CommandError> {
    match fields.get("act") {
        "more" => Ok(Done::Try(MORE)),
        "try" | "try_document" => {
            authorize(viewer, Action::EditPolicies, &Resource::Organisation)?;
            sent_policy(fields, target)?;
            Ok(Done::Try(TRIED))
        }
        "save" | "save_document" => {
            authorize(viewer, Action::EditPolicies, &Resource::Organisation)?;
            let form = sent_policy(fields, target)?;
            let saved = app.commands.save_policy(viewer, &form).await;
            let id = saved.map_err(|problem| at_its_field(fields, problem))?;
            Ok(Done::Go(paths::admin_policy(id)))
        }
        _ => Err(unknown_act()),
    }
}

/// A refusal, said at the fields of the form that was sent.
fn at_its_field(fields: &Fields, problem: CommandError) -> CommandError {
    match problem {
        CommandError::Invalid(errors) if is_document(fields) => at_document(errors).into(),
        CommandError::Invalid(errors) => Draft::typed(fields).at_fields(errors).into(),
        other => other,
    }
}

fn unknown_act() -> CommandError {
    FieldErrors::one("act", "press one of the page's buttons").into()
}
