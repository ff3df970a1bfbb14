//! Each event that Fairway uses, in GitHub's shape and bent out of it.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::*;
use domain::facts::{RepositoryChange, RunFact};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn user(id: i64, login: &str, kind: &str) -> Value {
    json!({"id": id, "login": login, "type": kind})
}

fn envelope(extra: Value) -> Value {
    let mut payload = json!({
        "repository": {"id": 7, "name": "payments", "full_name": "acme/payments", "owner": user(2, "acme", "Organization"),
            "default_branch": "main", "private": true, "archived": false, "pushed_at": 1_557_933_657},
        "sender": user(1, "ada", "User"),
    });
    let (Value::Object(fields), Value::Object(extra)) = (&mut payload, extra) else {
        panic!("objects")
    };
    fields.extend(extra);
    payload
}

fn read(event: &str, extra: Value) -> Result<Option<Observation>, PayloadError> {
    facts(event, envelope(extra).to_string().as_bytes())
}

fn event(name: &str, extra: Value) -> ObservedEvent {
    read(name, extra).unwrap().unwrap().event
}

fn deployment(payload: &Value) -> Value {
    json!({"id": 145, "sha": "f95f", "ref": "main", "task": "deploy", "payload": payload, "environment": "production",
        "original_environment": "production", "description": null, "creator": user(9, "deployer[bot]", "Bot"),
        "created_at": "2026-01-03T01:28:30Z", "updated_at": "2026-01-03T01:28:40Z"})
}

#[test]
fn a_push_carries_its_commits_and_who_wrote_them() {
    let commit = json!({"id": "a1", "message": "Add", "timestamp": "2026-01-02T12:00:00+02:00", "added": ["b"], "removed": [],
        "modified": ["a"], "author": {"name": "Ada", "email": "7+Ada@users.noreply.github.com", "username": "ada"}});
    let other = json!({"id": "a2", "timestamp": "99999-01-01T00:00:00Z", "author": {"name": "B", "email": "B@X.org "}});
    let ObservedEvent::Push(push) = event(
        "push",
        json!({"ref": "refs/heads/main", "before": "00", "after": "a2", "commits": [commit, other], "forced": true}),
    ) else {
        panic!("a push")
    };
    assert_eq!((push.pushed_at, push.forced), (at("2019-05-15T15:20:57Z"), true));
    let [first, second] = &push.commits[..] else {
        panic!("two commits")
    };
    assert_eq!(first.authored_at, Some(at("2026-01-02T10:00:00Z")));
    assert_eq!(
        first.author.person.as_ref().map(|person| person.github_id),
        Some(7)
    );
    assert_eq!(first.paths, Some(vec!["b".to_owned(), "a".to_owned()]));
    assert_eq!(
        (
            second.authored_at,
            second.paths.as_ref(),
            second.author.person.as_ref()
        ),
        (None, None, None)
    );
    assert_eq!(second.author.email.as_deref(), Some("b@x.org"));
}

#[test]
fn a_private_address_counts_only_with_the_login_that_github_matched() {
    let of = |username: Value| {
        let commit =
            json!({"id": "a", "author": {"email": "7+ada@users.noreply.github.com", "username": username}});
        let extra = json!({"ref": "r", "before": "0", "after": "a", "commits": [commit]});
        let ObservedEvent::Push(push) = event("push", extra) else {
            panic!("a push")
        };
        push.commits[0].author.person.clone()
    };
    assert!(of(json!("ADA")).is_some());
    assert!(of(json!("eve")).is_none() && of(Value::Null).is_none());
}

