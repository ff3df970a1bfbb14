//! The default branch as changes in order: which of them lie between two commits, and what is missing to know.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::{
    change::{Change, short},
    loose,
    stored::{Commit, ComparedRange, PullRequest, Push},
};

/// What is not known about a range, and what would tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRange {
    /// A sentence for people.
    pub why: String,
    /// Base and head to ask the compare API for.
    pub compare: (String, String),
}

/// The default branch as changes in order, with what is missing.
#[derive(Debug, Default)]
pub struct Mainline {
    changes: Vec<Change>,
    /// sha → index of its change.
    change_of: HashMap<String, usize>,
    /// Number of a pull request → index of its change.
    change_of_number: HashMap<i64, usize>,
    /// sha → position on the branch.
    position_of: HashMap<String, usize>,
    /// Change at each position.
    change_at: Vec<usize>,
    /// Positions whose predecessor on the branch is not known.
    gaps: Vec<usize>,
    ranges: HashMap<(String, String), Vec<String>>,
}

impl Mainline {
    /// Builds the mainline of a repository from its stored facts, in any order.
    pub fn new(
        commits: Vec<Commit>,
        mut pushes: Vec<Push>,
        pull_requests: Vec<PullRequest>,
        ranges: Vec<ComparedRange>,
    ) -> Self {
        in_order(&mut pushes);
        let rank: HashMap<(DateTime<Utc>, &str), usize> = pushes
            .iter()
            .enumerate()
            .map(|(rank, push)| ((push.at, &*push.after), rank))
            .collect();
        let mut line = Self {
            ranges: ranges
                .into_iter()
                .map(|range| ((range.base, range.head), range.shas))
                .collect(),
            ..Self::default()
        };
        let by_merge: HashMap<String, PullRequest> = pull_requests
            .into_iter()
            .map(|pr| (pr.merge_commit_sha.clone(), pr))
            .collect();
        let (mut landed, loose): (Vec<_>, Vec<_>) =
            commits.into_iter().partition(|commit| commit.landed.is_some());
        landed.sort_by_cached_key(|commit| {
            let landing = commit.landed.as_ref()?;
            let rank = rank.get(&(landing.at, &*landing.push)).copied();
            // A push that is not stored has no rank: its commits stay together by its head.
            let head = if rank.is_none() {
                Some(landing.push.clone())
            } else {
                None
            };
            Some((landing.at, rank, head, landing.index))
        });
        for push in landed.chunk_by(same_push) {
            line.add_push(push, &by_merge);
        }
        line.find_gaps(&pushes);
        line.add_loose(&loose, by_merge);
        line
    }

    /// Within one push, each commit belongs to the next merged pull request at or after it; those after the last one
    /// are changes of their own.
    fn add_push(&mut self, push: &[Commit], by_merge: &HashMap<String, PullRequest>) {
        let mut groups: Vec<Vec<&Commit>> = Vec::new();
        let mut waiting: Vec<&Commit> = Vec::new();
        for commit in push {
            waiting.push(commit);
            if by_merge.contains_key(&commit.sha) {
                groups.push(std::mem::take(&mut waiting));
            }
        }
        groups.extend(waiting.into_iter().map(|commit| vec![commit]));
        for group in groups {
            let Some(last) = group.last() else { continue };
            let change = match by_merge.get(&last.sha) {
                Some(pull_request) => Change::of_pull_request(pull_request, &group),
                None => Change::of_commit(last),
            };
            for commit in &group {
                self.position_of.insert(commit.sha.clone(), self.change_at.len());
                self.change_at.push(self.changes.len());
            }
            self.add(change);
        }
    }

    /// Commits that no push brought, but that another source told of (a compare, a pull request merged elsewhere).
    fn add_loose(&mut self, loose: &[Commit], by_merge: HashMap<String, PullRequest>) {
        let mut pull_requests: Vec<_> = by_merge.into_values().collect();
        pull_requests.sort_by_key(|pr| (pr.merged_at, pr.number));
        let (mut groups, alone) = loose::by_pull_request(loose, &pull_requests);
        for pull_request in &pull_requests {
            let group = groups.remove(&pull_request.number).unwrap_or_default();
            if !self.position_of.contains_key(&pull_request.merge_commit_sha) {
                self.add(Change::of_pull_request(pull_request, &group));
            } else if let Some(landed) = self.change_of_number(pull_request.number) {
                let shas = group.into_iter().map(|commit| commit.sha.clone());
                self.change_of.extend(shas.map(|sha| (sha, landed)));
            }
        }
        for commit in alone {
            if !self.change_of.contains_key(&commit.sha) {
                self.add(Change::of_commit(commit));
            }
        }
    }

