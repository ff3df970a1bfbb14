//! What Home shows of the whole organisation: incidents and pull requests that are open. Both through partial indexes,
//! since what is open is little and what is stored is much.

use chrono::{DateTime, Utc};
use domain::{
    deploys::read::ServiceRef,
    home::{OpenIncident, OpenPullRequest, OpenPullRequests},
    incidents::{Incident, Severity},
    people::PersonRef,
};
use uuid::Uuid;

use crate::{Reads, Result, StoreError};

struct OpenIncidentRow {
    id: Uuid,
    number: i64,
    external_id: Option<String>,
    service_id: Uuid,
    slug: String,
    service: String,
    title: String,
    severity: i16,
    detected_at: DateTime<Utc>,
    triaged_at: Option<DateTime<Utc>>,
    url: Option<String>,
    caused_by: Vec<Uuid>,
}

impl OpenIncidentRow {
    fn read(self) -> Result<OpenIncident> {
        let severity = u8::try_from(self.severity).ok().and_then(Severity::new);
        Ok(OpenIncident {
            service: ServiceRef {
                id: self.service_id.into(),
                slug: self.slug,
                title: self.service,
            },
            incident: Incident {
                severity: severity.ok_or_else(|| StoreError::corrupt("incidents", "severity", self.id))?,
                id: self.id.into(),
                number: self.number,
                external_id: self.external_id,
                service: self.service_id.into(),
                title: self.title,
                detected_at: self.detected_at,
                triaged_at: self.triaged_at,
                mitigated_at: None,
                resolved_at: None,
                url: self.url,
                caused_by: self.caused_by.into_iter().map(Into::into).collect(),
            },
        })
    }
}

impl Reads {
    /// Open incidents of every service in the catalogue, worst first, then the longest open.
    pub async fn open_incidents(&self, limit: i64) -> Result<Vec<OpenIncident>> {
        let (everything, teams) = self.seeing();
        let rows = sqlx::query_as!(
            OpenIncidentRow,
            r#"select i.id, i.number, i.external_id, i.service_id, s.slug, s.title as service, i.title, i.severity,
                   i.detected_at, i.triaged_at, i.url,
                   array(select l.deploy_id from incident_deploys l join deploys d on d.id = l.deploy_id
                         where l.incident_id = i.id and l.confirmed
                           and d.service_id not in (select hidden.id from hidden_services($2, $3) as hidden (id))
                         order by l.deploy_id) as "caused_by!"
               from incidents i join services s on s.id = i.service_id
               where i.mitigated_at is null and i.resolved_at is null and s.removed_at is null
                 and s.id not in (select hidden.id from hidden_services($2, $3) as hidden (id))
               order by i.severity, i.detected_at limit $1"#,
            limit,
            everything,
            &teams
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(OpenIncidentRow::read).collect()
    }

    /// The newest open pull requests of every repository that still exists, and how many are open.
    pub async fn open_pull_requests(&self, limit: i64) -> Result<OpenPullRequests> {
        let (everything, teams) = self.seeing();
        let counts = sqlx::query!(
            r#"select count(*) as "total!", count(*) filter (where q.draft) as "drafts!"
               from pull_requests q join repositories r on r.id = q.repository_id
               where q.state = 'open' and r.deleted_at is null
                 and r.id not in (select hidden.id from hidden_repositories($1, $2) as hidden (id))"#,
            everything,
            &teams
        )
        .fetch_one(&self.pool)
        .await?;
        let rows = sqlx::query!(
            r#"select r.owner, r.name, q.number, q.title, q.draft, q.opened_at, q.author_person_id,
                   coalesce(p.login, p.display_name) as author, coalesce(p.is_bot, false) as "is_bot!"
               from pull_requests q join repositories r on r.id = q.repository_id
               left join people p on p.id = q.author_person_id
               where q.state = 'open' and r.deleted_at is null
                 and r.id not in (select hidden.id from hidden_repositories($2, $3) as hidden (id))
               order by q.opened_at desc, q.id desc limit $1"#,
            limit,
            everything,
            &teams
        )
        .fetch_all(&self.pool)
        .await?;
        let newest = rows.into_iter().map(|row| OpenPullRequest {
            repository: format!("{}/{}", row.owner, row.name),
            number: row.number,
            title: row.title,
            draft: row.draft,
            author: row.author.map(|name| PersonRef {
                id: row.author_person_id.map(Into::into),
                name,
                is_bot: row.is_bot,
            }),
            opened_at: row.opened_at,
        });
        Ok(OpenPullRequests {
            newest: newest.collect(),
            total: u64::try_from(counts.total).unwrap_or_default(),
            drafts: u64::try_from(counts.drafts).unwrap_or_default(),
        })
    }
}
