//! The GitHub client against GitHub's own OpenAPI description, by Prism: what is asked is allowed, what is documented is
//! understood, and the fake answers as documented.
//!
//! Ignored in the usual run, because Prism reads 13 MB before it listens; `.make/contract` starts it.

use std::{
    net::TcpListener as Port,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::integrations::GithubPermission;
use integrations::github::{AppKey, GithubClient, GithubConfig, GithubError, Patience};
use tests::fakes::github::{FakeGithub, MergeMethod, NewCommit, NewPull, World};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// Prism between a client and either nothing (it answers with the documented examples) or an upstream.
struct Prism {
    url: url::Url,
    log: Arc<Mutex<Vec<String>>>,
    _process: Child,
}

impl Prism {
    /// Starts it on a free port; gives when it listens.
    async fn start(upstream: Option<&url::Url>) -> Self {
        let of =
            |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is set by .make/contract"));
        let port = Port::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(of("FAIRWAY_PRISM"));
        command.arg(if upstream.is_some() { "proxy" } else { "mock" });
        command.arg(of("FAIRWAY_GITHUB_OPENAPI"));
        command.args(upstream.map(url::Url::as_str));
        command.args(["--errors", "-h", "127.0.0.1", "-p", &port.to_string()]);
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (log, lines) = (Arc::new(Mutex::new(Vec::new())), process.stdout.take().unwrap());
        let written = Arc::clone(&log);
        tokio::spawn(async move {
            let mut lines = BufReader::new(lines).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                written.lock().unwrap().push(line);
            }
        });
        let url: url::Url = format!("http://127.0.0.1:{port}").parse().unwrap();
        for _ in 0..600 {
            if reqwest::get(url.join("meta").unwrap()).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Self {
            url,
            log,
            _process: process,
        }
    }

    /// What Prism found wrong with requests or answers.
    fn violations(&self) -> Vec<String> {
        let log = self.log.lock().unwrap();
        log.iter()
            .filter(|line| line.contains("Violation:"))
            .cloned()
            .collect()
    }

    fn client(&self, world: &World) -> GithubClient {
        let config = GithubConfig {
            base_url: self.url.clone(),
            token: None,
            timeout: Duration::from_secs(30),
        };
        let key = AppKey::parse(World::APP, &world.make_app().into()).unwrap();
        GithubClient::new(config)
            .unwrap()
            .with_app(key)
            // Every endpoint is asked, whatever the one before it said.
            .with_patience(Patience {
                failures: 1000,
                ..Patience::default()
            })
    }
}

/// Asks every endpoint that the client knows; gives what failed.
async fn ask_everything(
    client: &GithubClient,
    owner: &str,
    repo: &str,
    (head, number): (&str, i64),
) -> Vec<String> {
    let mut failed = Vec::new();
    let mut note = |name: &str, outcome: Result<(), GithubError>| {
        if let Err(error) = outcome {
            failed.push(format!("{name}: {error:?}"));
        }
    };
    note("app", client.app().await.map(drop));
    note("installations", client.installations().await.map(drop));
    note(
        "file",
        client.file(owner, repo, "README.md", "main").await.map(drop),
    );
    note(
        "branch_head",
        client.branch_head(owner, repo, "main").await.map(drop),
    );
    note("tree", client.tree(owner, repo, head).await.map(drop));
    note(
        "pull_request_commits",
        client.pull_request_commits(owner, repo, number).await.map(drop),
    );
    note(
        "pull_requests_of_commit",
        client.pull_requests_of_commit(owner, repo, head).await.map(drop),
    );
    note(
        "compare",
        client.compare(owner, repo, "main", head).await.map(drop),
    );
    note("teams", client.teams(owner).await.map(drop));
    note("team_members", client.team_members(owner, "pay").await.map(drop));
    note("members", client.members(owner).await.map(drop));
    for permission in GithubPermission::ALL {
        let outcome = client.try_permission(permission, (owner, repo, "main")).await;
        note(permission.as_str(), outcome);
    }
    match client.repository_lists().await {
        Ok(lists) => {
            for list in &lists {
                note(
                    "repositories_page",
                    client.repositories_page(list, 1).await.map(drop),
                );
            }
        }
        Err(error) => failed.push(format!("repository_lists: {error:?}")),
    }
    failed
}

#[tokio::test]
#[ignore = "needs Prism, which .make/contract starts"]
async fn every_question_is_allowed_and_every_documented_answer_is_understood() {
    let (prism, world) = (Prism::start(None).await, World::default());
    let client = prism.client(&world);
    // The example's installation is in this account.
    let account = client.installations().await.unwrap().remove(0).account;
    let failed = ask_everything(&client, &account, "hello", (&"a".repeat(40), 1)).await;
    assert!(failed.is_empty(), "{failed:#?}\n{:#?}", prism.violations());
    let made = client.convert_manifest(&"a".repeat(40)).await.unwrap();
    assert!(!made.slug.is_empty());
    assert!(prism.violations().is_empty(), "{:#?}", prism.violations());
}

#[tokio::test]
#[ignore = "needs Prism, which .make/contract starts"]
async fn the_fake_answers_as_documented() {
    let github = FakeGithub::start().await;
    let rights = GithubPermission::ALL.map(|permission| (permission.as_str(), "read"));
    github.install("acme", &rights);
    github.join("acme", "ada");
    github.team("acme", "pay", &["ada"]);
    let repo = github.world().act_as("ada").repo("acme/mono");
    repo.commit(NewCommit::new("Start").file("README.md", "x"));
    let number = repo.propose(
        NewPull::new("pay", "Pay"),
        vec![NewCommit::new("One").file("a", "1")],
    );
    let head = repo.merge(number, MergeMethod::Squash);
    let prism = Prism::start(Some(&github.base_url())).await;
    let client = prism.client(&github.world());
    let failed = ask_everything(&client, "acme", "mono", (&head, number)).await;
    let code = github.accept_manifest();
    let made = client.convert_manifest(&code).await;
    let violations = prism.violations();
    assert!(
        failed.is_empty() && made.is_ok() && violations.is_empty(),
        "{failed:#?}\n{made:?}\n{violations:#?}"
    );
}
