//! What a release brings over the one that runs, and who wrote it.

use std::collections::HashSet;

use domain::{
    approvals::{CoAuthors, CommitSeen, Fact, Involved, Part, Party, PullRequestSeen},
    changes::{Change, short},
    ids::RepositoryId,
};
use uuid::Uuid;

use crate::{Result, Tx};

/// More of a kind than anybody reads before they decide; the count says how many there are.
const MOST_LISTED: usize = 100;

/// What a release brings.
pub(super) struct Brought {
    pub changes: Fact<u32>,
    pub pull_requests: Vec<PullRequestSeen>,
    pub commits: Vec<CommitSeen>,
    pub authors: Vec<Party>,
}

impl Brought {
    pub(super) fn unknown(why: String) -> Self {
        Self {
            authors: vec![Party::unknown_author(&why)],
            changes: Fact::Unknown { missing: why },
            pull_requests: Vec::new(),
            commits: Vec::new(),
        }
    }
}

/// A commit and who wrote it, as the row that is left of them.
struct Written {
    sha: String,
    message: String,
    email: Option<String>,
    person: Option<Uuid>,
    is_bot: bool,
    name: String,
    has_account: bool,
}

impl Written {
    fn author(&self) -> Party {
        let Some(person) = self.person else {
            // By the commit and not by name: the request keeps it, also when whoever it was is erased.
            return author_of(&self.sha);
        };
        Party {
            part: Part::Author,
            who: if self.is_bot {
                Involved::Machine
            } else {
                Involved::Person {
                    id: person.into(),
                    has_account: self.has_account,
                }
            },
            name: self.name.clone(),
        }
    }
}

/// Whoever wrote a commit, as far as nobody knows who that is.
fn author_of(sha: &str) -> Party {
    Party::unmapped_author(format!("The author of commit {}", short(sha)))
}

/// Whoever wrote a commit that is not stored.
fn author_of_unread(sha: &str) -> Party {
    Party::unread_author(&format!("The author of commit {}, which is", short(sha)))
}

impl Tx {
    /// The changes that a commit has and the one that runs has not, and who wrote them.
    pub(super) async fn brought(
        &mut self,
        repository: RepositoryId,
        base: Option<&str>,
        sha: &str,
    ) -> Result<Brought> {
        let line = self.mainline(repository, false).await?;
        let (changes, unknown) = match base {
            Some(base) => line.range(base, sha),
            // Nothing runs yet: there is no range, and the commit stands for what is new in it.
            None => (line.change_of(sha).into_iter().collect(), None),
        };
        let changes: Vec<&Change> = changes.into_iter().map(|index| line.change(index)).collect();
        let unknown = match unknown {
            Some(unknown) => Some(unknown.why),
            None if base.is_none() && changes.is_empty() => {
                Some(format!("commit {} is not known", short(sha)))
            }
            None => None,
        };
        let mut authors = self.authors_of(repository, &changes).await?;
        if let Some(why) = &unknown {
            authors.push(Party::unknown_author(why));
        }
        let count = u32::try_from(changes.len()).unwrap_or(u32::MAX);
        Ok(Brought {
            changes: match unknown {
                Some(missing) => Fact::Unknown { missing },
                None => Fact::Known(count),
            },
            pull_requests: changes
                .iter()
                .filter_map(|change| {
                    Some(PullRequestSeen {
                        number: change.number?,
                        title: change.title.clone(),
                    })
                })
                .take(MOST_LISTED)
                .collect(),
            commits: changes
                .iter()
                .filter(|change| change.number.is_none())
                .map(|change| CommitSeen {
                    sha: change.sha.clone(),
                    title: change.title.clone(),
                })
                .take(MOST_LISTED)
                .collect(),
            authors,
        })
    }

    /// Who wrote the commits of changes, on the default branch and on the branches that they come from. A commit that is not
    /// stored, and one that nobody is mapped to, is of somebody unmapped.
    async fn authors_of(&mut self, repository: RepositoryId, changes: &[&Change]) -> Result<Vec<Party>> {
        let written = self.written(repository, changes).await?;
        let stored: HashSet<&str> = written.iter().map(|row| row.sha.as_str()).collect();
        let mut emails = HashSet::new();
        // Of an e-mail that nobody is mapped to, one commit is enough.
        let known = written
            .iter()
            .filter(|row| row.person.is_some() || emails.insert(row.email.as_deref()))
            .map(Written::author);
        let mut authors: Vec<Party> = known.collect();
        authors.extend(self.co_authors_of(&written).await?);
        for change in changes {
            if change.commits_wanted {
                let number = change.number.unwrap_or_default();
                authors.push(Party::unread_author(&format!(
                    "An author of #{number}, whose commits are"
                )));
            }
            let mut shas = change.shas.iter().chain(&change.own_shas);
            authors.extend(
                shas.find(|sha| !stored.contains(sha.as_str()))
                    .map(|sha| author_of_unread(sha)),
            );
        }
        let mut each: Vec<Party> = Vec::with_capacity(authors.len());
        for author in authors {
            if !each.contains(&author) {
                each.push(author);
            }
        }
        Ok(each)
    }

    /// Whom the messages of commits name besides their authors, as far as they are known: a name in a text is nobody's word, so
    /// one that nobody is known by keeps nobody from deciding.
    async fn co_authors_of(&mut self, written: &[Written]) -> Result<Vec<Party>> {
        let mut named = CoAuthors::default();
        for row in written {
            named.note(&row.message);
        }
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query!(
            r#"select distinct p.id, p.display_name, p.is_bot, exists (select from accounts a where a.person_id = p.id) as "has_account!"
               from (select i.person_id from identities i
                     where i.provider = 'email' and i.subject = any($1) or i.provider = 'github' and i.subject = any($2)
                     union select a.person_id from accounts a where a.email = any($1)
                     union select q.id from people q where lower(q.login) = any($3)) known
               join people p on p.id = person_root(known.person_id)
               order by p.id"#,
            &named.emails,
            &named.github,
            &named.logins
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let people = rows.into_iter().filter(|row| !row.is_bot);
        let party = people.map(|row| Party {
            part: Part::Author,
            who: Involved::Person {
                id: row.id.into(),
                has_account: row.has_account,
            },
            name: row.display_name,
        });
        Ok(party.collect())
    }

    async fn written(&mut self, repository: RepositoryId, changes: &[&Change]) -> Result<Vec<Written>> {
        let shas: Vec<String> = changes
            .iter()
            .flat_map(|change| change.shas.iter().chain(&change.own_shas).cloned())
            .collect();
        Ok(sqlx::query_as!(
            Written,
            r#"select w.sha as "sha!", w.message as "message!", w.email as "email?", p.id as "person?", coalesce(p.is_bot, false) as "is_bot!",
                   coalesce(p.display_name, '') as "name!",
                   exists (select from accounts a where a.person_id = p.id) as "has_account!"
               from (select c.sha, c.message, c.author_person_id as person, c.author_email as email from commits c
                     where c.repository_id = $1 and c.sha = any($2)
                   union
                     select c.sha, c.message, c.author_person_id, c.author_email from pull_request_commits c
                     join pull_requests q on q.id = c.pull_request_id
                     where q.repository_id = $1 and c.sha = any($2)) w
               left join people p on p.id = person_root(w.person)
               order by w.sha"#,
            repository.0,
            &shas
        )
        .fetch_all(&mut *self.inner)
        .await?)
    }
}
