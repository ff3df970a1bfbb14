//! Loading everything that a service's history is derived from.

use chrono::{DateTime, Utc};
use domain::{
    changes::{Commit, ComparedRange, Landing, Mainline, PullRequest, Push, own_changes},
    deploys::{
        DeployKind, DeployState, Strategy,
        corrections::Statement,
        derive::{CauseIncident, DeployFacts, ServiceFacts},
        fold::DeployEvent,
        hints::HotfixRules,
    },
    ids::{DeployId, EnvironmentId, RepositoryId, ServiceId, TeamId},
    incidents::Severity,
    people::PersonRef,
};
use uuid::Uuid;

use crate::{Result, StoreError, Tx, environments::class_of};

/// What was derived for a deploy before: enough to see whether it changed and which days it touched.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDerived {
    /// Fingerprint of everything derived.
    pub fingerprint: Option<i64>,
    /// First user.
    pub exposed_at: Option<DateTime<Utc>>,
    /// Every user.
    pub promoted_at: Option<DateTime<Utc>>,
    /// Owner at exposure.
    pub team: Option<TeamId>,
}

/// A service's facts and what is stored of its derivation.
#[derive(Debug)]
pub struct ServiceSnapshot {
    /// Repository of the service.
    pub repository: Option<RepositoryId>,
    /// The facts.
    pub facts: ServiceFacts,
    /// What was derived before, in the order of the facts' deploys.
    pub stored: Vec<StoredDerived>,
    /// What runs where, as stored.
    pub running: Vec<(EnvironmentId, DeployId, DateTime<Utc>)>,
    /// Severities of the open incidents.
    pub open_incidents: Vec<Severity>,
    /// Keys of the changes stored as not delivered yet.
    pub undelivered: Vec<String>,
}

impl Tx {
    /// Locks a service against another derivation and loads all that its history follows from; `None` where there is none.
    pub async fn service_snapshot(&mut self, service: ServiceId) -> Result<Option<ServiceSnapshot>> {
        let row = sqlx::query!(
            "select repository_id, path_globs from services where id = $1 for no key update",
            service.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let mainline = match row.repository_id {
            Some(repository) => {
                let with_paths = !row.path_globs.is_empty();
                self.mainline(repository.into(), with_paths).await?
            }
            None => Mainline::default(),
        };
        let (deploys, stored) = self.deploy_facts(service).await?;
        Ok(Some(ServiceSnapshot {
            repository: row.repository_id.map(Into::into),
            facts: ServiceFacts {
                deploys,
                own_changes: own_changes(&mainline, &row.path_globs),
                mainline,
                owners: self.owners(service).await?,
                hotfix_rules: HotfixRules::default(),
            },
            stored,
            running: self.stored_running(service).await?,
            open_incidents: self.open_severities(service).await?,
            undelivered: self.stored_undelivered(service).await?,
        }))
    }

    async fn mainline(&mut self, repository: RepositoryId, with_paths: bool) -> Result<Mainline> {
        Ok(Mainline::new(
            self.commits_of(repository, with_paths).await?,
            self.pushes_of(repository).await?,
            self.merged_pull_requests(repository).await?,
            self.compared_ranges_of(repository).await?,
        ))
    }

    async fn commits_of(&mut self, repository: RepositoryId, with_paths: bool) -> Result<Vec<Commit>> {
        let rows = sqlx::query!(
            r#"select c.sha, c.message, c.authored_at, case when $2 then c.paths end as paths, c.landed_at, c.landed_push,
                   c.landed_index, c.author_person_id, coalesce(p.login, p.display_name, c.author_name) as author,
                   coalesce(p.is_bot, false) as "is_bot!"
               from commits c left join people p on p.id = c.author_person_id
               where c.repository_id = $1"#,
            repository.0,
            with_paths
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Commit {
                landed: row.landed_at.map(|at| Landing {
                    at,
                    push: row.landed_push.unwrap_or_default(),
                    index: row.landed_index.unwrap_or_default(),
                }),
                author: author(row.author_person_id, row.author, row.is_bot),
                sha: row.sha,
                message: row.message,
                authored_at: row.authored_at,
                paths: row.paths,
            })
            .collect())
    }

