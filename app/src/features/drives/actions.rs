//! What people do to have something deployed.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use commands::CommandError;

use super::asked::{Chosen, Said, at_fields, new_drive};
use crate::{ctx::AppContext, forms, paths};

/// `POST /services/{slug}/deploy`: asks for the deploy, and shows it.
pub async fn ask_form(State(app): State<AppContext>, Path(slug): Path<String>, request: Request) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        let chosen = Chosen::of(&fields);
        let brought = chosen.brought(&app.commands, &viewer, &slug).await?;
        let new = new_drive((&chosen, &brought), &fields, &app.commands)?;
        let said = Said::of(&fields);
        let started = app.commands.start_drive(&viewer, new).await;
        let started = started.map_err(|problem| match problem {
            CommandError::Invalid(errors) => at_fields(errors, &said).into(),
            other => other,
        })?;
        Ok(paths::deploy(started.id))
    })
    .await
}
