//! Environment names of the organisation and their classes.

use chrono::{DateTime, Utc};
use domain::{
    environments::{Environment, EnvironmentClass, EnvironmentFilter, EnvironmentUse},
    ids::{EnvironmentId, ServiceId},
    page::{Page, Position},
};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::{
    Reads, Result, StoreError, Tx,
    paging::{name_cursor, push_name_page, push_words},
};

/// Production first, then by name: what the list of environments is ordered by.
const ORDER: &str = "(array_position(array['production', 'staging', 'development', 'preview'], e.class)::text || lower(e.name))";

#[derive(sqlx::FromRow)]
struct UseRow {
    id: Uuid,
    name: String,
    class: String,
    class_by_hand: bool,
    services: i64,
    last_deploy_at: Option<DateTime<Utc>>,
    unmatched: i64,
    sort_key: String,
}

impl UseRow {
    fn into_use(self) -> Result<(String, EnvironmentUse)> {
        let whole = |count: i64| u64::try_from(count).unwrap_or_default();
        let environment = Environment {
            id: self.id.into(),
            name: self.name,
            class: class_of(&self.class)?,
            class_by_hand: self.class_by_hand,
        };
        let used = EnvironmentUse {
            environment,
            services: whole(self.services),
            last_deploy_at: self.last_deploy_at,
            unmatched: whole(self.unmatched),
        };
        Ok((self.sort_key, used))
    }
}

/// Reads a stored class.
pub(crate) fn class_of(text: &str) -> Result<EnvironmentClass> {
    EnvironmentClass::parse(text).ok_or_else(|| StoreError::corrupt("environments", "class", text))
}

impl Reads {
    /// Every environment, by class and name.
    pub async fn environments(&self) -> Result<Vec<Environment>> {
        let rows = sqlx::query!(
            "select id, name, class, class_by_hand from environments
             order by array_position(array['production', 'staging', 'development', 'preview'], class), lower(name)"
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Environment {
                    id: row.id.into(),
                    name: row.name,
                    class: class_of(&row.class)?,
                    class_by_hand: row.class_by_hand,
                })
            })
            .collect()
    }
}

impl Reads {
    /// A page of the environments with how much each is used, by class and name.
    pub async fn environment_uses(
        &self,
        filter: &EnvironmentFilter,
        position: &Position,
        size: u32,
    ) -> Result<Page<EnvironmentUse>> {
        let mut query = QueryBuilder::<Postgres>::new(
            "select e.id, e.name, e.class, e.class_by_hand,
                (select count(*) from running r where r.environment_id = e.id) as services,
                (select d.requested_at from deploys d where d.environment_id = e.id
                 order by d.requested_at desc, d.id desc limit 1) as last_deploy_at,
                (select count(*) from github_deployments g
                 where g.environment_id = e.id and g.service_id is null) as unmatched, ",
        );
        query
            .push(ORDER)
            .push(" as sort_key from environments e where true");
        push_filter(&mut query, filter);
        push_name_page(&mut query, (ORDER, "e.id"), position, size)?;
        let rows: Vec<UseRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows
            .into_iter()
            .map(UseRow::into_use)
            .collect::<Result<Vec<_>>>()?;
        let page = Page::of(rows, size, position, |(key, row)| {
            name_cursor(key, row.environment.id)
        });
        Ok(page.map(|(_, row)| row))
    }

    /// How many environments of each class fit the filter's text.
    pub async fn environment_counts(
        &self,
        filter: &EnvironmentFilter,
    ) -> Result<Vec<(EnvironmentClass, u64)>> {
        let any_class = EnvironmentFilter {
            class: None,
            ..filter.clone()
        };
        let mut query =
            QueryBuilder::<Postgres>::new("select e.class, count(*) from environments e where true");
        push_filter(&mut query, &any_class);
        query.push(" group by e.class");
        let rows: Vec<(String, i64)> = query.build_query_as().fetch_all(&self.pool).await?;
        let counts = rows
            .into_iter()
            .map(|(class, count)| Ok((class_of(&class)?, u64::try_from(count).unwrap_or_default())))
            .collect::<Result<Vec<_>>>()?;
        let count_of = |class| {
            counts
                .iter()
                .find(|(of, _)| *of == class)
                .map_or(0, |(_, count)| *count)
        };
        Ok(EnvironmentClass::ALL.map(|class| (class, count_of(class))).into())
    }
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &EnvironmentFilter) {
    if let Some(class) = filter.class {
        query.push(" and e.class = ").push_bind(class.as_str());
    }
    push_words(query, "e.name", filter.text.as_deref());
}

impl Tx {
    /// The environment of a name, compared without case; made with `id` and the class that its name says when it is new.
    pub async fn ensure_environment(
        &mut self,
        id: EnvironmentId,
        name: &str,
        at: DateTime<Utc>,
    ) -> Result<EnvironmentId> {
        let known = sqlx::query_scalar!("select id from environments where lower(name) = lower($1)", name)
            .fetch_optional(&mut *self.inner)
            .await?;
        if let Some(known) = known {
            return Ok(known.into());
        }
        let made = sqlx::query_scalar!(
            "insert into environments (id, name, class, created_at) values ($1, $2, $3, $4)
             on conflict (lower(name)) do update set name = environments.name
             returning id",
            id.0,
            name,
            EnvironmentClass::of_name(name).as_str(),
            at
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(made.into())
    }

    /// The environment of a name, compared without case.
    pub async fn environment_of_name(&mut self, name: &str) -> Result<Option<EnvironmentId>> {
        let id = sqlx::query_scalar!("select id from environments where lower(name) = lower($1)", name)
            .fetch_optional(&mut *self.inner)
            .await?;
        Ok(id.map(Into::into))
    }

    /// Sets what an environment is for, by hand; gives the class it had, or `None` where there is no such environment.
    pub async fn set_environment_class(
        &mut self,
        id: EnvironmentId,
        class: EnvironmentClass,
    ) -> Result<Option<EnvironmentClass>> {
        let before = sqlx::query_scalar!("select class from environments where id = $1 for update", id.0)
            .fetch_optional(&mut *self.inner)
            .await?;
        let Some(before) = before else { return Ok(None) };
        sqlx::query!(
            "update environments set class = $2, class_by_hand = true where id = $1",
            id.0,
            class.as_str()
        )
        .execute(&mut *self.inner)
        .await?;
        class_of(&before).map(Some)
    }

    /// Stores the name and class that follow from what a sender calls an environment; not where a person set the class
    /// meanwhile, or another environment has the name. Gives whether it did.
    pub async fn put_default_class(
        &mut self,
        id: EnvironmentId,
        name: &str,
        class: EnvironmentClass,
    ) -> Result<bool> {
        let done = sqlx::query!(
            "update environments e set name = $2, class = $3
             where id = $1 and (class = $3 or not class_by_hand)
               and not exists (select from environments o where lower(o.name) = lower($2) and o.id <> $1)",
            id.0,
            name,
            class.as_str()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The services that ever deployed to an environment.
    pub async fn services_of_environment(&mut self, id: EnvironmentId) -> Result<Vec<ServiceId>> {
        let rows = sqlx::query_scalar!(
            "select distinct service_id from deploys where environment_id = $1",
            id.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