#[test]
fn a_pull_request_is_read_before_and_after_its_merge() {
    let pull = |merged: Value| {
        json!({"action": "closed", "number": 3, "pull_request": {"number": 3, "title": "T", "body": null, "draft": false,
            "user": user(1, "ada", "User"), "head": {"ref": "fix", "sha": "h1", "repo": {"id": 7}},
            "base": {"ref": "main", "sha": "b1", "repo": {"id": 7}}, "labels": [{"name": "hotfix"}], "merge_commit_sha": "m1",
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z", "merged_at": merged}})
    };
    let of = |extra| match event("pull_request", extra) {
        ObservedEvent::PullRequest(fact) => *fact,
        other => panic!("{other:?}"),
    };
    let open = of(pull(Value::Null));
    assert_eq!(
        (open.merge_commit_sha, open.from_fork, open.body.as_str()),
        (None, false, ""),
        "m1 is a trial merge"
    );
    let merged = of(pull(json!("2026-01-03T00:00:00Z")));
    assert_eq!(
        (merged.merge_commit_sha.as_deref(), merged.labels),
        (Some("m1"), vec!["hotfix".to_owned()])
    );
    assert_eq!(merged.updated_at, at("2026-01-03T00:00:00Z"));
    let mut gone = pull(Value::Null);
    gone["pull_request"]["head"]["repo"] = Value::Null;
    assert!(of(gone).from_fork, "a deleted fork is a fork");
}

#[test]
fn a_deployments_payload_may_be_json_in_a_string() {
    let of = |payload: Value| match event(
        "deployment",
        json!({"action": "created", "deployment": deployment(&payload)}),
    ) {
        ObservedEvent::Deployment(fact) => fact.payload,
        other => panic!("{other:?}"),
    };
    assert_eq!(of(json!({"service": "a"})), json!({"service": "a"}));
    assert_eq!(of(json!("{\"service\": \"a\"}")), json!({"service": "a"}));
    assert_eq!(of(json!("")), json!(""));
    assert_eq!(of(json!("17")), json!("17"));
    assert_eq!(of(Value::Null), Value::Null);
    let deep = "[".repeat(1000);
    assert_eq!(
        of(json!(deep)),
        json!(deep),
        "what is too deep stays the text it is"
    );
}

#[test]
fn a_status_names_its_run_and_keeps_words_nobody_knows_yet() {
    let extra = json!({"action": "created", "deployment": deployment(&json!({})),
        "deployment_status": {"id": 5, "state": "levitating", "description": "", "log_url": "", "target_url": "https://l/1",
            "environment_url": null, "created_at": "2026-01-03T01:29:00Z"},
        "workflow": {"name": "deploy", "path": ".github/workflows/deploy.yml"},
        "workflow_run": {"id": 2, "run_attempt": 3, "name": "Deploy it", "head_sha": "f95f"}});
    let ObservedEvent::DeploymentStatus(status) = event("deployment_status", extra) else {
        panic!("a status")
    };
    assert_eq!((status.state.as_str(), status.description), ("levitating", None));
    assert_eq!(status.log_url.as_deref(), Some("https://l/1"));
    let (name, path) = (
        Some("Deploy it".to_owned()),
        Some(".github/workflows/deploy.yml".to_owned()),
    );
    assert_eq!(
        status.deployment.run,
        Some(RunFact {
            id: 2,
            attempt: Some(3),
            name,
            path
        })
    );
    assert!(status.deployment.creator.is_some_and(|creator| creator.is_bot));
}

#[test]
fn repositories_change_names_owners_and_state() {
    let of = |extra| match event("repository", extra) {
        ObservedEvent::Repository(change) => change,
        other => panic!("{other:?}"),
    };
    let renamed = of(json!({"action": "renamed", "changes": {"repository": {"name": {"from": "old"}}}}));
    assert_eq!(renamed, RepositoryChange::Renamed { from: "old".into() });
    for owner in ["user", "organization"] {
        let extra = json!({"action": "transferred", "changes": {"owner": {"from": {owner: user(1, "octo", "User")}}}});
        assert_eq!(of(extra), RepositoryChange::Transferred { from: "octo".into() });
    }
    assert_eq!(of(json!({"action": "archived"})), RepositoryChange::Archived);
    assert_eq!(of(json!({"action": "unarchived"})), RepositoryChange::Unarchived);
    assert_eq!(of(json!({"action": "deleted"})), RepositoryChange::Deleted);
    assert_eq!(
        of(json!({"action": "edited", "changes": {"default_branch": {"from": "m"}}})),
        RepositoryChange::Seen
    );
}

#[test]
fn runs_and_releases_are_read() {
    let run = json!({"id": 2, "run_attempt": 1, "name": "", "path": "p.yml", "head_sha": "s", "head_branch": "main",
        "event": "push", "status": "completed", "conclusion": "success", "updated_at": "2026-01-03T01:29:00Z"});
    let extra = json!({"workflow": {"name": "test"}, "workflow_run": run});
    let ObservedEvent::WorkflowRun(fact) = event("workflow_run", extra) else {
        panic!("a run")
    };
    assert_eq!(
        (fact.run.name.as_deref(), fact.conclusion.as_deref()),
        (Some("test"), Some("success"))
    );
    let release =
        json!({"id": 1, "tag_name": "v1", "name": "", "target_commitish": "main", "published_at": null});
    let extra = json!({"action": "deleted", "release": release});
    let ObservedEvent::Release(fact) = event("release", extra) else {
        panic!("a release")
    };
    assert!(fact.deleted && fact.name.is_none() && fact.tag == "v1");
}

#[test]
fn errors_name_the_event_and_the_path() {
    let error = read("push", json!({"ref": "r", "before": "0", "after": 5}))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("push: at `after`: invalid type: integer `5`"),
        "{error}"
    );
    let error = read("push", json!({"ref": "r", "before": "0"}))
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("push: `after` is missing"), "{error}");
    let error = facts("push", b"{").unwrap_err().to_string();
    assert!(error.starts_with("push: at `?`: EOF"), "{error}");
    let error = facts("push", b"{\"repository\": null} {}")
        .unwrap_err()
        .to_string();
    assert!(error.contains("trailing"), "{error}");
    let error = facts("release", "[".repeat(65).as_bytes())
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("release: the JSON nests more than 64"),
        "{error}"
    );
    let extra = json!({"repository": null, "action": "archived"});
    assert!(
        read("repository", extra)
            .unwrap_err()
            .to_string()
            .starts_with("repository: `repository` is missing")
    );
}

