//! One deploy with everything about it.

use domain::{
    deploys::{
        DeployState,
        corrections::{Correction, Statement},
        read::{DeployChange, DeployDetail, DeployPhase, DeploySummary, LeadTimeRow},
    },
    ids::DeployId,
    incidents::Incident,
    people::TeamRef,
};
use uuid::Uuid;

use super::rows::person;
use crate::{Reads, Result, StoreError};

/// Takes the deploy of an id out of those that were read.
fn taken(linked: &[DeploySummary], id: Option<Uuid>) -> Option<DeploySummary> {
    let id = DeployId(id?);
    linked.iter().find(|deploy| deploy.id == id).cloned()
}

impl Reads {
    /// A deploy with its phases, changes, links, corrections and incidents.
    pub async fn deploy(&self, id: DeployId) -> Result<Option<DeployDetail>> {
        let row = sqlx::query!(
            r#"select d.description, d.log_url, d.environment_url, d.source, d.replaces, d.rollback_of, d.superseded_by,
                   d.rolled_back_by, d.may_fix, d.changes_unknown, d.restored_by, d.ignored,
                   r.owner || '/' || r.name as repository, t.id as "team_id?", t.slug as "team_slug?", t.title as "team_title?",
                   (select n.id from deploys n
                    where n.service_id = d.service_id and n.replaces = d.id order by n.exposed_at limit 1) as replaced_by
               from deploys d left join repositories r on r.id = d.repository_id left join teams t on t.id = d.team_id
               where d.id = $1"#,
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let ids: Vec<Uuid> = [
            Some(id.0),
            row.replaces,
            row.rollback_of,
            row.superseded_by,
            row.rolled_back_by,
            row.replaced_by,
            row.may_fix,
        ]
        .into_iter()
        .flatten()
        .collect();
        let linked = self.deploy_summaries(&ids).await?;
        let Some(summary) = taken(&linked, Some(id.0)) else {
            return Ok(None);
        };
        let team = row.team_id.zip(row.team_slug).zip(row.team_title);
        Ok(Some(DeployDetail {
            summary,
            description: row.description,
            log_url: row.log_url,
            environment_url: row.environment_url,
            repository: row.repository,
            source: row.source,
            team: team.map(|((id, slug), title)| TeamRef {
                id: id.into(),
                slug,
                title,
            }),
            restored_by: row.restored_by,
            phases: self.phases(id).await?,
            changes: self.changes(id).await?,
            changes_unknown: row.changes_unknown,
            replaces: taken(&linked, row.replaces),
            replaced_by: taken(&linked, row.replaced_by),
            rollback_of: taken(&linked, row.rollback_of),
            undone_by: taken(&linked, row.rolled_back_by),
            superseded_by: taken(&linked, row.superseded_by),
            may_fix: taken(&linked, row.may_fix),
            corrections: self.corrections(id).await?,
            ignored: row.ignored.unwrap_or_default(),
            incidents: self.incidents_of_deploy(id).await?,
        }))
    }

    async fn phases(&self, id: DeployId) -> Result<Vec<DeployPhase>> {
        let rows = sqlx::query!(
            "select part, state, at, exposed, weight, note, source_key from deploy_events where deploy_id = $1",
            id.0
        )
        .fetch_all(&self.pool)
        .await?;
        let mut phases = rows
            .into_iter()
            .map(|row| {
                Ok(DeployPhase {
                    state: DeployState::parse(&row.state)
                        .ok_or_else(|| StoreError::corrupt("deploy_events", "state", row.source_key))?,
                    part: row.part,
                    at: row.at,
                    exposed: row.exposed,
                    weight: row.weight,
                    note: row.note,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        phases.sort_by(|a, b| (a.at, a.state, &a.part).cmp(&(b.at, b.state, &b.part)));
        Ok(phases)
    }

    async fn changes(&self, id: DeployId) -> Result<Vec<DeployChange>> {
        let rows = sqlx::query!(
            r#"select c.change, c.sha, c.title, c.author_person_id, c.author_name, c.by_bot, q.number as "number?",
                   l.deploy_id as "delivered?", l.coding_seconds as "coding?", l.review_seconds as "review?",
                   l.queue_seconds as "queue?", l.approval_seconds as "approval?", l.rollout_seconds as "rollout?",
                   l.lead_seconds as "lead?", l.delivery_seconds as "delivery?", l.unknown as "unknown?"
               from deploy_changes c left join pull_requests q on q.id = c.pull_request_id
               left join lead_times l on l.deploy_id = c.deploy_id and l.change = c.change
               where c.deploy_id = $1 order by c.index"#,
            id.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| DeployChange {
                change: row.change,
                number: row.number,
                sha: row.sha,
                title: row.title,
                author: person(row.author_person_id, row.author_name, row.by_bot),
                lead_time: row.delivered.map(|_| LeadTimeRow {
                    coding: row.coding,
                    review: row.review,
                    queue: row.queue,
                    approval: row.approval,
                    rollout: row.rollout,
                    lead: row.lead,
                    delivery: row.delivery,
                    unknown: row.unknown.unwrap_or_default(),
                }),
            })
            .collect())
    }

    /// What people said about a deploy, oldest first, undone statements too.
    pub async fn corrections(&self, id: DeployId) -> Result<Vec<Correction>> {
        let rows = sqlx::query!(
            "select id, field, value, reason, made_by, made_at, undone_by, undone_at from corrections
             where deploy_id = $1 order by made_at, id",
            id.0
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Correction {
                    statement: Statement::parse(&row.field, &row.value)
                        .map_err(|_| StoreError::corrupt("corrections", "value", row.id))?,
                    id: row.id.into(),
                    deploy: id,
                    reason: row.reason,
                    made_by: row.made_by,
                    made_at: row.made_at,
                    undone: row.undone_by.zip(row.undone_at),
                })
            })
            .collect()
    }

    async fn incidents_of_deploy(&self, id: DeployId) -> Result<Vec<Incident>> {
        let ids = sqlx::query_scalar!(
            "select l.incident_id from incident_deploys l join incidents i on i.id = l.incident_id
             where l.deploy_id = $1 and l.confirmed order by i.detected_at",
            id.0
        )
        .fetch_all(&self.pool)
        .await?;
        let mut incidents = Vec::with_capacity(ids.len());
        for incident in ids {
            incidents.extend(self.incident(incident.into()).await?);
        }
        Ok(incidents)
    }
}
