//! Deploys that were, as policies would have looked at them.

use chrono::{DateTime, Utc};
use domain::approvals::{FactName, FactValue, Facts, PastDeploy, Risk, RiskFacts, Target};

use super::deciders::SubjectRow;
use crate::{Reads, Result};

impl Reads {
    /// Deploys that were asked for from a time on, newest first. Rollbacks are left out: they go without a decision. Tiers and
    /// classes are those of today, and what nobody classed is asked about as production, as it is when somebody asks.
    pub async fn past_deploys(&self, from: DateTime<Utc>, most: i64) -> Result<Vec<PastDeploy>> {
        let (everything, teams) = self.seeing();
        let rows = sqlx::query!(
            r#"select d.id, s.slug, s.team_id, s.tier, s.private, e.name as environment, e.class, e.class_by_hand,
                   d.requested_at as "requested_at!", d.failed, d.kind, d.change_count, d.changes_unknown,
                   d.replaces is not null as "has_previous!", d.digest is not null as "pinned!"
               from deploys d join services s on s.id = d.service_id join environments e on e.id = d.environment_id
               where d.requested_at >= $1 and d.kind not in ('rollback', 'drill')
                 and d.service_id not in (select hidden.id from hidden_services($3, $4) as hidden (id))
               order by d.requested_at desc, d.id desc limit $2"#,
            from,
            most,
            everything,
            &teams
        )
        .fetch_all(&self.pool)
        .await?;
        let past = rows.into_iter().map(|row| {
            let count = row.change_count.filter(|_| row.changes_unknown.is_none());
            let changes = count.and_then(|count| u32::try_from(count).ok());
            let mut facts = Facts::default().with(FactName::Kind, FactValue::Text(row.kind));
            if row.pinned {
                facts = facts.with(FactName::Pinned, FactValue::Flag(true));
            }
            if let Some(changes) = changes {
                facts = facts.with(FactName::Changes, FactValue::Number(f64::from(changes)));
            }
            let about = SubjectRow {
                id: row.id,
                team_id: row.team_id,
                tier: row.tier,
                private: row.private,
                name: row.environment.clone(),
                class: row.class,
                class_by_hand: row.class_by_hand,
            };
            let about = about.read();
            PastDeploy {
                id: row.id.into(),
                service: row.slug,
                environment: row.environment,
                target: Target {
                    tier: about.owned.tier,
                    class: about.class_for_policy(),
                    risk: Risk::of(&RiskFacts {
                        changes,
                        has_previous: row.has_previous,
                    }),
                },
                at: row.requested_at,
                failed: row.failed,
                facts,
            }
        });
        Ok(past.collect())
    }
}
