//! The GitHub client against the fake: what it reads, in whose name, and every way in which reading fails.

mod breaker;
mod failing;
mod installations;
mod kept;
mod reading;

use std::time::Duration;

use integrations::github::{AppKey, GithubClient, GithubConfig};
use secrecy::SecretString;
use tests::fakes::github::{FakeGithub, NewCommit, RepoHandle, World};

pub fn client_with(github: &FakeGithub, token: Option<&str>, timeout: Duration) -> GithubClient {
    let token = token.map(SecretString::from);
    GithubClient::new(GithubConfig {
        base_url: github.base_url(),
        token,
        timeout,
    })
    .expect("good settings")
}

pub fn client(github: &FakeGithub) -> GithubClient {
    client_with(github, Some(FakeGithub::TOKEN), GithubConfig::TIMEOUT)
}

/// A fake with `acme/payments`, which has one commit.
pub async fn payments() -> (FakeGithub, RepoHandle) {
    let github = FakeGithub::start().await;
    let repo = github.repo("acme/payments");
    repo.commit(
        NewCommit::new("Start")
            .file("README.md", "# Payments\n")
            .file("docs/a b+c.md", "odd"),
    );
    (github, repo)
}

/// A client that is the App, without a token.
pub fn app_client(github: &FakeGithub) -> GithubClient {
    let key = AppKey::parse(World::APP, &github.make_app().into()).expect("a key");
    client_with(github, None, GithubConfig::TIMEOUT).with_app(key)
}
