//! Fairway's standing with GitHub: catalog files and CODEOWNERS compared, teams read, rights checked, an App made, and what
//! pages say when GitHub is away.

mod page;
mod reconcile;
mod teams;
mod waiting;

use std::sync::Arc;

use commands::{Commands, SystemClock, github::KeptAnswers};
use integrations::github::{AppKey, GithubClient, GithubConfig};
use sqlx::PgPool;
use store::Store;
use tests::fakes::github::{FakeGithub, NewCommit, RepoHandle, World};

/// What an App needs.
const RIGHTS: [(&str, &str); 7] = [
    ("metadata", "read"),
    ("contents", "read"),
    ("pull_requests", "read"),
    ("deployments", "read"),
    ("actions", "read"),
    ("checks", "read"),
    ("members", "read"),
];

fn client(github: &FakeGithub) -> GithubClient {
    let config = GithubConfig {
        base_url: github.base_url(),
        token: None,
        timeout: GithubConfig::TIMEOUT,
    };
    let key = AppKey::parse(World::APP, &github.make_app().into()).unwrap();
    GithubClient::new(config).unwrap().with_app(key)
}

/// Commands that read a fake as an App, with answers kept.
async fn connected(pool: &PgPool, github: &FakeGithub) -> Commands {
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    let answers = KeptAnswers::new(store.clone(), Arc::new(SystemClock));
    let client = client(github).with_answers(Arc::new(answers));
    Commands::new(store, Arc::new(SystemClock)).with_github(client)
}

/// Commands, a fake with the App installed in `acme`, and the repository there, of which Fairway was told nothing yet.
pub(crate) async fn acme(pool: &PgPool) -> (Commands, FakeGithub, RepoHandle) {
    let github = FakeGithub::start().await;
    github.install("acme", &RIGHTS);
    let commands = connected(pool, &github).await;
    let repo = github.world().act_as("ada").repo("acme/mono");
    repo.commit(NewCommit::new("Start").file("README.md", "x"));
    (commands, github, repo)
}

/// Lets Fairway know of what deliveries say.
pub(crate) async fn tell(commands: &Commands, github: &FakeGithub) {
    crate::intake::order::tell(commands, &github.take_deliveries()).await;
}

async fn repository(pool: &PgPool) -> domain::ids::RepositoryId {
    let id: uuid::Uuid = sqlx::query_scalar("select id from repositories order by created_at limit 1")
        .fetch_one(pool)
        .await
        .unwrap();
    id.into()
}

/// A catalog file of one service.
fn component(name: &str, owner: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n\
         spec: {{type: service, lifecycle: production, owner: {owner}}}\n"
    )
}

/// A catalog file of a Group that is a team of GitHub.
fn group(name: &str, slug: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {{name: {name}, annotations: {{github.com/team-slug: {slug}}}}}\n\
         spec: {{type: team, children: []}}\n"
    )
}
