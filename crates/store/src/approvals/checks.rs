//! The checks of a commit: one answer for whatever decides by them.

use domain::{deploys::read::Checks, ids::ServiceId};

use crate::{Result, Tx};

impl Tx {
    /// The checks of a commit of a service, by the newest attempt of each workflow run. Runs that somebody starts by hand, deploys
    /// among them, are no checks, nor is the run that asks: it is not finished.
    pub async fn checks_of(&mut self, service: ServiceId, sha: &str, asking: Option<i64>) -> Result<Checks> {
        let row = sqlx::query!(
            r#"select count(*) filter (where done and good) as "passed!",
                   count(*) filter (where done and not good) as "failed!", count(*) filter (where not done) as "running!"
               from (select distinct on (w.run_id) w.status = 'completed' as done,
                            coalesce(w.conclusion in ('success', 'skipped', 'neutral'), false) as good
                     from services s join workflow_runs w on w.repository_id = s.repository_id
                     where s.id = $1 and w.head_sha = lower($2) and w.run_id is distinct from $3
                       and coalesce(w.event, '') not in ('workflow_dispatch', 'deployment', 'deployment_status', 'schedule')
                     order by w.run_id, w.attempt desc) newest"#,
            service.0,
            sha,
            asking
        )
        .fetch_one(&mut *self.inner)
        .await?;
        let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Checks {
            passed: number(row.passed),
            failed: number(row.failed),
            running: number(row.running),
        })
    }
}
