//! What the client reads.

use chrono::TimeDelta;
use integrations::github::{CompareStatus, FETCHED, GithubConfig, GithubError};
use tests::fakes::github::{Author, FakeGithub, MergeMethod, NewCommit, NewPull};

use super::{client, client_with, payments};

#[tokio::test]
async fn a_file_is_read_as_of_a_branch_tag_or_commit() {
    let (github, repo) = payments().await;
    let first = repo.head("main");
    repo.commit(NewCommit::new("Describe").file("catalog-info.yaml", "kind: Component\n"));
    let client = client(&github);
    let file = client
        .file("acme", "payments", "catalog-info.yaml", "main")
        .await
        .unwrap()
        .expect("a file");
    assert_eq!(file.bytes, b"kind: Component\n");
    assert_eq!(file.sha.len(), 40);
    assert_eq!(
        client
            .file("acme", "payments", "catalog-info.yaml", &first)
            .await
            .unwrap(),
        None,
        "not yet there"
    );
    assert_eq!(
        client
            .file("acme", "payments", "catalog-info.yaml", "no-such-branch")
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        client
            .file("acme", "absent", "catalog-info.yaml", "main")
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        client.file("acme", "payments", "docs", "main").await.unwrap(),
        None,
        "a directory is no file"
    );
    let odd = client
        .file("acme", "payments", "docs/a b+c.md", "main")
        .await
        .unwrap();
    assert_eq!(odd.map(|file| file.bytes), Some(b"odd".to_vec()));
    assert_eq!(
        client
            .file("acme", "payments", "../../users", "main")
            .await
            .unwrap(),
        None,
        "no climbing out"
    );
}

#[tokio::test]
async fn a_file_over_a_megabyte_is_read_from_its_blob() {
    let (github, repo) = payments().await;
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    repo.commit(NewCommit::new("Grow").file("large.bin", &large).file("empty", ""));
    let client = client(&github);
    let file = client
        .file("acme", "payments", "large.bin", "main")
        .await
        .unwrap()
        .expect("a file");
    assert_eq!(file.bytes, large);
    let empty = client.file("acme", "payments", "empty", "main").await.unwrap();
    assert_eq!(empty.map(|file| file.bytes), Some(Vec::new()));
}

