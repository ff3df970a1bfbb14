//! What runs where, what is on its way and what waits: the top of a service's page.

use chrono::{DateTime, Utc};
use domain::{
    deploys::{
        DeployState,
        read::{BranchHead, ChannelFacts, Checks, DeploySummary, RunningRelease, WaitingChange},
    },
    environments::EnvironmentClass,
    ids::ServiceId,
    people::PersonRef,
};
use uuid::Uuid;

use crate::{Reads, Result};

impl Reads {
    /// Changes on the default branch that production does not have, oldest first; at most 200 are listed.
    pub async fn waiting_changes(&self, service: ServiceId) -> Result<Vec<WaitingChange>> {
        let rows = sqlx::query!(
            r#"select c.change, c.sha, c.title, c.author_person_id, c.author_name, c.merged_at, q.number as "number?",
                   coalesce(p.is_bot, false) as "is_bot!"
               from undelivered_changes c left join pull_requests q on q.id = c.pull_request_id
               left join people p on p.id = c.author_person_id
               where c.service_id = $1 order by c.index"#,
            service.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| WaitingChange {
                change: row.change,
                number: row.number,
                sha: row.sha,
                title: row.title,
                author: author(row.author_person_id, row.author_name, row.is_bot),
                merged_at: row.merged_at,
            })
            .collect())
    }

    /// What the channel strip of a service draws.
    pub async fn channel(&self, service: ServiceId) -> Result<ChannelFacts> {
        Ok(self.channel_and_running(service).await?.0)
    }

    /// The same, with what runs in each environment, which it is drawn from.
    pub async fn channel_and_running(
        &self,
        service: ServiceId,
    ) -> Result<(ChannelFacts, Vec<RunningRelease>)> {
        let open = async {
            let open = self.open_production_deploys(service).await?;
            let rollout = open.iter().find(|deploy| !waits(deploy)).cloned();
            let weight = match &rollout {
                Some(deploy) => self.canary_weight(deploy.id.0).await?,
                None => None,
            };
            let approval = open.into_iter().find(waits);
            Ok((approval, rollout.map(|deploy| (deploy, weight))))
        };
        let (running, (approval, rollout), head) =
            futures::try_join!(self.running(service), open, self.branch_head(service))?;
        let newest = |class| {
            let of_class = running.iter().filter(|release| release.deploy.class == class);
            of_class.max_by_key(|release| release.since).cloned()
        };
        let facts = ChannelFacts {
            head,
            staging: newest(EnvironmentClass::Staging),
            approval,
            rollout,
            production: newest(EnvironmentClass::Production),
        };
        Ok((facts, running))
    }

    async fn open_production_deploys(&self, service: ServiceId) -> Result<Vec<DeploySummary>> {
        let ids = sqlx::query_scalar!(
            "select d.id from deploys d join environments e on e.id = d.environment_id
             where d.service_id = $1 and d.finished_at is null and d.requested_at is not null and e.class = 'production'
             order by d.requested_at desc limit 20",
            service.0
        )
        .fetch_all(&self.pool)
        .await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut deploys = self.deploy_summaries(&ids).await?;
        deploys.sort_by_key(|deploy| std::cmp::Reverse((deploy.requested_at, deploy.id)));
        Ok(deploys)
    }

    async fn canary_weight(&self, deploy: Uuid) -> Result<Option<i16>> {
        Ok(sqlx::query_scalar!(
            r#"select weight as "weight!" from deploy_events where deploy_id = $1 and weight is not null
               order by at desc, weight desc limit 1"#,
            deploy
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    async fn branch_head(&self, service: ServiceId) -> Result<Option<BranchHead>> {
        let row = sqlx::query!(
            r#"select c.sha, split_part(c.message, E'\n', 1) as "title!", c.landed_at as "landed_at!", c.author_person_id,
                   coalesce(p.display_name, c.author_name) as author, coalesce(p.is_bot, false) as "is_bot!",
                   checks.passed as "passed!", checks.failed as "failed!", checks.running as "running!"
               from services s
               join lateral (select * from commits c
                             where c.repository_id = s.repository_id and c.landed_at is not null
                             order by c.landed_at desc, c.landed_index desc limit 1) c on true
               cross join lateral (
                   select count(*) filter (where done and good) as passed, count(*) filter (where done and not good) as failed,
                          count(*) filter (where not done) as running
                   from (select distinct on (w.run_id) w.status = 'completed' as done,
                                coalesce(w.conclusion in ('success', 'skipped', 'neutral'), false) as good
                         from workflow_runs w where w.repository_id = c.repository_id and w.head_sha = c.sha
                         order by w.run_id, w.attempt desc) newest) checks
               left join people p on p.id = c.author_person_id
               where s.id = $1"#,
            service.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Some(BranchHead {
            title: row.title,
            author: author(row.author_person_id, row.author, row.is_bot),
            landed_at: row.landed_at,
            checks: Checks {
                passed: number(row.passed),
                failed: number(row.failed),
                running: number(row.running),
            },
            sha: row.sha,
        }))
    }

    /// When the newest fact about any deploy of a service arrived: how fresh its page is.
    pub async fn derived_at(&self, service: ServiceId) -> Result<Option<DateTime<Utc>>> {
        Ok(sqlx::query_scalar!(
            "select derived_at from service_state where service_id = $1",
            service.0
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}

fn waits(deploy: &DeploySummary) -> bool {
    deploy.state == DeployState::AwaitingApproval
}

fn author(id: Option<Uuid>, name: Option<String>, is_bot: bool) -> Option<PersonRef> {
    Some(PersonRef {
        id: id.map(Into::into),
        name: name?,
        is_bot,
    })
}
