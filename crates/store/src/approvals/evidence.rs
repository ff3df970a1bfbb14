//! What is known of a release before anybody decides: what it brings, who wrote it, and how the service fares.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{
        BoundRelease, EvidenceCard, FactName, FactValue, Facts, IncidentSeen, NewApproval, Party,
        PastRelease, Release, Risk,
    },
    deploys::{
        DeployState,
        drive::evidence::{Finding, Item},
    },
    ids::{RepositoryId, ServiceId},
};
use uuid::Uuid;

use super::brought::Brought;
use crate::{Result, StoreError, Tx};

/// Deploys of before that are shown.
const LAST: i64 = 5;
/// More open incidents than anybody reads before they decide.
const MOST_INCIDENTS: i64 = 20;

/// The evidence and who wrote the release.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The card.
    pub card: EvidenceCard,
    /// The authors of its commits. Where some are not known, somebody unmapped is among them.
    pub authors: Vec<Party>,
}

/// What runs in an environment.
#[derive(PartialEq, Eq)]
enum Runs {
    Nothing,
    /// Something whose commit nobody told.
    Unknown,
    Commit(String),
}

impl Tx {
    /// Gathers what is known of a release now.
    pub async fn evidence(&mut self, new: &NewApproval, now: DateTime<Utc>) -> Result<Evidence> {
        let release = &new.release;
        let (repository, running) = self.where_it_runs(release).await?;
        let brought = match (repository, &release.sha, &running) {
            (None, _, _) => Brought::unknown("the service has no repository".into()),
            (_, None, _) => Brought::unknown("the release names no commit".into()),
            (_, _, Runs::Unknown) => Brought::unknown("the commit that runs now is not known".into()),
            (Some(repository), Some(sha), Runs::Nothing) => {
                self.brought(repository, None, &sha.to_ascii_lowercase()).await?
            }
            (Some(repository), Some(sha), Runs::Commit(base)) => {
                self.brought(repository, Some(base.as_str()), &sha.to_ascii_lowercase())
                    .await?
            }
        };
        let incidents = self.incidents_around(release.service).await?;
        let mut facts = new.facts.clone();
        if let Some(kind) = new.kind {
            facts = facts.with(FactName::Kind, FactValue::Text(kind.as_str().to_owned()));
        }
        let image = match new.course {
            Some(_) => Vec::new(),
            None => self.known_of_image(new).await?,
        };
        for (item, finding) in &image {
            facts = facts.with_finding(*item, finding);
        }
        let card = EvidenceCard {
            as_of: now,
            release: Release {
                sha: release.sha.clone(),
                version: new.version.clone(),
                digest: release.digest.clone(),
            },
            config: release.config.clone(),
            terraform_plan: release.terraform_plan.clone(),
            course: new.course.clone(),
            image,
            changes: brought.changes,
            pull_requests: brought.pull_requests,
            commits: brought.commits,
            risk: Risk::High,
            facts: self.known_facts(facts, new).await?,
            last_deploys: self.last_deploys(release).await?,
            incidents,
            canaries: self.canaries_of(release).await?,
            is_unclassed: false,
        };
        Ok(Evidence {
            card: card.completed(running != Runs::Nothing),
            authors: brought.authors,
        })
    }