#[test]
fn unknown_events_are_nothing_and_nul_is_replaced() {
    assert!(facts("teapot", b"not even JSON").unwrap().is_none());
    assert!(matches!(
        event("ping", json!({"repository": null, "zen": "Z"})),
        ObservedEvent::Ping
    ));
    let pull = json!({"number": 1, "title": "a\u{0}b", "head": {"sha": "h"}, "base": {"ref": "main"},
        "created_at": "2026-01-01T00:00:00Z"});
    let ObservedEvent::PullRequest(fact) = event("pull_request", json!({"pull_request": pull})) else {
        panic!("a PR")
    };
    assert_eq!(fact.title, "a\u{fffd}b");
}

#[test]
fn an_outline_is_what_can_be_read() {
    let body = envelope(json!({"action": "created"})).to_string();
    let whole = Outline {
        action: Some("created".into()),
        repository: Some("acme/payments".into()),
    };
    assert_eq!(outline(body.as_bytes()), whole);
    assert_eq!(outline(b"{}"), Outline::default());
    assert_eq!(outline(b"nonsense"), Outline::default());
}

#[test]
fn the_largest_push_is_read() {
    let commits: Vec<Value> = (0..2048)
        .map(|n| json!({"id": format!("{n:040x}"), "message": "m".repeat(500)}))
        .collect();
    let extra = json!({"ref": "refs/heads/main", "before": "0", "after": "1", "commits": commits});
    let ObservedEvent::Push(push) = event("push", extra) else {
        panic!("a push")
    };
    assert_eq!(push.commits.len(), 2048);
}

#[test]
fn what_cannot_be_seen_in_a_name_is_written_out() {
    let hidden = deployment(&json!({}));
    let hidden =
        serde_json::from_str::<Value>(&hidden.to_string().replace("production", "prod\\u202euction"))
            .unwrap();
    let extra = json!({"action": "created", "deployment": hidden});
    let ObservedEvent::Deployment(fact) = event("deployment", extra) else {
        panic!("a deployment")
    };
    assert_eq!(fact.environment, "prod⟨U+202E⟩uction");
}
