//! The whole server in this process, on a real socket and a database of its own.

use std::{net::SocketAddr, sync::Arc};

use app::Assets;
use clap::Parser;
use commands::{Commands, SystemClock, keyring::Keyring};
use reqwest::header;
use server::{
    config::{Config, Settings},
    http::{AppState, Installation, Readiness},
    live::Live,
    site,
};
use sqlx::PgPool;
use store::Store;
pub use tests::session::{ADMIN, cookie, sign_in};
use tokio_util::sync::CancellationToken;

/// A running server. Stopped when dropped.
pub struct App {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its commands, for arranging what a test needs.
    pub commands: Commands,
    /// Whether it says that it is ready.
    pub readiness: Readiness,
    stop: CancellationToken,
}

/// The pool of `sqlx::test` brings our tables; the queue's come from its own migrations.
#[derive(Parser)]
struct Given {
    #[command(flatten)]
    settings: Settings,
}

impl App {
    /// Starts on a pool with these options of the command line.
    pub async fn start(pool: PgPool, options: &[&str]) -> Self {
        Self::start_with(Store::on(pool), options, |_| {}).await
    }

    /// Starts on a store, with settings that no option changes.
    pub async fn start_with(store: Store, options: &[&str], change: impl FnOnce(&mut Config)) -> Self {
        server::migrate(&store).await.unwrap();
        let mut config = config(options);
        change(&mut config);
        let commands = Commands::new(store, Arc::new(SystemClock)).with_keyring(keyring());
        Self::serve(commands, config).await
    }

    /// Starts with commands that a test made, on a database that has its tables.
    pub async fn with_commands(commands: Commands) -> Self {
        Self::serve(commands, config(&[])).await
    }

    async fn serve(commands: Commands, config: Config) -> Self {
        sign_in(commands.store().pool()).await;
        let organisation = commands.reads().organisation().await.unwrap();
        let readiness = Readiness::new(server::probe(commands.store().clone()));
        let stop = CancellationToken::new();
        let state = AppState {
            app: site::context(
                (site::options(&config.site), Assets::unchecked()),
                &commands,
                organisation,
                &config.http,
            ),
            live: Live::start(&commands, stop.clone()).await.unwrap(),
            installation: Installation::of(&commands.reads()).await,
            commands: commands.clone(),
            config: Arc::new(config),
            readiness: readiness.clone(),
            stopping: stop.clone(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = server::http::router(&state).into_make_service_with_connect_info::<SocketAddr>();
        let ended = stop.clone();
        tokio::spawn(async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(ended.cancelled_owned())
                .await
        });
        Self {
            address,
            commands,
            readiness,
            stop,
        }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A page as text.
pub async fn text(app: &App, path: &str) -> String {
    let answer = client().get(app.url(path)).send().await.unwrap();
    assert_eq!(answer.status(), reqwest::StatusCode::OK, "{path}");
    answer.text().await.unwrap()
}

/// Sends a form as a browser without script does; gives the status, where it leads and the page.
pub async fn post(app: &App, path: &str, fields: &[(&str, &str)]) -> (reqwest::StatusCode, String, String) {
    let form = client()
        .post(app.url(path))
        .header("origin", app.url(""))
        .form(fields);
    let answer = form.send().await.unwrap();
    let location = answer.headers().get("location");
    let location = location.map_or("", |to| to.to_str().unwrap()).to_owned();
    (answer.status(), location, answer.text().await.unwrap())
}

/// The one number that a query gives.
pub async fn count(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}

/// The keys that secrets are sealed with in tests.
pub fn keyring() -> Keyring {
    Keyring::parse(&"5a".repeat(32)).unwrap()
}

/// Settings from options alone; an empty option hides a variable of the test run.
fn config(options: &[&str]) -> Config {
    let line = ["fairway", "--database-url=", "--site-root=tests/no-such-site"]
        .into_iter()
        .chain(options.iter().copied());
    Config::parse(&Given::try_parse_from(line).unwrap().settings).unwrap()
}

/// A client signed in as the admin of [`sign_in`]. It follows no redirect, as tests look at each answer.
pub fn client() -> reqwest::Client {
    let mut headers = header::HeaderMap::new();
    headers.insert(header::COOKIE, cookie().parse().unwrap());
    without_redirects().default_headers(headers).build().unwrap()
}

/// A client that nobody signed in.
pub fn stranger() -> reqwest::Client {
    without_redirects().build().unwrap()
}

fn without_redirects() -> reqwest::ClientBuilder {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none())
}
