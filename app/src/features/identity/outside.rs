//! The way to a provider and back. Both are links, since a browser comes back by one: what binds the answer to this browser is
//! the question that its session holds.

use axum::{
    extract::{Request, State},
    response::Response,
};
use commands::{CommandError, Flow, Purpose, Returned};
use domain::{ids::PersonId, sign_in::Way};
use serde::Deserialize;

use crate::{
    address::own_path,
    ctx::AppContext,
    forms::{self, Elsewhere},
    paths,
    query::{self, Known},
    visitor::Visitor,
};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Where to go afterwards.
    to: String,
    /// Whether a session is to go on: nobody is asked anything then.
    again: bool,
}

impl Known for Asked {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        Some(vec!["to", "again"])
    }
}

impl Known for Returned {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        // A provider writes this address, and may bring more along.
        None
    }
}

/// `GET /sign-in/oidc`
pub async fn oidc_begin(State(app): State<AppContext>, request: Request) -> Response {
    begin(app, Way::Oidc, request).await
}

/// `GET /sign-in/github`
pub async fn github_begin(State(app): State<AppContext>, request: Request) -> Response {
    begin(app, Way::Github, request).await
}

/// `GET /sign-in/oidc/return`
pub async fn oidc_return(State(app): State<AppContext>, request: Request) -> Response {
    back(app, Way::Oidc, request).await
}

/// `GET /sign-in/github/return`
pub async fn github_return(State(app): State<AppContext>, request: Request) -> Response {
    back(app, Way::Github, request).await
}

async fn begin(app: AppContext, way: Way, request: Request) -> Response {
    forms::answer_link(app, request, |app, visitor, uri| async move {
        let asked: Asked = query::read(&uri)?;
        let purpose = match visitor.person().await? {
            Some(person) if asked.again => Purpose::GoOn(person),
            _ => Purpose::SignIn,
        };
        let (flow, url) = app
            .commands
            .ask_provider(way, purpose, own_path(&asked.to), &visitor.origin)
            .await?;
        visitor.ask(flow, app.commands.now()).await?;
        Ok(url)
    })
    .await
}

async fn back(app: AppContext, way: Way, request: Request) -> Response {
    forms::answer_link(app, request, |app, visitor, uri| async move {
        let returned: Returned = query::read(&uri)?;
        let asked = visitor.asked(way, &returned.state, app.commands.now()).await?;
        let Some(flow) = asked else {
            return Err(app.commands.refuse_answer(&visitor.origin).await?.into());
        };
        answered(&app, &visitor, (&flow, &returned)).await
    })
    .await
}

/// Does what the answer is for; gives where to go on to.
async fn answered(
    app: &AppContext,
    visitor: &Visitor,
    (flow, returned): (&Flow, &Returned),
) -> Result<String, Elsewhere> {
    let now = app.commands.now().timestamp();
    let take = || app.commands.take_answer(flow, returned, &visitor.origin);
    let to = own_path(&flow.to).to_owned();
    match flow.purpose {
        Purpose::SignIn => {
            let person = take().await?;
            visitor.begin(person.into()).await?;
            if flow.way == Way::Oidc {
                visitor.note_known(now).await?;
            }
            Ok(to)
        }
        Purpose::GoOn(person) => {
            is_still(visitor, person).await?;
            match take().await {
                Ok(_) => {
                    visitor.note_known(now).await?;
                    Ok(to)
                }
                // The provider is away: the session stays as long as it may without being asked about.
                Err(problem) if problem.is_passing() => Err(problem.into()),
                Err(_) => {
                    visitor.end().await?;
                    Ok(paths::with_query(&paths::sign_in(), [("to", to)]))
                }
            }
        }
        Purpose::Link(person) => {
            is_still(visitor, person).await?;
            take().await.map_err(|problem| Elsewhere {
                page: paths::account(),
                problem,
            })?;
            Ok(format!("{}#identities", paths::account()))
        }
    }
}

/// Somebody else may have signed in with this browser meanwhile.
async fn is_still(visitor: &Visitor, person: PersonId) -> Result<(), CommandError> {
    if visitor.person().await? == Some(person) {
        Ok(())
    } else {
        Err(CommandError::SignedOut)
    }
}

/// The address that begins a way in.
pub(super) fn begins(way: Way) -> String {
    match way {
        Way::Oidc => paths::sign_in_oidc(),
        Way::Github => paths::sign_in_github(),
    }
}