    async fn pushes_of(&mut self, repository: RepositoryId) -> Result<Vec<Push>> {
        Ok(sqlx::query_as!(
            Push,
            r#"select p.before_sha as before, p.after_sha as after, p.pushed_at as at, p.commit_count as commits, p.forced
               from pushes p join repositories r on r.id = p.repository_id
               where p.repository_id = $1 and p.git_ref = 'refs/heads/' || r.default_branch"#,
            repository.0
        )
        .fetch_all(&mut *self.inner)
        .await?)
    }

    async fn compared_ranges_of(&mut self, repository: RepositoryId) -> Result<Vec<ComparedRange>> {
        Ok(sqlx::query_as!(
            ComparedRange,
            "select base_sha as base, head_sha as head, shas from compared_ranges where repository_id = $1",
            repository.0
        )
        .fetch_all(&mut *self.inner)
        .await?)
    }

    async fn merged_pull_requests(&mut self, repository: RepositoryId) -> Result<Vec<PullRequest>> {
        let rows = sqlx::query!(
            r#"select q.id, q.number, q.title, q.body, q.head_ref, q.labels, q.opened_at, q.ready_at,
                   q.merged_at as "merged_at!", q.merge_commit_sha as "merge_commit_sha!", q.commits_known,
                   q.first_commit_at, q.author_person_id, coalesce(p.login, p.display_name) as author,
                   coalesce(p.is_bot, false) as "is_bot!"
               from pull_requests q left join people p on p.id = q.author_person_id
               where q.repository_id = $1 and q.merged_at is not null and q.merge_commit_sha is not null"#,
            repository.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut own = self.pull_request_commits(repository).await?;
        Ok(rows
            .into_iter()
            .map(|row| PullRequest {
                own_commits: own.remove(&row.id).unwrap_or_default(),
                author: author(row.author_person_id, row.author, row.is_bot),
                id: row.id,
                number: row.number,
                title: row.title,
                body: row.body,
                head_ref: row.head_ref,
                labels: row.labels,
                opened_at: row.opened_at,
                ready_at: row.ready_at,
                merged_at: row.merged_at,
                merge_commit_sha: row.merge_commit_sha,
                commits_known: row.commits_known,
                first_commit_at: row.first_commit_at,
            })
            .collect())
    }

    async fn pull_request_commits(
        &mut self,
        repository: RepositoryId,
    ) -> Result<std::collections::HashMap<Uuid, Vec<(String, String)>>> {
        let rows = sqlx::query!(
            "select c.pull_request_id, c.sha, c.message
             from pull_request_commits c join pull_requests q on q.id = c.pull_request_id
             where q.repository_id = $1 and q.merged_at is not null order by c.pull_request_id, c.index",
            repository.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut own: std::collections::HashMap<Uuid, Vec<_>> = std::collections::HashMap::new();
        for row in rows {
            own.entry(row.pull_request_id)
                .or_default()
                .push((row.sha, row.message));
        }
        Ok(own)
    }

    async fn deploy_facts(&mut self, service: ServiceId) -> Result<(Vec<DeployFacts>, Vec<StoredDerived>)> {
        let rows = sqlx::query!(
            "select d.id, d.key, d.environment_id, e.class, d.sha, d.digest, d.version, d.stated_kind,
                 d.stated_rollback_of, d.strategy, d.derived_fingerprint, d.exposed_at, d.promoted_at, d.team_id
             from deploys d join environments e on e.id = d.environment_id
             where d.service_id = $1",
            service.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut events = self.events_of(service).await?;
        let mut statements = self.statements_of(service).await?;
        let mut incidents = self.causes_of(service).await?;
        let mut facts = Vec::with_capacity(rows.len());
        let mut stored = Vec::with_capacity(rows.len());
        for row in rows {
            let corrupt = |column| StoreError::corrupt("deploys", column, row.id);
            facts.push(DeployFacts {
                id: row.id.into(),
                key: row.key,
                environment: row.environment_id.into(),
                class: class_of(&row.class)?,
                sha: row.sha,
                digest: row.digest,
                version: row.version,
                stated_kind: match row.stated_kind {
                    Some(word) => Some(DeployKind::parse(&word).ok_or_else(|| corrupt("stated_kind"))?),
                    None => None,
                },
                stated_rollback_of: row.stated_rollback_of.map(Into::into),
                strategy: Strategy::parse(&row.strategy).ok_or_else(|| corrupt("strategy"))?,
                events: events.remove(&row.id).unwrap_or_default(),
                corrections: statements.remove(&row.id).unwrap_or_default(),
                incidents: incidents.remove(&row.id).unwrap_or_default(),
            });
            stored.push(StoredDerived {
                fingerprint: row.derived_fingerprint,
                exposed_at: row.exposed_at,
                promoted_at: row.promoted_at,
                team: row.team_id.map(Into::into),
            });
        }
        Ok((facts, stored))
    }

    async fn events_of(&mut self, service: ServiceId) -> Result<Grouped<DeployEvent>> {
        let rows = sqlx::query!(
            "select v.deploy_id, v.source_key, v.part, v.state, v.at, v.exposed, v.weight
             from deploy_events v join deploys d on d.id = v.deploy_id where d.service_id = $1",
            service.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut grouped = Grouped::new();
        for row in rows {
            let state = DeployState::parse(&row.state)
                .ok_or_else(|| StoreError::corrupt("deploy_events", "state", &row.source_key))?;
            grouped.entry(row.deploy_id).or_default().push(DeployEvent {
                source_key: row.source_key,
                part: row.part,
                state,
                at: row.at,
                exposed: row.exposed,
                weight: row.weight,
                note: None,
            });
        }
        Ok(grouped)
    }

    async fn statements_of(&mut self, service: ServiceId) -> Result<Grouped<Statement>> {
        let rows = sqlx::query!(
            "select c.id, c.deploy_id, c.field, c.value from corrections c join deploys d on d.id = c.deploy_id
             where d.service_id = $1 and c.undone_at is null order by c.made_at, c.id",
            service.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut grouped = Grouped::new();
        for row in rows {
            let statement = Statement::parse(&row.field, &row.value)
                .map_err(|_| StoreError::corrupt("corrections", "value", row.id))?;
            grouped.entry(row.deploy_id).or_default().push(statement);
        }
        Ok(grouped)
    }

    async fn causes_of(&mut self, service: ServiceId) -> Result<Grouped<CauseIncident>> {
        let rows = sqlx::query!(
            "select l.deploy_id, i.detected_at, coalesce(i.mitigated_at, i.resolved_at) as mitigated_at
             from incident_deploys l join deploys d on d.id = l.deploy_id join incidents i on i.id = l.incident_id
             where d.service_id = $1 and l.confirmed order by i.detected_at, i.id",
            service.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut grouped = Grouped::new();
        for row in rows {
            grouped.entry(row.deploy_id).or_default().push(CauseIncident {
                detected_at: row.detected_at,
                mitigated_at: row.mitigated_at,
            });
        }
        Ok(grouped)
    }

    async fn owners(&mut self, service: ServiceId) -> Result<Vec<(DateTime<Utc>, Option<TeamId>)>> {
        let rows = sqlx::query!(
            r#"select greatest(since, timestamptz '1970-01-01 00:00+00') as "since!", team_id
               from service_owners where service_id = $1 order by since"#,
            service.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.since, row.team_id.map(Into::into)))
            .collect())
    }

    async fn stored_running(
        &mut self,
        service: ServiceId,
    ) -> Result<Vec<(EnvironmentId, DeployId, DateTime<Utc>)>> {
        let rows = sqlx::query!(
            "select environment_id, deploy_id, since from running where service_id = $1 order by environment_id",
            service.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.environment_id.into(), row.deploy_id.into(), row.since))
            .collect())
    }

    async fn open_severities(&mut self, service: ServiceId) -> Result<Vec<Severity>> {
        let rows = sqlx::query_scalar!(
            "select severity from incidents where service_id = $1 and mitigated_at is null and resolved_at is null",
            service.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter()
            .map(|value| {
                u8::try_from(value)
                    .ok()
                    .and_then(Severity::new)
                    .ok_or_else(|| StoreError::corrupt("incidents", "severity", value))
            })
            .collect()
    }

    async fn stored_undelivered(&mut self, service: ServiceId) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar!(
            "select change from undelivered_changes where service_id = $1 order by index",
            service.0
        )
        .fetch_all(&mut *self.inner)
        .await?)
    }
}

/// Rows by the deploy that they belong to.
type Grouped<T> = std::collections::HashMap<Uuid, Vec<T>>;

fn author(person: Option<Uuid>, name: Option<String>, is_bot: bool) -> Option<PersonRef> {
    Some(PersonRef {
        id: person.map(Into::into),
        name: name?,
        is_bot,
    })
}
