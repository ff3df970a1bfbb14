//! What events leave out is asked of GitHub, stored as facts, and asked again while GitHub cannot answer.

use commands::{
    CommandError, Commands,
    jobs::{FetchCompare, FetchPullRequestCommits, SyncCatalogFile},
};
use domain::ids::RepositoryId;
use integrations::github::{GithubClient, GithubConfig};
use sqlx::PgPool;
use tests::fakes::github::{Failure, FakeGithub, MergeMethod, NewCommit, NewPull, RepoHandle};

use super::order::{register, tell};

async fn connected(pool: &PgPool) -> (Commands, FakeGithub, RepoHandle) {
    let github = FakeGithub::start().await;
    let config = GithubConfig {
        base_url: github.base_url(),
        token: Some(FakeGithub::TOKEN.into()),
        timeout: GithubConfig::TIMEOUT,
    };
    let commands = super::commands(pool)
        .await
        .with_github(GithubClient::new(config).unwrap());
    register(&commands).await;
    let repo = github.world().act_as("ada").repo("acme/payments");
    (commands, github, repo)
}

async fn repository(pool: &PgPool) -> RepositoryId {
    let id: uuid::Uuid = sqlx::query_scalar("select id from repositories where name = 'payments'")
        .fetch_one(pool)
        .await
        .unwrap();
    id.into()
}

async fn jobs(pool: &PgPool, task: &str) -> Vec<serde_json::Value> {
    sqlx::query_scalar(
        "select j.payload::jsonb from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
         where t.identifier = $1 order by j.id",
    )
    .bind(task)
    .fetch_all(pool)
    .await
    .unwrap()
}

#[sqlx::test(migrations = false)]
async fn a_merge_is_asked_for_the_commits_that_a_squash_hides(pool: PgPool) {
    let (commands, github, repo) = connected(&pool).await;
    repo.commit(NewCommit::new("Start"));
    let commits = vec![
        NewCommit::new("One").file("a", "1"),
        NewCommit::new("Two").file("b", "2"),
    ];
    let number = repo.propose(NewPull::new("pay", "Pay"), commits);
    repo.merge(number, MergeMethod::Squash);
    tell(&commands, &github.world().take_deliveries()).await;
    let waiting = jobs(&pool, "fetch_pull_request_commits").await;
    let [job] = &waiting[..] else {
        panic!("{waiting:?}")
    };
    let job: FetchPullRequestCommits = serde_json::from_value(job.clone()).unwrap();

    for failure in [Failure::Status(503), Failure::Garbage] {
        github.fail_next(failure);
        let away = commands.fetch_pull_request_commits(&job).await.unwrap_err();
        assert!(away.is_passing(), "{failure:?}: {away}");
    }
    commands.fetch_pull_request_commits(&job).await.unwrap();
    commands.fetch_pull_request_commits(&job).await.unwrap();
    let (known, rows, first): (bool, i64, bool) = sqlx::query_as(
        "select commits_known, (select count(*) from pull_request_commits), first_commit_at < opened_at from pull_requests",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!((known, rows, first), (true, 2, true));
    assert_eq!(commands.fetch_missing().await.unwrap(), 0);
}

#[sqlx::test(migrations = false)]
async fn a_gap_is_compared_and_an_unknown_commit_is_said(pool: PgPool) {
    let (commands, github, repo) = connected(&pool).await;
    let base = repo.commit(NewCommit::new("Start"));
    tell(&commands, &github.world().take_deliveries()).await;
    repo.commit(NewCommit::new("Missed"));
    let head = repo.commit(NewCommit::new("Missed too"));
    github.world().take_deliveries();

    let repository = repository(&pool).await;
    let job = FetchCompare {
        repository,
        base: base.clone(),
        head,
    };
    commands.fetch_compare(&job).await.unwrap();
    let (status, shas): (String, i32) =
        sqlx::query_as("select status, cardinality(shas) from compared_ranges")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!((status.as_str(), shas), ("ahead", 2));

    let unknown = FetchCompare {
        repository,
        base,
        head: "f".repeat(40),
    };
    let missing = commands.fetch_compare(&unknown).await.unwrap_err();
    assert!(matches!(missing, CommandError::Denied { .. }), "{missing}");
    assert!(missing.to_string().contains("check the name"), "{missing}");
}

#[sqlx::test(migrations = false)]
async fn an_old_push_does_not_bring_an_old_catalog_file_back(pool: PgPool) {
    let (commands, github, repo) = connected(&pool).await;
    let component = |owner: &str| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: wallet}}\n\
             spec: {{type: service, lifecycle: production, owner: {owner}}}\n"
        )
    };
    for owner in ["first-team", "second-team"] {
        repo.commit(NewCommit::new(owner).file("catalog-info.yaml", component(owner)));
    }
    let mut deliveries = github.world().take_deliveries();
    deliveries.reverse();
    for delivery in &deliveries {
        tell(&commands, std::slice::from_ref(delivery)).await;
        let waiting = jobs(&pool, "sync_catalog_file").await;
        let job: SyncCatalogFile = serde_json::from_value(waiting.last().unwrap().clone()).unwrap();
        commands.fetch_catalog_file(&job).await.unwrap();
    }
    let owner: String = sqlx::query_scalar(
        "select t.slug from services s join teams t on t.id = s.team_id where s.slug = 'wallet'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(owner, "second-team");
}

#[sqlx::test(migrations = false)]
async fn without_github_nothing_is_asked(pool: PgPool) {
    let commands = super::commands(&pool).await;
    assert_eq!(commands.fetch_missing().await.unwrap(), 0);
    let job = FetchPullRequestCommits {
        repository: uuid::Uuid::nil().into(),
        number: 1,
    };
    commands.fetch_pull_request_commits(&job).await.unwrap();
}