    /// What stands on the branch is this change's; of what it holds besides, only what no other change has.
    fn add(&mut self, change: Change) {
        let index = self.changes.len();
        for sha in &change.shas {
            self.change_of.insert(sha.clone(), index);
        }
        for sha in &change.own_shas {
            self.change_of.entry(sha.clone()).or_insert(index);
        }
        if let Some(number) = change.number {
            self.change_of_number.insert(number, index);
        }
        self.changes.push(change);
    }

    /// A position is a gap when its push does not start where the push before it ended, or lists fewer commits than it had.
    fn find_gaps(&mut self, pushes: &[Push]) {
        let mut end: Option<&str> = None;
        for push in pushes {
            // The same head under another branch name, as after a rename.
            if end == Some(push.after.as_str()) {
                continue;
            }
            if (end != Some(push.before.as_str()) || push.forced)
                && let Some(position) = self.first_position(push)
            {
                self.gaps.push(position);
            }
            end = Some(&push.after);
        }
        self.gaps.sort_unstable();
    }

    fn first_position(&self, push: &Push) -> Option<usize> {
        let last = *self.position_of.get(&push.after)?;
        Some((last + 1).saturating_sub(usize::try_from(push.commits.max(1)).unwrap_or(1)))
    }

    /// A change by its index, as [`Self::range`] gives it.
    pub fn change(&self, index: usize) -> &Change {
        &self.changes[index]
    }

    /// How many changes there are; their indices are `0..len`.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether nothing is known of the branch.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The change that a commit belongs to, by its sha or the beginning of it.
    pub fn change_of(&self, sha: &str) -> Option<usize> {
        if sha.len() >= 40 {
            return self.change_of.get(sha).copied();
        }
        let mut found = self.change_of.iter().filter(|(full, _)| full.starts_with(sha));
        let (_, change) = found.next()?;
        found.all(|(_, other)| other == change).then_some(*change)
    }

    /// The change of a pull request, merged here.
    pub fn change_of_number(&self, number: i64) -> Option<usize> {
        self.change_of_number.get(&number).copied()
    }

    /// The changes that came to the branch after a commit, oldest first; `None` when the commit is not known there.
    pub fn after(&self, sha: &str) -> Option<Vec<usize>> {
        let from = self.position(sha)?;
        Some(distinct(self.change_at[from + 1..].iter().copied()))
    }

    /// Place on the default branch: a larger one is newer.
    pub fn position(&self, sha: &str) -> Option<usize> {
        self.position_of.get(sha).copied()
    }

    /// The changes that `head` has and `base` has not, oldest first.
    ///
    /// A compare answer wins; else the pushes between the two, when they are whole. Known changes come back even when
    /// some are missing, with the reason beside them. An older head has none.
    pub fn range(&self, base: &str, head: &str) -> (Vec<usize>, Option<UnknownRange>) {
        if base == head {
            return (Vec::new(), None);
        }
        if let Some(shas) = self.ranges.get(&(base.to_owned(), head.to_owned())) {
            // The last commit of a change is the one that brought it to the branch.
            let known = shas.iter().rev();
            let mut changes = distinct(known.filter_map(|sha| self.change_of.get(sha).copied()));
            changes.reverse();
            return (changes, None);
        }
        let unknown = |why: String| {
            Some(UnknownRange {
                why,
                compare: (base.to_owned(), head.to_owned()),
            })
        };
        let (Some(from), Some(to)) = (self.position(base), self.position(head)) else {
            let missing = if self.position(head).is_none() { head } else { base };
            let own = self.change_of.get(head).copied().into_iter().collect();
            return (
                own,
                unknown(format!(
                    "commit {} is not known on the default branch",
                    short(missing)
                )),
            );
        };
        if to <= from {
            return (Vec::new(), None);
        }
        let changes = distinct(self.change_at[from + 1..=to].iter().copied());
        let gap = self.gaps[self.gaps.partition_point(|gap| *gap <= from)..]
            .first()
            .is_some_and(|gap| *gap <= to);
        let why = format!("pushes between {} and {} are missing", short(base), short(head));
        (changes, if gap { unknown(why) } else { None })
    }
}

/// By time; pushes of one second in the order of their heads, each after the one that it starts from.
fn in_order(pushes: &mut [Push]) {
    pushes.sort_by(|a, b| (a.at, &a.after).cmp(&(b.at, &b.after)));
    for second in pushes
        .chunk_by_mut(|a, b| a.at == b.at)
        .filter(|second| second.len() > 1)
    {
        for place in 0..second.len() {
            let is_first = |push: &Push| {
                !second[place..]
                    .iter()
                    .any(|other| other.after == push.before && other != push)
            };
            if let Some(first) = second[place..].iter().position(is_first) {
                second[place..=place + first].rotate_right(1);
            }
        }
    }
}

