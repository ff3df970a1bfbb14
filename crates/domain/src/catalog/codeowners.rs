//! GitHub's CODEOWNERS: who owns a path by the last rule that matches it, and what that says of a service's owner.
//!
//! The syntax is GitHub's own: gitignore's patterns without `!`, without `[ ]` and without an escaped `#`; a line that breaks
//! it is skipped whole; a rule without owners takes ownership away.

use globset::GlobBuilder;

use crate::people::TeamRef;

/// Where GitHub looks for the file; the first one that is there counts.
pub const CODEOWNERS_PATHS: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// GitHub reads no larger file.
pub const MAX_CODEOWNERS_BYTES: usize = 3 * 1024 * 1024;

/// A rule of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRule {
    /// Line in the file, from 1.
    pub line: u32,
    /// The pattern as written.
    pub pattern: String,
    /// Owners as written: `@user`, `@organisation/team`, or an address. None takes ownership away.
    pub owners: Vec<String>,
}

/// The rule that decides a path: the last one that matches.
pub fn rule_for(text: &str, path: &str) -> Option<OwnerRule> {
    let path = path.trim_start_matches('/');
    let lines = text.lines().zip(1..).collect::<Vec<_>>();
    lines
        .into_iter()
        .rev()
        .filter_map(|(line, number)| rule(line, number))
        .find(|rule| matches(&rule.pattern, path))
}

/// Lines that GitHub skips, with what is wrong with each.
pub fn skipped_lines(text: &str) -> Vec<(u32, String)> {
    let wrong = |(line, number): (&str, u32)| {
        let line = uncommented(line);
        let problem = problem(&line)?;
        Some((number, problem))
    };
    text.lines().zip(1..).filter_map(wrong).collect()
}

/// A file inside a service's part of its repository: what CODEOWNERS says of it, it says of the service. `globs` are the
/// service's paths, none for the whole repository. The name has no extension, so that rules for kinds of files do not match.
pub fn representative_path(globs: &[String]) -> String {
    let is_literal = |part: &&str| !part.contains(['*', '?', '[', '{', '\\']);
    let folder: Vec<&str> = globs
        .first()
        .map(|glob| glob.trim_start_matches('/'))
        .into_iter()
        .flat_map(|glob| glob.split('/').take_while(is_literal))
        .filter(|part| !part.is_empty())
        .collect();
    // A glob without a wildcard names a file, which stands for itself.
    if globs
        .first()
        .is_some_and(|glob| glob.split('/').all(|part| is_literal(&part)))
    {
        return folder.join("/");
    }
    folder
        .into_iter()
        .chain(["service"])
        .collect::<Vec<_>>()
        .join("/")
}

/// Where the owner that Fairway shows comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerSource {
    /// The service's catalog file.
    File,
    /// CODEOWNERS, because the file names none.
    Codeowners,
    /// Whoever registered the service by hand.
    Hand,
}

/// Someone whom CODEOWNERS names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeOwner {
    /// As written.
    pub text: String,
    /// The team of the catalog whose Group names this team of GitHub.
    pub team: Option<TeamRef>,
}

impl CodeOwner {
    /// `organisation/team` of a team of GitHub.
    pub fn team_slug(text: &str) -> Option<&str> {
        text.strip_prefix('@').filter(|slug| slug.contains('/'))
    }
}

/// What the repository's CODEOWNERS says of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeownersSays {
    /// Path of the file.
    pub path: String,
    /// The rule that decides; `None` when none matches.
    pub rule: Option<OwnerRule>,
    /// Its owners.
    pub owners: Vec<CodeOwner>,
}

/// Who owns a service, who says so, and who says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// The owner that counts.
    pub owner: Option<TeamRef>,
    /// Who says so; `None` without an owner.
    pub source: Option<OwnerSource>,
    /// What CODEOWNERS says; `None` without that file.
    pub codeowners: Option<CodeownersSays>,
}

impl Ownership {
    /// Whether CODEOWNERS names teams of the catalog and the owner is none of them.
    pub fn is_contested(&self) -> bool {
        let named = self.codeowners.iter().flat_map(|says| &says.owners);
        let mut teams = named.filter_map(|owner| owner.team.as_ref()).peekable();
        let Some(owner) = &self.owner else { return false };
        teams.peek().is_some() && teams.all(|team| team.id != owner.id)
    }
}

/// The rule on a line; `None` for comments, empty lines and lines that break the syntax.
fn rule(line: &str, number: u32) -> Option<OwnerRule> {
    let line = uncommented(line);
    if problem(&line).is_some() {
        return None;
    }
    let mut words = words(&line).into_iter();
    Some(OwnerRule {
        line: number,
        pattern: words.next()?,
        owners: words.collect(),
    })
}

/// The line without its comment: a `#` at its start or behind a space.
fn uncommented(line: &str) -> String {
    let mut before = ' ';
    let end = line.char_indices().find(|(_, c)| {
        let begins = *c == '#' && before.is_whitespace();
        before = *c;
        begins
    });
    line[..end.map_or(line.len(), |(at, _)| at)].trim().to_owned()
}

/// What is wrong with a line without its comment.
fn problem(line: &str) -> Option<String> {
    let words = words(line);
    let (pattern, owners) = words.split_first()?;
    if pattern.starts_with('!') {
        return Some("`!` does not work in CODEOWNERS".to_owned());
    }
    if pattern.contains(['[', ']']) {
        return Some("`[ ]` does not work in CODEOWNERS".to_owned());
    }
    if pattern.starts_with("\\#") {
        return Some("`\\#` does not work in CODEOWNERS".to_owned());
    }
    let is_owner = |text: &String| {
        let account = text.strip_prefix('@').is_some_and(|name| !name.is_empty());
        account || (!text.starts_with('@') && text.contains('@'))
    };
    owners
        .iter()
        .find(|owner| !is_owner(owner))
        .map(|owner| format!("`{owner}` is neither @user, @organisation/team nor an address"))
}

