//! Every payload that GitHub publishes, and every payload that the fake sends, is understood.

use std::{collections::BTreeSet, path::Path};

use domain::facts::{ObservedEvent, RepositoryChange};
use integrations::github::{facts, outline, signature::WebhookSecrets};
use serde_json::Value;
use tests::fakes::github::{Delivery, MergeMethod, NewCommit, NewDeployment, NewPull, World};

/// The events that Fairway uses, of those that GitHub publishes examples of.
const USED: [&str; 8] = [
    "deployment",
    "deployment_status",
    "ping",
    "pull_request",
    "push",
    "release",
    "repository",
    "workflow_run",
];

/// GitHub's published examples: event and payload.
pub fn examples() -> Vec<(String, Value)> {
    let file = "node_modules/@octokit/webhooks-examples/api.github.com/index.json";
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../end2end")
        .join(file);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `npm ci` in end2end/ first", path.display()));
    let events: Vec<Value> = serde_json::from_str(&text).expect("a list of events");
    let named = |event: Value| {
        let name = event["name"].as_str().expect("a name").to_owned();
        let Value::Array(payloads) = event["examples"].clone() else {
            panic!("{name} has no examples")
        };
        payloads.into_iter().map(move |payload| (name.clone(), payload))
    };
    events.into_iter().flat_map(named).collect()
}

