//! Who asks: the session of a request, the person it is signed in as, and whether that person may open the address.
//!
//! Nothing behind this is open unless [`app::policy`] says so. The API has its own door, which takes tokens only.

mod known;
mod origin;
mod seen;

use std::sync::Arc;

use app::{
    Refused, Visitor,
    policy::{Policy, policy},
};
use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
};
use commands::{CommandError, Commands};
use domain::{access::Denial, actor::Viewer};
use http::{HeaderMap, Method, StatusCode, header};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer,
    cookie::{SameSite, time::Duration},
};

use self::{known::ToProvider, seen::Seen};
use crate::{
    config::HttpConfig,
    http::{AppState, Refusal},
};

/// How long the browser keeps the cookie: as long as any session lasts. When a session ends, the database says.
const COOKIE_LIVES: Duration = Duration::days(7);

/// What the middleware needs.
#[derive(Clone)]
struct Door {
    commands: Commands,
    hops: usize,
    seen: Arc<Seen>,
}

/// Puts the door before pages, tables, forms and the live stream.
pub(crate) fn guard(pages: Router, state: &AppState) -> Router {
    let door = Door {
        commands: state.commands.clone(),
        hops: state.config.http.trusted_proxies,
        seen: Arc::default(),
    };
    pages
        .layer(middleware::from_fn_with_state(door, enter))
        .layer(sessions(&state.commands, &state.config.http))
}

/// Over https the name binds the cookie to this host and this scheme.
fn sessions(commands: &Commands, http: &HttpConfig) -> SessionManagerLayer<store::Sessions> {
    let is_https = http.public_url.starts_with("https://");
    SessionManagerLayer::new(commands.sessions())
        .with_name(if is_https { "__Host-fairway" } else { "fairway" })
        .with_secure(is_https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(COOKIE_LIVES))
}

