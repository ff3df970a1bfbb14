//! What a watch of a deploy is about.

use domain::{catalog::Tier, ids::DeployId, verify::WatchSubject};

use crate::{Reads, Result, StoreError};

impl Reads {
    /// The service, the environment and both versions of a deploy. What ran before is what it replaces; while that is not
    /// derived yet, what runs.
    pub async fn watch_subject(&self, deploy: DeployId) -> Result<Option<WatchSubject>> {
        let row = sqlx::query!(
            r#"select d.service_id, s.slug, s.tier, e.name as environment,
                   coalesce((select h.url from health_addresses h
                       where h.service_id = d.service_id and h.environment_id = d.environment_id), s.health_url) as health_url,
                   coalesce(d.version, d.sha) as version,
                   (select coalesce(p.version, p.sha) from deploys p
                    where p.id = coalesce(d.replaces, (select r.deploy_id from running r
                        where r.service_id = d.service_id and r.environment_id = d.environment_id
                          and r.deploy_id <> d.id))) as previous
               from deploys d join services s on s.id = d.service_id join environments e on e.id = d.environment_id
               where d.id = $1"#,
            deploy.0
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            let tier = row.tier.map(|tier| {
                let tier = u8::try_from(tier).ok().and_then(|tier| Tier::try_from(tier).ok());
                tier.ok_or_else(|| StoreError::corrupt("services", "tier", row.service_id))
            });
            Ok(WatchSubject {
                service: row.service_id.into(),
                slug: row.slug,
                tier: tier.transpose()?,
                environment: row.environment,
                version: row.version,
                previous: row.previous,
                health_url: row.health_url,
            })
        })
        .transpose()
    }
}
