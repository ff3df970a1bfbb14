//! Acts on a repository itself: pushes, releases, names, archiving.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    git::{Draft, NONE, NewCommit},
    payloads::{self, SITE},
    state::{Release, Repo, State},
    world::World,
};

/// GitHub lists no more commits in one push event.
const PUSHED_COMMITS: usize = 2048;

/// A repository of a world; keeps naming it when it is renamed.
#[derive(Clone)]
pub struct RepoHandle {
    pub(super) world: World,
    pub(super) id: i64,
}

impl RepoHandle {
    pub(super) fn new(world: World, id: i64) -> Self {
        Self { world, id }
    }

    /// GitHub's numeric id.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// `owner/name` now.
    pub fn full_name(&self) -> String {
        self.read(Repo::full_name)
    }

    /// Head of a branch, or the commit of a tag.
    pub fn head(&self, git_ref: &str) -> String {
        self.read(|repo| repo.resolve(git_ref))
            .expect("a branch, tag or commit")
    }

    pub(super) fn read<T>(&self, look: impl FnOnce(&Repo) -> T) -> T {
        look(self.world.state().repo(self.id))
    }

    /// Pushes one commit to the default branch; returns its sha.
    pub fn commit(&self, commit: NewCommit) -> String {
        let branch = self.read(|repo| repo.default_branch.clone());
        self.push(&branch, vec![commit])
    }

    /// Pushes commits to a branch, which starts at the default branch when it is new. An open pull request from it is
    /// synchronised. Returns the new head.
    pub fn push(&self, branch: &str, commits: Vec<NewCommit>) -> String {
        let from = self.read(|repo| {
            repo.branches
                .get(branch)
                .or_else(|| repo.branches.get(&repo.default_branch))
                .cloned()
        });
        self.world
            .state()
            .push_onto(self.id, branch, from, commits, false)
    }

    /// Rewrites a branch: `commits` on top of `onto`. Returns the new head.
    pub fn force_push(&self, branch: &str, onto: &str, commits: Vec<NewCommit>) -> String {
        self.world
            .state()
            .push_onto(self.id, branch, Some(onto.to_owned()), commits, true)
    }

    /// Publishes a release and its tag at a commit; returns its id.
    pub fn release(&self, tag: &str, sha: &str) -> i64 {
        let mut state = self.world.state();
        let (id, at, author) = (state.id(), state.tick(), state.sender());
        let repo = state.repo_mut(self.id);
        let before = repo.tags.insert(tag.to_owned(), sha.to_owned());
        let release = Release {
            id,
            tag: tag.to_owned(),
            name: tag.to_owned(),
            target: repo.default_branch.clone(),
            prerelease: false,
            author,
            created_at: at,
            published_at: at,
        };
        repo.releases.insert(id, release.clone());
        if before.is_none() {
            state.emit_push(self.id, &format!("refs/tags/{tag}"), NONE, sha, false);
        }
        let payload = payloads::release(state.repo(self.id), &release);
        state.emit(
            "release",
            self.id,
            json!({"action": "published", "release": payload}),
        );
        id
    }

    /// Deletes a release; its tag stays.
    pub fn delete_release(&self, id: i64) {
        let mut state = self.world.state();
        state.tick();
        let release = state.repo_mut(self.id).releases.remove(&id).expect("a release");
        let payload = payloads::release(state.repo(self.id), &release);
        state.emit(
            "release",
            self.id,
            json!({"action": "deleted", "release": payload}),
        );
    }

    /// Says that the repository was created, as an organisation's webhook does.
    pub fn announce(&self) {
        self.changed("created", None, |_| {});
    }

    /// Gives it another name; the old one redirects.
    pub fn rename(&self, name: &str) {
        let (old, full) = self.read(|repo| (repo.name.clone(), repo.full_name()));
        self.changed(
            "renamed",
            Some(json!({"repository": {"name": {"from": old}}})),
            |repo| {
                repo.former.push(full);
                name.clone_into(&mut repo.name);
            },
        );
    }

    /// Gives it to another organisation; the old name redirects.
    pub fn transfer(&self, owner: &str) {
        let full = self.full_name();
        let old = {
            let mut state = self.world.state();
            state.account(owner, "Organization");
            payloads::organization(&state.users[&state.repo(self.id).owner])
        };
        self.changed(
            "transferred",
            Some(json!({"owner": {"from": {"organization": old}}})),
            |repo| {
                repo.former.push(full);
                owner.clone_into(&mut repo.owner);
            },
        );
    }

    /// Archives it.
    pub fn archive(&self) {
        self.changed("archived", None, |repo| repo.archived = true);
    }