    /// The repository of a release's service, and what runs where it would go.
    async fn where_it_runs(&mut self, release: &BoundRelease) -> Result<(Option<RepositoryId>, Runs)> {
        let repository = sqlx::query_scalar!(
            "select repository_id from services where id = $1",
            release.service.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let running = sqlx::query_scalar!(
            "select d.sha from running r join deploys d on d.id = r.deploy_id
             where r.service_id = $1 and r.environment_id = $2",
            release.service.0,
            release.environment.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let runs = match running {
            None => Runs::Nothing,
            Some(None) => Runs::Unknown,
            Some(Some(sha)) => Runs::Commit(sha),
        };
        Ok((repository.flatten().map(RepositoryId), runs))
    }

    /// What any drive of the image was told of it, and whether a person typed it; nothing of a release that names no image.
    async fn known_of_image(&mut self, new: &NewApproval) -> Result<Vec<(Item, Finding)>> {
        let release = &new.release;
        let mut known = Vec::new();
        if let Some(digest) = &release.digest {
            if new.is_typed {
                known.push((Item::Digest, Finding::good(digest.as_str()).said_by_hand()));
            }
            for item in [Item::Scan, Item::Signature] {
                let found = self
                    .fact_of_image((release.service, digest.as_str()), item)
                    .await?;
                known.extend(found.map(|found| (item, found)));
            }
        }
        Ok(known)
    }

    /// The facts that Fairway knows by itself, beside those that the sender told.
    async fn known_facts(&mut self, facts: Facts, new: &NewApproval) -> Result<Facts> {
        let open = sqlx::query_scalar!(
            r#"select count(*) as "count!" from incidents
               where service_id = $1 and mitigated_at is null and resolved_at is null"#,
            new.release.service.0
        )
        .fetch_one(&mut *self.inner)
        .await?;
        let open = u32::try_from(open).unwrap_or(u32::MAX);
        let facts = facts.with(FactName::OpenIncidents, FactValue::Number(open.into()));
        let Some(sha) = &new.release.sha else {
            return Ok(facts);
        };
        let checks = self.checks_of(new.release.service, sha, new.run).await?;
        Ok(match checks.are_green() {
            Some(green) => facts.with(FactName::ChecksGreen, FactValue::Flag(green)),
            None if checks.running > 0 => {
                facts.without(FactName::ChecksGreen, "checks of the commit still run")
            }
            None => facts,
        })
    }

    /// The last deploys that ended: the one that is asked for here is open, and says nothing about how it goes.
    async fn last_deploys(&mut self, release: &BoundRelease) -> Result<Vec<PastRelease>> {
        let rows = sqlx::query!(
            r#"select id, coalesce(version, release_tag, left(sha, 7)) as version, state, failed, requested_at
               from deploys where service_id = $1 and environment_id = $2 and finished_at is not null
                 and stated_kind is distinct from 'drill'
               order by requested_at desc nulls last, id desc limit $3"#,
            release.service.0,
            release.environment.0,
            LAST
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter()
            .map(|row| {
                let state = DeployState::parse(&row.state);
                Ok(PastRelease {
                    deploy: row.id.into(),
                    version: row.version,
                    state: state.ok_or_else(|| StoreError::corrupt("deploys", "state", row.id))?,
                    failed: row.failed,
                    at: row.requested_at,
                })
            })
            .collect()
    }

    /// Open incidents of a service and of what it depends on; of that, what everybody sees: the card is shown to whoever sees the
    /// service.
    async fn incidents_around(&mut self, service: ServiceId) -> Result<Vec<IncidentSeen>> {
        let rows = sqlx::query!(
            r#"select i.id, i.title, i.severity, s.slug from incidents i join services s on s.id = i.service_id
               where i.mitigated_at is null and i.resolved_at is null
                 and (s.id = $1 or not s.private and s.id in (
                     select e.id from relations r join entities e
                         on lower(e.kind) = 'component' and e.removed_at is null
                            and 'component:' || lower(e.namespace) || '/' || lower(e.name) = r.target_ref
                     where r.source_id = $1 and r.kind = 'dependsOn'))
               order by i.severity, i.detected_at desc, i.id limit $2"#,
            service.0,
            MOST_INCIDENTS
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let seen = |id: Uuid, title, severity: i16, service| {
            let severity =
                u8::try_from(severity).map_err(|_| StoreError::corrupt("incidents", "severity", id))?;
            Ok(IncidentSeen {
                incident: id.into(),
                title,
                severity,
                service,
            })
        };
        rows.into_iter()
            .map(|row| seen(row.id, row.title, row.severity, row.slug))
            .collect()
    }
}
