//! Loading everything that a service's history is derived from.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use domain::{
    changes::{Mainline, own_changes},
    deploys::{
        DeployKind, DeployState, Strategy,
        corrections::Statement,
        derive::{CauseIncident, DeployFacts, ServiceFacts},
        fold::DeployEvent,
        hints::HotfixRules,
        release_tags::{ReleaseTag, version_tag},
    },
    ids::{DeployId, EnvironmentId, RepositoryId, ServiceId, TeamId},
    incidents::Severity,
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
            "select repository_id, slug, path_globs from services where id = $1 for no key update",
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
        let tags = match row.repository_id {
            Some(repository) => self.release_tags(repository.into(), service, &row.slug).await?,
            None => HashMap::new(),
        };
        let (deploys, stored) = self.deploy_facts(service, &tags).await?;
        Ok(Some(ServiceSnapshot {
            repository: row.repository_id.map(Into::into),
            facts: ServiceFacts {
                deploys,
                own_changes: own_changes(&mainline, &row.path_globs),
                mainline: Arc::new(mainline),
                owners: self.owners(service).await?,
                hotfix_rules: HotfixRules::default(),
            },
            stored,
            running: self.stored_running(service).await?,
            open_incidents: self.open_severities(service).await?,
            undelivered: self.stored_undelivered(service).await?,
        }))
    }

    /// Tags of releases that give the commits of the service's deploys a version, where the senders named none.
    async fn release_tags(
        &mut self,
        repository: RepositoryId,
        service: ServiceId,
        slug: &str,
    ) -> Result<HashMap<String, String>> {
        let rows = sqlx::query!(
            "select g.target, g.tag, g.prerelease, g.published_at from github_releases g
             where g.repository_id = $1 and not g.draft and g.deleted_at is null
               and exists (select from deploys d where d.service_id = $2 and d.sha = g.target and d.version is null)",
            repository.0,
            service.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        if rows.is_empty() {
            return Ok(HashMap::new());
        }
        let mut released: HashMap<String, Vec<ReleaseTag>> = HashMap::new();
        for row in rows {
            released.entry(row.target).or_default().push(ReleaseTag {
                tag: row.tag,
                prerelease: row.prerelease,
                published_at: row.published_at,
            });
        }
        let slugs = sqlx::query_scalar!("select slug from services where repository_id = $1", repository.0)
            .fetch_all(&mut *self.inner)
            .await?;
        let chosen = |(sha, tags): (String, Vec<ReleaseTag>)| {
            let tag = version_tag(&tags, slug, &slugs)?.to_owned();
            Some((sha, tag))
        };
        Ok(released.into_iter().filter_map(chosen).collect())
    }

    async fn deploy_facts(
        &mut self,
        service: ServiceId,
        tags: &HashMap<String, String>,
    ) -> Result<(Vec<DeployFacts>, Vec<StoredDerived>)> {
        let rows = sqlx::query!(
            r#"select d.id, d.key || ' ' || lower(e.name) as "key!", d.environment_id, e.class, d.sha, d.digest, d.version, d.stated_kind,
                 d.stated_rollback_of, d.strategy, d.mode = 'driven' as "driven!", d.derived_fingerprint, d.exposed_at, d.promoted_at, d.team_id
             from deploys d join environments e on e.id = d.environment_id
             where d.service_id = $1"#,
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
            let tag = || tags.get(row.sha.as_deref()?).cloned();
            let release_tag = if row.version.is_none() { tag() } else { None };
            facts.push(DeployFacts {
                id: row.id.into(),
                key: row.key,
                environment: row.environment_id.into(),
                class: class_of(&row.class)?,
                sha: row.sha,
                digest: row.digest,
                version: row.version.or_else(|| release_tag.clone()),
                release_tag,
                stated_kind: match row.stated_kind {
                    Some(word) => Some(DeployKind::parse(&word).ok_or_else(|| corrupt("stated_kind"))?),
                    None => None,
                },
                stated_rollback_of: row.stated_rollback_of.map(Into::into),
                strategy: Strategy::parse(&row.strategy).ok_or_else(|| corrupt("strategy"))?,
                driven: row.driven,
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
            "select v.deploy_id, v.part, v.state, v.at, v.exposed, v.weight
             from deploy_events v join deploys d on d.id = v.deploy_id where d.service_id = $1",
            service.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let mut grouped = Grouped::new();
        for row in rows {
            let state = DeployState::parse(&row.state)
                .ok_or_else(|| StoreError::corrupt("deploy_events", "state", row.deploy_id))?;
            grouped.entry(row.deploy_id).or_default().push(DeployEvent {
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
type Grouped<T> = HashMap<Uuid, Vec<T>>;
