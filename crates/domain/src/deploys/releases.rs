//! Finding deploys of the same release without comparing each with each.
//!
//! Two deploys took the same release when their digests are equal or their commits are equal; where neither can be
//! compared, when their versions are equal.

use std::collections::HashMap;

use super::derive::DeployFacts;

#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Digest(&'a str),
    Sha(&'a str),
    /// Version, and whether the deploy also has a commit and a digest.
    Version(&'a str, bool, bool),
}

/// Releases seen so far, each with the place of a deploy that took it.
#[derive(Default)]
pub(super) struct Releases<'a> {
    places: HashMap<Key<'a>, usize>,
}

impl<'a> Releases<'a> {
    /// Notes a deploy's release unless it was seen before.
    pub(super) fn insert_first(&mut self, deploy: &'a DeployFacts, place: usize) {
        for key in own_keys(deploy) {
            self.places.entry(key).or_insert(place);
        }
    }

    /// Notes a deploy's release in place of an earlier one.
    pub(super) fn insert_latest(&mut self, deploy: &'a DeployFacts, place: usize) {
        for key in own_keys(deploy) {
            self.places.insert(key, place);
        }
    }

    /// The smallest place of the same release.
    pub(super) fn first(&self, deploy: &DeployFacts) -> Option<usize> {
        self.found(deploy).min()
    }

    /// The largest place of the same release.
    pub(super) fn latest(&self, deploy: &DeployFacts) -> Option<usize> {
        self.found(deploy).max()
    }

    fn found<'s>(&'s self, deploy: &'s DeployFacts) -> impl Iterator<Item = usize> + 's {
        let (sha, digest) = (deploy.sha.is_some(), deploy.digest.is_some());
        let classes = [(false, false), (false, true), (true, false), (true, true)]
            .into_iter()
            .filter(move |(other_sha, other_digest)| !(sha && *other_sha || digest && *other_digest));
        let by_version = deploy.version.as_deref().into_iter().flat_map(move |version| {
            classes
                .clone()
                .map(move |(sha, digest)| Key::Version(version, sha, digest))
        });
        let exact = [
            deploy.digest.as_deref().map(Key::Digest),
            deploy.sha.as_deref().map(Key::Sha),
        ];
        exact
            .into_iter()
            .flatten()
            .chain(by_version)
            .filter_map(|key| self.places.get(&key).copied())
    }
}

fn own_keys(deploy: &DeployFacts) -> impl Iterator<Item = Key<'_>> {
    let (sha, digest) = (deploy.sha.is_some(), deploy.digest.is_some());
    [
        deploy.digest.as_deref().map(Key::Digest),
        deploy.sha.as_deref().map(Key::Sha),
        deploy
            .version
            .as_deref()
            .map(|version| Key::Version(version, sha, digest)),
    ]
    .into_iter()
    .flatten()
}
