//! The requests that wait, with all that the rule of deciding looks at: by these it is known what waits for whom.

use chrono::{DateTime, Utc};
use domain::approvals::OpenRequest;

use super::{decisions::decisions, requests::requests};
use crate::{Reads, Result};

impl Reads {
    /// The requests that wait and are in time, the most urgent first.
    pub async fn open_requests(&self, now: DateTime<Utc>, most: i64) -> Result<Vec<OpenRequest>> {
        let (everything, teams) = self.seeing();
        let mut db = self.pool.acquire().await?;
        let ids = sqlx::query_scalar!(
            "select a.id from approval_requests a where a.state = 'pending' and a.deadline > $1
               and a.service_id not in (select hidden.id from hidden_services($2, $3) as hidden (id))
             order by a.deadline, a.id limit $4",
            now,
            everything,
            &teams,
            most
        )
        .fetch_all(&mut *db)
        .await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let requests = requests(&mut db, &ids).await?;
        let mut decided = decisions(&mut *db, &ids).await?;
        let open = requests.into_iter().map(|request| OpenRequest {
            decisions: decided.remove(&request.id.0).unwrap_or_default(),
            request,
        });
        Ok(open.collect())
    }
}
