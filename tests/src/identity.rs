//! Who gets in, how, and what they may then do: over HTTP, and where many do it at once.

mod door;
mod exchange;
mod keys;
mod links;
mod roles;
mod second_factor;
mod sessions;
mod tokens;

use std::sync::Arc;

use commands::{Commands, SystemClock};
use domain::{
    access::{NewGrant, Role},
    actor::{Actor, Viewer},
    ids::PersonId,
    people::NewAccount,
};
use reqwest::{Response, StatusCode, header};
use sqlx::PgPool;
use store::Store;

use crate::{
    browsing::{get, post},
    harness::{App, stranger},
};

const PASSWORD: &str = "harbour lights 5 quietly";

async fn commands(pool: &PgPool) -> Commands {
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    Commands::new(store, Arc::new(SystemClock))
}

fn operator() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

/// A person with a role for the whole organisation, who has no password.
async fn person(commands: &Commands, name: &str, role: Role) -> PersonId {
    let new = NewAccount::parse(name, &format!("{name}@fairway.example")).unwrap();
    commands
        .add_demo_person(&operator(), new, vec![NewGrant::whole(role)])
        .await
        .unwrap()
}

/// A person as whoever they are now.
async fn viewer(commands: &Commands, person: PersonId) -> Viewer {
    commands.viewer(person).await.unwrap().unwrap()
}

/// The session that an answer gives to the browser.
fn session(answer: &Response) -> String {
    answer
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok()?.split(';').next())
        .find(|pair| pair.starts_with("fairway="))
        .expect("a session begins")
        .to_owned()
}

fn location(answer: &Response) -> &str {
    answer
        .headers()
        .get(header::LOCATION)
        .map_or("", |to| to.to_str().unwrap())
}

async fn is_signed_in(app: &App, cookie: &str) -> bool {
    get(app, "/account", cookie).await.status() == StatusCode::OK
}

/// Makes Ada the admin by a link from the server; gives her session.
async fn ada(app: &App) -> String {
    let code = app
        .commands
        .make_set_up_link(&operator(), true)
        .await
        .unwrap()
        .unwrap();
    let fields = [
        ("code", &*code),
        ("name", "Ada"),
        ("email", "Ada@fairway.example"),
        ("password", PASSWORD),
    ];
    let answer = post(app, "/link", "", &fields).await;
    assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/"));
    session(&answer)
}
