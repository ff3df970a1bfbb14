//! Beginning a drill: by its schedule, or because a person asks; or skipping one, with the reason.

use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    actor::Viewer,
    approvals::{Frozen, Risk, Target as PolicyTarget, choose, frozen},
    audit::parse_reason,
    deploys::{
        drills::{Leg, Skip},
        drive::{Drive, inputs::Lease},
    },
    environments::EnvironmentClass,
    ids::{DeployId, DrillId, EnvironmentId, ServiceId},
};
use serde_json::json;
use store::{AuditEntry, DrillPlace, DrillToStore, Tx};

use super::{
    jobs::AdvanceDrive,
    order::called,
    rollback::{Where, bringing, conflict, place},
};
use crate::{
    Commands, Result,
    access::{anywhere, named_place},
    approvals::subject,
    intake::system,
    jobs::Job,
};

/// A drill that can begin.
struct Ready {
    /// What runs, and is to come again.
    ran_before: DeployId,
    /// The drive that brings the last good release back.
    first: Drive,
    to: Where,
}

/// That a drill can begin, or why it cannot.
type Readied = std::result::Result<Ready, Skip>;

/// A service in an environment.
type Of = (ServiceId, EnvironmentId);

impl Commands {
    /// Begins the drills that are due, or skips them with the reason; each window of a schedule has one turn. Gives how many began.
    pub async fn begin_due_drills(&self) -> Result<u64> {
        let now = self.now();
        let mut begun = 0;
        for scheduled in self.reads().drill_schedules().await? {
            if scheduled.due(now).is_none() {
                continue;
            }
            match self.take_turn(scheduled.service).await {
                Ok(is_new) => begun += u64::from(is_new),
                // The others do not wait for it; it has its turn at the next minute of its window.
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    service = %scheduled.service,
                    "a drill that is due could not begin"
                ),
            }
        }
        Ok(begun)
    }

    /// Gives the window that is open its turn; true where a drill began.
    async fn take_turn(&self, service: ServiceId) -> Result<bool> {
        let now = self.now();
        let mut tx = self.store.begin(&system("fairway")).await?;
        let Some(scheduled) = tx.lock_drill_schedule(service).await? else {
            return Ok(false);
        };
        // Another process may have taken it since.
        let Some(slot) = scheduled.due(now) else {
            return Ok(false);
        };
        let (of, slot) = ((service, scheduled.environment), Some(slot.opens));
        let began = match self.ready_to_drill(&mut tx, of).await? {
            Ok(ready) => {
                self.begin_drill(&mut tx, (of, slot), &ready, (None, "it was due"))
                    .await?;
                true
            }
            Err(skip) => {
                self.skip_drill(&mut tx, (of, slot), &skip).await?;
                false
            }
        };
        self.commit_and_derive(tx, [service]).await?;
        Ok(began)
    }

    /// Rehearses the rollback of a service (by its slug) in an environment (by its name) now. Gives the deploy that goes back.
    pub async fn start_drill(&self, by: &Viewer, of: (&str, &str), reason: &str) -> Result<DeployId> {
        anywhere(by, Action::Deploy)?;
        let why = parse_reason(reason)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let of = named_place(&mut tx, by, Action::Deploy, of).await?;
        let ready = match self.ready_to_drill(&mut tx, of).await? {
            Ok(ready) => ready,
            Err(skip) => return conflict(&skip.to_string()),
        };
        self.begin_drill(&mut tx, (of, None), &ready, (Some(by), &why))
            .await?;
        self.commit_and_derive(tx, [of.0]).await?;
        Ok(ready.first.deploy)
    }

    /// What a drill would be, or what stands in its way.
    async fn ready_to_drill(&self, tx: &mut Tx, of: Of) -> Result<Readied> {
        let (service, environment) = of;
        let class = subject(tx, of).await?.class_for_policy();
        if class == EnvironmentClass::Production {
            return Ok(Err(Skip::Production));
        }
        if let Some(skip) = in_the_way(&tx.drill_place(service, environment).await?) {
            return Ok(Err(skip));
        }
        if let Some(Frozen { name, until }) = self.drill_freeze(tx, of, class).await? {
            return Ok(Err(Skip::Frozen { name, until }));
        }
        let Some(ran_before) = tx.running_deploy(service, environment).await? else {
            return Ok(Err(Skip::NothingRuns));
        };
        let Some(target) = tx.last_good_release(ran_before).await? else {
            return Ok(Err(Skip::NoWayBack));
        };
        let to = place(tx, ran_before).await?;
        let legs = (Some(ran_before), Some(Leg::Back));
        let first = bringing((self.id(), self.now()), to, legs, target.release.into());
        Ok(match tx.lease_of(&first).await? {
            Lease::Of(other) => Err(Skip::Leased(other)),
            Lease::Free | Lease::Own => Ok(Ready {
                ran_before,
                first,
                to,
            }),
        })
    }

    /// The freeze that holds there, by whichever policy would decide about a release: a drill has no risk by which one is chosen.
    async fn drill_freeze(&self, tx: &mut Tx, of: Of, class: EnvironmentClass) -> Result<Option<Frozen>> {
        let tier = subject(tx, of).await?.owned.tier;
        let policies = tx.policies().await?;
        let freezes = Risk::ALL
            .into_iter()
            .filter_map(|risk| choose(&policies, &PolicyTarget { tier, class, risk }))
            .filter_map(|stored| frozen(&stored.policy.freezes, self.now()));
        Ok(freezes.max_by_key(|frozen| frozen.until))
    }

    /// Stores a drill with its first leg, which has the environment from now on.
    async fn begin_drill(
        &self,
        tx: &mut Tx,
        (of, slot): (Of, Option<DateTime<Utc>>),
        ready: &Ready,
        (by, why): (Option<&Viewer>, &str),
    ) -> Result<()> {
        let (first, now) = (&ready.first, self.now());
        let about = format!("Rollback drill: {} comes back", called(&first.release));
        self.insert_leg(tx, (first, ready.to), &about, by).await?;
        if tx.take_lease(first, now).await?.is_none() {
            return conflict("another deploy took the environment at this moment; wait for its end");
        }
        let id: DrillId = self.id();
        let new = DrillToStore {
            id,
            of,
            slot,
            at: now,
            begun: Ok((ready.ran_before, first.deploy)),
        };
        if !tx.insert_drill(&new).await? {
            return conflict("a drill of this service began at this moment; wait for its end");
        }
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "drill.start",
            subject: format!("service:{}", of.0),
            reason: Some(why),
            before: None,
            after: Some(json!({ "drill": id, "deploy": first.deploy, "ran_before": ready.ran_before })),
        })
        .await?;
        tx.enqueue(AdvanceDrive::now(first.deploy).enqueued()?).await?;
        Ok(())
    }

    async fn skip_drill(
        &self,
        tx: &mut Tx,
        (of, slot): (Of, Option<DateTime<Utc>>),
        skip: &Skip,
    ) -> Result<()> {
        let (id, at, why): (DrillId, _, _) = (self.id(), self.now(), skip.to_string());
        let new = DrillToStore {
            id,
            of,
            slot,
            at,
            begun: Err(why.clone()),
        };
        tx.insert_drill(&new).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at,
            action: "drill.skip",
            subject: format!("service:{}", of.0),
            reason: Some(&why),
            before: None,
            after: Some(json!({ "drill": id })),
        })
        .await?;
        Ok(())
    }
}

/// What is on its way already, or who is missing.
fn in_the_way(place: &DrillPlace) -> Option<Skip> {
    if place.drilling {
        return Some(Skip::Drilling);
    }
    let deploying = place.deploying.map(Skip::Deploying);
    deploying.or_else(|| (!place.has_executor).then_some(Skip::NoExecutor))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_is_on_its_way_is_said_before_who_is_missing() {
        let place = |drilling, deploying: Option<u128>, has_executor| {
            in_the_way(&DrillPlace {
                drilling,
                deploying: deploying.map(|id| DeployId(Uuid::from_u128(id))),
                has_executor,
            })
        };
        assert_eq!(place(false, None, true), None);
        assert_eq!(place(false, None, false), Some(Skip::NoExecutor));
        let other = Some(Skip::Deploying(DeployId(Uuid::from_u128(1))));
        assert_eq!(place(false, Some(1), false), other);
        assert_eq!(place(true, Some(1), false), Some(Skip::Drilling));
    }
}
