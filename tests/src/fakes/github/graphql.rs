//! The part of the GraphQL API that asks for nodes by their ids. Checks names against GitHub's schema, so that a question
//! for a field that does not exist fails as it would there.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{
    git::Commit,
    payloads::{packed_node, time},
    state::{Deployment, Pull, Repo, State},
};

/// The types, fields and arguments that may be asked for, of GitHub's public schema.
const SCHEMA: &[&str] = &[
    "CONVERT_TO_DRAFT_EVENT ConvertToDraftEvent Deployment ID PullRequest READY_FOR_REVIEW_EVENT ReadyForReviewEvent",
    "author authoredDate checkSuites commit commits committedDate createdAt databaseId description email environmentUrl",
    "first hasNextPage id ids itemTypes last logUrl login message name nodes number oid on pageInfo query state statuses",
    "timelineItems totalCount user workflow workflowRun __typename",
];

/// Answers a question as `POST /graphql` does: always with 200.
pub(super) fn answer(state: &State, body: &[u8], signed_in: bool) -> Value {
    let failed = |kind: &str, message: String| json!({"errors": [{"type": kind, "message": message}]});
    let question: Value = serde_json::from_slice(body).unwrap_or_default();
    let query = question["query"].as_str().unwrap_or_default();
    if let Some(unknown) = unknown_name(query) {
        return failed("undefinedField", format!("Field '{unknown}' doesn't exist"));
    }
    if !signed_in {
        return failed("FORBIDDEN", "Requires authentication".to_owned());
    }
    let ids: Vec<&str> = question["variables"]["ids"]
        .as_array()
        .map_or_else(Vec::new, |ids| ids.iter().filter_map(Value::as_str).collect());
    if ids.len() > 100 {
        return failed(
            "ARGUMENT_LIMIT",
            "You may not provide more than 100 node ids".to_owned(),
        );
    }
    let found: Vec<Value> = ids.iter().map(|id| node(state, query, id)).collect();
    json!({"data": {"nodes": found}})
}

/// An answer as a later GitHub might give it: statuses by ids of another form, and no commits.
pub(super) fn reshape(answer: &mut Value) {
    let nodes = answer["data"]["nodes"].as_array_mut();
    for node in nodes.into_iter().flatten().filter_map(Value::as_object_mut) {
        node.remove("commits");
        let statuses = node
            .get_mut("statuses")
            .and_then(|list| list["nodes"].as_array_mut());
        for status in statuses.into_iter().flatten() {
            status["id"] = "v9:another".into();
        }
    }
}

/// A node, as far as the question has a part for its kind; null for one that is not there.
fn node(state: &State, query: &str, node_id: &str) -> Value {
    let Some((prefix, packed)) = node_id.split_once('_') else {
        return Value::Null;
    };
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(packed).unwrap_or_default();
    let number = |at: usize| {
        let bytes = bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, |bytes| i64::from(u32::from_be_bytes(bytes)))
    };
    let (repository, id) = (number(3), number(8));
    let repo = state
        .repos
        .get(&repository)
        .filter(|repo| !repo.deleted && !repo.hidden);
    let asked = |kind: &str| query.contains(&format!("... on {kind}{{"));
    let found = match prefix {
        "DE" if asked("Deployment") => {
            repo.and_then(|repo| Some(deployment(repo, repo.deployments.get(&id)?, query)))
        }
        "PR" if asked("PullRequest") => repo.and_then(|repo| {
            let it = repo.pulls.values().find(|pull| pull.id == id)?;
            Some(pull(repo, it, query))
        }),
        _ => None,
    };
    found.unwrap_or_default()
}

fn unknown_name(query: &str) -> Option<&str> {
    let known: Vec<&str> = SCHEMA.iter().flat_map(|line| line.split(' ')).collect();
    query
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        .find(|word| !known.contains(word))
}

/// The number behind an argument of a field: `first` of `statuses(first:30)`.
fn argument(query: &str, field: &str, name: &str) -> usize {
    let of_field = query
        .split_once(&format!("{field}("))
        .map_or("", |(_, rest)| rest);
    let value = of_field
        .split_once(&format!("{name}:"))
        .map_or("", |(_, rest)| rest);
    let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

fn deployment(repo: &Repo, it: &Deployment, query: &str) -> Value {
    let first = argument(query, "statuses", "first");
    let statuses: Vec<Value> = it
        .statuses
        .iter()
        .rev()
        .take(first)
        .map(|status| {
            json!({
                "id": packed_node("DES", repo.id, status.id), "state": status.state.to_uppercase(), "description": status.description,
                "logUrl": maybe(&status.log_url), "environmentUrl": maybe(&status.environment_url),
                "createdAt": time(status.created_at),
            })
        })
        .collect();
    let suites: Vec<Value> = repo
        .runs
        .values()
        .filter(|run| run.sha == it.sha)
        .take(argument(query, "checkSuites", "first"))
        .map(|run| json!({"workflowRun": {"databaseId": run.id, "workflow": {"name": run.workflow}}}))
        .collect();
    json!({
        "id": packed_node("DE", repo.id, it.id), "databaseId": it.id,
        "statuses": {"nodes": statuses, "pageInfo": {"hasNextPage": it.statuses.len() > first}},
        "commit": repo.commits.find(&it.sha).map(|_| json!({"checkSuites": {"nodes": suites}})),
    })
}

fn maybe(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn pull(repo: &Repo, it: &Pull, query: &str) -> Value {
    let own = repo.commits.between(&it.base_sha, &it.head_sha);
    let commits: Vec<Value> = own
        .iter()
        .take(argument(query, "commits", "first"))
        .map(|made| json!({"commit": commit(made)}))
        .collect();
    let turns = it.turns.iter().map(|(ready, at)| {
        let kind = if *ready {
            "ReadyForReviewEvent"
        } else {
            "ConvertToDraftEvent"
        };
        json!({"__typename": kind, "createdAt": time(*at)})
    });
    let turns: Vec<Value> = turns.collect();
    let last = argument(query, "timelineItems", "last");
    json!({
        "commits": {"totalCount": own.len(), "nodes": commits},
        "timelineItems": {"nodes": turns[turns.len().saturating_sub(last)..]},
    })
}

/// GraphQL knows users only: a bot is nobody.
fn commit(made: &Commit) -> Value {
    let user = made.author.account.as_ref().filter(|user| user.kind == "User");
    let mut author = Map::new();
    author.insert("name".to_owned(), made.author.name.as_str().into());
    author.insert("email".to_owned(), made.author.email.as_str().into());
    author.insert(
        "user".to_owned(),
        user.map_or(
            Value::Null,
            |user| json!({"databaseId": user.id, "login": user.login}),
        ),
    );
    json!({
        "oid": made.sha, "message": made.message, "authoredDate": time(made.authored_at),
        "committedDate": time(made.committed_at), "author": author,
    })
}
