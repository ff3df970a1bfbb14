//! Where news go, and who chose to be told what.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    ids::{NotificationTargetId, PersonId, ServiceId, TeamId},
    notifications::{Choice, NewTarget, Target, TargetKind, Topic},
    sight::Audience,
};
use uuid::Uuid;

use crate::{Reads, Result, StoreError, Tx};

/// A place where news go, with what it takes to send there.
#[derive(Clone, Debug)]
pub struct StoredTarget {
    /// Whose; `None`: the organisation's.
    pub person: Option<PersonId>,
    /// What it is.
    pub kind: TargetKind,
    /// What people call it.
    pub name: String,
    /// Of mail: the address.
    pub address: Option<String>,
    /// Of a webhook: its sealed address.
    pub sealed: Option<Vec<u8>>,
}

/// A place whose owner chose to be told something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Which.
    pub target: NotificationTargetId,
    /// Whose; `None`: the organisation's.
    pub person: Option<PersonId>,
    /// Whether the choice names the team that owns the service.
    pub names_team: bool,
}

struct TargetRow {
    id: Uuid,
    person_id: Option<Uuid>,
    kind: String,
    name: String,
    address: Option<String>,
    created_at: DateTime<Utc>,
}

fn kind_of(text: &str, id: Uuid) -> Result<TargetKind> {
    TargetKind::parse(text).ok_or_else(|| StoreError::corrupt("notification_targets", "kind", id))
}

fn topic_of(text: &str, id: Uuid) -> Result<Topic> {
    Topic::parse(text).ok_or_else(|| StoreError::corrupt("notification_choices", "topic", id))
}

impl Reads {
    /// Where news of a person go, or of the organisation, each with what is told there.
    pub async fn notification_targets(&self, of: Option<PersonId>) -> Result<Vec<Target>> {
        let of = of.map(|person| person.0);
        let rows = sqlx::query_as!(
            TargetRow,
            "select id, person_id, kind, name, address, created_at from notification_targets
             where person_id is not distinct from $1 order by lower(name), id",
            of
        )
        .fetch_all(&self.pool)
        .await?;
        let chosen = sqlx::query!(
            "select c.target_id, c.topic, c.team_id from notification_choices c
             join notification_targets t on t.id = c.target_id where t.person_id is not distinct from $1",
            of
        )
        .fetch_all(&self.pool)
        .await?;
        let mut choices: BTreeMap<Uuid, Vec<Choice>> = BTreeMap::new();
        for row in chosen {
            let choice = Choice {
                topic: topic_of(&row.topic, row.target_id)?,
                team: row.team_id.map(Into::into),
            };
            choices.entry(row.target_id).or_default().push(choice);
        }
        rows.into_iter()
            .map(|row| {
                let mut choices = choices.remove(&row.id).unwrap_or_default();
                choices.sort_unstable();
                Ok(Target {
                    kind: kind_of(&row.kind, row.id)?,
                    id: row.id.into(),
                    person: row.person_id.map(Into::into),
                    name: row.name,
                    address: row.address,
                    choices,
                    created_at: row.created_at,
                })
            })
            .collect()
    }

    /// A place where news go.
    pub async fn notification_target(&self, id: NotificationTargetId) -> Result<Option<StoredTarget>> {
        let row = sqlx::query!(
            "select person_id, kind, name, address, secret from notification_targets where id = $1",
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(StoredTarget {
                person: row.person_id.map(Into::into),
                kind: kind_of(&row.kind, id.0)?,
                name: row.name,
                address: row.address,
                sealed: row.secret,
            })
        })
        .transpose()
    }

    /// Who may hear of a service.
    pub async fn audience_of(&self, service: ServiceId) -> Result<Option<Audience>> {
        let row = sqlx::query!("select private, team_id from services where id = $1", service.0)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| {
            if row.private {
                Audience::Team(row.team_id.map(Into::into))
            } else {
                Audience::Everyone
            }
        }))
    }

    /// The places whose owners chose to be told this of a service, each once.
    pub async fn chosen(&self, topic: Topic, service: ServiceId) -> Result<Vec<Chosen>> {
        let rows = sqlx::query!(
            r#"select t.id as "id!", t.person_id as "person_id?", bool_or(c.team_id is not null) as "names_team!"
               from notification_choices c join notification_targets t on t.id = c.target_id
               join services s on s.id = $2
               where c.topic = $1 and (c.team_id is null or c.team_id = s.team_id)
               group by t.id, t.person_id order by t.id"#,
            topic.as_str(),
            service.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Chosen {
                target: row.id.into(),
                person: row.person_id.map(Into::into),
                names_team: row.names_team,
            })
            .collect())
    }

    /// Who is told of a service what somebody has to hear, where nobody chose to: the admins of the organisation and whoever has a
    /// role in its team, who can sign in and have a proved address.
    pub async fn people_to_page(&self, service: ServiceId) -> Result<Vec<PersonId>> {
        let people = sqlx::query_scalar!(
            "select distinct a.person_id from services s
             join grants g on g.team_id = s.team_id or (g.team_id is null and g.role = 'admin')
             join accounts a on a.person_id = g.person_id
             where s.id = $1 and a.accepted_at is not null and a.disabled_at is null
               and exists (select from identities i where i.person_id = a.person_id and i.provider = 'email')
             order by a.person_id",
            service.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(people.into_iter().map(Into::into).collect())
    }
}

impl Tx {
    /// Stores a new place where news go.
    pub async fn insert_target(
        &mut self,
        id: NotificationTargetId,
        person: Option<PersonId>,
        (new, sealed): (&NewTarget, Option<&[u8]>),
        at: DateTime<Utc>,
    ) -> Result<()> {
        let address = (new.kind == TargetKind::Mail).then_some(&*new.address);
        sqlx::query!(
            "insert into notification_targets (id, person_id, kind, name, address, secret, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            id.0,
            person.map(|person| person.0),
            new.kind.as_str(),
            new.name,
            address,
            sealed,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Says what is told at a place.
    pub async fn put_choices(&mut self, target: NotificationTargetId, choices: &[Choice]) -> Result<()> {
        sqlx::query!("delete from notification_choices where target_id = $1", target.0)
            .execute(&mut *self.inner)
            .await?;
        let topics: Vec<String> = choices
            .iter()
            .map(|choice| choice.topic.as_str().to_owned())
            .collect();
        let teams: Vec<Option<Uuid>> = choices
            .iter()
            .map(|choice| choice.team.map(|team: TeamId| team.0))
            .collect();
        sqlx::query(
            "insert into notification_choices (target_id, topic, team_id)
             select $1, topic, team from unnest($2::text[], $3::uuid[]) as chosen (topic, team) on conflict do nothing",
        )
        .bind(target.0)
        .bind(topics)
        .bind(teams)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Takes a place away, with what was chosen for it; gives its name.
    pub async fn delete_target(&mut self, id: NotificationTargetId) -> Result<Option<String>> {
        Ok(sqlx::query_scalar!(
            "delete from notification_targets where id = $1 returning name",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }

    /// Takes away all places where a person's news go.
    pub(crate) async fn delete_targets_of(&mut self, person: PersonId) -> Result<()> {
        sqlx::query!("delete from notification_targets where person_id = $1", person.0)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}
