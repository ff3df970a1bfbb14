//! The GitHub client and the fake GitHub against GitHub's own descriptions: whatever the client can ask is asked through
//! Prism, which compares every question with what GitHub takes and every answer with what GitHub gives.

mod prism;

use std::{collections::BTreeSet, time::Duration};

use chrono::DateTime;
use domain::{backfill::HistoryKind, integrations::GithubPermission};
use integrations::github::{
    AppKey, CheckRun, CommitStatus, DeploymentStatus, Dispatch, ENDPOINTS, GithubClient, GithubConfig,
    GithubError, NewDeployment, Patience, RepositoryList, RuleAnswer,
};
use secrecy::SecretString;
use tests::fakes::github::{FakeGithub, MergeMethod, NewCommit, NewPull, RepoHandle, Run, World};
use url::Url;

use prism::{Exchange, Prism};

/// Asked beside the endpoints of REST.
const GRAPHQL: &str = "POST /graphql";

/// Comparing a large answer takes a moment, and a busy machine longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A workflow that can be dispatched.
const WORKFLOW: &str = "name: Ship\non:\n  workflow_dispatch:\n    inputs:\n      fairway_delivery:\n";

/// A client that is the App, or has the token. It asks whatever was said before: failures are answers too.
fn client(base_url: Url, app: Option<&World>) -> GithubClient {
    let config = GithubConfig {
        base_url,
        token: app.is_none().then(|| SecretString::from(FakeGithub::TOKEN)),
        timeout: PATIENCE,
    };
    let client = GithubClient::new(config).unwrap().with_patience(Patience {
        failures: 1000,
        ..Patience::default()
    });
    match app {
        Some(world) => client.with_app(AppKey::parse(World::APP, &world.make_app().into()).unwrap()),
        None => client,
    }
}

/// A GitHub with something of everything that can be asked for.
async fn github() -> (FakeGithub, RepoHandle, Run) {
    let github = FakeGithub::start().await;
    github.install(
        "acme",
        &GithubPermission::ALL.map(|permission| (permission.as_str(), "read")),
    );
    github.join("acme", "ada");
    github.team("acme", "pay", &["ada"]);
    github.act_as("ada");
    let repo = github.repo("acme/mono");
    repo.commit(
        NewCommit::new("Start")
            .file("README.md", "# Mono")
            .file(".github/workflows/ship.yml", WORKFLOW)
            .file("large", "x".repeat(2_000_000)),
    );
    let number = repo.propose(
        NewPull::new("pay", "Pay").draft().label("feature"),
        vec![NewCommit::new("One").file("a", "1")],
    );
    repo.ready_for_review(number);
    let head = repo.merge(number, MergeMethod::Squash);
    repo.propose(
        NewPull::new("fork", "From a fork").from_fork_of("eve"),
        vec![NewCommit::new("Two")],
    );
    repo.release("v1", &head);
    // Two attempts of one run, and more statuses than GraphQL tells.
    let run = repo.start_run("deploy", &head);
    let deployment = repo.deploy("production", &head, Some(&run));
    for _ in 0..31 {
        repo.set_status(deployment, "in_progress");
    }
    repo.finish_run(&run, "failure");
    let again = repo.rerun(&run);
    let deployment = repo.deploy("production", &head, Some(&again));
    repo.set_status(deployment, "success");
    repo.finish_run(&again, "success");
    repo.wait_for_rule("production", &run, &github.base_url());
    for delivery in github.deliveries().iter().cycle().take(101) {
        github.log_attempt(delivery, github.now(), 202);
    }
    (github, repo, run)
}

async fn ask_of_the_app(client: &GithubClient, github: &FakeGithub) -> Result<(), GithubError> {
    client.app().await?;
    for list in client.repository_lists().await? {
        client.repositories_page(&list, 1).await?;
    }
    let first = client.sent_deliveries(None).await?;
    client.sent_deliveries(first.next.as_deref()).await?;
    client.send_again(first.rows[0].id).await?;
    client.convert_manifest(&github.accept_manifest()).await.map(drop)
}

async fn ask_of_the_organisation(client: &GithubClient) -> Result<(), GithubError> {
    client.members("acme").await?;
    client.teams("acme").await?;
    client.team_members("acme", "pay").await.map(drop)
}

async fn ask_of_the_repository(
    client: &GithubClient,
    (repo, run): (&RepoHandle, &Run),
) -> Result<(), GithubError> {
    let head = repo.head("main");
    for permission in GithubPermission::ALL {
        client
            .try_permission(permission, ("acme", "mono", "main"))
            .await?;
    }
    for file in ["README.md", "large", "absent"] {
        client.file("acme", "mono", file, "main").await?;
    }
    client.branch_head("acme", "mono", "main").await?;
    client.branch_head("acme", "mono", "absent").await?;
    client.tree("acme", "mono", &head).await?;
    client.compare("acme", "mono", "main", "pay").await?;
    client.commits_page(("acme", "mono"), "main", 1).await?;
    client.pull_requests_of_commit("acme", "mono", &head).await?;
    for kind in HistoryKind::ALL {
        client.history_page(kind, ("acme", "mono"), 1).await?;
    }
    client.attempts_of_jobs(("acme", "mono"), &[run.id]).await?;
    let dispatch = Dispatch {
        repository: ("acme", "mono"),
        workflow: "ship.yml",
        git_ref: "main",
        inputs: [("fairway_delivery".to_owned(), "7".to_owned())].into(),
    };
    client.dispatch_workflow(&dispatch).await?;
    let place = (dispatch.repository, dispatch.workflow);
    client.look_for_run(place, "7", DateTime::UNIX_EPOCH).await?;
    answer_a_rule(client, run).await?;
    show_a_deploy(client, &head).await?;
    let steps = (0..250).map(|n| NewCommit::new(&format!("Step {n}"))).collect();
    let long = repo.propose(NewPull::new("long", "Long"), steps);
    client.pull_request_commits("acme", "mono", long).await.map(drop)
}