    /// Takes it back from the archive.
    pub fn unarchive(&self) {
        self.changed("unarchived", None, |repo| repo.archived = false);
    }

    /// Makes it public.
    pub fn publicize(&self) {
        self.changed("publicized", None, |repo| repo.private = false);
    }

    /// Deletes it.
    pub fn delete(&self) {
        self.changed("deleted", None, |repo| repo.deleted = true);
    }

    /// Takes it out of what the token may read, without a word.
    pub fn hide(&self) {
        self.world.state().repo_mut(self.id).hidden = true;
    }

    /// Lets the token read it again.
    pub fn unhide(&self) {
        self.world.state().repo_mut(self.id).hidden = false;
    }

    fn changed(&self, action: &str, changes: Option<Value>, change: impl FnOnce(&mut Repo)) {
        let mut state = self.world.state();
        let at = state.tick();
        let repo = state.repo_mut(self.id);
        change(repo);
        repo.updated_at = at;
        let mut payload = json!({"action": action});
        if let Some(changes) = changes {
            payload["changes"] = changes;
        }
        state.emit("repository", self.id, payload);
    }
}

impl State {
    /// Makes commits on top of `from` and moves the branch there.
    pub fn push_onto(
        &mut self,
        id: i64,
        branch: &str,
        from: Option<String>,
        commits: Vec<NewCommit>,
        forced: bool,
    ) -> String {
        let (at, sender) = (self.tick(), self.sender());
        let repo = self.repo_mut(id);
        let mut head = from;
        for commit in commits {
            let mut tree = head
                .as_deref()
                .map(|sha| repo.commits.tree(sha))
                .unwrap_or_default();
            let changes = match commit.changes {
                none if none.is_empty() => {
                    vec![("CHANGES.md".to_owned(), Some(commit.message.clone().into_bytes()))]
                }
                some => some,
            };
            for (path, content) in changes {
                match content {
                    Some(bytes) => tree.insert(path, Arc::from(bytes)),
                    None => tree.remove(&path),
                };
            }
            let author = commit.author.unwrap_or_else(|| sender.clone().into());
            head = Some(repo.commits.add(Draft {
                parents: head.into_iter().collect(),
                message: commit.message,
                committer: author.clone(),
                author,
                authored_at: commit.authored_at.unwrap_or(at),
                committed_at: at,
                tree,
            }));
        }
        let head = head.expect("a push onto nothing has a commit");
        self.move_branch(id, branch, &head, forced);
        head
    }

    /// Points a branch at a commit and tells: the push, and the pull requests that come from the branch.
    pub fn move_branch(&mut self, id: i64, branch: &str, head: &str, forced: bool) {
        let before = self
            .repo_mut(id)
            .branches
            .insert(branch.to_owned(), head.to_owned());
        let before = before.unwrap_or_else(|| NONE.to_owned());
        self.emit_push(id, &format!("refs/heads/{branch}"), &before, head, forced);
        self.synchronize(id, branch, &before, head);
    }

    /// The push event of a ref that moved.
    pub fn emit_push(&mut self, id: i64, git_ref: &str, before: &str, after: &str, forced: bool) {
        let (now, sender) = (self.now, self.sender());
        self.repo_mut(id).pushed_at = now;
        if self.quiet {
            return;
        }
        let repo = self.repo(id);
        let branch = git_ref.strip_prefix("refs/heads/");
        // The first push of the default branch brings everything, another new branch what the default branch has not, and
        // a tag nothing.
        let known = match (before, branch) {
            (NONE, Some(branch)) if branch == repo.default_branch => NONE,
            (NONE, _) => repo
                .branches
                .get(&repo.default_branch)
                .map_or(NONE, String::as_str),
            (before, _) => before,
        };
        let brought = if branch.is_some() {
            repo.commits.between(known, after)
        } else {
            Vec::new()
        };
        let skipped = brought.len().saturating_sub(PUSHED_COMMITS);
        let commits: Vec<Value> = brought[skipped..]
            .iter()
            .map(|commit| payloads::pushed_commit(repo, commit))
            .collect();
        let head = repo
            .commits
            .find(after)
            .map(|commit| payloads::pushed_commit(repo, commit));
        let full = repo.full_name();
        let payload = json!({
            "ref": git_ref, "before": before, "after": after, "repository": payloads::pushed_repository(self, id),
            "pusher": {"name": sender.login, "email": sender.email}, "created": before == NONE, "deleted": after == NONE,
            "forced": forced, "base_ref": null, "commits": commits, "head_commit": head,
            "compare": format!("{SITE}/{full}/compare/{}...{}", &before[..12], &after[..12]),
        });
        self.emit("push", id, payload);
    }
}
