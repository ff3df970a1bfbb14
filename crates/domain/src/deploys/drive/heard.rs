//! What Fairway has heard of a release before, and what follows where it has heard nothing.

use crate::{changes::short, deploys::report::NamedRelease};

/// Whether the parts of a release are known; `None` of one that it does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Its commit is one of the service's repository that was read.
    pub commit: Option<bool>,
    /// Its image was deployed or reported for the service before.
    pub image: Option<bool>,
}

impl Heard {
    /// What is not known, and what follows from it, a sentence for each.
    pub fn unknown(self, release: &NamedRelease, excludes_authors: bool) -> Vec<String> {
        let authors = if excludes_authors {
            "; the policy excludes who wrote it, so nobody can approve it before Fairway has read who that is"
        } else {
            ""
        };
        let follows = format!(
            "what it changes stays unknown and counts as high risk, and so do its checks as missing{authors}"
        );
        let commit = match self.commit {
            Some(true) => None,
            Some(false) => {
                let sha = release.sha.as_deref().map(short).unwrap_or_default();
                Some(format!(
                    "Commit {sha} is not known to Fairway: {follows}. Push it, or wait until the repository is read."
                ))
            }
            None => Some(format!("This release names no commit: {follows}.")),
        };
        let image = match self.image {
            Some(true) => None,
            Some(false) => Some(
                "This image is not known to Fairway: it was never deployed or reported for this service, so of its scan and \
                 signature only what is said below is known, and nothing says that it was built from this commit."
                    .to_owned(),
            ),
            None => Some(
                "This release names no image: what is deployed is whatever its version or commit stands for by then. \
                 Production takes no such release."
                    .to_owned(),
            ),
        };
        [commit, image].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_said_with_what_follows() {
        let release = NamedRelease {
            sha: Some("9f2c1ab".repeat(6)[..40].to_owned()),
            version: None,
            digest: None,
        };
        let heard = |commit, image| Heard { commit, image };
        assert!(heard(Some(true), Some(true)).unknown(&release, true).is_empty());
        let said = heard(Some(false), Some(false)).unknown(&release, true);
        assert_eq!(said.len(), 2);
        assert!(
            said[0].starts_with("Commit 9f2c1ab is not known to Fairway"),
            "{said:?}"
        );
        assert!(said[0].contains("nobody can approve it before"), "{said:?}");
        assert!(said[1].contains("never deployed or reported"), "{said:?}");
        let said = heard(None, None).unknown(&release, false);
        assert!(said[0].contains("names no commit"), "{said:?}");
        assert!(!said[0].contains("nobody can approve"), "{said:?}");
        assert!(said[1].contains("names no image"), "{said:?}");
    }
}
