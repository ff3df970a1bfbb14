//! What Home shows, of everything or of somebody's own: incidents and pull requests that are open, deploys that move. All
//! through partial indexes, since what is open is little and what is stored is much.

use chrono::{DateTime, Utc};
use domain::{
    deploys::read::ServiceRef,
    home::{Mine, OpenIncident, OpenPullRequest, OpenPullRequests},
    ids::TeamId,
    incidents::{Incident, Severity},
    people::PersonRef,
};
use uuid::Uuid;

use crate::{Reads, Result, StoreError, teams::uuids};

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

/// What somebody's own things are found by: whether all are meant, whose pull requests, and whose services.
fn narrowed(mine: Option<&Mine>) -> (bool, Option<Uuid>, Vec<Uuid>) {
    let owners = mine.map(|mine| uuids(&mine.team_ids())).unwrap_or_default();
    (mine.is_none(), mine.map(|mine| mine.person.0), owners)
}

impl Reads {
    /// How many deploys of these teams' services are in flight.
    pub async fn deploys_in_flight_of(&self, owners: &[TeamId]) -> Result<i64> {
        let (everything, teams) = self.seeing();
        Ok(sqlx::query_scalar!(
            r#"select count(*) as "count!" from deploys where finished_at is null and requested_at is not null
                 and service_id in (select s.id from services s where s.team_id = any($3))
                 and service_id not in (select hidden.id from hidden_services($1, $2) as hidden (id))"#,
            everything,
            &teams,
            &uuids(owners)
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Open incidents of the services in the catalogue, or of those that somebody's teams own: worst first, then the longest
    /// open.
    pub async fn open_incidents(&self, mine: Option<&Mine>, limit: i64) -> Result<Vec<OpenIncident>> {
        let (everything, teams) = self.seeing();
        let (all, _, owners) = narrowed(mine);
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
                 and ($4 or s.team_id = any($5))
               order by i.severity, i.detected_at limit $1"#,
            limit,
            everything,
            &teams,
            all,
            &owners
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(OpenIncidentRow::read).collect()
    }

    /// The newest open pull requests of every repository that still exists, and how many are open. Of somebody's own: those
    /// that they opened, which come first, and those of repositories in which services of their teams live.
    pub async fn open_pull_requests(&self, mine: Option<&Mine>, limit: i64) -> Result<OpenPullRequests> {
        let (everything, teams) = self.seeing();
        let (all, author, owners) = narrowed(mine);
        let counts = sqlx::query!(
            r#"select count(*) as "total!", count(*) filter (where q.draft) as "drafts!"
               from pull_requests q join repositories r on r.id = q.repository_id
               where q.state = 'open' and r.deleted_at is null
                 and r.id not in (select hidden.id from hidden_repositories($1, $2) as hidden (id))
                 and ($3 or q.author_person_id = $4 or q.repository_id in (
                     select s.repository_id from services s where s.team_id = any($5) and s.removed_at is null))"#,
            everything,
            &teams,
            all,
            author,
            &owners
        )
        .fetch_one(&self.pool)
        .await?;
        let rows = sqlx::query!(
            r#"select r.owner, r.name, q.number, q.title, q.draft, q.opened_at, q.author_person_id,
                   p.display_name as "author?", coalesce(p.is_bot, false) as "is_bot!"
               from pull_requests q join repositories r on r.id = q.repository_id
               left join people p on p.id = q.author_person_id
               where q.state = 'open' and r.deleted_at is null
                 and r.id not in (select hidden.id from hidden_repositories($2, $3) as hidden (id))
                 and ($4 or q.author_person_id = $5 or q.repository_id in (
                     select s.repository_id from services s where s.team_id = any($6) and s.removed_at is null))
               order by coalesce(q.author_person_id = $5, false) desc, q.opened_at desc, q.id desc limit $1"#,
            limit,
            everything,
            &teams,
            all,
            author,
            &owners
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