#[tokio::test]
async fn a_pull_requests_own_commits_survive_its_squash() {
    let (github, repo) = payments().await;
    let early = github.now() - TimeDelta::days(2);
    let (ada, bot) = (github.user("ada"), github.user("renovate[bot]"));
    let commits = vec![
        NewCommit::new("Try")
            .by(ada.clone())
            .authored_at(early)
            .file("src/pay.rs", "1"),
        NewCommit::new("Fix")
            .by(Author::stranger("Eve", "EVE@Example.org"))
            .file("src/pay.rs", "2"),
        NewCommit::new("Bump").by(bot.clone()).file("Cargo.lock", "3"),
    ];
    github.act_as("ada");
    let number = repo.propose(NewPull::new("pay", "Pay faster").label("feature"), commits);
    let merge = repo.merge(number, MergeMethod::Squash);
    let client = client(&github);
    let list = client
        .pull_request_commits("acme", "payments", number)
        .await
        .unwrap();
    assert!(list.complete);
    let [first, second, third] = &list.commits[..] else {
        panic!("three commits")
    };
    assert_eq!((first.message.as_str(), first.authored_at), ("Try", Some(early)));
    assert!(first.committed_at > first.authored_at);
    assert_eq!(
        first
            .author
            .person
            .as_ref()
            .map(|person| (person.github_id, person.is_bot)),
        Some((ada.id, false))
    );
    assert_eq!(
        (second.author.person.as_ref(), second.author.email.as_deref()),
        (None, Some("eve@example.org"))
    );
    assert_eq!(
        third
            .author
            .person
            .as_ref()
            .map(|person| (person.github_id, person.is_bot)),
        Some((bot.id, true))
    );

    let pulls = client
        .pull_requests_of_commit("acme", "payments", &merge)
        .await
        .unwrap();
    let [pull] = &pulls[..] else {
        panic!("one pull request")
    };
    assert_eq!(
        (pull.number, pull.action.as_str(), pull.from_fork),
        (number, FETCHED, false)
    );
    assert_eq!(pull.merge_commit_sha.as_deref(), Some(merge.as_str()));
    assert_eq!(pull.labels, ["feature"]);
    let direct = repo.commit(NewCommit::new("Direct"));
    assert!(
        client
            .pull_requests_of_commit("acme", "payments", &direct)
            .await
            .unwrap()
            .is_empty()
    );
    let unknown = client
        .pull_requests_of_commit("acme", "payments", &"f".repeat(40))
        .await;
    assert!(
        matches!(unknown, Err(GithubError::NotFound { .. })),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn a_long_pull_request_is_read_whole_by_comparing_its_ends() {
    let (github, repo) = payments().await;
    let commits = (0..260).map(|n| NewCommit::new(&format!("Step {n}"))).collect();
    let number = repo.propose(NewPull::new("long", "Long"), commits);
    for method in [None, Some(MergeMethod::Squash)] {
        if let Some(method) = method {
            repo.merge(number, method);
        }
        let list = client(&github)
            .pull_request_commits("acme", "payments", number)
            .await
            .unwrap();
        assert_eq!((list.commits.len(), list.complete), (260, true), "{method:?}");
        let messages: Vec<&str> = list.commits.iter().map(|commit| &*commit.message).collect();
        let expected: Vec<String> = (0..260).map(|n| format!("Step {n}")).collect();
        assert_eq!(messages, expected, "in order over all pages");
    }
    // Three pages of the list that GitHub cuts, the pull request, and three of the comparison.
    assert_eq!(github.requests().len(), 2 * 7);
}

#[tokio::test]
async fn a_comparison_reads_every_page_in_order() {
    let (github, repo) = payments().await;
    let base = repo.head("main");
    let commits = (0..230)
        .map(|n| NewCommit::new(&format!("Step {n}")).file("steps", n.to_string()))
        .collect();
    let head = repo.push("main", commits);
    let client = client(&github);
    let ahead = client.compare("acme", "payments", &base, &head).await.unwrap();
    assert_eq!(
        (ahead.status, ahead.ahead_by, ahead.behind_by),
        (CompareStatus::Ahead, 230, 0)
    );
    assert_eq!((ahead.commits.commits.len(), ahead.commits.complete), (230, true));
    let messages: Vec<String> = ahead
        .commits
        .commits
        .iter()
        .map(|commit| commit.message.clone())
        .collect();
    assert_eq!(
        messages,
        (0..230).map(|n| format!("Step {n}")).collect::<Vec<_>>()
    );
    assert_eq!(ahead.merge_base.as_deref(), Some(base.as_str()));
    assert_eq!(
        ahead
            .files
            .iter()
            .map(|file| file.path.as_str())
            .collect::<Vec<_>>(),
        ["steps"]
    );
    assert_eq!(github.requests().len(), 3);

    let behind = client.compare("acme", "payments", &head, &base).await.unwrap();
    assert_eq!(
        (behind.status, behind.behind_by, behind.commits.commits.len()),
        (CompareStatus::Behind, 230, 0)
    );
    let same = client.compare("acme", "payments", "main", &head).await.unwrap();
    assert_eq!(same.status, CompareStatus::Identical);
    repo.push("feature/with slash", vec![NewCommit::new("Side")]);
    repo.commit(NewCommit::new("Main goes on"));
    let apart = client
        .compare("acme", "payments", "main", "feature/with slash")
        .await
        .unwrap();
    assert_eq!(
        (apart.status, apart.ahead_by, apart.behind_by),
        (CompareStatus::Diverged, 1, 1)
    );
    let gone = client.compare("acme", "payments", &"e".repeat(40), "main").await;
    assert!(matches!(gone, Err(GithubError::NotFound { .. })), "{gone:?}");
}

#[tokio::test]
async fn an_empty_repository_has_nothing() {
    let github = FakeGithub::start().await;
    github.repo("acme/empty");
    let client = client(&github);
    assert_eq!(
        client
            .file("acme", "empty", "catalog-info.yaml", "main")
            .await
            .unwrap(),
        None
    );
    let compared = client.compare("acme", "empty", "a", "b").await;
    assert!(
        matches!(compared, Err(GithubError::NotFound { .. })),
        "{compared:?}"
    );
}

#[tokio::test]
async fn a_renamed_repository_is_found_under_its_old_name() {
    let (github, repo) = payments().await;
    let head = repo.head("main");
    repo.rename("billing");
    repo.transfer("globex");
    let client = client(&github);
    let file = client
        .file("acme", "payments", "docs/a b+c.md", &head)
        .await
        .unwrap();
    assert_eq!(file.map(|file| file.bytes), Some(b"odd".to_vec()));
    assert!(
        client
            .file("globex", "billing", "README.md", &head)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn without_a_token_only_public_repositories_answer() {
    let (github, repo) = payments().await;
    let anonymous = client_with(&github, None, GithubConfig::TIMEOUT);
    assert_eq!(
        anonymous
            .file("acme", "payments", "README.md", "main")
            .await
            .unwrap(),
        None
    );
    repo.publicize();
    assert!(
        anonymous
            .file("acme", "payments", "README.md", "main")
            .await
            .unwrap()
            .is_some()
    );
    let wrong = client_with(&github, Some("ghp_wrong"), GithubConfig::TIMEOUT);
    assert_eq!(
        wrong
            .file("acme", "payments", "README.md", "main")
            .await
            .unwrap_err(),
        GithubError::Unauthorized
    );
}