/// Words between spaces; a backslash before a space keeps it in its word.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' if characters.peek() == Some(&' ') => {
                if let Some(word) = words.last_mut() {
                    word.push(' ');
                }
                characters.next();
            }
            c if c.is_whitespace() => words.push(String::new()),
            c => {
                if let Some(word) = words.last_mut() {
                    word.push(c);
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn matches(pattern: &str, path: &str) -> bool {
    let globs = globs(pattern);
    globs.iter().any(|glob| {
        GlobBuilder::new(glob)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .is_ok_and(|glob| glob.compile_matcher().is_match(path))
    })
}

/// A pattern as globs over whole paths. With a `/` at the start or inside it is counted from the root, else it may be
/// anywhere; a folder stands for all below it, but `folder/*` for the files directly in it only.
fn globs(pattern: &str) -> Vec<String> {
    let body = pattern.trim_start_matches('/').trim_end_matches('/');
    if body.is_empty() {
        return vec!["**".to_owned()];
    }
    // Braces are letters to GitHub and alternatives to a glob.
    let escaped = body.replace('{', "\\{").replace('}', "\\}");
    let anchored = pattern.starts_with('/') || body.contains('/');
    let rooted = if anchored {
        escaped
    } else {
        format!("**/{escaped}")
    };
    let below = format!("{rooted}/**");
    if pattern.ends_with('/') {
        vec![below]
    } else if body.ends_with("/*") {
        vec![rooted]
    } else {
        vec![rooted, below]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of GitHub's documentation, with the owners it promises.
    const DOCUMENTED: &str = "
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octologs
/apps/ @octocat
/apps/github
";

    fn owners(text: &str, path: &str) -> Vec<String> {
        rule_for(text, path).map(|rule| rule.owners).unwrap_or_default()
    }

    #[test]
    fn the_documented_example_says_what_is_documented() {
        for (path, expected) in [
            ("README.md", "@global-owner1 @global-owner2"),
            ("web/app.js", "@js-owner"),
            ("cmd/main.go", "docs@example.com"),
            ("notes.txt", "@octo-org/octocats"),
            ("build/logs/today.log", "@octologs"),
            ("deeply/nested/logs/x", "@octologs"),
            ("docs/getting-started.md", "@doctocat"),
            ("docs/build-app/troubleshooting.md", "@doctocat"),
            ("scripts/run.sh", "@doctocat @octocat"),
            ("apps/web/x", "@octocat"),
            ("apps/github", ""),
            ("apps/github/x", ""),
        ] {
            assert_eq!(owners(DOCUMENTED, path).join(" "), expected, "{path}");
        }
    }

    #[test]
    fn files_directly_in_a_folder_are_not_those_below() {
        let text = "docs/* docs@example.com";
        assert_eq!(owners(text, "docs/a.md"), ["docs@example.com"]);
        assert!(owners(text, "docs/deep/a.md").is_empty());
        assert!(
            owners(text, "other/docs/a.md").is_empty(),
            "a slash inside counts from the root"
        );
        assert_eq!(
            owners("apps/ @a", "lib/apps/x"),
            ["@a"],
            "only at the end: anywhere"
        );
        assert_eq!(owners("a\\ b/ @a", "a b/x"), ["@a"]);
        assert_eq!(owners("{a} @a", "{a}"), ["@a"]);
        assert!(owners("{a,b} @a", "a").is_empty());
        assert!(owners("*.JS @a", "x.js").is_empty(), "letters' case counts");
    }

    #[test]
    fn lines_that_break_the_syntax_are_skipped_whole() {
        let text = "* @a\n!x @b\n[ab]c @c\nx nobody\n\\#x @d\n   \n# only words";
        assert_eq!(owners(text, "x"), ["@a"]);
        let lines: Vec<u32> = skipped_lines(text).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [2, 3, 4, 5]);
    }

    #[test]
    fn a_service_stands_where_its_paths_begin() {
        let path = |globs: &[&str]| {
            representative_path(&globs.iter().map(|glob| (*glob).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(path(&[]), "service");
        assert_eq!(path(&["services/pay/**", "libs/**"]), "services/pay/service");
        assert_eq!(path(&["/services/*/pay/**"]), "services/service");
        assert_eq!(path(&["tools/deploy"]), "tools/deploy");
        assert_eq!(
            owners("*.md @w\n/services/pay/ @acme/pay", &path(&["services/pay/**"])),
            ["@acme/pay"]
        );
    }

    #[test]
    fn an_owner_is_contested_when_codeowners_names_other_teams_only() {
        let team = |slug: &str| TeamRef {
            id: uuid::Uuid::from_u128(slug.len() as u128).into(),
            slug: slug.into(),
            title: slug.into(),
        };
        let owner = |text: &str, team: Option<TeamRef>| CodeOwner {
            text: text.into(),
            team,
        };
        let of = |owners: Vec<CodeOwner>| Ownership {
            owner: Some(team("pay")),
            source: Some(OwnerSource::File),
            codeowners: Some(CodeownersSays {
                path: "CODEOWNERS".into(),
                rule: None,
                owners,
            }),
        };
        assert!(!of(vec![]).is_contested());
        assert!(
            !of(vec![owner("@ada", None)]).is_contested(),
            "nobody knows who that is"
        );
        assert!(
            !of(vec![
                owner("@a/x", Some(team("search"))),
                owner("@a/pay", Some(team("pay")))
            ])
            .is_contested()
        );
        assert!(of(vec![owner("@a/x", Some(team("search"))), owner("@ada", None)]).is_contested());
    }
}
