//! `POST /admin/environments`: says what an environment is for.

use axum::{
    extract::{Request, State},
    response::Response,
};
use domain::{environments::EnvironmentClass, error::FieldErrors};

use crate::{ctx::AppContext, forms, paths};

/// Sets the class that the form names, with its reason, and shows the list again.
pub async fn environments_form(State(app): State<AppContext>, request: Request) -> Response {
    // The list that the button was pressed in is the one to go back to.
    let query = request
        .uri()
        .query()
        .map_or_else(String::new, |query| format!("?{query}"));
    forms::answer(app, request, |app, viewer, fields| async move {
        let class = EnvironmentClass::parse(fields.get("class"))
            .ok_or_else(|| FieldErrors::one("class", "choose what the environment is for"))?;
        app.commands
            .set_environment_class(&viewer, fields.get("environment"), class, fields.get("reason"))
            .await?;
        Ok(format!("{}{query}", paths::admin_environments()))
    })
    .await
}
