//! Answers that are kept: what did not change costs nothing of the budget, and is no other's business.

use std::sync::Arc;

use commands::{SystemClock, github::KeptAnswers};
use integrations::github::GithubClient;
use sqlx::PgPool;
use store::Store;
use tests::fakes::github::{FakeGithub, NewCommit};

use super::{app_client, client, payments};

async fn keeping(client: GithubClient, pool: &PgPool) -> GithubClient {
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    client.with_answers(Arc::new(KeptAnswers::new(store, Arc::new(SystemClock))))
}

async fn kept(pool: &PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from github_answers")
        .fetch_one(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrations = false)]
async fn what_did_not_change_costs_nothing(pool: PgPool) {
    let (github, repo) = payments().await;
    let client = keeping(client(&github), &pool).await;
    let read = async || {
        let file = client
            .file("acme", "payments", "README.md", "main")
            .await
            .unwrap();
        (
            file.expect("a file").bytes,
            client.rate_limit().expect("a budget").remaining,
        )
    };
    let (first, left) = read().await;
    assert_eq!(left, FakeGithub::LIMIT - 1);
    for _ in 0..5 {
        assert_eq!(read().await, (first.clone(), left));
    }
    assert_eq!(client.status().unchanged, 5);
    repo.commit(NewCommit::new("Change").file("README.md", "# New\n"));
    assert_eq!(read().await, (b"# New\n".to_vec(), left - 1));
    assert_eq!(kept(&pool).await, 1);

    // Another process shares what is kept.
    let other = keeping(super::client(&github), &pool).await;
    other.file("acme", "payments", "README.md", "main").await.unwrap();
    assert_eq!((other.status().requests, other.status().unchanged), (1, 1));
}

#[sqlx::test(migrations = false)]
async fn pages_keep_their_next_one_and_what_names_a_commit_is_not_kept(pool: PgPool) {
    let (github, repo) = payments().await;
    for n in 0..130 {
        github.join("acme", &format!("person{n}"));
    }
    let client = keeping(client(&github), &pool).await;
    for _ in 0..2 {
        assert_eq!(client.members("acme").await.unwrap().len(), 130);
    }
    assert_eq!((client.status().requests, client.status().unchanged), (4, 2));
    let sha = repo.head("main");
    client.file("acme", "payments", "README.md", &sha).await.unwrap();
    client.compare("acme", "payments", &sha, &sha).await.unwrap();
    assert_eq!(kept(&pool).await, 2);
}

#[sqlx::test(migrations = false)]
async fn callers_do_not_share_and_the_oldest_go(pool: PgPool) {
    let (github, _) = payments().await;
    github.install("acme", &[("contents", "read")]);
    let by_token = keeping(client(&github), &pool).await;
    let by_app = keeping(app_client(&github), &pool).await;
    for client in [&by_token, &by_app] {
        client
            .file("acme", "payments", "README.md", "main")
            .await
            .unwrap();
        assert_eq!(client.status().unchanged, 0);
    }
    let callers: Vec<String> =
        sqlx::query_scalar("select distinct split_part(caller, ':', 1) from github_answers order by 1")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(callers, ["app", "installation", "token"]);
    let before = kept(&pool).await;
    assert_eq!(
        Store::on(pool.clone()).drop_github_answers(1).await.unwrap(),
        u64::try_from(before - 1).unwrap()
    );
    assert_eq!(kept(&pool).await, 1);
}
