//! People as events name them: GitHub's numeric id is the identity, the login is what it is called now.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{facts::PersonFact, ids::PersonId};

use crate::{Result, Tx};

/// How often an unchanged login is noted again: rarely enough that busy people's rows are not written by every event.
const NOTED_AGAIN: TimeDelta = TimeDelta::days(1);

/// A person that an event names, with the id to use when they are new.
#[derive(Clone, Debug)]
pub struct NewPerson<'a> {
    /// Fairway's id.
    pub id: PersonId,
    /// Who.
    pub fact: &'a PersonFact,
}

struct KnownRow {
    subject: String,
    id: uuid::Uuid,
    login: Option<String>,
    is_bot: bool,
    facts_as_of: Option<DateTime<Utc>>,
}

impl Tx {
    /// The people that an event of `at` names, by GitHub's id; new ones are made, newer logins are noted.
    ///
    /// Rows are written in the order of GitHub's ids, so that two units of work never wait for each other in a circle.
    pub async fn observe_people(
        &mut self,
        mut people: Vec<NewPerson<'_>>,
        at: DateTime<Utc>,
    ) -> Result<HashMap<i64, PersonId>> {
        people.sort_by_key(|person| person.fact.github_id);
        people.dedup_by_key(|person| person.fact.github_id);
        let mut known = self.known_people(&people).await?;
        let mut found = HashMap::with_capacity(people.len());
        for person in people {
            let fact = person.fact;
            let id = match known.remove(&fact.github_id.to_string()) {
                Some(row) => {
                    if row.is_outdated(fact, at) {
                        self.update_person(row.id, fact, at).await?;
                    }
                    row.id.into()
                }
                None => self.insert_person(&person, at).await?,
            };
            found.insert(fact.github_id, id);
        }
        Ok(found)
    }

    async fn known_people(&mut self, people: &[NewPerson<'_>]) -> Result<HashMap<String, KnownRow>> {
        if people.is_empty() {
            return Ok(HashMap::new());
        }
        let subjects: Vec<String> = people
            .iter()
            .map(|person| person.fact.github_id.to_string())
            .collect();
        let rows = sqlx::query_as!(
            KnownRow,
            "select i.subject, p.id, p.login, p.is_bot, p.facts_as_of
             from identities i join people p on p.id = i.person_id
             where i.provider = 'github' and i.subject = any($1)",
            &subjects
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(|row| (row.subject.clone(), row)).collect())
    }

    async fn update_person(&mut self, id: uuid::Uuid, fact: &PersonFact, at: DateTime<Utc>) -> Result<()> {
        sqlx::query!(
            "update people set display_name = case when display_name = login then $2 else display_name end,
                 login = $2, is_bot = $3, facts_as_of = $4
             where id = $1 and (facts_as_of is null or facts_as_of < $4 or (facts_as_of = $4 and login < $2))",
            id,
            fact.login,
            fact.is_bot,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Another unit of work may make the same person meanwhile: then this one's row goes again.
    async fn insert_person(&mut self, person: &NewPerson<'_>, at: DateTime<Utc>) -> Result<PersonId> {
        let subject = person.fact.github_id.to_string();
        sqlx::query!(
            "insert into people (id, display_name, login, is_bot, created_at, facts_as_of) values ($1, $2, $2, $3, $4, $4)",
            person.id.0,
            person.fact.login,
            person.fact.is_bot,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        let made = sqlx::query!(
            "insert into identities (provider, subject, person_id, created_at) values ('github', $1, $2, $3)
             on conflict do nothing",
            subject,
            person.id.0,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        if made.rows_affected() == 1 {
            return Ok(person.id);
        }
        sqlx::query!("delete from people where id = $1", person.id.0)
            .execute(&mut *self.inner)
            .await?;
        let id = sqlx::query_scalar!(
            "select person_id from identities where provider = 'github' and subject = $1",
            subject
        )
        .fetch_one(&mut *self.inner)
        .await?;
        self.update_person(id, person.fact, at).await?;
        Ok(id.into())
    }

    /// The people behind verified e-mail addresses, which are in lower case.
    pub async fn people_by_email(&mut self, emails: &[String]) -> Result<HashMap<String, PersonId>> {
        if emails.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = sqlx::query!(
            "select subject, person_id from identities where provider = 'email' and subject = any($1)",
            emails
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.subject, row.person_id.into()))
            .collect())
    }
}

impl KnownRow {
    fn is_outdated(&self, fact: &PersonFact, at: DateTime<Utc>) -> bool {
        let same = self.login.as_deref() == Some(&*fact.login) && self.is_bot == fact.is_bot;
        self.facts_as_of.is_none_or(|as_of| {
            if same {
                as_of + NOTED_AGAIN < at
            } else {
                as_of <= at
            }
        })
    }
}