/// Which changes touch a service's paths, by globs over the repository; `None` means that all do. A folder stands for all
/// below it. A change whose paths are not known counts as touching them.
pub fn own_changes(line: &Mainline, globs: &[String]) -> Option<Vec<bool>> {
    let set = glob_set(globs)?;
    let touches = |change: &Change| {
        let paths = change.paths.as_ref();
        paths.is_none_or(|paths| paths.iter().any(|path| set.is_match(path)))
    };
    Some(line.changes.iter().map(touches).collect())
}

/// Whether one of some paths is a service's, by its globs; a service without any has the whole repository.
pub fn owns_any(globs: &[String], paths: &[String]) -> bool {
    glob_set(globs).is_none_or(|set| paths.iter().any(|path| set.is_match(path)))
}

/// What the globs of a service match; `None` is everything.
fn glob_set(globs: &[String]) -> Option<GlobSet> {
    if globs.is_empty() {
        return None;
    }
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let glob = glob.trim_end_matches('/');
        for pattern in [glob.to_owned(), format!("{glob}/**")] {
            // The catalog refuses globs that do not read; one that slipped in leaves the service the whole repository.
            set.add(GlobBuilder::new(&pattern).literal_separator(true).build().ok()?);
        }
    }
    set.build().ok()
}

fn same_push(a: &Commit, b: &Commit) -> bool {
    fn push(commit: &Commit) -> Option<(DateTime<Utc>, &str)> {
        let landing = commit.landed.as_ref()?;
        Some((landing.at, &landing.push))
    }
    push(a) == push(b)
}

