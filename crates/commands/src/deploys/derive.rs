//! Deriving a service's history from its facts, and writing what changed.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hasher},
};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::{
    deploys::{
        derive::{ServiceDerived, derive},
        health::service_state,
        record::{ChangeRecord, DeployRecord, records},
    },
    environments::EnvironmentClass,
    ids::{DeployId, RepositoryId, ServiceId, TeamId},
    live,
};
use store::{ServiceSnapshot, StoredDerived, Tx};
use uuid::Uuid;

use crate::{
    CommandError, Commands, Result,
    backfill::jobs::FetchRanges,
    drives::jobs::AdvanceDrive,
    jobs::{DeriveService, FetchCompare, FetchPullRequestCommits, Job},
};

/// So many unknown ranges at once come of history; one list of commits tells most of them.
const MANY_RANGES: usize = 3;

/// A scope (`organisation`, `team`, `service`), its id and a day of the organisation's time zone.
type ScopeDay = (&'static str, Uuid, NaiveDate);

impl Commands {
    /// Derives a service's deploy history, lead times, running releases and state from everything stored about it, and
    /// writes what changed. Facts in any order, any number of times, end in the same rows. Does nothing for a service
    /// that does not exist.
    pub async fn derive_service(&self, service: ServiceId) -> Result<()> {
        let actor = domain::actor::Actor::System {
            name: "fairway".to_owned(),
        };
        let time_zone = self.reads().organisation().await?.time_zone;
        let mut tx = self.store.begin(&actor).await?;
        let Some(snapshot) = tx.service_snapshot(service).await? else {
            return Ok(());
        };
        let now = self.now();
        let derived = derive(&snapshot.facts, now);
        let records = records(&snapshot.facts, &derived);
        let changed = self
            .write_changed(&mut tx, service, (&snapshot, &records), time_zone)
            .await?;
        if snapshot.running != derived.running {
            tx.write_running(service, &derived.running).await?;
        }
        write_undelivered(&mut tx, service, &snapshot, &derived).await?;
        let state = service_state(&snapshot.facts, &derived, &snapshot.open_incidents);
        let health = tx.write_service_state(service, &state, now).await?;
        let deploys: Vec<DeployId> = changed.iter().map(|index| records[*index].id).collect();
        tx.note_changes(live::derived(service, &deploys, health), now);
        if let Some(repository) = snapshot.repository
            && self.github().is_some()
        {
            enqueue_wanted(&mut tx, repository, (&snapshot, &derived), &changed).await?;
        }
        let changed = changed.iter().map(|index| &records[*index]);
        let superseded = changed.filter(|record| record.superseded_by.is_some());
        wake_drives(&mut tx, &superseded.map(|record| record.id).collect::<Vec<_>>()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes the records that differ from what is stored and drops the day rollups that they touch; gives their indices.
    async fn write_changed(
        &self,
        tx: &mut Tx,
        service: ServiceId,
        (snapshot, records): (&ServiceSnapshot, &[DeployRecord]),
        time_zone: Tz,
    ) -> Result<Vec<usize>> {
        let mut rows = Vec::new();
        let mut changed = Vec::new();
        let mut days = BTreeSet::new();
        for (index, (record, stored)) in records.iter().zip(&snapshot.stored).enumerate() {
            let fingerprint = fingerprint(record)?;
            if stored.fingerprint != Some(fingerprint) {
                rows.push((record, fingerprint));
                changed.push(index);
                add_days(&mut days, (service, time_zone), stored, record);
            }
        }
        tx.write_derived(service, &rows, self.now()).await?;
        tx.drop_days(&days.into_iter().collect::<Vec<_>>()).await?;
        Ok(changed)
    }

    /// Enqueues the derivation of every service that has a deploy open for so long that silence ends it. Run by the clock:
    /// nothing else happens to a deploy that nobody speaks of any more.
    pub async fn sweep_lost_deploys(&self) -> Result<usize> {
        let actor = domain::actor::Actor::System {
            name: "fairway".to_owned(),
        };
        let silent_since = self.now() - domain::deploys::fold::LOST_AFTER;
        let mut tx = self.store.begin(&actor).await?;
        let services = tx.services_with_silent_deploys(silent_since).await?;
        for service in &services {
            tx.enqueue(DeriveService { service: *service }.enqueued()?)
                .await?;
        }
        tx.commit().await?;
        Ok(services.len())
    }
}

/// A number that is another one as soon as anything that a record holds is. Compared with what an earlier derivation stored;
/// should the hash of a later toolchain differ, each row is written once more.
fn fingerprint(record: &DeployRecord) -> Result<i64> {
    struct Hashed(DefaultHasher);
    impl std::io::Write for Hashed {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.write(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut hashed = Hashed(DefaultHasher::new());
    serde_json::to_writer(&mut hashed, record).map_err(CommandError::internal)?;
    Ok(hashed.0.finish().cast_signed())
}

/// The days and scopes whose figures held the old rows or will hold the new ones.
fn add_days(
    days: &mut BTreeSet<ScopeDay>,
    (service, time_zone): (ServiceId, Tz),
    stored: &StoredDerived,
    record: &DeployRecord,
) {
    let day = |at: DateTime<Utc>| at.with_timezone(&time_zone).date_naive();
    let mut add = |at: Option<DateTime<Utc>>, team: Option<TeamId>| {
        let Some(day) = at.map(day) else { return };
        days.insert(("organisation", Uuid::nil(), day));
        days.insert(("service", service.0, day));
        if let Some(team) = team {
            days.insert(("team", team.0, day));
        }
    };
    for team in [stored.team, record.team_id] {
        add(stored.exposed_at, team);
        add(stored.promoted_at, team);
        add(record.exposed_at, team);
        add(record.promoted_at, team);
    }
}

/// Has the drives on their way look at once that a later deploy was faster than, so that nobody decides about them any more; in the
/// order of their ids, as whoever wakes several does.
async fn wake_drives(tx: &mut Tx, superseded: &[DeployId]) -> Result<()> {
    if superseded.is_empty() {
        return Ok(());
    }
    for drive in tx.open_drives_among(superseded).await? {
        tx.enqueue(AdvanceDrive::now(drive).enqueued()?).await?;
    }
    Ok(())
}

async fn write_undelivered(
    tx: &mut Tx,
    service: ServiceId,
    snapshot: &ServiceSnapshot,
    derived: &ServiceDerived,
) -> Result<()> {
    let line = &snapshot.facts.mainline;
    let changes: Vec<ChangeRecord> = derived
        .undelivered
        .iter()
        .flatten()
        .map(|change| ChangeRecord::of(line.change(*change)))
        .collect();
    let stored = snapshot.undelivered.iter();
    if !stored.eq(changes.iter().map(|change| &change.change)) {
        tx.write_undelivered(service, &changes).await?;
    }
    Ok(())
}

/// Asks for what would tell more about the deploys that changed: ranges of commits that are not known, and the own commits
/// of delivered pull requests whose first commit is not.
async fn enqueue_wanted(
    tx: &mut Tx,
    repository: RepositoryId,
    (snapshot, derived): (&ServiceSnapshot, &ServiceDerived),
    changed: &[usize],
) -> Result<()> {
    let mut ranges = BTreeSet::new();
    let mut pull_requests = BTreeSet::new();
    for deploy in changed.iter().map(|index| &derived.deploys[*index]) {
        if matches!(
            deploy.class,
            EnvironmentClass::Production | EnvironmentClass::Staging
        ) {
            ranges.extend(deploy.unknown.iter().map(|unknown| unknown.compare.clone()));
        }
        for change in &deploy.delivered {
            let change = snapshot.facts.mainline.change(*change);
            let wanted = change.commits_wanted && change.first_commit_at.is_none();
            pull_requests.extend(change.number.filter(|_| wanted));
        }
    }
    if ranges.len() >= MANY_RANGES {
        let ranges = ranges.into_iter().collect();
        tx.enqueue(FetchRanges { repository, ranges }.enqueued()?).await?;
    } else {
        for (base, head) in ranges {
            let job = FetchCompare {
                repository,
                base,
                head,
            };
            tx.enqueue(job.enqueued()?).await?;
        }
    }
    for number in pull_requests {
        tx.enqueue(FetchPullRequestCommits { repository, number }.enqueued()?)
            .await?;
    }
    Ok(())
}
