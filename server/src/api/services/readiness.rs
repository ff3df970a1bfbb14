//! How ready a service is to roll back, as programs read it.

use chrono::{DateTime, Utc};
use domain::{
    deploys::{
        drills::{Drill, DrillStanding, Outcome},
        drive::read::Readiness,
        read::RunningRelease,
    },
    environments::EnvironmentClass,
    ids::ServiceId,
};
use serde::Serialize;
use store::Reads;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::problem::ApiError;

/// How ready a service is to roll back in production, as far as that is known.
#[derive(Serialize, ToSchema)]
pub(super) struct ReadinessBody {
    /// The deploy that brought what would come back.
    #[schema(required = true)]
    goes_back_to: Option<Uuid>,
    /// Whether that can be pulled: `pulled` or `missing` as an executor said last, else `unknown`. Fairway asks no registry.
    #[schema(required = true)]
    pullable: Option<String>,
    /// When it was last deployed successfully.
    #[schema(required = true)]
    last_deployed_at: Option<DateTime<Utc>>,
    /// When an executor told of the last backup.
    #[schema(required = true)]
    backup_at: Option<DateTime<Utc>>,
    /// Seconds that the last rollback took, from the failure that was seen to the release before, watched and good.
    #[schema(required = true)]
    seconds_to_roll_back: Option<i64>,
}

impl ReadinessBody {
    /// Of a service of which this runs; nothing where nothing runs in production.
    pub async fn of(
        reads: &Reads,
        service: ServiceId,
        running: &[RunningRelease],
    ) -> Result<Option<Self>, ApiError> {
        let mut releases = running.iter();
        let production = releases.find(|release| release.deploy.class == EnvironmentClass::Production);
        Ok(match production {
            Some(release) => Some(reads.readiness(service, release.deploy.id).await?.into()),
            None => None,
        })
    }
}

impl From<Readiness> for ReadinessBody {
    fn from(stored: Readiness) -> Self {
        let took = stored.rollback.as_ref().and_then(|rollback| rollback.took);
        Self {
            pullable: stored.pullable().map(|known| known.as_str().to_owned()),
            goes_back_to: stored.way_back.map(|target| target.deploy.0),
            last_deployed_at: stored.seen_at,
            backup_at: stored.backup.map(|(_, at)| at),
            seconds_to_roll_back: took.map(|took| took.num_seconds()),
        }
    }
}

/// The rollback drills of a service.
#[derive(Serialize, ToSchema)]
pub(super) struct DrillsBody {
    /// The last one that was not skipped.
    #[schema(required = true)]
    last: Option<DrillBody>,
    /// Why the newest one was skipped, where it was.
    #[schema(required = true)]
    skipped: Option<String>,
    /// When the next one is due.
    #[schema(required = true)]
    next_at: Option<DateTime<Utc>>,
    /// Since when one is overdue.
    #[schema(required = true)]
    overdue_since: Option<DateTime<Utc>>,
}

/// A rollback drill.
#[derive(Serialize, ToSchema)]
struct DrillBody {
    /// Name of the environment.
    environment: String,
    /// When it began.
    begun_at: DateTime<Utc>,
    /// What came of it; nothing of one on its way.
    #[schema(required = true, inline)]
    outcome: Option<Outcome>,
    /// Why.
    #[schema(required = true)]
    why: Option<String>,
    /// Seconds until the last good release ran, watched and good.
    #[schema(required = true)]
    seconds_to_stable: Option<i64>,
    /// The deploy that brought the last good release back.
    #[schema(required = true)]
    back: Option<Uuid>,
    /// The deploy that brought what ran before again.
    #[schema(required = true)]
    again: Option<Uuid>,
}

impl DrillsBody {
    /// As they stand at a time.
    pub fn at(standing: DrillStanding, now: DateTime<Utc>) -> Self {
        Self {
            skipped: standing.skipped().and_then(|drill| drill.why.clone()),
            next_at: standing.next(now).map(|slot| slot.opens),
            overdue_since: standing.overdue_since(now),
            last: standing.last.map(DrillBody::from),
        }
    }
}

impl From<Drill> for DrillBody {
    fn from(drill: Drill) -> Self {
        Self {
            seconds_to_stable: drill.took().map(|took| took.num_seconds()),
            environment: drill.environment,
            begun_at: drill.begun_at,
            outcome: drill.outcome,
            why: drill.why,
            back: drill.back.map(|id| id.0),
            again: drill.again.map(|id| id.0),
        }
    }
}
