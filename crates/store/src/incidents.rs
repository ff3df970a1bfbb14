//! Incidents and their links to deploys.

use chrono::{DateTime, Utc};
use domain::{
    ids::{DeployId, IncidentId, ServiceId},
    incidents::{Incident, IncidentFilter, NewIncident, Severity},
    page::{Page, Position},
};
use sqlx::{PgExecutor, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::{
    Reads, Result, StoreError, Tx,
    catalog::push_service_id,
    paging::{cursor, push_page},
    sight::Hidden,
};

/// Up to the conditions of the causes.
const LISTED: &str =
    "select i.id, i.number, i.external_id, i.service_id, i.title, i.severity, i.detected_at, i.triaged_at,
        i.mitigated_at, i.resolved_at, i.url,
        array(select l.deploy_id from incident_deploys l join deploys d on d.id = l.deploy_id
              where l.incident_id = i.id and l.confirmed";

#[derive(sqlx::FromRow)]
struct IncidentRow {
    id: Uuid,
    number: i64,
    external_id: Option<String>,
    service_id: Uuid,
    title: String,
    severity: i16,
    detected_at: DateTime<Utc>,
    triaged_at: Option<DateTime<Utc>>,
    mitigated_at: Option<DateTime<Utc>>,
    resolved_at: Option<DateTime<Utc>>,
    url: Option<String>,
    caused_by: Vec<Uuid>,
}

impl IncidentRow {
    fn read(self) -> Result<Incident> {
        let severity = u8::try_from(self.severity).ok().and_then(Severity::new);
        Ok(Incident {
            severity: severity.ok_or_else(|| StoreError::corrupt("incidents", "severity", self.id))?,
            id: self.id.into(),
            number: self.number,
            external_id: self.external_id,
            service: self.service_id.into(),
            title: self.title,
            detected_at: self.detected_at,
            triaged_at: self.triaged_at,
            mitigated_at: self.mitigated_at,
            resolved_at: self.resolved_at,
            url: self.url,
            caused_by: self.caused_by.into_iter().map(Into::into).collect(),
        })
    }
}

async fn one(
    db: impl PgExecutor<'_>,
    id: IncidentId,
    (everything, teams): (bool, Vec<Uuid>),
) -> Result<Option<Incident>> {
    sqlx::query_as!(
        IncidentRow,
        r#"select i.id, i.number, i.external_id, i.service_id, i.title, i.severity, i.detected_at, i.triaged_at,
               i.mitigated_at, i.resolved_at, i.url,
               array(select l.deploy_id from incident_deploys l join deploys d on d.id = l.deploy_id
                     where l.incident_id = i.id and l.confirmed
                       and d.service_id not in (select hidden.id from hidden_services($2, $3) as hidden (id))
                     order by l.deploy_id) as "caused_by!"
           from incidents i where i.id = $1
             and i.service_id not in (select hidden.id from hidden_services($2, $3) as hidden (id))"#,
        id.0,
        everything,
        &teams
    )
    .fetch_optional(db)
    .await?
    .map(IncidentRow::read)
    .transpose()
}

impl Reads {
    /// A page of incidents, newest first.
    pub async fn incidents(
        &self,
        filter: &IncidentFilter,
        position: &Position,
        size: u32,
    ) -> Result<Page<Incident>> {
        let mut query = QueryBuilder::<Postgres>::new(LISTED);
        self.push_seen(&mut query, "d.service_id", Hidden::Services);
        query.push(" order by l.deploy_id) as caused_by from incidents i where true");
        self.push_seen(&mut query, "i.service_id", Hidden::Services);
        if let Some(slug) = &filter.service {
            query.push(" and i.service_id = ");
            push_service_id(&mut query, slug);
        }
        // In the text, so that the index of the open ones, which are few among all, is seen to fit.
        query.push(match filter.open {
            Some(true) => " and i.mitigated_at is null and i.resolved_at is null",
            Some(false) => " and (i.mitigated_at is not null or i.resolved_at is not null)",
            None => "",
        });
        push_page::<Uuid>(&mut query, ("i.detected_at", "i.id"), position, size)?;
        let rows: Vec<IncidentRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows
            .into_iter()
            .map(IncidentRow::read)
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::of(rows, size, position, |incident: &Incident| {
            cursor(incident.detected_at, incident.id)
        }))
    }

    /// An incident, and of its causes those that are seen.
    pub async fn incident(&self, id: IncidentId) -> Result<Option<Incident>> {
        one(&self.pool, id, self.seeing()).await
    }

    /// The newest incidents of a service, open ones first.
    pub async fn incidents_of_service(&self, service: ServiceId, limit: i64) -> Result<Vec<Incident>> {
        let (everything, teams) = self.seeing();
        let rows = sqlx::query_as!(
            IncidentRow,
            r#"select i.id, i.number, i.external_id, i.service_id, i.title, i.severity, i.detected_at, i.triaged_at,
                   i.mitigated_at, i.resolved_at, i.url,
                   array(select l.deploy_id from incident_deploys l join deploys d on d.id = l.deploy_id
                         where l.incident_id = i.id and l.confirmed
                           and d.service_id not in (select hidden.id from hidden_services($3, $4) as hidden (id))
                         order by l.deploy_id) as "caused_by!"
               from incidents i where i.service_id = $1
               order by (i.mitigated_at is null and i.resolved_at is null) desc, i.detected_at desc limit $2"#,
            service.0,
            limit,
            everything,
            &teams
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(IncidentRow::read).collect()
    }
}

impl Tx {
    /// An incident as this unit of work sees it.
    pub async fn incident(&mut self, id: IncidentId) -> Result<Option<Incident>> {
        one(&mut *self.inner, id, (true, Vec::new())).await
    }

    /// The incident that a sender knows by this identity, locked.
    pub async fn incident_of_external_id(&mut self, external_id: &str) -> Result<Option<IncidentId>> {
        let id = sqlx::query_scalar!(
            "select id from incidents where external_id = $1 for update",
            external_id
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(id.map(Into::into))
    }

    /// Stores an incident; one that is known by the sender's identity gets what the report adds, and times that the report
    /// leaves out stay. Gives its id and whether it is new.
    pub async fn put_incident(
        &mut self,
        fresh: IncidentId,
        service: ServiceId,
        new: &NewIncident,
        now: DateTime<Utc>,
    ) -> Result<(IncidentId, bool)> {
        let row = sqlx::query!(
            r#"insert into incidents as i (id, external_id, service_id, title, severity, detected_at, triaged_at, mitigated_at,
                 resolved_at, url, created_at)
             values ($1, $2, $3, $4, $5, coalesce($6, $11::timestamptz), $7, $8, $9, $10, $11)
             on conflict (external_id) do update set title = excluded.title, severity = excluded.severity,
                 service_id = excluded.service_id,
                 detected_at = coalesce($6::timestamptz, i.detected_at), triaged_at = coalesce(excluded.triaged_at, i.triaged_at),
                 mitigated_at = coalesce(excluded.mitigated_at, i.mitigated_at),
                 resolved_at = coalesce(excluded.resolved_at, i.resolved_at), url = coalesce(excluded.url, i.url)
             returning id, (xmax = 0) as "is_new!""#,
            fresh.0,
            new.external_id,
            service.0,
            new.title,
            i16::from(new.severity.get()),
            new.detected_at,
            new.triaged_at,
            new.mitigated_at,
            new.resolved_at,
            new.url,
            now
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok((row.id.into(), row.is_new))
    }

    /// Says when users no longer felt an incident, unless somebody did.
    pub async fn mitigate_incident(&mut self, external_id: &str, at: DateTime<Utc>) -> Result<()> {
        sqlx::query!(
            "update incidents set mitigated_at = greatest($2, detected_at)
             where external_id = $1 and mitigated_at is null and resolved_at is null",
            external_id,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Makes these deploys the confirmed causes of an incident, and no others; gives every service whose deploys were or
    /// are named.
    pub async fn set_incident_causes(
        &mut self,
        incident: IncidentId,
        causes: &[DeployId],
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<ServiceId>> {
        let ids: Vec<Uuid> = causes.iter().map(|id| id.0).collect();
        let mut services = self.services_of_causes(incident).await?;
        sqlx::query!(
            "delete from incident_deploys where incident_id = $1 and deploy_id <> all($2) and confirmed",
            incident.0,
            &ids
        )
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!(
            "insert into incident_deploys (incident_id, deploy_id, confirmed, confidence, made_by, made_at)
             select $1, id, true, 1, $3, $4 from unnest($2::uuid[]) as c (id)
             on conflict (incident_id, deploy_id) do update set confirmed = true, confidence = 1",
            incident.0,
            &ids,
            by,
            now
        )
        .execute(&mut *self.inner)
        .await?;
        services.extend(self.services_of_causes(incident).await?);
        Ok(services)
    }

    /// Services of the deploys that an incident names as its confirmed causes.
    pub async fn services_of_causes(&mut self, incident: IncidentId) -> Result<Vec<ServiceId>> {
        let rows = sqlx::query_scalar!(
            "select distinct d.service_id from incident_deploys l join deploys d on d.id = l.deploy_id
             where l.incident_id = $1 and l.confirmed",
            incident.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
