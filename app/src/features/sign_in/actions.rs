//! What admins do with rules for groups.

use axum::{
    extract::{Request, State},
    response::Response,
};
use commands::CommandError;
use domain::{access::NewGrant, error::FieldErrors, sign_in::NewSignInRule};

use crate::{
    ctx::AppContext,
    forms::{self, Done},
    paths,
};

/// `POST /admin/sign-in`: makes a rule, or takes one away.
pub async fn sign_in_rules_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        match fields.get("act") {
            "make" => {
                let grant = NewGrant::parse(
                    fields.get("role"),
                    fields.get("team"),
                    &fields.all("tier"),
                    &fields.all("class"),
                );
                let new = NewSignInRule::parse(fields.get("way"), fields.get("group"), grant)?;
                app.commands.make_sign_in_rule(&viewer, new).await?;
            }
            "drop" => {
                let rule = fields.get("rule");
                let rule = rule
                    .parse()
                    .map_err(|_| CommandError::not_found(format!("rule {rule}")))?;
                app.commands.drop_sign_in_rule(&viewer, rule).await?;
            }
            _ => return Err(FieldErrors::one("act", "press one of the page's buttons").into()),
        }
        Ok(Done::Go(paths::admin_sign_in()))
    })
    .await
}