async fn enter(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let Some(session) = request.extensions().get::<Session>().cloned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let visitor = Visitor {
        session,
        origin: origin::of(&request, door.hops),
    };
    let signed_in = match identify(&door, &visitor).await {
        Ok(signed_in) => signed_in,
        Err(problem) => {
            tracing::warn!(
                error = &problem as &dyn std::error::Error,
                "nobody can be identified"
            );
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    // An address without a route is the page that says so, for whoever is signed in.
    let rule = match request.extensions().get::<MatchedPath>() {
        Some(route) => policy(route.as_str()),
        None => Some(Policy::SignedIn),
    };
    let page = known::asking(&request);
    let viewer = match signed_in {
        Some((viewer, Some(since))) if rule != Some(Policy::Anyone) => {
            match known::go_on(&door.commands, since, page, viewer) {
                Ok(viewer) => viewer,
                Err(ToProvider(address)) => return Redirect::to(&address).into_response(),
            }
        }
        other => other.map(|(viewer, _)| viewer),
    };
    request.extensions_mut().insert(visitor);
    let verdict = decide(rule, viewer.as_ref());
    if let Some(viewer) = viewer {
        request.extensions_mut().insert(viewer);
    }
    match verdict {
        Verdict::SignedOut => turn_away(&request),
        Verdict::Denied(why) if draws_page(&request) => say_why(request, next, why).await,
        Verdict::Denied(why) => Refusal::Denied(why).into_response(),
        Verdict::Closed => StatusCode::NOT_FOUND.into_response(),
        Verdict::Open => next.run(request).await,
    }
}

/// The page that says why it is not shown. Whatever else stands at the address is not shown either.
async fn say_why(mut request: Request, next: Next, why: Denial) -> Response {
    request.extensions_mut().insert(Refused(why.to_string()));
    let answer = next.run(request).await;
    if answer.status() == StatusCode::FORBIDDEN {
        answer
    } else {
        Refusal::Denied(why).into_response()
    }
}

/// Whose session it is, and since when their provider knew them; nobody without a session, or once the account is disabled.
async fn identify(door: &Door, visitor: &Visitor) -> Result<Option<(Viewer, Option<i64>)>, CommandError> {
    let Some(key) = visitor.key() else { return Ok(None) };
    let Some(signed_in) = door.commands.signed_in(&key).await? else {
        // Whoever is half in, or was: the layer takes the cookie of a session that it does not find back from the browser.
        visitor.person().await?;
        return Ok(None);
    };
    if door.seen.is_due(&key) {
        door.commands.note_session_use(&key, &visitor.origin).await?;
    }
    Ok(Some(signed_in))
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Open,
    SignedOut,
    Denied(Denial),
    Closed,
}

fn decide(rule: Option<Policy>, viewer: Option<&Viewer>) -> Verdict {
    match (rule, viewer) {
        (Some(Policy::Anyone), _) => Verdict::Open,
        (_, None) => Verdict::SignedOut,
        (None, Some(_)) => Verdict::Closed,
        (Some(rule), Some(viewer)) => rule
            .allows(viewer)
            .map_or_else(Verdict::Denied, |()| Verdict::Open),
    }
}

/// Whoever wants a page is sent to sign in and back; everything else is told that nobody is signed in.
fn turn_away(request: &Request) -> Response {
    if !wants_page(request.headers()) {
        return Refusal::SignedOut.into_response();
    }
    let to = app::paths::with_query(&app::paths::sign_in(), [("to", back_to(request))]);
    Redirect::to(&to).into_response()
}

/// Where to come back to; nothing for the home page.
fn back_to(request: &Request) -> &str {
    let uri = request.uri();
    let back = match *request.method() {
        Method::GET | Method::HEAD => uri.path_and_query().map_or("/", |both| both.as_str()),
        _ => uri.path(),
    };
    if back == "/" { "" } else { back }
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// Whether the answer is a page of the app, which says itself why it is not shown.
fn draws_page(request: &Request) -> bool {
    let path = request.uri().path();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_page = !matches!(path.rsplit_once('.'), Some((_, "csv" | "jsonl")))
        && path != app::paths::search_found()
        && path != "/live";
    reads && is_page
}

#[cfg(test)]
mod tests {
    use domain::{
        access::{Action, Grant, Role},
        ids::{GrantId, PersonId, TeamId},
        people::TeamRef,
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn nothing_is_open_that_nobody_thought_of() {
        let viewer = Viewer::person(PersonId(Uuid::nil()), "Ada".into(), Vec::new());
        let look = Some(Policy::May(Action::Look));
        assert_eq!(decide(None, None), Verdict::SignedOut);
        assert_eq!(decide(None, Some(&viewer)), Verdict::Closed);
        assert_eq!(decide(Some(Policy::Anyone), None), Verdict::Open);
        assert_eq!(decide(Some(Policy::SignedIn), None), Verdict::SignedOut);
        assert_eq!(decide(Some(Policy::SignedIn), Some(&viewer)), Verdict::Open);
        assert_eq!(decide(look, None), Verdict::SignedOut);
        assert!(matches!(decide(look, Some(&viewer)), Verdict::Denied(_)));
    }

    #[test]
    fn what_is_of_no_team_is_open_to_no_role_of_a_team() {
        let admin = |team| Grant {
            id: GrantId(Uuid::nil()),
            role: Role::Admin,
            team,
            tiers: Vec::new(),
            classes: Vec::new(),
        };
        let payments = TeamRef {
            id: TeamId(Uuid::nil()),
            slug: "payments".into(),
            title: "Payments".into(),
        };
        let viewer = |grant| Viewer::person(PersonId(Uuid::nil()), "Ada".into(), vec![grant]);
        let (of_team, of_all) = (viewer(admin(Some(payments))), viewer(admin(None)));
        for route in [
            "/admin/people",
            "/admin/people/{id}",
            "/admin/teams",
            "/admin/sign-in",
            "/admin/tokens",
            "/admin/audit.csv",
            "/admin/audit.jsonl",
        ] {
            let rule = policy(route);
            assert!(
                matches!(decide(rule, Some(&of_team)), Verdict::Denied(Denial::Whole(_))),
                "{route}"
            );
            assert_eq!(decide(rule, Some(&of_all)), Verdict::Open, "{route}");
        }
        assert_eq!(decide(policy("/admin/jobs"), Some(&of_team)), Verdict::Open);
    }
}