fn distinct(indices: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut seen = std::collections::HashSet::new();
    indices.filter(|index| seen.insert(*index)).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::stored::{Landing, OwnCommit},
        *,
    };

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_760_000_000 + minute * 60, 0).unwrap()
    }

    fn commit(sha: &str, push: &str, minute: i64, index: i32) -> Commit {
        Commit {
            sha: sha.into(),
            message: format!("Change {sha}"),
            authored_at: Some(at(minute - 5)),
            author: None,
            paths: None,
            landed: Some(Landing {
                at: at(minute),
                push: push.into(),
                index,
            }),
        }
    }

    fn push(before: &str, after: &str, minute: i64, commits: i32) -> Push {
        Push {
            before: before.into(),
            after: after.into(),
            at: at(minute),
            commits,
            forced: false,
        }
    }

    fn merged(number: i64, merge: &str, minute: i64) -> PullRequest {
        PullRequest {
            id: uuid::Uuid::from_u128(u128::try_from(number).unwrap()),
            number,
            title: format!("PR {number}"),
            body: String::new(),
            head_ref: "work".into(),
            labels: vec![],
            author: None,
            opened_at: at(minute - 60),
            ready_at: Some(at(minute - 60)),
            merged_at: at(minute),
            merge_commit_sha: merge.into(),
            commits_known: false,
            first_commit_at: None,
            own_commits: vec![],
        }
    }

    fn keys(line: &Mainline, base: &str, head: &str) -> Vec<String> {
        line.range(base, head)
            .0
            .into_iter()
            .map(|index| line.change(index).key.clone())
            .collect()
    }

    fn line() -> Mainline {
        Mainline::new(
            vec![
                commit("c", "m2", 20, 1),
                commit("a", "a", 0, 0),
                commit("b", "m2", 20, 0),
                commit("m2", "m2", 20, 2),
                commit("d", "d", 30, 0),
                commit("f", "f", 50, 0),
            ],
            vec![
                push("a", "m2", 20, 3),
                push("0", "a", 0, 1),
                push("m2", "d", 30, 1),
                push("e", "f", 50, 1),
            ],
            vec![merged(7, "m2", 20)],
            vec![ComparedRange {
                base: "a".into(),
                head: "x".into(),
                shas: vec!["b".into(), "m2".into()],
            }],
        )
    }

    #[test]
    fn a_merge_owns_the_commits_that_it_brought() {
        let line = line();
        assert_eq!(keys(&line, "a", "d"), ["pr:7", "commit:d"]);
        assert_eq!(
            line.change(line.change_of("b").unwrap()).first_commit_at,
            Some(at(15))
        );
        assert_eq!(keys(&line, "d", "a"), Vec::<String>::new());
    }

    /// The same branch, once told by its pushes and once by a compare of its ends.
    #[test]
    fn a_compare_gives_the_changes_that_pushes_give() {
        let own = |sha: &str, authored: i64| OwnCommit {
            sha: sha.into(),
            message: format!("Step {sha}"),
            authored_at: Some(at(authored)),
        };
        let written = |sha: &str, of: &str, authored: i64, landing: (&str, i64, i32)| Commit {
            message: format!("Step {of}"),
            authored_at: Some(at(authored)),
            ..commit(sha, landing.0, landing.1, landing.2)
        };
        let with = |pr: PullRequest, own_commits: Vec<OwnCommit>| PullRequest {
            commits_known: true,
            own_commits,
            ..pr
        };
        // 7 is merged, 8 rebased, 9 squashed, and `d` is pushed by hand. 9 grew on the branch of 7.
        let pull_requests = vec![
            with(merged(7, "m7", 20), vec![own("a1", 1), own("a2", 2)]),
            with(merged(8, "r2", 30), vec![own("b1", 3), own("b2", 4)]),
            with(
                merged(9, "s9", 50),
                vec![own("a2", 2), own("c1", 5), own("c2", 6)],
            ),
        ];
        let commits = vec![
            written("base", "base", 0, ("base", 10, 0)),
            written("a1", "a1", 1, ("m7", 20, 0)),
            written("a2", "a2", 2, ("m7", 20, 1)),
            written("m7", "merge", 20, ("m7", 20, 2)),
            written("r1", "b1", 3, ("r2", 30, 0)),
            written("r2", "b2", 4, ("r2", 30, 1)),
            written("d", "d", 35, ("d", 40, 0)),
            written("s9", "all", 50, ("s9", 50, 0)),
        ];
        let pushes = vec![
            push("0", "base", 10, 1),
            push("base", "m7", 20, 3),
            push("m7", "r2", 30, 2),
            push("r2", "d", 40, 1),
            push("d", "s9", 50, 1),
        ];
        let told = Mainline::new(commits.clone(), pushes, pull_requests.clone(), vec![]);
        let compared = ComparedRange {
            base: "base".into(),
            head: "s9".into(),
            shas: ["a1", "r1", "a2", "m7", "r2", "d", "s9"].map(Into::into).into(),
        };
        let loose = |commit: Commit| Commit {
            landed: None,
            ..commit
        };
        let commits = commits.into_iter().map(loose).collect();
        let read = Mainline::new(commits, vec![], pull_requests, vec![compared]);
        let expected = ["pr:7", "pr:8", "commit:d", "pr:9"];
        assert_eq!(keys(&told, "base", "s9"), expected);
        assert_eq!(keys(&read, "base", "s9"), expected);
        for number in [7, 8, 9] {
            let of = |line: &Mainline| line.change(line.change_of_number(number).unwrap()).clone();
            assert_eq!(of(&told), of(&read));
        }
    }

    #[test]
    fn a_monorepo_service_owns_the_changes_under_its_paths() {
        let paths = |sha: &str, minute, paths: Option<&[&str]>| Commit {
            paths: paths.map(|list| list.iter().map(ToString::to_string).collect()),
            ..commit(sha, sha, minute, 0)
        };
        let line = Mainline::new(
            vec![
                paths("a", 0, Some(&["services/orders/src/main.rs"])),
                paths("b", 1, Some(&["services/carts/Cargo.toml", "README.md"])),
                paths("c", 2, None),
            ],
            vec![],
            vec![],
            vec![],
        );
        let own = |glob: &str| own_changes(&line, &[glob.into()]).unwrap();
        assert_eq!(own("services/orders"), [true, false, true]);
        assert_eq!(own("services/*/Cargo.toml"), [false, true, true]);
        assert_eq!(own_changes(&line, &[]), None);
    }

    #[test]
    fn pushes_of_one_second_follow_their_heads() {
        let mut pushes = vec![push("c", "a", 0, 1), push("b", "c", 0, 1), push("0", "b", 0, 1)];
        in_order(&mut pushes);
        let heads: Vec<&str> = pushes.iter().map(|push| push.after.as_str()).collect();
        assert_eq!(heads, ["b", "c", "a"]);
    }

    #[test]
    fn a_missing_push_is_named_and_a_compare_fills_it() {
        let line = line();
        let (known, unknown) = line.range("m2", "f");
        assert_eq!(known.len(), 2);
        assert!(unknown.unwrap().why.contains("missing"));
        assert_eq!(keys(&line, "a", "x"), ["pr:7"]);
        assert!(line.range("a", "zz").1.is_some());
    }

    #[test]
    fn a_branch_under_a_new_name_goes_on() {
        let pushes = vec![
            push("0", "a", 0, 1),
            push("0000", "a", 5, 0),
            push("a", "b", 10, 1),
            push("0000", "b", 15, 0),
        ];
        let commits = vec![commit("a", "a", 0, 0), commit("b", "b", 10, 0)];
        let line = Mainline::new(commits, pushes, vec![], vec![]);
        assert_eq!(line.range("a", "b"), (vec![1], None));
    }
}
