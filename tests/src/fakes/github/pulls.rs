//! Acts on pull requests.

use serde_json::{Value, json};

use super::{
    git::{Author, Draft},
    payloads,
    repo::RepoHandle,
    state::{Pull, State},
};

/// How a pull request reaches its base branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeMethod {
    /// One new commit with everything in it.
    Squash,
    /// A merge commit beside the pull request's own.
    Merge,
    /// The pull request's commits, made again on top of the base.
    Rebase,
}

/// A pull request to be opened.
#[derive(Clone, Debug, Default)]
pub struct NewPull {
    branch: String,
    title: String,
    body: String,
    draft: bool,
    labels: Vec<String>,
    fork: Option<String>,
}

impl NewPull {
    /// From a pushed branch to the default branch, by the current actor.
    pub fn new(branch: &str, title: &str) -> Self {
        Self {
            branch: branch.to_owned(),
            title: title.to_owned(),
            ..Self::default()
        }
    }

    /// Its title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The branch that it comes from.
    pub fn branch(&self) -> &str {
        &self.branch
    }

    /// With a description.
    #[must_use]
    pub fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    /// As a draft.
    #[must_use]
    pub fn draft(mut self) -> Self {
        self.draft = true;
        self
    }

    /// With a label from the start.
    #[must_use]
    pub fn label(mut self, name: &str) -> Self {
        self.labels.push(name.to_owned());
        self
    }

    /// From the fork of this account. Pushes to its branch are told like the repository's own, which GitHub would not do.
    #[must_use]
    pub fn from_fork_of(mut self, login: &str) -> Self {
        self.fork = Some(login.to_owned());
        self
    }
}

impl RepoHandle {
    /// Opens a pull request; returns its number.
    pub fn open_pull_request(&self, new: NewPull) -> i64 {
        let mut state = self.world.state();
        let (id, at, author) = (state.id(), state.tick(), state.sender());
        let fork = new.fork.map(|login| state.account(&login, "User"));
        let repo = state.repo_mut(self.id);
        let number = repo.pulls.keys().next_back().unwrap_or(&0) + 1;
        let base_ref = repo.default_branch.clone();
        let pull = Pull {
            id,
            number,
            title: new.title,
            body: new.body,
            draft: new.draft,
            labels: new.labels,
            author,
            head_sha: repo.branches.get(&new.branch).expect("a pushed branch").clone(),
            head_ref: new.branch,
            fork,
            base_sha: repo
                .branches
                .get(&base_ref)
                .expect("a default branch with commits")
                .clone(),
            base_ref,
            created_at: at,
            updated_at: at,
            closed_at: None,
            merged_at: None,
            merged_by: None,
            merge_commit_sha: None,
            turns: Vec::new(),
        };
        repo.pulls.insert(number, pull);
        state.emit_pull(self.id, number, "opened", json!({}));
        number
    }

    /// Pushes commits to a new branch and opens a pull request from it; returns its number.
    pub fn propose(&self, new: NewPull, commits: Vec<super::NewCommit>) -> i64 {
        self.push(&new.branch, commits);
        self.open_pull_request(new)
    }

    /// What GitHub's revert button does: a pull request that takes back a merged one. Returns its number.
    pub fn revert(&self, number: i64) -> i64 {
        let (title, merge, branch) = self.read(|repo| {
            let pull = &repo.pulls[&number];
            let merge = pull
                .merge_commit_sha
                .clone()
                .expect("only a merged pull request can be reverted");
            (
                pull.title.clone(),
                merge,
                format!("revert-{number}-{}", pull.head_ref),
            )
        });
        let full = self.full_name();
        let message = format!("Revert \"{title}\"\n\nThis reverts commit {merge}.");
        let commit = super::NewCommit::new(&message).file(&format!("reverts/{number}"), &merge);
        let new =
            NewPull::new(&branch, &format!("Revert \"{title}\"")).body(&format!("Reverts {full}#{number}"));
        self.propose(new, vec![commit])
    }

    /// Takes the draft mark away.
    pub fn ready_for_review(&self, number: i64) {
        self.change_pull(number, "ready_for_review", json!({}), |pull| pull.draft = false);
    }

    /// Makes it a draft again.
    pub fn convert_to_draft(&self, number: i64) {
        self.change_pull(number, "converted_to_draft", json!({}), |pull| pull.draft = true);
    }

    /// Adds a label.
    pub fn label(&self, number: i64, name: &str) {
        let extra = json!({"label": payloads::label(name)});
        self.change_pull(number, "labeled", extra, |pull| pull.labels.push(name.to_owned()));
    }

    /// Removes a label.
    pub fn unlabel(&self, number: i64, name: &str) {
        let extra = json!({"label": payloads::label(name)});
        self.change_pull(number, "unlabeled", extra, |pull| {
            pull.labels.retain(|label| label != name)
        });
    }

    /// Changes its title.
    pub fn retitle(&self, number: i64, title: &str) {
        let old = self.read(|repo| repo.pulls[&number].title.clone());
        let extra = json!({"changes": {"title": {"from": old}}});
        self.change_pull(number, "edited", extra, |pull| title.clone_into(&mut pull.title));
    }

