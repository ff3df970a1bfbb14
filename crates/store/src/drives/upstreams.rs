//! Which environments a release has to pass before another.

use domain::{
    deploys::{drive::promotion::Upstream, report::NamedRelease},
    environments::Environment,
    ids::{EnvironmentId, ServiceId},
};

use crate::{Reads, Result, Tx, environments::class_of};

impl Reads {
    /// The environments upstream of one, by name.
    pub async fn upstreams(&self, environment: EnvironmentId) -> Result<Vec<Environment>> {
        let rows = sqlx::query!(
            "select e.id, e.name, e.class, e.class_by_hand from environment_upstreams u
             join environments e on e.id = u.upstream_id where u.environment_id = $1 order by lower(e.name)",
            environment.0
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

impl Tx {
    /// Every pair of an environment and one upstream of it, locked: two people cannot close a circle together.
    pub async fn lock_upstreams(&mut self) -> Result<Vec<(EnvironmentId, EnvironmentId)>> {
        sqlx::query("lock table environment_upstreams in share row exclusive mode")
            .execute(&mut *self.inner)
            .await?;
        let rows =
            sqlx::query!("select environment_id, upstream_id from environment_upstreams order by 1, 2")
                .fetch_all(&mut *self.inner)
                .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.environment_id.into(), row.upstream_id.into()))
            .collect())
    }

    /// Says which environments are upstream of one.
    pub async fn put_upstreams(
        &mut self,
        environment: EnvironmentId,
        upstreams: &[EnvironmentId],
    ) -> Result<()> {
        sqlx::query!(
            "delete from environment_upstreams where environment_id = $1",
            environment.0
        )
        .execute(&mut *self.inner)
        .await?;
        let upstreams: Vec<uuid::Uuid> = upstreams.iter().map(|upstream| upstream.0).collect();
        sqlx::query!(
            "insert into environment_upstreams (environment_id, upstream_id) select $1::uuid, unnest($2::uuid[])
             on conflict do nothing",
            environment.0,
            &upstreams
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The environments upstream of one, each with whether a release of a service succeeded there and was not undone since.
    pub async fn upstream_successes(
        &mut self,
        (service, environment): (ServiceId, EnvironmentId),
        release: &NamedRelease,
    ) -> Result<Vec<Upstream>> {
        let rows = sqlx::query!(
            r#"select e.name, exists (
                   select from deploys d
                   where d.service_id = $2 and d.environment_id = e.id and d.state = 'succeeded' and d.rolled_back_by is null
                     and d.stated_kind is distinct from 'drill'
                     and (d.digest = $3 or (d.sha = $4 and (d.digest is null or $3::text is null))
                          or ($3::text is null and $4::text is null and d.version = $5))) as "succeeded!"
               from environment_upstreams u join environments e on e.id = u.upstream_id
               where u.environment_id = $1 order by lower(e.name)"#,
            environment.0,
            service.0,
            release.digest,
            release.sha,
            release.version
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Upstream {
                name: row.name,
                succeeded: row.succeeded,
            })
            .collect())
    }
}
