//! What people do to get in and out, and with their own account.

use axum::{
    extract::{Request, State},
    response::Response,
};
use commands::{CommandError, Purpose, SignIn};
use domain::{
    error::FieldErrors,
    people::{LinkPurpose, NewAccount},
    sign_in::Way,
};

use crate::{
    address::own_path,
    ctx::AppContext,
    forms::{self, Done},
    parts::new_token,
    paths,
    visitor::Visitor,
};

/// `POST /sign-in`: begins a session, or asks for the code.
pub async fn sign_in_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer_visitor(app, request, |app, visitor, fields| async move {
        let (email, password) = (fields.get("email"), fields.untrimmed("password"));
        let came = app.commands.sign_in(email, password, &visitor.origin).await?;
        come_in(&app, &visitor, came, own_path(fields.get("to"))).await
    })
    .await
}

/// Begins the session, or asks for the code first; either way it goes on to `to`.
async fn come_in(app: &AppContext, visitor: &Visitor, came: SignIn, to: &str) -> Result<Done, CommandError> {
    match came {
        SignIn::Done(proved) => {
            visitor.begin(proved).await?;
            Ok(Done::Go(to.to_owned()))
        }
        SignIn::NeedsCode(proved) => {
            visitor.pend(proved, app.commands.now().timestamp()).await?;
            let to = if to == "/" { "" } else { to };
            Ok(Done::Go(paths::with_query(&paths::sign_in_code(), [("to", to)])))
        }
    }
}

/// `POST /sign-in/code`: the second step.
pub async fn code_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer_visitor(app, request, |app, visitor, fields| async move {
        let now = app.commands.now().timestamp();
        let Some(proved) = visitor.pending(now).await? else {
            return Ok(Done::Go(paths::sign_in()));
        };
        app.commands
            .sign_in_with_code(proved.person, fields.get("code"), &visitor.origin)
            .await?;
        visitor.begin(proved).await?;
        Ok(Done::Go(own_path(fields.get("to")).to_owned()))
    })
    .await
}

/// `POST /link`: uses a single-use link.
pub async fn link_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer_visitor(app, request, |app, visitor, fields| async move {
        let (code, password) = (fields.get("code"), fields.untrimmed("password"));
        let commands = &app.commands;
        let came = match commands.let_in_by(code).await?.purpose {
            LinkPurpose::SetUp | LinkPurpose::Recovery => {
                let new = NewAccount::parse(fields.get("name"), fields.get("email"))?;
                SignIn::Done(commands.set_up(code, new, password).await?)
            }
            LinkPurpose::Invitation => commands.accept_invitation(code, password).await?,
            LinkPurpose::SignIn if app.demo_links => {
                SignIn::Done(commands.enter_demo(code, &visitor.origin).await?.into())
            }
            LinkPurpose::SignIn => {
                return Err(CommandError::Denied {
                    why: "Links into the demo work on loopback only.".to_owned(),
                });
            }
        };
        come_in(&app, &visitor, came, "/").await
    })
    .await
}

/// `POST /sign-out`
pub async fn sign_out_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer_visitor(app, request, |app, visitor, _| async move {
        if let (Some(person), Some(key)) = (visitor.person().await?, visitor.key())
            && let Some(viewer) = app.commands.viewer(person).await?
        {
            app.commands.sign_out(&viewer, &key).await?;
        }
        visitor.end().await?;
        Ok(Done::Go(paths::sign_in()))
    })
    .await
}

/// `POST /account`: what one does with one's own account.
pub async fn account_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer_visitor(app, request, |app, visitor, fields| async move {
        let commands = &app.commands;
        let person = visitor.person().await?.ok_or(CommandError::SignedOut)?;
        let viewer = commands.viewer(person).await?.ok_or(CommandError::SignedOut)?;
        let anchor = match fields.get("act") {
            "end" => {
                commands.end_session(&viewer, fields.get("session")).await?;
                "sessions"
            }
            "end_all" => {
                commands.end_all_sessions(&viewer).await?;
                visitor.end().await?;
                return Ok(Done::Go(paths::sign_in()));
            }
            "password" => {
                let passwords = (fields.untrimmed("old_password"), fields.untrimmed("password"));
                let key = visitor.key().ok_or(CommandError::SignedOut)?;
                commands
                    .change_password(&viewer, passwords, &key, &visitor.origin)
                    .await?;
                "password"
            }
            "link" => {
                let way = Way::parse(fields.get("way"))
                    .ok_or_else(|| FieldErrors::one("act", "press one of the page's buttons"))?;
                let (flow, url) = commands
                    .ask_provider(way, Purpose::Link(person), &paths::account(), &visitor.origin)
                    .await?;
                visitor.ask(flow, commands.now()).await?;
                return Ok(Done::Show("link", url));
            }
            "remove_authenticator" => {
                let key = visitor.key().ok_or(CommandError::SignedOut)?;
                commands
                    .remove_authenticator(&viewer, fields.get("code"), &key, &visitor.origin)
                    .await?;
                "authenticator"
            }
            "create_token" => {
                let new = new_token(&fields, commands.now())?;
                let (_, secret) = commands.create_own_token(&viewer, new).await?;
                return Ok(Done::Show("token", secret));
            }
            "revoke_token" => {
                let token = fields.get("token");
                let id = token
                    .parse()
                    .map_err(|_| CommandError::not_found(format!("token {token}")))?;
                commands.revoke_token(&viewer, id).await?;
                "tokens"
            }
            _ => return Err(FieldErrors::one("act", "press one of the page's buttons").into()),
        };
        Ok(Done::Go(format!("{}#{anchor}", paths::account())))
    })
    .await
}

/// `POST /account/authenticator`: makes its secret; or confirms it, and shows the recovery codes.
pub async fn authenticator_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer_visitor(app, request, |app, visitor, fields| async move {
        let commands = &app.commands;
        let person = visitor.person().await?.ok_or(CommandError::SignedOut)?;
        let viewer = commands.viewer(person).await?.ok_or(CommandError::SignedOut)?;
        if fields.get("act") == "begin" {
            commands.propose_authenticator(&viewer).await?;
            return Ok(Done::Go(paths::account_authenticator()));
        }
        let key = visitor.key().ok_or(CommandError::SignedOut)?;
        let codes = commands
            .confirm_authenticator(&viewer, fields.get("code"), &key, &visitor.origin)
            .await?;
        Ok(Done::Show("codes", codes.join(" ")))
    })
    .await
}
