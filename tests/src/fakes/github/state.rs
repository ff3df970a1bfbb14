//! What a world holds. Only data; acts are in the files named after their nouns.

use std::{cell::RefCell, collections::BTreeMap};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{deliveries::Delivery, git::Commits, runs::Run};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// GitHub's numeric id.
    pub id: i64,
    /// Login.
    pub login: String,
    /// Name, as git writes it.
    pub name: String,
    /// GitHub's private address, as git writes it.
    pub email: String,
    /// `User`, `Bot` or `Organization`.
    pub kind: &'static str,
}

/// Everything that a fake GitHub knows.
pub(super) struct State {
    pub now: DateTime<Utc>,
    /// Login of whoever acts.
    pub actor: String,
    pub next_id: i64,
    pub users: BTreeMap<String, User>,
    pub repos: BTreeMap<i64, Repo>,
    pub deliveries: Vec<Delivery>,
    pub office: super::office::Office,
    pub rules: super::protecting::Rules,
    pub marks: super::showing::Marks,
    /// Attempts to deliver to the App's webhook, oldest first.
    pub log: Vec<Attempt>,
    /// Attempts that were asked for again.
    pub asked_again: RefCell<Vec<i64>>,
    /// Nobody listens: what happens leaves no deliveries.
    pub quiet: bool,
    /// Deliveries that were ever made, the taken ones included.
    pub sent: u64,
}

/// One attempt to deliver.
#[derive(Clone)]
pub(super) struct Attempt {
    pub id: i64,
    pub delivery: Delivery,
    pub at: DateTime<Utc>,
    pub status_code: u16,
}

pub(super) struct Repo {
    pub id: i64,
    pub owner: String,
    pub name: String,
    /// Full names that it had before; they redirect.
    pub former: Vec<String>,
    pub default_branch: String,
    pub private: bool,
    pub archived: bool,
    pub deleted: bool,
    /// Taken out of what the token may read: no list has it, and asking for it finds nothing.
    pub hidden: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub pushed_at: DateTime<Utc>,
    pub commits: Commits,
    pub branches: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub pulls: BTreeMap<i64, Pull>,
    pub deployments: BTreeMap<i64, Deployment>,
    pub runs: BTreeMap<i64, Run>,
    pub releases: BTreeMap<i64, Release>,
}

#[derive(Clone)]
pub(super) struct Pull {
    pub id: i64,
    pub number: i64,
    pub title: String,
    pub body: String,
    pub draft: bool,
    pub labels: Vec<String>,
    pub author: User,
    pub head_ref: String,
    pub head_sha: String,
    /// Owner of the fork that it comes from.
    pub fork: Option<User>,
    pub base_ref: String,
    pub base_sha: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    pub merged_at: Option<DateTime<Utc>>,
    pub merged_by: Option<User>,
    pub merge_commit_sha: Option<String>,
    /// When it stopped or began to be a draft: whether it became ready, and when.
    pub turns: Vec<(bool, DateTime<Utc>)>,
}

#[derive(Clone)]
pub(super) struct Deployment {
    pub id: i64,
    pub environment: String,
    pub sha: String,
    pub git_ref: String,
    pub task: String,
    pub payload: Value,
    pub description: Option<String>,
    pub creator: User,
    pub run: Option<i64>,
    /// The attempt of the run that made it.
    pub attempt: i32,
    pub statuses: Vec<Status>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone)]
pub(super) struct Status {
    pub id: i64,
    pub state: String,
    pub creator: User,
    pub environment_url: String,
    pub log_url: String,
    pub description: String,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone)]
pub(super) struct Release {
    pub id: i64,
    pub tag: String,
    pub name: String,
    pub target: String,
    pub prerelease: bool,
    pub author: User,
    pub created_at: DateTime<Utc>,
    pub published_at: DateTime<Utc>,
}

impl State {
    /// A new numeric id; GitHub's grow, so these do.
    pub fn id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    /// The time of an act. The clock moves by a second, so no two acts share a time.
    pub fn tick(&mut self) -> DateTime<Utc> {
        self.now += TimeDelta::seconds(1);
        self.now
    }

    /// The account with a login, made when it is new.
    pub fn account(&mut self, login: &str, kind: &'static str) -> User {
        if let Some(user) = self.users.get(login) {
            return user.clone();
        }
        let id = self.id();
        let mut name = login.trim_end_matches("[bot]").to_owned();
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let email = format!("{id}+{login}@users.noreply.github.com");
        let user = User {
            id,
            login: login.to_owned(),
            name,
            email,
            kind,
        };
        self.users.insert(login.to_owned(), user.clone());
        user
    }

    /// Whoever acts.
    pub fn sender(&mut self) -> User {
        let login = self.actor.clone();
        let kind = if login.ends_with("[bot]") { "Bot" } else { "User" };
        self.account(&login, kind)
    }

    pub fn repo(&self, id: i64) -> &Repo {
        self.repos.get(&id).expect("a handle's repository exists")
    }

    pub fn repo_mut(&mut self, id: i64) -> &mut Repo {
        self.repos.get_mut(&id).expect("a handle's repository exists")
    }
}

impl Repo {
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The commit that a branch, tag or sha names.
    pub fn resolve(&self, git_ref: &str) -> Option<String> {
        let name = git_ref
            .trim_start_matches("refs/heads/")
            .trim_start_matches("refs/tags/");
        let named = self.branches.get(name).or_else(|| self.tags.get(name)).cloned();
        named.or_else(|| self.commits.find(git_ref).map(|commit| commit.sha.clone()))
    }
}
