//! Comparing the catalog with what repositories hold: what a lost push changed, moved or removed is found.
//!
//! Two requests tell whether anything changed; only files whose content is another one are read. What is gone is taken out
//! first, so that a file may move.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    actor::Viewer,
    catalog::{CODEOWNERS_PATHS, MAX_CODEOWNERS_BYTES},
    ids::RepositoryId,
};
use integrations::github::{GithubClient, GithubError, RepositoryTree};
use store::{FileToCompare, RepositoryPlace, StoredCodeowners};

use crate::{
    Commands, Result,
    intake::system,
    jobs::{Job, ReconcileRepository},
};

/// What a catalog file is called, in any folder.
const CATALOG_FILES: [&str; 2] = ["catalog-info.yaml", "catalog-info.yml"];

/// A repository as it is compared.
pub(crate) struct Compared<'a> {
    pub(crate) client: &'a GithubClient,
    pub(crate) repository: RepositoryId,
    pub(crate) place: &'a RepositoryPlace,
    /// The commit.
    pub(crate) head: &'a str,
}

impl Commands {
    /// Enqueues the comparison of every repository. Run by the clock each night; gives how many there are.
    pub async fn reconcile_all(&self) -> Result<usize> {
        if !self.asks_github() {
            return Ok(0);
        }
        let repositories = self.reads().repositories_to_reconcile().await?;
        let mut tx = self.store.begin(&system("fairway")).await?;
        for one in &repositories {
            let repository = one.repository;
            tx.enqueue(ReconcileRepository { repository }.enqueued()?).await?;
        }
        tx.commit().await?;
        Ok(repositories.len())
    }

    /// Compares one repository's catalog files, policies and CODEOWNERS with its default branch.
    pub async fn reconcile_repository(&self, repository: RepositoryId) -> Result<()> {
        let Some((client, place)) = self.github_place(repository).await? else {
            return Ok(());
        };
        let policies = self.policies_of(repository).await?;
        let head = match client
            .branch_head(&place.owner, &place.name, &place.default_branch)
            .await
        {
            Ok(Some(head)) => head,
            // An empty repository has no branch; one that is gone says so by an event.
            Ok(None) => return self.note_policies_unread(repository, &no_branch(&place)).await,
            Err(error) => {
                self.note_policies_unread(repository, &error.to_string()).await?;
                return Err(self.passed_on(error));
            }
        };
        let tree = client.tree(&place.owner, &place.name, &head).await;
        let tree = tree.map_err(|error| self.passed_on(error))?;
        let compared = Compared {
            client,
            repository,
            place: &place,
            head: &head,
        };
        if let Some(policies) = policies {
            self.reconcile_policies(&compared, &tree, policies).await?;
        }
        self.reconcile_catalog(&compared, &tree).await?;
        self.reconcile_codeowners(&compared, &tree).await
    }

    async fn reconcile_catalog(&self, compared: &Compared<'_>, tree: &RepositoryTree) -> Result<()> {
        let known = self.reads().catalog_files_of(compared.repository).await?;
        let there: BTreeMap<&str, &str> = tree
            .files
            .iter()
            .filter(|file| is_catalog_file(&file.path))
            .map(|file| (&*file.path, &*file.sha))
            .collect();
        let plan = plan(&known, &there, tree.complete);
        for path in plan.gone {
            self.take_catalog_file(compared, path).await?;
        }
        for path in plan.changed {
            self.take_catalog_file(compared, path).await?;
        }
        Ok(())
    }

    async fn take_catalog_file(&self, compared: &Compared<'_>, path: &str) -> Result<()> {
        let Compared {
            client,
            repository,
            place,
            head,
        } = compared;
        let file = client.file(&place.owner, &place.name, path, head).await;
        let file = file.map_err(|error| self.passed_on(error))?;
        let by = Viewer::trusted(system("github"));
        let version = file.as_ref().map(|file| (&*file.bytes, &*file.sha));
        self.sync_catalog_version(&by, (*repository, path), head, version)
            .await?;
        Ok(())
    }

