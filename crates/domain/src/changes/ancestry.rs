//! What lies between two commits, told from a list of a branch's commits with their parents: one list tells many ranges.

use std::collections::{HashMap, HashSet};

/// Commits of a branch as git lists them, newest first. Older ones may be missing; what would need them is not told.
#[derive(Debug, Default)]
pub struct Ancestry {
    newest_first: Vec<String>,
    parents: HashMap<String, Vec<String>>,
}

impl Ancestry {
    /// Notes the next commit of the list.
    pub fn push(&mut self, sha: String, parents: Vec<String>) {
        if self.parents.insert(sha.clone(), parents).is_none() {
            self.newest_first.push(sha);
        }
    }

    /// The commits that `head` has and `base` has not, oldest first; none where the head is the older one. `None` where the
    /// list does not tell: one of them is not on it, it ends too early, or neither comes of the other.
    pub fn between(&self, base: &str, head: &str) -> Option<Vec<&str>> {
        if !self.parents.contains_key(base) || !self.parents.contains_key(head) {
            return None;
        }
        let of_base = self.listed_ancestors(base);
        let (mut new, mut open, mut meets) = (HashSet::new(), vec![head], false);
        while let Some(sha) = open.pop() {
            if of_base.contains(sha) {
                // Every way from a head to the base ends at the base itself.
                meets |= sha == base || sha == head;
            } else if new.insert(sha) {
                open.extend(self.parents.get(sha)?.iter().map(String::as_str));
            }
        }
        let oldest_first = self.newest_first.iter().rev().map(String::as_str);
        meets.then(|| oldest_first.filter(|sha| new.contains(sha)).collect())
    }

    /// A commit and what it comes of, as far as the list goes, and the first ones beyond it.
    fn listed_ancestors<'a>(&'a self, sha: &'a str) -> HashSet<&'a str> {
        let (mut all, mut open) = (HashSet::new(), vec![sha]);
        while let Some(sha) = open.pop() {
            if all.insert(sha) {
                open.extend(self.parents.get(sha).into_iter().flatten().map(String::as_str));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::Ancestry;

    /// From the newest: a merge `f` of a side branch `d`–`e` into `a`–`b`–`c`, and `g` above.
    fn listed(commits: &[(&str, &[&str])]) -> Ancestry {
        let mut line = Ancestry::default();
        for (sha, parents) in commits {
            let parents = parents.iter().map(|parent| (*parent).to_owned()).collect();
            line.push((*sha).to_owned(), parents);
        }
        line
    }

    const WHOLE: [(&str, &[&str]); 7] = [
        ("g", &["f"]),
        ("f", &["c", "e"]),
        ("e", &["d"]),
        ("c", &["b"]),
        ("d", &["a"]),
        ("b", &["a"]),
        ("a", &[]),
    ];

    #[test]
    fn a_range_has_what_a_merge_brought_and_an_older_head_has_nothing() {
        let line = listed(&WHOLE);
        assert_eq!(line.between("c", "f"), Some(vec!["d", "e", "f"]));
        assert_eq!(line.between("a", "c"), Some(vec!["b", "c"]));
        assert_eq!(line.between("f", "g"), Some(vec!["g"]));
        assert_eq!(line.between("g", "b"), Some(vec![]), "older");
    }

    #[test]
    fn what_the_list_does_not_tell_is_not_guessed() {
        let whole = listed(&WHOLE);
        assert_eq!(whole.between("c", "e"), None, "neither comes of the other");
        assert_eq!(whole.between("x", "g"), None, "not on the list");
        let cut = listed(&WHOLE[..4]);
        assert_eq!(cut.between("c", "g"), None, "the side branch may begin anywhere");
        assert_eq!(cut.between("f", "g"), Some(vec!["g"]));
    }
}
