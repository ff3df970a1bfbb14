//! Rules that find hotfixes and reverts in the words of a change (`definitions.md` §3). They are data with defaults.

use crate::changes::Change;

/// Which words mark a hotfix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotfixRules {
    /// Labels, compared without case.
    pub labels: Vec<String>,
    /// Beginnings of a pull request's title or a commit's first line, compared without case.
    pub title_prefixes: Vec<String>,
    /// Beginnings of a branch name.
    pub branch_prefixes: Vec<String>,
}

impl Default for HotfixRules {
    fn default() -> Self {
        Self {
            labels: vec!["hotfix".into()],
            title_prefixes: vec!["hotfix".into()],
            branch_prefixes: vec!["hotfix/".into()],
        }
    }
}

impl HotfixRules {
    /// Whether a change is a hotfix.
    pub fn is_hotfix(&self, change: &Change) -> bool {
        let title = change.title.trim_start().to_lowercase();
        change.labels.iter().any(|label| {
            self.labels
                .iter()
                .any(|hotfix| hotfix.eq_ignore_ascii_case(label))
        }) || self
            .title_prefixes
            .iter()
            .any(|prefix| starts_with_word(&title, &prefix.to_lowercase()))
            || change.head_ref.as_ref().is_some_and(|branch| {
                self.branch_prefixes
                    .iter()
                    .any(|prefix| branch.starts_with(prefix.as_str()))
            })
    }
}

/// `hotfix: x` and `[hotfix] x` begin with the word; `hotfixture` does not.
fn starts_with_word(title: &str, word: &str) -> bool {
    let title = title.trim_start_matches(['[', '(']);
    title
        .strip_prefix(word)
        .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// What a change says that it undoes or fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `Reverts owner/repo#N`, as GitHub writes it.
    RevertedPullRequest(i64),
    /// `This reverts commit <sha>`.
    RevertedCommit(String),
    /// Trailer `Fixes-Deploy: <id or version>`.
    FixedDeploy(String),
}

/// The targets that a change names, in the order of its text.
pub fn targets(text: &str) -> Vec<Target> {
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(number) = reverted_pull_request(line) {
            found.push(Target::RevertedPullRequest(number));
        }
        if let Some((_, rest)) = line.split_once("This reverts commit ") {
            let sha: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
            if sha.len() >= 7 {
                found.push(Target::RevertedCommit(sha.to_lowercase()));
            }
        }
        let trailer = line
            .split_once(':')
            .filter(|(key, _)| key.eq_ignore_ascii_case("Fixes-Deploy"));
        if let Some((_, value)) = trailer.filter(|(_, value)| !value.trim().is_empty()) {
            found.push(Target::FixedDeploy(value.trim().to_owned()));
        }
    }
    found.dedup();
    found
}

fn reverted_pull_request(line: &str) -> Option<i64> {
    let reference = line.strip_prefix("Reverts ")?.split_whitespace().next()?;
    let (repository, number) = reference.split_once('#')?;
    if !repository.is_empty() && repository.split('/').count() != 2 {
        return None;
    }
    number
        .chars()
        .take_while(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reverts_and_fixes_are_read_from_the_text() {
        let text = "Revert \"Cache rates\"\n\nReverts acme/payments#412\nThis reverts commit 9f2c1abdeadbeef.\n\nFixes-Deploy: 2.30.4";
        assert_eq!(
            targets(text),
            [
                Target::RevertedPullRequest(412),
                Target::RevertedCommit("9f2c1abdeadbeef".into()),
                Target::FixedDeploy("2.30.4".into())
            ]
        );
        assert!(targets("He reverts to tea. Reverts nothing").is_empty());
    }

    #[test]
    fn a_hotfix_says_so_in_its_label_title_or_branch() {
        let rules = HotfixRules::default();
        assert!(starts_with_word("hotfix: stop", "hotfix") && starts_with_word("[hotfix] stop", "hotfix"));
        assert!(!starts_with_word("hotfixture", "hotfix"));
        assert_eq!(rules.branch_prefixes, ["hotfix/"]);
    }
}
