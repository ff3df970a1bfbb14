//! What admins do with people.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{access::NewGrant, error::FieldErrors, ids::PersonId, people::NewAccount};

use crate::{
    ctx::AppContext,
    forms::{self, Done, Fields},
    paths,
};

/// `POST /admin/people`: invites somebody, and shows the link where the person is; or says whose an author's address is.
pub async fn people_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        if fields.get("act") == "map" {
            let chosen = fields.get(fields.get("field"));
            let person: PersonId = chosen
                .parse()
                .map_err(|_| FieldErrors::one("person", "choose somebody with an account"))?;
            let why = fields.get(&format!("{}-why", fields.get("field")));
            app.commands
                .map_author(&viewer, (fields.get("author"), why), person)
                .await?;
            return Ok(Done::Go(format!("{}#authors", paths::admin_people())));
        }
        let new = NewAccount::parse(fields.get("name"), fields.get("email"))?;
        let (person, code) = app.commands.invite(&viewer, new, grant(&fields)?).await?;
        let page = paths::admin_person(person);
        Ok(Done::ShowAt(page, "link", link(&app, &code)))
    })
    .await
}

/// `POST /admin/people/{id}`: roles, links, and the end of an account.
pub async fn person_form(
    State(app): State<AppContext>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        let missing = || CommandError::not_found(format!("person {id} with an account"));
        let person: PersonId = id.parse().map_err(|_| missing())?;
        let commands = &app.commands;
        match fields.get("act") {
            "grant" => commands.grant_role(&viewer, person, grant(&fields)?).await?,
            "revoke" => {
                let held = fields.get("grant");
                let held = held
                    .parse()
                    .map_err(|_| CommandError::not_found(format!("role {held}")))?;
                commands.revoke_role(&viewer, person, held).await?;
            }
            "disable" => commands.set_disabled(&viewer, person, true).await?,
            "enable" => commands.set_disabled(&viewer, person, false).await?,
            "sign_out" => commands.end_sessions_of(&viewer, person).await?,
            "merge" => {
                commands
                    .merge_people(&viewer, person, fields.get("other"), fields.get("reason"))
                    .await?;
            }
            "unlink" => {
                let (identity, why) = (fields.untrimmed("identity"), fields.get("why"));
                commands.unlink_identity(&viewer, person, (identity, why)).await?;
            }
            "unmap" => {
                let (email, why) = (fields.get("email"), fields.get("unmap_reason"));
                commands.unmap_author(&viewer, person, (email, why)).await?;
            }
            "link" => {
                let newest = commands.reads().invitation_made_at(person).await?;
                if newest.is_some() && fields.get("after") != newest_link(newest) {
                    return Err(CommandError::Conflict {
                        why: "A link was made since this page was drawn, and works. Open the page again to make another in its place.".to_owned(),
                    });
                }
                let code = commands.invite_again(&viewer, person).await?;
                return Ok(Done::Show("link", link(&app, &code)));
            }
            _ => return Err(FieldErrors::one("act", "press one of the page's buttons").into()),
        }
        Ok(Done::Go(paths::admin_person(person)))
    })
    .await
}

/// `POST /admin/teams/{slug}`: members and roles of one team.
pub async fn team_form(
    State(app): State<AppContext>,
    Path(slug): Path<String>,
    request: Request,
) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        let id = fields.get("person");
        let person: Option<PersonId> = id.parse().ok();
        let missing = || CommandError::not_found(format!("person {id} with an account"));
        let commands = &app.commands;
        match fields.get("act") {
            "grant" => {
                let chosen = person.ok_or_else(|| FieldErrors::one("person", "choose who gets the role"))?;
                let new = NewGrant {
                    team: Some(slug.clone()),
                    ..grant(&fields)?
                };
                commands.grant_role(&viewer, chosen, new).await?;
            }
            "revoke" => {
                let held = fields.get("grant");
                let held = held
                    .parse()
                    .map_err(|_| CommandError::not_found(format!("role {held}")))?;
                commands
                    .revoke_role(&viewer, person.ok_or_else(missing)?, held)
                    .await?;
            }
            "remove" => {
                let member = person.ok_or_else(missing)?;
                commands.remove_member(&viewer, &slug, member).await?;
            }
            _ => return Err(FieldErrors::one("act", "press one of the page's buttons").into()),
        }
        Ok(Done::Go(paths::admin_team(&slug)))
    })
    .await
}

fn grant(fields: &Fields) -> Result<NewGrant, FieldErrors> {
    NewGrant::parse(
        fields.get("role"),
        fields.get("team"),
        &fields.all("tier"),
        &fields.all("class"),
    )
}

/// What the form that makes a link says of the newest one that it knows: a form that is sent again knows an older one, and
/// ends no link that somebody may have sent meanwhile.
pub(super) fn newest_link(made_at: Option<DateTime<Utc>>) -> String {
    made_at.map_or_else(String::new, |at| at.to_rfc3339())
}

/// The whole address, to be sent to somebody.
fn link(app: &AppContext, code: &str) -> String {
    format!("{}{}", app.public_url, paths::link_with(code))
}
