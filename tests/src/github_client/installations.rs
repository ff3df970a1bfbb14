//! In whose name is read: the App's installations, each with a token of its own, beside the plain token.

use std::time::Duration;

use chrono::Utc;
use domain::backfill::HistoryKind;
use integrations::github::{AppKey, AppKeyError, GithubConfig, GithubError};
use serde_json::json;
use tests::fakes::github::{Failure, FakeGithub, NewCommit, NewPull, World};

use super::{app_client, client_with, payments};

const GRANTED: [(&str, &str); 3] = [
    ("contents", "write"),
    ("metadata", "read"),
    ("administration", "write"),
];

async fn read(client: &integrations::github::GithubClient, owner: &str) -> Result<bool, GithubError> {
    let file = client.file(owner, "payments", "README.md", "main").await?;
    Ok(file.is_some())
}

/// How often a token of an installation was asked for.
fn tokens_made(github: &FakeGithub) -> usize {
    let requests = github.requests();
    requests
        .iter()
        .filter(|path| path.ends_with("/access_tokens"))
        .count()
}

#[tokio::test]
async fn an_installations_token_is_made_once_and_may_only_read_what_was_granted() {
    let (github, _) = payments().await;
    github.install("acme", &GRANTED);
    let client = app_client(&github);
    for _ in 0..3 {
        assert_eq!(read(&client, "acme").await, Ok(true));
    }
    assert_eq!(tokens_made(&github), 1);
    assert_eq!(github.issued(), [json!({"contents": "read", "metadata": "read"})]);
    let [budget] = &client
        .status()
        .budgets
        .into_iter()
        .filter(|budget| budget.caller != "app")
        .collect::<Vec<_>>()[..]
    else {
        panic!("one installation")
    };
    assert!(
        budget.caller.starts_with("installation:") && budget.limit.is_some(),
        "{budget:?}"
    );
    assert!(!format!("{client:?}").contains("PRIVATE") && !format!("{client:?}").contains("canary"));
}

#[tokio::test]
async fn many_requests_at_once_share_one_token() {
    let (github, _) = payments().await;
    github.install("acme", &GRANTED);
    let client = app_client(&github);
    let all = futures::future::join_all((0..20).map(|_| read(&client, "acme"))).await;
    assert!(all.into_iter().all(|one| one == Ok(true)));
    assert_eq!(tokens_made(&github), 1);
}

#[tokio::test]
async fn each_account_is_read_by_its_own_installation() {
    let (github, _) = payments().await;
    github
        .repo("globex/payments")
        .commit(NewCommit::new("Start").file("README.md", "x"));
    github
        .repo("initech/payments")
        .commit(NewCommit::new("Start").file("README.md", "x"));
    github.install("acme", &GRANTED);
    github.install("Globex", &GRANTED);
    let client = app_client(&github);
    assert_eq!(read(&client, "acme").await, Ok(true));
    assert_eq!(read(&client, "acme").await, Ok(true));
    assert_eq!(tokens_made(&github), 1);
    let elsewhere = read(&client, "initech").await.unwrap_err();
    assert_eq!(
        elsewhere,
        GithubError::NotInstalled {
            account: "initech".into()
        }
    );
    assert!(!elsewhere.is_temporary());
    let key = AppKey::parse(World::APP, &World::app_key_in_pkcs8().into()).unwrap();
    let both = client_with(&github, Some(FakeGithub::TOKEN), GithubConfig::TIMEOUT).with_app(key);
    assert_eq!(
        read(&both, "initech").await,
        Ok(true),
        "the plain token reads where the App is not"
    );
    assert_eq!(read(&both, "acme").await, Ok(true));
    assert_eq!(tokens_made(&github), 2, "and the App where it is");
}

#[tokio::test]
async fn a_token_that_ends_before_its_time_is_made_anew_once() {
    let (github, _) = payments().await;
    github.install("acme", &GRANTED);
    let client = app_client(&github);
    assert_eq!(read(&client, "acme").await, Ok(true));
    github.revoke_tokens();
    assert_eq!(read(&client, "acme").await, Ok(true));
    assert_eq!(tokens_made(&github), 2);
}

#[tokio::test]
async fn graphql_gets_a_new_token_too() {
    let (github, repo) = payments().await;
    github.install("acme", &GRANTED);
    repo.propose(NewPull::new("pay", "Pay"), vec![NewCommit::new("One")]);
    let client = app_client(&github);
    assert_eq!(read(&client, "acme").await, Ok(true));
    // The list of REST is answered, and the question to GraphQL meets a revoked token.
    github.fail_next(Failure::Slow(Duration::ZERO));
    github.fail_next(Failure::RevokedToken);
    let page = client
        .history_page(HistoryKind::PullRequests, ("acme", "payments"), 1)
        .await;
    assert!(page.is_ok(), "{page:?}");
    assert_eq!(tokens_made(&github), 2);
}

#[tokio::test]
async fn one_suspended_installation_costs_the_others_nothing() {
    let (github, _) = payments().await;
    github
        .repo("globex/payments")
        .commit(NewCommit::new("Start").file("README.md", "x"));
    github.install("acme", &GRANTED);
    github.install("globex", &GRANTED);
    let client = app_client(&github);
    assert_eq!(read(&client, "globex").await, Ok(true));
    github.suspend("acme", true);
    for _ in 0..3 {
        assert!(read(&client, "acme").await.is_err());
        assert_eq!(read(&client, "globex").await, Ok(true));
    }
    assert_eq!(github.issued().len(), 1);
}

