//! The inbox as lists and pages show it.

use chrono::{DateTime, Utc};
use domain::{
    ids::DeliveryId,
    intake::{Delivery, DeliveryFilter, DeliveryStatus},
    page::{Page, Position},
};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::status_of;
use crate::{
    Reads, Result,
    paging::{cursor, push_page},
    sight::Hidden,
};

impl Reads {
    /// A page of the inbox, newest first.
    pub async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        position: &Position,
        size: u32,
    ) -> Result<Page<Delivery>> {
        let mut query = QueryBuilder::<Postgres>::new(DELIVERY_COLUMNS);
        self.push_seen_or_null(&mut query, "lower(repository)", Hidden::RepositoryNames);
        push_filter(&mut query, filter);
        push_page::<Uuid>(&mut query, ("received_at", "id"), position, size)?;
        let rows: Vec<DeliveryRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows
            .into_iter()
            .map(DeliveryRow::into_delivery)
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::of(rows, size, position, |row| {
            cursor(row.received_at, row.id)
        }))
    }

    /// How many deliveries are in each state, of those that the filter's other fields leave.
    pub async fn delivery_counts(&self, filter: &DeliveryFilter) -> Result<Vec<(DeliveryStatus, i64)>> {
        let mut query = QueryBuilder::<Postgres>::new("select status, count(*) from deliveries where true");
        self.push_seen_or_null(&mut query, "lower(repository)", Hidden::RepositoryNames);
        push_filter(
            &mut query,
            &DeliveryFilter {
                status: None,
                ..filter.clone()
            },
        );
        query.push(" group by status");
        let rows: Vec<(String, i64)> = query.build_query_as().fetch_all(&self.pool).await?;
        rows.into_iter()
            .map(|(status, count)| Ok((status_of(&status, "count")?, count)))
            .collect()
    }

    /// How many deliveries were given up, by the index of only those.
    pub async fn dead_deliveries(&self) -> Result<i64> {
        Ok(
            sqlx::query_scalar("select count(*) from deliveries where status = 'dead'")
                .fetch_one(&self.pool)
                .await?,
        )
    }

    /// The names of events that were ever received, in order.
    pub async fn delivery_events(&self) -> Result<Vec<String>> {
        // From one event to the next in the index: there are a dozen among all deliveries.
        Ok(sqlx::query_scalar(
            "with recursive known (event) as (
                 (select event from deliveries order by event limit 1)
                 union all
                 select (select d.event from deliveries d where d.event > known.event order by d.event limit 1)
                 from known where known.event is not null
             )
             select event from known where event is not null order by event",
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Whether a delivery is not hidden with its repository; whoever sees everything finds out themselves whether it is there.
    pub async fn is_delivery_seen(&self, id: DeliveryId) -> Result<bool> {
        if self.sight().is_everything() {
            return Ok(true);
        }
        let mut query = QueryBuilder::<Postgres>::new("select count(*) from deliveries where id = ");
        query.push_bind(id.0);
        self.push_seen_or_null(&mut query, "lower(repository)", Hidden::RepositoryNames);
        let count: i64 = query.build_query_scalar().fetch_one(&self.pool).await?;
        Ok(count > 0)
    }

    /// One delivery and its body.
    pub async fn delivery(&self, id: DeliveryId) -> Result<Option<(Delivery, Vec<u8>)>> {
        let mut query = QueryBuilder::<Postgres>::new(DELIVERY_COLUMNS);
        query.push(" and id = ").push_bind(id.0);
        self.push_seen_or_null(&mut query, "lower(repository)", Hidden::RepositoryNames);
        let row: Option<DeliveryRow> = query.build_query_as().fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(None) };
        let body = sqlx::query_scalar!(
            "select body from deliveries where id = $1 and received_at = $2",
            id.0,
            row.received_at
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Some((row.into_delivery()?, body)))
    }
}

const DELIVERY_COLUMNS: &str =
    "select id, received_at, source, delivery_id, event, action, repository, status, attempts,
    error, processed_at, length(body)::bigint as size from deliveries where true";

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &DeliveryFilter) {
    if let Some(status) = filter.status {
        query.push(" and status = ").push_bind(status.as_str());
    }
    if let Some(event) = &filter.event {
        query.push(" and event = ").push_bind(event.clone());
    }
    if let Some(text) = &filter.text {
        query.push(" and (delivery_id = ").push_bind(text.clone());
        query
            .push(" or position(lower(")
            .push_bind(text.clone())
            .push(") in lower(repository)) > 0)");
    }
}

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    id: Uuid,
    received_at: DateTime<Utc>,
    source: String,
    delivery_id: String,
    event: String,
    action: Option<String>,
    repository: Option<String>,
    status: String,
    attempts: i32,
    error: Option<String>,
    processed_at: Option<DateTime<Utc>>,
    size: i64,
}

impl DeliveryRow {
    fn into_delivery(self) -> Result<Delivery> {
        Ok(Delivery {
            id: self.id.into(),
            received_at: self.received_at,
            source: self.source,
            delivery_id: self.delivery_id,
            event: self.event,
            action: self.action,
            repository: self.repository,
            status: status_of(&self.status, self.id)?,
            attempts: self.attempts,
            error: self.error,
            processed_at: self.processed_at,
            size: self.size,
        })
    }
}
