//! Who could decide, and what a request is about: what the rules of access and of policies look at.

use std::collections::HashMap;

use domain::{
    access::Owned,
    actor::Actor,
    approvals::{Decider, Involved, Part, Party, Subject},
    catalog::Tier,
    environments::EnvironmentClass,
    ids::{ApprovalId, EnvironmentId, PersonId, ServiceId},
    sight::Audience,
};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{Reads, Result, Tx, identity::grants_of_people};

/// People of these ids who can sign in, with what was granted to them.
async fn deciders(db: &mut PgConnection, people: &[Uuid]) -> Result<Vec<Decider>> {
    let rows = sqlx::query!(
        r#"select p.id, p.display_name, p.login, a.email,
               array(select i.subject from identities i where i.person_id = p.id and i.provider = 'email') as "emails!",
               exists (select from identities i where i.person_id = p.id and i.provider = 'github') as "has_github!"
           from people p
           join accounts a on a.person_id = p.id and a.accepted_at is not null and a.disabled_at is null
           where p.id = any($1) and p.merged_into is null order by lower(p.display_name), p.id"#,
        people
    )
    .fetch_all(&mut *db)
    .await?;
    let mut grants = grants_of_people(db, people).await?;
    Ok(rows
        .into_iter()
        .map(|row| Decider {
            person: row.id.into(),
            name: row.display_name,
            grants: grants.remove(&row.id).unwrap_or_default(),
            names: row
                .emails
                .into_iter()
                .chain([row.email])
                .chain(row.login)
                .map(|name| name.to_lowercase())
                .collect(),
            has_github: row.has_github,
        })
        .collect())
}

/// A service in an environment, and what asks about it.
pub(super) struct SubjectRow {
    pub(super) id: Uuid,
    pub(super) team_id: Option<Uuid>,
    pub(super) tier: Option<i16>,
    pub(super) private: bool,
    pub(super) name: String,
    pub(super) class: String,
    pub(super) class_by_hand: bool,
}

impl SubjectRow {
    pub(super) fn read(self) -> Subject {
        let class = EnvironmentClass::parse(&self.class);
        let is_said = class.is_some_and(|class| class.is_said(self.class_by_hand, &self.name));
        Subject {
            is_unclassed: !is_said,
            owned: Owned {
                team: self.team_id.map(Into::into),
                tier: self.tier.and_then(|tier| Tier::parse(&tier.to_string()).ok()),
                environment: Some(self.name),
                class,
            },
            audience: if self.private {
                Audience::Team(self.team_id.map(Into::into))
            } else {
                Audience::Everyone
            },
        }
    }
}

/// What is known of a service in an environment; `None` where one of them is not there.
async fn subject(
    db: impl PgExecutor<'_>,
    service: ServiceId,
    environment: EnvironmentId,
) -> Result<Option<Subject>> {
    let row = sqlx::query_as!(
        SubjectRow,
        "select s.id, s.team_id, s.tier, s.private, e.name, e.class, e.class_by_hand from services s cross join environments e
         where s.id = $1 and e.id = $2",
        service.0,
        environment.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(SubjectRow::read))
}

impl Reads {
    /// Everybody who may decide about something, by name.
    pub async fn deciders(&self) -> Result<Vec<Decider>> {
        let mut db = self.pool.acquire().await?;
        let people = sqlx::query_scalar!(
            "select distinct person_id from grants where role in ('approver', 'operator', 'admin')"
        )
        .fetch_all(&mut *db)
        .await?;
        deciders(&mut db, &people).await
    }

    /// Somebody as they stand now, by the row that is left of them; `None` where they cannot sign in.
    pub async fn decider(&self, person: PersonId) -> Result<Option<Decider>> {
        let mut db = self.pool.acquire().await?;
        let root = sqlx::query_scalar!(r#"select person_root($1) as "root!""#, person.0)
            .fetch_one(&mut *db)
            .await?;
        Ok(deciders(&mut db, &[root]).await?.pop())
    }

    /// What these requests are about.
    pub async fn approval_subjects(&self, requests: &[ApprovalId]) -> Result<HashMap<ApprovalId, Subject>> {
        let ids: Vec<Uuid> = requests.iter().map(|request| request.0).collect();
        let rows = sqlx::query_as!(
            SubjectRow,
            "select a.id, s.team_id, s.tier, s.private, e.name, e.class, e.class_by_hand from approval_requests a
             join services s on s.id = a.service_id join environments e on e.id = a.environment_id where a.id = any($1)",
            &ids
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.id.into(), row.read())).collect())
    }

    /// What is known of a service in an environment.
    pub async fn approval_subject(
        &self,
        service: ServiceId,
        environment: EnvironmentId,
    ) -> Result<Option<Subject>> {
        subject(&self.pool, service, environment).await
    }
}

impl Tx {
    /// These people as they stand now; who cannot sign in is left out.
    pub async fn deciders_of(&mut self, people: &[PersonId]) -> Result<Vec<Decider>> {
        let people: Vec<Uuid> = people.iter().map(|person| person.0).collect();
        deciders(&mut self.inner, &people).await
    }

    /// What is known of a service in an environment.
    pub async fn approval_subject(
        &mut self,
        service: ServiceId,
        environment: EnvironmentId,
    ) -> Result<Option<Subject>> {
        subject(&mut *self.inner, service, environment).await
    }

    /// The row that is left of a person who turned out to be one with others.
    pub async fn root_of_person(&mut self, person: PersonId) -> Result<PersonId> {
        let root = sqlx::query_scalar!(r#"select person_root($1) as "root!""#, person.0)
            .fetch_one(&mut *self.inner)
            .await?;
        Ok(root.into())
    }

    /// Whoever has a number at GitHub, as somebody who asks for a deploy.
    pub async fn initiator_at_github(&mut self, number: i64) -> Result<Option<Party>> {
        let row = sqlx::query!(
            "select p.id, p.display_name, p.is_bot from identities i join people p on p.id = person_root(i.person_id)
             where i.provider = 'github' and i.subject = $1::bigint::text",
            number
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(|row| Party {
            part: Part::Initiator,
            who: if row.is_bot {
                Involved::Machine
            } else {
                Involved::Person {
                    id: row.id.into(),
                    has_account: true,
                }
            },
            name: row.display_name,
        }))
    }

    /// Who asks for a deploy: a person, or through a token the person whose it is. What is nobody's is a machine.
    pub async fn initiator(&mut self, actor: &Actor) -> Result<Party> {
        let person = match actor {
            Actor::Person { id, .. } => Some(*id),
            Actor::Token { id, .. } => sqlx::query_scalar!("select owner_id from tokens where id = $1", id.0)
                .fetch_optional(&mut *self.inner)
                .await?
                .flatten()
                .map(PersonId),
            Actor::CommandLine | Actor::System { .. } => None,
        };
        Ok(Party {
            part: Part::Initiator,
            who: person.map_or(Involved::Machine, |id| Involved::Person {
                id,
                has_account: true,
            }),
            name: actor.name().to_owned(),
        })
    }
}
