//! A world: the clock, who acts, its repositories and the deliveries that its acts left.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{
    deliveries::Delivery,
    payloads,
    repo::RepoHandle,
    state::{Repo, State, User},
};

/// A scripted GitHub without a network. Clones share one state. The same script gives the same bytes.
#[derive(Clone)]
pub struct World(Arc<Mutex<State>>);

impl Default for World {
    fn default() -> Self {
        Self::starting("2026-10-01T08:00:00Z".parse().expect("a time"))
    }
}

impl World {
    /// An empty world whose clock starts at `now`; `octocat` acts.
    pub fn starting(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(State {
            now,
            actor: "octocat".to_owned(),
            next_id: 1000,
            users: BTreeMap::new(),
            repos: BTreeMap::new(),
            deliveries: Vec::new(),
            office: super::office::Office::default(),
            rules: super::protecting::Rules::default(),
            marks: super::showing::Marks::default(),
            log: Vec::new(),
            asked_again: std::cell::RefCell::default(),
            quiet: false,
            sent: 0,
        })))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no act panicked")
    }

    /// The time of the last act.
    pub fn now(&self) -> DateTime<Utc> {
        self.state().now
    }

    /// Sets the clock. Going back is allowed: GitHub's deliveries are not in order either.
    pub fn at(&self, now: DateTime<Utc>) -> &Self {
        self.state().now = now;
        self
    }

    /// Moves the clock on.
    pub fn wait(&self, time: TimeDelta) -> &Self {
        self.state().now += time;
        self
    }

    /// From now on this login acts: it sends events and writes commits. `…[bot]` is a bot.
    pub fn act_as(&self, login: &str) -> &Self {
        self.state().actor = login.to_owned();
        self
    }

    /// The account of a person, made when it is new.
    pub fn user(&self, login: &str) -> User {
        self.state()
            .account(login, if login.ends_with("[bot]") { "Bot" } else { "User" })
    }

    /// The private repository `owner/name`, made empty and without an event when it is new.
    pub fn repo(&self, full_name: &str) -> RepoHandle {
        let mut state = self.state();
        let known = state
            .repos
            .values()
            .find(|repo| !repo.deleted && repo.full_name() == full_name)
            .map(|repo| repo.id);
        let id = known.unwrap_or_else(|| state.add_repo(full_name));
        drop(state);
        RepoHandle::new(self.clone(), id)
    }

    /// The deliveries so far, in the order GitHub made them.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.state().deliveries.clone()
    }

    /// The deliveries since the last call.
    pub fn take_deliveries(&self) -> Vec<Delivery> {
        std::mem::take(&mut self.state().deliveries)
    }

    /// Makes deliveries, or none: nobody listened then.
    pub fn listen(&self, listening: bool) -> &Self {
        self.state().quiet = !listening;
        self
    }

    /// GitHub says hello to the organisation's new webhook.
    pub fn ping(&self) {
        let mut state = self.state();
        let sender = state.sender();
        let events = [
            "deployment",
            "deployment_status",
            "pull_request",
            "push",
            "release",
            "repository",
            "workflow_run",
        ];
        let time = payloads::time(state.now);
        let hook = json!({
            "type": "Organization", "id": 109_948_940, "name": "web", "active": true, "events": events,
            "config": {"content_type": "json", "insecure_ssl": "0", "url": "https://fairway.example/webhooks/github"},
            "created_at": time, "updated_at": time,
        });
        let payload = json!({
            "zen": "Anything added dilutes everything else.", "hook_id": 109_948_940, "hook": hook,
            "sender": payloads::account(&sender),
        });
        state.note("ping", payload);
    }
}

impl State {
    fn add_repo(&mut self, full_name: &str) -> i64 {
        let (owner, name) = full_name.split_once('/').expect("`owner/name`");
        let owner = self.account(owner, "Organization").login;
        let (id, now) = (self.id(), self.now);
        let repo = Repo {
            id,
            owner,
            name: name.to_owned(),
            former: Vec::new(),
            default_branch: "main".to_owned(),
            private: true,
            archived: false,
            deleted: false,
            hidden: false,
            created_at: now,
            updated_at: now,
            pushed_at: now,
            commits: super::git::Commits::default(),
            branches: BTreeMap::new(),
            tags: BTreeMap::new(),
            pulls: BTreeMap::new(),
            deployments: BTreeMap::new(),
            runs: BTreeMap::new(),
            releases: BTreeMap::new(),
        };
        self.repos.insert(id, repo);
        id
    }
}
