//! `POST /admin/jobs`: runs a failed job again.

use axum::{
    extract::{Request, State},
    response::Response,
};
use commands::CommandError;

use crate::{ctx::AppContext, forms, paths};

/// Runs the job that the form names again and shows the list.
pub async fn retry_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        let job = fields.get("job");
        let id = job
            .parse()
            .map_err(|_| CommandError::not_found(format!("failed job {job}")))?;
        app.commands.retry_job(&viewer, id).await?;
        Ok(paths::admin_jobs())
    })
    .await
}