/// Shows a deploy of a commit in every way, and finds what was shown.
async fn show_a_deploy(client: &GithubClient, head: &str) -> Result<(), GithubError> {
    let (place, page) = (("acme", "mono"), "https://fairway.example/deploys/7");
    let new = NewDeployment {
        repository: place,
        sha: head,
        environment: "production",
        is_production: true,
        deploy: "7",
        description: "Driven by Fairway",
    };
    let made = client.create_deployment(&new).await?;
    assert_eq!(client.look_for_deployment(&new).await?, Some(made));
    let status = DeploymentStatus {
        state: "in_progress",
        description: "Being watched",
        log_url: page,
    };
    client.set_deployment_status(place, made, &status).await?;
    assert!(client.has_deployment_status(place, made, page).await?);
    let mut run = CheckRun {
        name: "Fairway / deploy",
        sha: head,
        external_id: "7",
        details_url: page,
        conclusion: None,
        title: "1.2.0 to production: Being watched",
        summary: "Evidence",
    };
    let id = client.create_check_run(place, &run).await?;
    assert_eq!(client.look_for_check_run(place, &run).await?, Some(id));
    run.conclusion = Some("success");
    client.update_check_run(place, id, &run).await?;
    let status = CommitStatus {
        sha: head,
        state: "success",
        context: "Fairway / deploy",
        description: "Deployed",
        target_url: page,
    };
    client.set_commit_status(place, &status).await?;
    assert!(client.has_commit_status(place, &status).await?);
    Ok(())
}

/// Says why a run waits, sees that it does, and lets it go.
async fn answer_a_rule(client: &GithubClient, run: &Run) -> Result<(), GithubError> {
    let place = ("acme", "mono");
    let mut answer = RuleAnswer {
        environment: "production".to_owned(),
        is_approved: None,
        comment: "It waits".to_owned(),
    };
    client.answer_rule(place, run.id, &answer).await?;
    assert!(client.waits_for_environment(place, run.id, "production").await?);
    answer.is_approved = Some(true);
    client.answer_rule(place, run.id, &answer).await?;
    assert!(!client.waits_for_environment(place, run.id, "production").await?);
    Ok(())
}

async fn ask_everything(
    prism: &Url,
    github: &FakeGithub,
    place: (&RepoHandle, &Run),
) -> Result<(), GithubError> {
    let (app, token) = (client(prism.clone(), Some(github)), client(prism.clone(), None));
    ask_of_the_app(&app, github).await?;
    ask_of_the_organisation(&app).await?;
    ask_of_the_repository(&app, place).await?;
    for list in [
        RepositoryList::Token,
        RepositoryList::Organisation("acme".to_owned()),
    ] {
        token.repositories_page(&list, 1).await?;
    }
    ask_of_what_is_not_there(&app, github).await;
    Ok(())
}

async fn ask_of_what_is_not_there(client: &GithubClient, github: &FakeGithub) {
    let unknown = client
        .pull_requests_of_commit("acme", "mono", &"f".repeat(40))
        .await;
    assert!(
        matches!(unknown, Err(GithubError::NotFound { .. })),
        "{unknown:?}"
    );
    github.suspend("acme", true);
    let suspended = client.members("acme").await;
    assert!(
        matches!(suspended, Err(GithubError::NotInstalled { .. })),
        "{suspended:?}"
    );
}

#[tokio::test]
async fn client_and_fake_keep_to_githubs_own_descriptions() {
    let (github, repo, run) = github().await;
    let prism = Prism::before(&github.base_url()).await;
    let outcome = ask_everything(&prism.url(), &github, (&repo, &run)).await;
    let exchanges = prism.end().await;
    let violations: Vec<String> = exchanges.iter().flat_map(Exchange::complaints).collect();
    assert!(violations.is_empty(), "{}\n{outcome:?}", violations.join("\n"));
    outcome.unwrap();
    let answered: BTreeSet<&str> = exchanges.iter().filter_map(Exchange::answered).collect();
    let missed: Vec<&str> = ENDPOINTS
        .into_iter()
        .chain([GRAPHQL])
        .filter(|endpoint| !answered.contains(endpoint))
        .collect();
    assert!(
        missed.is_empty(),
        "the client can ask these, and no answer was seen: {missed:?}"
    );
}