    /// Closes it without merging.
    pub fn close(&self, number: i64) {
        let at = self.world.now();
        self.change_pull(number, "closed", json!({}), |pull| pull.closed_at = Some(at));
    }

    /// Opens a closed one again.
    pub fn reopen(&self, number: i64) {
        self.change_pull(number, "reopened", json!({}), |pull| pull.closed_at = None);
    }

    /// Merges it; returns the commit that put it on the base branch.
    pub fn merge(&self, number: i64, method: MergeMethod) -> String {
        let mut state = self.world.state();
        let (at, merger) = (state.tick(), state.sender());
        let head = state.merge_commits(self.id, number, method);
        let base_ref = state.repo(self.id).pulls[&number].base_ref.clone();
        state.move_branch(self.id, &base_ref, &head, false);
        let pull = state
            .repo_mut(self.id)
            .pulls
            .get_mut(&number)
            .expect("a pull request");
        pull.merged_at = Some(at);
        pull.closed_at = Some(at);
        pull.updated_at = at;
        pull.merged_by = Some(merger);
        pull.merge_commit_sha = Some(head.clone());
        state.emit_pull(self.id, number, "closed", json!({}));
        head
    }

    fn change_pull(&self, number: i64, action: &str, extra: Value, change: impl FnOnce(&mut Pull)) {
        let mut state = self.world.state();
        let at = state.tick();
        let pull = state
            .repo_mut(self.id)
            .pulls
            .get_mut(&number)
            .expect("a pull request");
        let draft = pull.draft;
        change(pull);
        if draft != pull.draft {
            pull.turns.push((draft, at));
        }
        pull.updated_at = at;
        state.emit_pull(self.id, number, action, extra);
    }
}

impl State {
    /// A `pull_request` event.
    pub fn emit_pull(&mut self, id: i64, number: i64, action: &str, mut payload: Value) {
        if self.quiet {
            return;
        }
        payload["action"] = action.into();
        payload["number"] = number.into();
        payload["pull_request"] = payloads::pull(self, id, &self.repo(id).pulls[&number]);
        self.emit("pull_request", id, payload);
    }

    /// Open pull requests from a branch follow it.
    pub fn synchronize(&mut self, id: i64, branch: &str, before: &str, after: &str) {
        let now = self.now;
        let open =
            |pull: &&mut Pull| pull.head_ref == branch && pull.closed_at.is_none() && pull.head_sha != after;
        let mut moved = Vec::new();
        for pull in self.repo_mut(id).pulls.values_mut().filter(open) {
            after.clone_into(&mut pull.head_sha);
            pull.updated_at = now;
            moved.push(pull.number);
        }
        for number in moved {
            self.emit_pull(
                id,
                number,
                "synchronize",
                json!({"before": before, "after": after}),
            );
        }
    }

    /// Makes the commits of a merge; returns the base branch's new head.
    fn merge_commits(&mut self, id: i64, number: i64, method: MergeMethod) -> String {
        let (now, merger) = (self.now, Author::from(self.sender()));
        let repo = self.repo_mut(id);
        let pull = repo.pulls[&number].clone();
        let base = repo.branches[&pull.base_ref].clone();
        let fork_point = repo
            .commits
            .merge_base(&base, &pull.head_sha)
            .unwrap_or_else(|| base.clone());
        let tree = repo.commits.merged(&fork_point, &pull.head_sha, &base);
        let own: Vec<_> = repo
            .commits
            .between(&base, &pull.head_sha)
            .into_iter()
            .cloned()
            .collect();
        let mut draft = Draft {
            parents: vec![base.clone()],
            message: String::new(),
            author: merger.clone(),
            committer: Author::github(),
            authored_at: now,
            committed_at: now,
            tree,
        };
        match method {
            MergeMethod::Squash => {
                let list: Vec<String> = own.iter().map(|commit| format!("* {}", commit.message)).collect();
                draft.message = format!("{} (#{number})\n\n{}", pull.title, list.join("\n\n"));
                draft.author = pull.author.into();
                repo.commits.add(draft)
            }
            MergeMethod::Merge => {
                let from = pull.fork.map_or(repo.owner.clone(), |fork| fork.login);
                draft.message = format!(
                    "Merge pull request #{number} from {from}/{}\n\n{}",
                    pull.head_ref, pull.title
                );
                draft.parents.push(pull.head_sha);
                repo.commits.add(draft)
            }
            MergeMethod::Rebase => own.into_iter().fold(base, |head, commit| {
                let parent = commit.parents.first().map_or(super::git::NONE, String::as_str);
                repo.commits.add(Draft {
                    tree: repo.commits.merged(parent, &commit.sha, &head),
                    parents: vec![head],
                    message: commit.message,
                    author: commit.author,
                    committer: merger.clone(),
                    authored_at: commit.authored_at,
                    committed_at: now,
                })
            }),
        }
    }
}
