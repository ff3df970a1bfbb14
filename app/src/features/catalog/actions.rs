//! What people do on a service's page.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use domain::error::FieldErrors;

use super::pages::VISIBILITY;
use crate::{ctx::AppContext, forms, paths};

/// `POST /services/{slug}`: makes the service private, or lets everybody see it again.
pub async fn service_form(
    State(app): State<AppContext>,
    Path(slug): Path<String>,
    request: Request,
) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        let private = match fields.get("visibility") {
            "private" => true,
            "organisation" => false,
            _ => return Err(FieldErrors::one("visibility", "press the button of the page").into()),
        };
        app.commands
            .set_visibility(&viewer, &slug, private, fields.get("reason"))
            .await?;
        Ok(format!("{}#{VISIBILITY}", paths::service(&slug)))
    })
    .await
}
