//! JSON in GitHub's shape, for webhook payloads and API answers alike. Only says what the state holds.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::{
    git::{Author, Commit},
    runs::Run,
    state::{Deployment, Pull, Release, Repo, State, Status, User},
};

pub(super) const API: &str = "https://api.github.com";
pub(super) const SITE: &str = "https://github.com";

/// `2026-10-01T08:00:00Z`
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn maybe(at: Option<DateTime<Utc>>) -> Option<String> {
    at.map(time)
}

/// A node id of the older form, which old objects keep.
pub(super) fn node(kind: &str, id: i64) -> String {
    BASE64_STANDARD.encode(format!("0{}:{kind}{id}", kind.len()))
}

/// A node id as GitHub makes them now: MessagePack of `[0, repository, id]` behind the kind.
pub(super) fn packed_node(prefix: &str, repository: i64, id: i64) -> String {
    let mut bytes = vec![0x93, 0];
    for number in [repository, id] {
        let number = u32::try_from(number).expect("an id of the fake is small");
        bytes.push(0xce);
        bytes.extend(number.to_be_bytes());
    }
    format!("{prefix}_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

pub(super) fn account(user: &User) -> Value {
    let (id, login) = (user.id, &user.login);
    let api = format!("{API}/users/{}", login.replace('[', "%5B").replace(']', "%5D"));
    let page = match user.kind {
        "Bot" => format!("{SITE}/apps/{}", login.trim_end_matches("[bot]")),
        _ => format!("{SITE}/{login}"),
    };
    json!({
        "login": login, "id": id, "node_id": node("User", id), "gravatar_id": "",
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"), "url": api, "html_url": page,
        "followers_url": format!("{api}/followers"), "following_url": format!("{api}/following{{/other_user}}"),
        "gists_url": format!("{api}/gists{{/gist_id}}"), "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{api}/subscriptions"), "organizations_url": format!("{api}/orgs"),
        "repos_url": format!("{api}/repos"), "events_url": format!("{api}/events{{/privacy}}"),
        "received_events_url": format!("{api}/received_events"), "type": user.kind, "site_admin": false,
    })
}

pub(super) fn organization(user: &User) -> Value {
    let api = format!("{API}/orgs/{}", user.login);
    json!({
        "login": user.login, "id": user.id, "node_id": node("Organization", user.id), "url": api, "description": "",
        "repos_url": format!("{api}/repos"), "events_url": format!("{api}/events"), "hooks_url": format!("{api}/hooks"),
        "issues_url": format!("{api}/issues"), "members_url": format!("{api}/members{{/member}}"),
        "public_members_url": format!("{api}/public_members{{/member}}"),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{}?v=4", user.id),
    })
}

/// The places that a repository's JSON names: key and what follows the repository's own address.
const REPOSITORY_URLS: &[(&str, &str)] = &[
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

pub(super) fn repository(state: &State, id: i64) -> Value {
    let repo = state.repo(id);
    let (full, owner) = (repo.full_name(), &state.users[&repo.owner]);
    let mut fields = Map::new();
    for (key, rest) in REPOSITORY_URLS {
        fields.insert((*key).to_owned(), format!("{API}/repos/{full}{rest}").into());
    }
    let open = repo
        .pulls
        .values()
        .filter(|pull| pull.closed_at.is_none())
        .count();
    let own = json!({
        "id": repo.id, "node_id": node("Repository", repo.id), "name": repo.name, "full_name": full, "private": repo.private,
        "owner": account(owner), "html_url": format!("{SITE}/{full}"), "description": null, "fork": false,
        "url": format!("{API}/repos/{full}"), "created_at": time(repo.created_at), "updated_at": time(repo.updated_at),
        "pushed_at": time(repo.pushed_at), "git_url": format!("git://github.com/{full}.git"),
        "ssh_url": format!("git@github.com:{full}.git"), "clone_url": format!("{SITE}/{full}.git"),
        "svn_url": format!("{SITE}/{full}"), "homepage": null, "size": 108, "stargazers_count": 0, "watchers_count": 0,
        "language": "Rust", "has_issues": true, "has_projects": true, "has_downloads": true, "has_wiki": true,
        "has_pages": false, "has_discussions": false, "forks_count": 0, "mirror_url": null, "archived": repo.archived,
        "disabled": false, "open_issues_count": open, "license": null, "allow_forking": true, "is_template": false,
        "web_commit_signoff_required": false, "topics": [], "visibility": if repo.private { "private" } else { "public" },
        "forks": 0, "open_issues": open, "watchers": 0, "default_branch": repo.default_branch, "custom_properties": {},
    });
    if let Value::Object(own) = own {
        fields.extend(own);
    }
    Value::Object(fields)
}

/// As push events write it: times in seconds, the owner's name, and the older names of two fields.
pub(super) fn pushed_repository(state: &State, id: i64) -> Value {
    let repo = state.repo(id);
    let mut value = repository(state, id);
    value["created_at"] = repo.created_at.timestamp().into();
    value["pushed_at"] = repo.pushed_at.timestamp().into();
    value["owner"]["name"] = repo.owner.as_str().into();
    value["owner"]["email"] = Value::Null;
    value["stargazers"] = 0.into();
    value["master_branch"] = repo.default_branch.as_str().into();
    value["organization"] = repo.owner.as_str().into();
    value
}

fn signature(author: &Author) -> Value {
    let mut value = json!({"name": author.name, "email": author.email});
    if let Some(user) = &author.account {
        value["username"] = user.login.as_str().into();
    }
    value
}

/// A commit as push events write it.
pub(super) fn pushed_commit(repo: &Repo, commit: &Commit) -> Value {
    let changes = repo.commits.changes_of(commit);
    json!({
        "id": commit.sha, "tree_id": commit.tree_sha, "distinct": true, "message": commit.message,
        "timestamp": time(commit.authored_at), "url": format!("{SITE}/{}/commit/{}", repo.full_name(), commit.sha),
        "author": signature(&commit.author), "committer": signature(&commit.committer),
        "added": changes.added, "removed": changes.removed, "modified": changes.modified,
    })
}

/// A commit as the API says it with a run.
pub(super) fn simple_commit(repo: &Repo, commit: &Commit) -> Value {
    let by = |author: &Author| json!({"name": author.name, "email": author.email});
    let mut it = pushed_commit(repo, commit);
    let said = it.as_object_mut().unwrap();
    said.retain(|name, _| ["id", "tree_id", "message", "timestamp"].contains(&name.as_str()));
    it["author"] = by(&commit.author);
    it["committer"] = by(&commit.committer);
    it
}

/// A commit as the API lists it.
pub(super) fn commit(repo: &Repo, commit: &Commit) -> Value {
    let (sha, full) = (&commit.sha, repo.full_name());
    let by = |author: &Author, at| json!({"name": author.name, "email": author.email, "date": time(at)});
    let parent =
        |parent: &String| json!({"sha": parent, "url": format!("{API}/repos/{full}/commits/{parent}")});
    json!({
        "sha": sha, "node_id": node("Commit", 1), "url": format!("{API}/repos/{full}/commits/{sha}"),
        "html_url": format!("{SITE}/{full}/commit/{sha}"), "comments_url": format!("{API}/repos/{full}/commits/{sha}/comments"),
        "commit": {
            "author": by(&commit.author, commit.authored_at), "committer": by(&commit.committer, commit.committed_at),
            "message": commit.message, "comment_count": 0,
            "tree": {"sha": commit.tree_sha, "url": format!("{API}/repos/{full}/git/trees/{}", commit.tree_sha)},
            "url": format!("{API}/repos/{full}/git/commits/{sha}"),
            "verification": {"verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null},
        },
        "author": commit.author.account.as_ref().map(account),
        "committer": commit.committer.account.as_ref().map(account),
        "parents": commit.parents.iter().map(parent).collect::<Vec<_>>(),
    })
}

pub(super) fn label(name: &str) -> Value {
    json!({"id": 1_362_934_389, "node_id": node("Label", 1), "name": name, "color": "d73a4a", "default": false,
        "description": null, "url": format!("{API}/labels/{name}")})
}

pub(super) fn pull(state: &State, id: i64, pull: &Pull) -> Value {
    let repo = state.repo(id);
    let (full, number) = (repo.full_name(), pull.number);
    let api = format!("{API}/repos/{full}/pulls/{number}");
    let repository = repository(state, id);
    let owner = account(&state.users[&repo.owner]);
    let commits = repo.commits.between(&pull.base_sha, &pull.head_sha);
    let (html, issue) = (
        format!("{SITE}/{full}/pull/{number}"),
        format!("{API}/repos/{full}/issues/{number}"),
    );
    let (comments, statuses) = (
        format!("{issue}/comments"),
        format!("{API}/repos/{full}/statuses/{}", pull.head_sha),
    );
    let review_comment = format!("{API}/repos/{full}/pulls/comments{{/number}}");
    let link = |href: &str| json!({ "href": href });
    let mut head = json!({"label": format!("{}:{}", repo.owner, pull.head_ref), "ref": pull.head_ref, "sha": pull.head_sha,
        "user": owner, "repo": repository});
    if let Some(fork) = &pull.fork {
        head["label"] = format!("{}:{}", fork.login, pull.head_ref).into();
        head["user"] = account(fork);
        head["repo"]["id"] = (id + 1_000_000).into();
        head["repo"]["full_name"] = format!("{}/{}", fork.login, repo.name).into();
        head["repo"]["owner"] = account(fork);
        head["repo"]["fork"] = true.into();
    }
    json!({
        "url": api, "id": pull.id, "node_id": packed_node("PR", repo.id, pull.id), "html_url": html,
        "diff_url": format!("{html}.diff"), "patch_url": format!("{html}.patch"), "issue_url": issue, "number": number,
        "state": if pull.closed_at.is_some() { "closed" } else { "open" }, "locked": false, "title": pull.title,
        "user": account(&pull.author), "body": Some(&pull.body).filter(|body| !body.is_empty()),
        "created_at": time(pull.created_at), "updated_at": time(pull.updated_at), "closed_at": maybe(pull.closed_at),
        "merged_at": maybe(pull.merged_at), "merge_commit_sha": pull.merge_commit_sha, "assignee": null, "assignees": [],
        "requested_reviewers": [], "requested_teams": [], "labels": pull.labels.iter().map(|name| label(name)).collect::<Vec<_>>(),
        "milestone": null, "draft": pull.draft, "commits_url": format!("{api}/commits"), "comments_url": comments,
        "review_comments_url": format!("{api}/comments"), "review_comment_url": review_comment, "statuses_url": statuses,
        "_links": {"self": link(&api), "html": link(&html), "issue": link(&issue), "comments": link(&comments),
            "review_comments": link(&format!("{api}/comments")), "review_comment": link(&review_comment),
            "commits": link(&format!("{api}/commits")), "statuses": link(&statuses)},
        "head": head,
        "base": {"label": format!("{}:{}", repo.owner, pull.base_ref), "ref": pull.base_ref, "sha": pull.base_sha,
            "user": owner, "repo": repository},
        "author_association": "MEMBER", "auto_merge": null, "active_lock_reason": null, "merged": pull.merged_at.is_some(),
        "mergeable": null, "rebaseable": null, "mergeable_state": "unknown", "merged_by": pull.merged_by.as_ref().map(account),
        "comments": 0, "review_comments": 0, "maintainer_can_modify": false, "commits": commits.len(), "additions": 1,
        "deletions": 0, "changed_files": 1,
    })
}

pub(super) fn workflow(repo: &Repo, run: &Run) -> Value {
    let id = run.workflow_id();
    json!({
        "id": id, "node_id": node("Workflow", id), "name": run.workflow, "path": run.path, "state": "active",
        "created_at": time(repo.created_at), "updated_at": time(repo.created_at),
        "url": format!("{API}/repos/{}/actions/workflows/{id}", repo.full_name()),
        "html_url": format!("{SITE}/{}/blob/{}/{}", repo.full_name(), repo.default_branch, run.path),
        "badge_url": format!("{SITE}/{}/workflows/{}/badge.svg", repo.full_name(), run.workflow),
    })
}

pub(super) fn run(repo: &Repo, run: &Run) -> Value {
    let (full, id) = (repo.full_name(), run.id);
    let url = format!("{API}/repos/{full}/actions/runs/{id}");
    json!({
        "id": id, "name": run.workflow, "node_id": node("WorkflowRun", id), "head_branch": run.branch, "head_sha": run.sha,
        "path": run.path, "display_title": run.title.as_ref().unwrap_or(&run.workflow), "run_number": run.number, "event": run.event, "status": run.status,
        "conclusion": run.conclusion, "workflow_id": run.workflow_id(), "check_suite_id": id + 1, "url": url,
        "html_url": format!("{SITE}/{full}/actions/runs/{id}"), "pull_requests": [], "created_at": time(run.created_at),
        "updated_at": time(run.updated_at), "actor": account(&run.actor), "triggering_actor": account(&run.actor),
        "run_attempt": run.attempt, "run_started_at": time(run.started_at), "jobs_url": format!("{url}/jobs"),
        "logs_url": format!("{url}/logs"), "cancel_url": format!("{url}/cancel"), "rerun_url": format!("{url}/rerun"),
        "previous_attempt_url": (run.attempt > 1).then(|| format!("{url}/attempts/{}", run.attempt - 1)),
    })
}

pub(super) fn deployment(repo: &Repo, it: &Deployment) -> Value {
    let url = format!("{API}/repos/{}/deployments/{}", repo.full_name(), it.id);
    json!({
        "url": url, "id": it.id, "node_id": packed_node("DE", repo.id, it.id), "task": it.task, "original_environment": it.environment,
        "environment": it.environment, "description": it.description, "created_at": time(it.created_at),
        "updated_at": time(it.updated_at), "statuses_url": format!("{url}/statuses"),
        "repository_url": format!("{API}/repos/{}", repo.full_name()), "creator": account(&it.creator), "sha": it.sha,
        "ref": it.git_ref, "payload": it.payload, "transient_environment": false,
        "production_environment": it.environment == "production", "performed_via_github_app": null,
    })
}

pub(super) fn status(repo: &Repo, deployment: &Deployment, it: &Status) -> Value {
    let parent = format!("{API}/repos/{}/deployments/{}", repo.full_name(), deployment.id);
    json!({
        "url": format!("{parent}/statuses/{}", it.id), "id": it.id, "node_id": packed_node("DES", repo.id, it.id),
        "state": it.state, "creator": account(&it.creator), "description": it.description, "environment": deployment.environment,
        "target_url": it.log_url, "created_at": time(it.created_at), "updated_at": time(it.created_at),
        "deployment_url": parent, "repository_url": format!("{API}/repos/{}", repo.full_name()),
        "environment_url": it.environment_url, "log_url": it.log_url, "performed_via_github_app": null,
    })
}

pub(super) fn release(repo: &Repo, it: &Release) -> Value {
    let (full, id) = (repo.full_name(), it.id);
    let url = format!("{API}/repos/{full}/releases/{id}");
    json!({
        "url": url, "assets_url": format!("{url}/assets"), "upload_url": format!("{url}/assets{{?name,label}}"),
        "html_url": format!("{SITE}/{full}/releases/tag/{}", it.tag), "id": id, "author": account(&it.author),
        "node_id": node("Release", id), "tag_name": it.tag, "target_commitish": it.target, "name": it.name, "draft": false,
        "prerelease": it.prerelease, "created_at": time(it.created_at), "published_at": time(it.published_at), "assets": [],
        "tarball_url": format!("{API}/repos/{full}/tarball/{}", it.tag),
        "zipball_url": format!("{API}/repos/{full}/zipball/{}", it.tag), "body": "",
    })
}
