//! Who else wrote a commit, as its message says: `Co-authored-by: Name <e-mail>`, which GitHub writes for pairs and squashed branches.

/// What a line of the trailer begins with, in lower case.
const TRAILER: &str = "co-authored-by:";
/// What GitHub's private addresses end with; they begin with the account's number, or as they were until 2017 with
/// its login alone.
const PRIVATE: &str = "@users.noreply.github.com";

/// Names that a co-author may be known by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoAuthors {
    /// E-mails, in lower case.
    pub emails: Vec<String>,
    /// Numbers of accounts at GitHub.
    pub github: Vec<String>,
    /// Logins at GitHub, in lower case: its older private addresses begin with one.
    pub logins: Vec<String>,
}

impl CoAuthors {
    /// Notes those whom a message names.
    pub fn note(&mut self, message: &str) {
        for line in message.lines() {
            let line = line.trim().to_lowercase();
            let named = line.strip_prefix(TRAILER).and_then(|rest| rest.rsplit_once('<'));
            let Some(email) = named.and_then(|(_, email)| email.strip_suffix('>')) else {
                continue;
            };
            match email
                .strip_suffix(PRIVATE)
                .map(|login| (login, login.split_once('+')))
            {
                Some((_, Some((number, _)))) => self.github.push(number.to_owned()),
                Some((login, None)) => self.logins.push(login.to_owned()),
                None => self.emails.push(email.trim().to_owned()),
            }
        }
    }

    /// Whether nobody is named.
    pub fn is_empty(&self) -> bool {
        self.emails.is_empty() && self.github.is_empty() && self.logins.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailers_name_co_authors_and_nothing_else_does() {
        let mut named = CoAuthors::default();
        named.note("Fix it\n\nTalked to Eve <eve@fairway.example> about it.\nCo-authored-by: nobody\n");
        assert!(named.is_empty());
        named.note(
            "Fix it\n\nCo-Authored-By: Eve <Eve@Fairway.example>\n  co-authored-by: Ida <7+ida@users.noreply.github.com>\n\
             Co-authored-by: Mia <Mia@users.noreply.github.com>\n",
        );
        assert_eq!(named.logins, ["mia"]);
        assert_eq!(named.emails, ["eve@fairway.example"]);
        assert_eq!(named.github, ["7"]);
    }
}