#[test]
fn all_published_payloads_are_understood() {
    let examples = examples();
    let events: BTreeSet<&str> = examples.iter().map(|(event, _)| event.as_str()).collect();
    assert_eq!((examples.len(), events.len()), (329, 58));
    let mut used = BTreeSet::new();
    for (event, payload) in &examples {
        let body = payload.to_string();
        let observation = facts(event, body.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{body}"));
        assert_eq!(observation.is_some(), USED.contains(&event.as_str()), "{event}");
        if observation.is_some() {
            used.insert(event.as_str());
        }
        let outline = outline(body.as_bytes());
        assert_eq!(outline.action.as_deref(), payload["action"].as_str());
        // Some examples give a repository another owner than its full name does.
        let name = payload["repository"]["name"].as_str();
        assert_eq!(
            outline
                .repository
                .as_deref()
                .and_then(|full| full.split('/').nth(1)),
            name
        );
    }
    assert_eq!(used.into_iter().collect::<Vec<_>>(), USED);
}

/// A day in a repository's life with every kind of act.
fn a_day() -> World {
    let world = World::default();
    world.ping();
    let repo = world.act_as("ada").repo("acme/payments");
    repo.announce();
    let first = repo.commit(NewCommit::new("Start").file("README.md", "# Payments"));
    repo.release("v1.0.0", &first);
    repo.deploy_through("production", &first, 4, "success");
    for (n, method) in [MergeMethod::Squash, MergeMethod::Merge, MergeMethod::Rebase]
        .into_iter()
        .enumerate()
    {
        let branch = format!("feature-{n}");
        let commits = vec![
            NewCommit::new("One").file(&branch, "1"),
            NewCommit::new("Two").file(&branch, "2"),
        ];
        let number = repo.propose(NewPull::new(&branch, "Feature").draft(), commits);
        repo.ready_for_review(number);
        repo.push(&branch, vec![NewCommit::new("Three").file(&branch, "3")]);
        repo.label(number, "hotfix");
        world.act_as("grace");
        let merged = repo.merge(number, method);
        let deployment =
            repo.deploy_with(NewDeployment::new("staging", &merged).payload("{\"a\": 1}".into()));
        repo.set_status(deployment, "failure");
    }
    let revert = repo.revert(1);
    repo.close(revert);
    let run = repo.start_run("test", &repo.head("main"));
    repo.finish_run(&run, "failure");
    repo.finish_run(&repo.rerun(&run), "success");
    let release = repo.release("v1.1.0", &repo.head("main"));
    repo.delete_release(release);
    repo.rename("billing");
    repo.transfer("globex");
    repo.archive();
    repo.unarchive();
    repo.delete();
    world
}

#[test]
fn the_fakes_deliveries_are_signed_and_understood() {
    let secrets = WebhookSecrets::new(vec!["old".into(), "new".into()]).unwrap();
    let deliveries = a_day().deliveries();
    for delivery in &deliveries {
        let headers = delivery.headers("new");
        let signature = headers
            .iter()
            .find(|(name, _)| *name == "x-hub-signature-256")
            .map(|(_, value)| value.as_bytes());
        secrets.verify(signature, &delivery.body).expect("a signature");
        facts(&delivery.event, &delivery.body)
            .unwrap()
            .unwrap_or_else(|| panic!("{} is used", delivery.event));
    }
    let ids: BTreeSet<&str> = deliveries.iter().map(|delivery| delivery.id.as_str()).collect();
    assert_eq!(ids.len(), deliveries.len(), "every delivery has an id of its own");
    let events: BTreeSet<&str> = deliveries
        .iter()
        .map(|delivery| delivery.event.as_str())
        .collect();
    assert_eq!(events.into_iter().collect::<Vec<_>>(), USED);
    let again: Vec<Vec<u8>> = a_day()
        .deliveries()
        .into_iter()
        .map(|delivery| delivery.body)
        .collect();
    assert_eq!(
        deliveries
            .into_iter()
            .map(|delivery| delivery.body)
            .collect::<Vec<_>>(),
        again,
        "the same script, the same bytes"
    );
}

fn event(delivery: &Delivery) -> ObservedEvent {
    facts(&delivery.event, &delivery.body)
        .unwrap()
        .expect("a used event")
        .event
}

/// `event action` of each delivery.
fn acts(deliveries: &[Delivery]) -> Vec<String> {
    deliveries
        .iter()
        .map(|it| format!("{} {}", it.event, it.action()).trim_end().to_owned())
        .collect()
}

#[test]
fn a_merge_tells_what_a_squash_hides() {
    let world = World::default();
    let repo = world.act_as("ada").repo("acme/payments");
    let first = repo.commit(NewCommit::new("Start"));
    let commits = vec![
        NewCommit::new("One").file("a", "1"),
        NewCommit::new("Two").file("b", "2"),
    ];
    let number = repo.propose(NewPull::new("pay", "Pay"), commits);
    let own = repo.head("pay");
    let merge = repo.merge(number, MergeMethod::Squash);
    let deliveries = world.deliveries();
    assert_eq!(
        acts(&deliveries),
        [
            "push",
            "push",
            "pull_request opened",
            "push",
            "pull_request closed"
        ]
    );
    let pushes: Vec<_> = deliveries.iter().map(event).collect();
    let [
        ObservedEvent::Push(start),
        ObservedEvent::Push(branch),
        _,
        ObservedEvent::Push(main),
        ObservedEvent::PullRequest(pull),
    ] = &pushes[..]
    else {
        panic!("{pushes:?}")
    };
    assert_eq!((start.commits.len(), start.after.as_str()), (1, first.as_str()));
    assert_eq!(
        (
            branch.commits.len(),
            branch.after.as_str(),
            branch.git_ref.as_str()
        ),
        (2, own.as_str(), "refs/heads/pay")
    );
    assert_eq!(
        (main.before.as_str(), main.after.as_str(), main.commits.len()),
        (first.as_str(), merge.as_str(), 1)
    );
    assert_eq!(main.commits[0].paths, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(pull.merge_commit_sha.as_deref(), Some(merge.as_str()));
    assert_eq!(
        (pull.head_sha.as_str(), pull.merged_at.is_some()),
        (own.as_str(), true)
    );
}

#[test]
fn a_deploy_by_a_run_names_it() {
    let world = World::default();
    let repo = world.act_as("ada").repo("acme/payments");
    let sha = repo.commit(NewCommit::new("Start"));
    world.take_deliveries();
    repo.deploy_through("production", &sha, 3, "success");
    let deliveries = world.take_deliveries();
    let expected = [
        "workflow_run requested",
        "workflow_run in_progress",
        "deployment created",
        "deployment_status created",
        "deployment_status created",
        "workflow_run completed",
    ];
    assert_eq!(acts(&deliveries), expected);
    let ObservedEvent::DeploymentStatus(done) = event(&deliveries[4]) else {
        panic!("a status")
    };
    let run = done.deployment.run.expect("a run");
    assert_eq!(
        (run.attempt, run.path.as_deref()),
        (Some(1), Some(".github/workflows/deploy.yml"))
    );
    assert_eq!(
        (done.state.as_str(), done.deployment.sha.as_str()),
        ("success", sha.as_str())
    );
    assert_eq!((done.created_at - done.deployment.created_at).num_minutes(), 3);
}

#[test]
fn a_rename_keeps_the_identity() {
    let world = World::default();
    let repo = world.repo("acme/payments");
    repo.rename("billing");
    let delivery = world.take_deliveries().remove(0);
    let observation = facts("repository", &delivery.body)
        .unwrap()
        .expect("a used event");
    assert_eq!(
        observation.event,
        ObservedEvent::Repository(RepositoryChange::Renamed {
            from: "payments".into()
        })
    );
    let repository = observation.repository.expect("a repository");
    assert_eq!(
        (repository.github_id, repository.full_name()),
        (repo.id(), "acme/billing".to_owned())
    );
}
