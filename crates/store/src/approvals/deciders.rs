//! Who could decide, and what a request is about: what the rules of access and of policies look at.

use domain::{
    access::Owned,
    actor::Actor,
    approvals::{Decider, Involved, Part, Party, Subject},
    catalog::Tier,
    environments::EnvironmentClass,
    ids::{EnvironmentId, PersonId, ServiceId},
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

/// What is known of a service in an environment; `None` where one of them is not there.
async fn subject(
    db: impl PgExecutor<'_>,
    service: ServiceId,
    environment: EnvironmentId,
) -> Result<Option<Subject>> {
    let row = sqlx::query!(
        "select s.team_id, s.tier, s.private, e.name, e.class from services s cross join environments e
         where s.id = $1 and e.id = $2",
        service.0,
        environment.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Subject {
        owned: Owned {
            team: row.team_id.map(Into::into),
            tier: row.tier.and_then(|tier| Tier::parse(&tier.to_string()).ok()),
            environment: Some(row.name),
            class: EnvironmentClass::parse(&row.class),
        },
        audience: if row.private {
            Audience::Team(row.team_id.map(Into::into))
        } else {
            Audience::Everyone
        },
    }))
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
