//! The rows of figures that people's corrections changed, put in or took out.

use chrono::{DateTime, Utc};
use domain::dora::{Corrected, CorrectedRow, MATURITY, Metric, Range, Scope};
use sqlx::{PgConnection, QueryBuilder};
use uuid::Uuid;

use super::{group_column, push_scope};
use crate::{Result, StoreError};

type Row = (
    String,
    Uuid,
    Uuid,
    Option<String>,
    Option<Uuid>,
    DateTime<Utc>,
    bool,
);

/// Those of a scope in a range, as of `now`.
pub(super) async fn of(
    connection: &mut PgConnection,
    (scope, range): (Scope, Range),
    now: DateTime<Utc>,
) -> Result<Corrected> {
    let group = group_column(scope, "c");
    let mut query = QueryBuilder::new(format!(
        "select c.metric, c.deploy_id, c.service_id, c.change, {group}, c.at, c.by_bot from corrected_rows c where c.at >= "
    ));
    query
        .push_bind(range.start())
        .push(" and c.at < ")
        .push_bind(range.end());
    push_scope(&mut query, "c", scope);
    let rows: Vec<Row> = query.build_query_as().fetch_all(connection).await?;
    let read = |(metric, deploy, service, change, group, at, by_bot): Row| {
        Ok(CorrectedRow {
            metric: Metric::parse(&metric)
                .ok_or_else(|| StoreError::corrupt("corrected_rows", "metric", deploy))?,
            deploy,
            service,
            change,
            group: group.unwrap_or_default(),
            at,
            by_bot,
            mature: now - at >= MATURITY,
        })
    };
    rows.into_iter().map(read).collect::<Result<_>>().map(Corrected)
}