#[tokio::test]
async fn where_it_is_installed_is_asked_no_longer_than_anything_else() {
    let (github, _) = payments().await;
    let key = AppKey::parse(World::APP, &github.make_app().into()).unwrap();
    let client = client_with(&github, None, Duration::from_millis(700)).with_app(key);
    github.fail(Failure::Slow(Duration::from_secs(60)));
    assert_eq!(client.installations().await, Err(GithubError::Timeout));
    assert_eq!(
        client.reserve_reached("acme", Utc::now()).await,
        Err(GithubError::Timeout)
    );
}

#[tokio::test]
async fn a_secondary_limit_of_graphql_pauses_rest_too() {
    let (github, repo) = payments().await;
    github.install("acme", &GRANTED);
    repo.propose(NewPull::new("pay", "Pay"), vec![NewCommit::new("One")]);
    let client = app_client(&github);
    assert_eq!(read(&client, "acme").await, Ok(true));
    github.fail_next(Failure::Slow(Duration::ZERO));
    github.fail_next(Failure::SecondaryLimit { retry_after: 30 });
    let page = client
        .history_page(HistoryKind::PullRequests, ("acme", "payments"), 1)
        .await;
    assert!(matches!(page, Err(GithubError::RateLimited { .. })), "{page:?}");
    let asked = github.requests().len();
    assert!(matches!(
        read(&client, "acme").await,
        Err(GithubError::RateLimited { .. })
    ));
    assert_eq!(
        github.requests().len(),
        asked,
        "nothing is asked while it is paused"
    );
}

#[tokio::test]
async fn a_suspended_or_removed_installation_is_named_and_comes_back_by_itself() {
    let (github, _) = payments().await;
    github.install("acme", &GRANTED);
    let client = app_client(&github);
    assert_eq!(read(&client, "acme").await, Ok(true));
    github.suspend("acme", true);
    let gone = GithubError::NotInstalled {
        account: "acme".into(),
    };
    assert_eq!(read(&client, "acme").await, Err(gone.clone()));
    github.suspend("acme", false);
    assert_eq!(read(&client, "acme").await, Ok(true));
    github.uninstall("acme");
    assert_eq!(read(&client, "acme").await, Err(gone));
    github.install("acme", &GRANTED);
    client.forgive();
    assert_eq!(read(&client, "acme").await, Ok(true));
    assert_eq!(client.installations().await.unwrap().len(), 1);
    assert_eq!(client.app().await.unwrap().expect("an App").slug, "fairway-acme");
}

#[tokio::test]
async fn a_limit_pauses_the_installation_that_met_it_and_no_other() {
    let (github, _) = payments().await;
    github
        .repo("globex/payments")
        .commit(NewCommit::new("Start").file("README.md", "x"));
    github.install("acme", &GRANTED);
    github.install("globex", &GRANTED);
    let client = app_client(&github);
    github.fail_for("acme", Failure::SecondaryLimit { retry_after: 30 });
    let limited = read(&client, "acme").await;
    assert!(
        matches!(limited, Err(GithubError::RateLimited { .. })),
        "{limited:?}"
    );
    let asked = github.requests().len();
    assert!(read(&client, "acme").await.is_err());
    assert_eq!(
        github.requests().len(),
        asked,
        "nothing is asked while it is paused"
    );
    assert_eq!(read(&client, "globex").await, Ok(true));
    let paused: Vec<_> = client
        .status()
        .budgets
        .into_iter()
        .filter(|one| one.paused_until.is_some())
        .collect();
    let [budget] = &paused[..] else {
        panic!("{paused:?}")
    };
    assert!(budget.paused_until.unwrap() > Utc::now());

    let other = app_client(&github);
    github.heal();
    other.pause(&budget.caller, budget.paused_until.unwrap());
    let told = read(&other, "acme").await;
    assert!(
        matches!(told, Err(GithubError::RateLimited { .. })),
        "a pause that another process met: {told:?}"
    );
}

#[tokio::test]
async fn a_key_of_another_app_is_refused_and_what_is_no_key_is_said() {
    let (github, _) = payments().await;
    let pem = github.make_app();
    github.install("acme", &GRANTED);
    let wrong = AppKey::parse(1, &pem.clone().into()).unwrap();
    let client = client_with(&github, None, GithubConfig::TIMEOUT).with_app(wrong);
    assert_eq!(read(&client, "acme").await, Err(GithubError::Unauthorized));
    let escaped = pem.replace('\n', "\\n");
    assert!(
        AppKey::parse(World::APP, &escaped.into()).is_ok(),
        "as environment files need it"
    );
    let cut: String = pem
        .lines()
        .take(5)
        .chain(["-----END RSA PRIVATE KEY-----"])
        .collect::<Vec<_>>()
        .join("\n");
    for broken in [cut.as_str(), "hello", ""] {
        let error = AppKey::parse(World::APP, &broken.into()).unwrap_err();
        assert!(
            matches!(error, AppKeyError::NoKey | AppKeyError::CannotSign),
            "{error:?}"
        );
    }
}
