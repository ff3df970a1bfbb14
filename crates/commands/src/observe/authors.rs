//! Who wrote commits: a person where GitHub's numeric id or a verified e-mail says so, never by a name or login alone.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    facts::{CommitFact, PersonFact},
    ids::PersonId,
};
use store::{KnownAuthor, NewCommit, NewPerson, Tx};

use crate::{Commands, Result};

impl Commands {
    /// The people of an event, by GitHub's id.
    pub(crate) async fn people(
        &self,
        tx: &mut Tx,
        people: impl IntoIterator<Item = &PersonFact>,
        at: DateTime<Utc>,
    ) -> Result<HashMap<i64, PersonId>> {
        let people: Vec<_> = people
            .into_iter()
            .map(|fact| NewPerson { id: self.id(), fact })
            .collect();
        Ok(tx.observe_people(people, at).await?)
    }

    /// One person of an event.
    pub(crate) async fn person(
        &self,
        tx: &mut Tx,
        person: Option<&PersonFact>,
        at: DateTime<Utc>,
    ) -> Result<Option<PersonId>> {
        let found = self.people(tx, person, at).await?;
        Ok(person.and_then(|person| found.get(&person.github_id).copied()))
    }

    /// Commits with their authors.
    pub(crate) async fn with_authors<'a>(
        &self,
        tx: &mut Tx,
        commits: &'a [CommitFact],
        at: DateTime<Utc>,
    ) -> Result<Vec<NewCommit<'a>>> {
        let people = commits.iter().filter_map(|commit| commit.author.person.as_ref());
        let by_github = self.people(tx, people, at).await?;
        let mut emails: Vec<String> = commits
            .iter()
            .filter(|commit| commit.author.person.is_none())
            .filter_map(|commit| commit.author.email.clone())
            .collect();
        emails.sort_unstable();
        emails.dedup();
        let by_email = tx.people_by_email(&emails).await?;
        let author = |commit: &CommitFact| {
            let author = &commit.author;
            KnownAuthor {
                person: match &author.person {
                    Some(person) => by_github.get(&person.github_id).copied(),
                    None => author
                        .email
                        .as_ref()
                        .and_then(|email| by_email.get(email).copied()),
                },
                name: author.login.clone().or_else(|| author.name.clone()),
            }
        };
        Ok(commits
            .iter()
            .map(|fact| NewCommit {
                fact,
                author: author(fact),
            })
            .collect())
    }
}
