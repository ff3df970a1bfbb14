//! Saying when a service has drills, and where.

use domain::{
    access::Action,
    actor::Viewer,
    deploys::drills::{RawSchedule, Schedule, Skip},
    environments::EnvironmentClass,
    error::FieldErrors,
    ids::ServiceId,
};
use serde_json::{Value, json};
use store::AuditEntry;

use crate::{
    CommandError, Commands, Result,
    access::{anywhere, named_place, on_service},
    deploys::known_service,
};

impl Commands {
    /// Sets when a service has drills. The first one is due in the next window.
    pub async fn set_drill_schedule(&self, by: &Viewer, slug: &str, raw: &RawSchedule) -> Result<()> {
        anywhere(by, Action::Deploy)?;
        let schedule = Schedule::parse(raw)?;
        let name = raw.environment.trim();
        let mut tx = self.store.begin(by.actor()).await?;
        let of = named_place(&mut tx, by, Action::Deploy, (slug, name)).await?;
        if tx.class_of_environment(of.1).await? == EnvironmentClass::Production {
            return Err(FieldErrors::one("environment", Skip::Production.to_string()).into());
        }
        let before = tx.lock_drill_schedule(of.0).await?;
        tx.put_drill_schedule(of, &schedule, self.now()).await?;
        let before = match before {
            Some(before) => {
                let names = tx.names_of_place(of.0, before.environment).await?;
                Some(told(&names.environment, &before.schedule))
            }
            None => None,
        };
        let after = Some(told(name, &schedule));
        let entry = self.schedule_entry("drill.schedule", of.0, (before, after));
        tx.audit(entry).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes the schedule of a service away: drills are only what a person asks for.
    pub async fn remove_drill_schedule(&self, by: &Viewer, slug: &str) -> Result<()> {
        anywhere(by, Action::Deploy)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let known = known_service(&mut tx, by, ("service", slug)).await?;
        let missing = |what: &str| CommandError::not_found(format!("{what} {slug}"));
        let (service, _) = known.map_err(|_| missing("service"))?;
        let before = tx.lock_drill_schedule(service).await?;
        let before = before.ok_or_else(|| missing("schedule of drills of"))?;
        let names = tx.names_of_place(service, before.environment).await?;
        let class = tx.class_of_environment(before.environment).await?;
        let told = told(&names.environment, &before.schedule);
        let about = (service, Some((names.environment, Some(class))));
        on_service(&mut tx, by, Action::Deploy, about).await?;
        tx.delete_drill_schedule(service).await?;
        let entry = self.schedule_entry("drill.unschedule", service, (Some(told), None));
        tx.audit(entry).await?;
        tx.commit().await?;
        Ok(())
    }

    fn schedule_entry(
        &self,
        action: &'static str,
        service: ServiceId,
        (before, after): (Option<Value>, Option<Value>),
    ) -> AuditEntry<'static> {
        AuditEntry {
            id: self.id(),
            at: self.now(),
            action,
            subject: format!("service:{service}"),
            reason: None,
            before,
            after,
        }
    }
}

/// A schedule in the trail.
fn told(environment: &str, schedule: &Schedule) -> Value {
    json!({ "environment": environment, "every_days": schedule.every_days, "window": schedule.window() })
}