    async fn reconcile_codeowners(&self, compared: &Compared<'_>, tree: &RepositoryTree) -> Result<()> {
        let Compared {
            client,
            repository,
            place,
            head,
        } = compared;
        let sha = |path: &str| {
            tree.files
                .iter()
                .find(|file| file.path == path)
                .map(|file| &*file.sha)
        };
        let there = CODEOWNERS_PATHS
            .into_iter()
            .find_map(|path| Some((path, sha(path)?)));
        // A cut tree says nothing of what it does not name.
        if there.is_none() && !tree.complete {
            return Ok(());
        }
        let known = self.reads().codeowners(*repository).await?;
        if known.as_ref().map(|known| (&*known.path, &*known.blob)) == there {
            return Ok(());
        }
        let mut file = None;
        if let Some((path, _)) = there {
            let read = client.file(&place.owner, &place.name, path, head).await;
            file = read
                .map_err(|error| self.passed_on(error))?
                .filter(|file| file.bytes.len() <= MAX_CODEOWNERS_BYTES)
                .map(|file| StoredCodeowners {
                    path: path.to_owned(),
                    text: String::from_utf8_lossy(&file.bytes).replace('\0', ""),
                    blob: file.sha,
                });
        }
        let mut tx = self.store.begin(&system("github")).await?;
        tx.lock_catalog().await?;
        self.take_codeowners(&mut tx, *repository, file.as_ref(), (head, self.now()))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reads a catalog file as the default branch has it now, whatever pushes arrived in which order: an old file must not
    /// replace a new one, and a push may be lost.
    pub(crate) async fn read_catalog_file(
        &self,
        client: &GithubClient,
        (repository, place): (RepositoryId, &RepositoryPlace),
        path: &str,
    ) -> Result<()> {
        let passed_on = |error: GithubError| self.passed_on(error);
        let branch = client.branch_head(&place.owner, &place.name, &place.default_branch);
        let Some(head) = branch.await.map_err(passed_on)? else {
            return Ok(());
        };
        let file = client
            .file(&place.owner, &place.name, path, &head)
            .await
            .map_err(passed_on)?;
        let by = Viewer::trusted(system("github"));
        let version = file.as_ref().map(|file| (&*file.bytes, &*file.sha));
        let report = self
            .sync_catalog_version(&by, (repository, path), &head, version)
            .await?;
        // What another file of the repository describes may have moved here, and what this one described may have moved
        // there: which came first does not matter once both are compared.
        if !report.taken_over || file.is_none() {
            let mut tx = self.store.begin(&by_github()).await?;
            tx.enqueue(ReconcileRepository { repository }.enqueued()?).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

fn by_github() -> domain::actor::Actor {
    system("github")
}

/// Why nothing of a repository can be read, where GitHub shows no commit.
fn no_branch(place: &RepositoryPlace) -> String {
    let RepositoryPlace {
        owner,
        name,
        default_branch,
    } = place;
    format!(
        "GitHub shows no branch {default_branch} of {owner}/{name}: it is gone, empty, or not among what Fairway may read"
    )
}

/// Whether a path names a catalog file.
pub(crate) fn is_catalog_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    CATALOG_FILES.contains(&name)
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Plan<'a> {
    gone: BTreeSet<&'a str>,
    changed: BTreeSet<&'a str>,
}

/// What is to be read: files that describe something and are gone, and files whose content nobody looked at yet. A file that
/// was refused is read again with them, because what stood in its way may be gone.
fn plan<'a>(known: &'a [FileToCompare], there: &BTreeMap<&'a str, &str>, complete: bool) -> Plan<'a> {
    let mut plan = Plan::default();
    for file in known {
        if complete && file.describes && !there.contains_key(&*file.path) {
            plan.gone.insert(&*file.path);
        }
    }
    for (path, sha) in there {
        let seen = known.iter().find(|file| file.path == *path);
        if seen.is_none_or(|seen| seen.seen_blob.as_deref() != Some(sha) || !seen.describes) {
            plan.changed.insert(path);
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(path: &str, blob: &str, describes: bool) -> FileToCompare {
        FileToCompare {
            path: path.into(),
            seen_blob: Some(blob.into()),
            describes,
        }
    }

    #[test]
    fn only_what_is_another_is_read_and_what_is_gone_goes_first() {
        let files = [
            known("a/catalog-info.yaml", "1", true),
            known("b/catalog-info.yaml", "2", true),
            known("c/catalog-info.yaml", "3", true),
            known("catalog-info.yaml", "0", false),
        ];
        let there = [
            ("a/catalog-info.yaml", "1"),
            ("b/catalog-info.yaml", "9"),
            ("d/catalog-info.yaml", "3"),
        ];
        let there = BTreeMap::from(there);
        let whole = plan(&files, &there, true);
        assert_eq!(whole.gone, BTreeSet::from(["c/catalog-info.yaml"]));
        assert_eq!(
            whole.changed,
            BTreeSet::from(["b/catalog-info.yaml", "d/catalog-info.yaml"])
        );
        assert!(
            plan(&files, &there, false).gone.is_empty(),
            "a cut tree removes nothing"
        );
    }

    #[test]
    fn catalog_files_are_known_by_their_name() {
        assert!(is_catalog_file("catalog-info.yaml") && is_catalog_file("x/y/catalog-info.yml"));
        assert!(!is_catalog_file("docs/my-catalog-info.yaml"));
    }
}
