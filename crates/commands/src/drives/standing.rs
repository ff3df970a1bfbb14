//! A deploy as somebody sees it who may act on it: how far it has come, what was watched, where a rollback would lead, and what
//! whoever looks can do about it. By the same rules that the acts go by.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    actor::Viewer,
    approvals::{ApprovalState, ApprovalSummary, Frozen, frozen},
    deploys::{
        drive::{
            Drive, Phase,
            acts::{NotNow, may_cancel, may_report, may_undo},
            inputs::{Subject, Told},
            read::DriveDetail,
        },
        read::DeploySummary,
    },
    ids::DeployId,
    notifications::Topic,
    verify::{Defect, Remedy, Sample, WatchRecord},
};
use store::{PlaceNow, Reads};

use super::known::{ASKED, may_go_on};
use crate::{CommandError, Commands, Result, access::anywhere, outbox::WhoIsTold};

/// Whether something can be said of a deploy now.
type May = std::result::Result<(), NotNow>;

/// A deploy with what can be done about it now.
#[derive(Clone, Debug)]
pub struct DriveStanding {
    /// The drive; `None` of a deploy that somebody else carried out.
    pub drive: Option<DriveDetail>,
    /// The requests for approval of its rounds, the first first.
    pub approvals: Vec<ApprovalSummary>,
    /// The freeze that holds it, while it waits for one.
    pub held: Option<Held>,
    /// What was watched, by the share of the traffic.
    pub watched: Vec<Watched>,
    /// The deploy that brought what a rollback would bring back.
    pub way_back: Option<DeploySummary>,
    /// The drive that undoes it.
    pub undone_by: Option<DriveDetail>,
    /// That as lists show it: who asked for it, where it did not follow from a rule.
    pub rollback: Option<DeploySummary>,
    /// Who is told where it is rolled back.
    pub told: WhoIsTold,
    /// The minor defects that were reported of it.
    pub defects: Vec<Defect>,
    /// What follows from another one.
    pub minor_defect: Remedy,
    /// Why whoever looks cannot do what there is to do.
    pub why_not: NotWhile,
}

/// A freeze that holds what waits at a gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which, and until when.
    pub freeze: Frozen,
    /// Whether nobody has to decide: once it ends, what waits goes on by itself.
    pub asks_nobody: bool,
}

/// What was watched at one share of the traffic.
#[derive(Clone, Debug)]
pub struct Watched {
    /// What is known.
    pub record: WatchRecord,
    /// Its samples, by check and time.
    pub samples: Vec<Sample>,
}

/// Why somebody cannot do something about a deploy, in sentences for them; `None` where they can.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotWhile {
    /// Let it go on.
    pub confirm: Option<String>,
    /// Call it off.
    pub cancel: Option<String>,
    /// Undo it.
    pub roll_back: Option<String>,
    /// Report a minor defect of it.
    pub report: Option<String>,
}

impl Commands {
    /// A deploy with what whoever looks can do about it.
    pub async fn drive_standing(&self, by: &Viewer, deploy: DeployId) -> Result<DriveStanding> {
        anywhere(by, Action::Look)?;
        let reads = self.reads_of(by);
        let missing = || CommandError::not_found(format!("deploy {deploy}"));
        let place = reads.place_now(deploy).await?.ok_or_else(missing)?;
        let detail = reads.drive(deploy).await?;
        let approvals = match &detail {
            Some(detail) => reads.approvals_of_gates(&gates(detail)).await?,
            None => Vec::new(),
        };
        let way_back = way_back(&reads, deploy).await?;
        let (undone_by, rollback) = match detail.as_ref().and_then(|detail| detail.undone_by) {
            Some(by) => (reads.drive(by).await?, reads.deploy_summary(by).await?),
            None => (None, None),
        };
        let drive = detail.as_ref().map(|detail| &detail.drive);
        let (confirm, cancel) = may_say(&reads, drive).await?;
        let confirm = match (words(confirm), drive) {
            (None, Some(drive)) => self.why_not_confirm(by, drive).await?,
            (why, _) => why,
        };
        let why_not = NotWhile {
            confirm,
            cancel: words(cancel),
            roll_back: words(may_roll_back((deploy, drive), &place, way_back.is_some())),
            report: words(may_report(drive, place.running == Some(deploy))),
        };
        Ok(DriveStanding {
            watched: watched(&reads, deploy).await?,
            held: held(&reads, (drive, &approvals), self.now()).await?,
            told: self.who_is_told(Topic::DeployRolledBack, place.service).await?,
            defects: reads.defects(deploy).await?,
            minor_defect: remedy_of_defect(&reads, deploy).await?,
            why_not,
            drive: detail,
            approvals,
            way_back,
            undone_by,
            rollback,
        })
    }
}

/// Whether a drive waits for somebody to confirm it, and whether it may be called off.
async fn may_say(reads: &Reads, drive: Option<&Drive>) -> Result<(May, May)> {
    let Some(drive) = drive else {
        return Ok((Err(NotNow::Ended), Err(NotNow::Ended)));
    };
    let told: HashMap<Subject, Told> = reads.told(drive.deploy).await?.into_iter().collect();
    let is_called_off = told.contains_key(&Subject::whole(ASKED));
    Ok((may_go_on(drive, &told), may_cancel(drive, is_called_off)))
}

/// What follows from a minor defect of a deploy.
async fn remedy_of_defect(reads: &Reads, deploy: DeployId) -> Result<Remedy> {
    let about = reads.watch_subject(deploy).await?;
    let (rules, _) = reads.rollback_rules(about.and_then(|about| about.tier)).await?;
    Ok(rules.minor_defect)
}

fn words(may: May) -> Option<String> {
    may.err().map(|why| why.to_string())
}

async fn way_back(reads: &Reads, deploy: DeployId) -> Result<Option<DeploySummary>> {
    let Some(target) = reads.last_good_release(deploy).await? else {
        return Ok(None);
    };
    let brought = reads.deploy(target.deploy).await?;
    Ok(brought.map(|detail| detail.summary))
}

/// Whether a deploy can be undone now: on its way by its own drive, once it is what runs by a new one.
fn may_roll_back((deploy, drive): (DeployId, Option<&Drive>), place: &PlaceNow, has_way_back: bool) -> May {
    match drive.filter(|drive| drive.standing.is_open()) {
        Some(drive) => may_undo(drive)?,
        None if was_to_undo(drive, place) => return Err(NotNow::NotUndone),
        None if place.running != Some(deploy) => return Err(NotNow::Replaced),
        None if place.holder.is_some() => return Err(NotNow::Taken),
        None => {}
    }
    if !has_way_back {
        return Err(NotNow::NoWayBack);
    }
    if !place.has_executor {
        return Err(NotNow::NoExecutor);
    }
    Ok(())
}

/// Whether what runs is what a drive was to undo.
fn was_to_undo(drive: Option<&Drive>, place: &PlaceNow) -> bool {
    let undoes = drive.and_then(|drive| drive.undoes);
    undoes.is_some() && undoes == place.running
}

/// The freeze that holds a drive which waits for its last request.
async fn held(
    reads: &Reads,
    (drive, approvals): (Option<&Drive>, &[ApprovalSummary]),
    now: DateTime<Utc>,
) -> Result<Option<Held>> {
    let place = drive.and_then(|drive| drive.standing.place());
    let waits = place.is_some_and(|place| place.phase == Phase::AwaitingApproval);
    let last = approvals
        .last()
        .filter(|last| waits && last.state == ApprovalState::Pending);
    let Some(last) = last else {
        return Ok(None);
    };
    let Some(detail) = reads.approval(last.id).await? else {
        return Ok(None);
    };
    let request = detail.request;
    Ok(frozen(&request.freezes, now).map(|freeze| Held {
        freeze,
        asks_nobody: request.needs.asks_nobody(),
    }))
}

/// The keys of the gates at which a drive waited, round by round.
fn gates(detail: &DriveDetail) -> Vec<String> {
    let last = detail.phases.iter().map(|phase| phase.round).max().unwrap_or(0);
    (0..=last).map(|round| detail.drive.gate(round)).collect()
}

async fn watched(reads: &Reads, deploy: DeployId) -> Result<Vec<Watched>> {
    let mut watched = Vec::new();
    for record in reads.verify_verdicts(deploy).await? {
        watched.push(Watched {
            samples: reads.verify_samples(deploy, record.weight).await?,
            record,
        });
    }
    Ok(watched)
}

#[cfg(test)]
mod tests {
    use domain::ids::{EnvironmentId, ServiceId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_ran_is_undone_only_where_it_runs_and_there_is_a_way_back() {
        let (this, other) = (DeployId(Uuid::from_u128(1)), DeployId(Uuid::from_u128(2)));
        let place = PlaceNow {
            service: ServiceId(Uuid::nil()),
            environment: EnvironmentId(Uuid::nil()),
            running: Some(this),
            holder: None,
            has_executor: true,
        };
        let may = |change: &dyn Fn(&mut PlaceNow), has_way_back| {
            let mut place = place.clone();
            change(&mut place);
            may_roll_back((this, None), &place, has_way_back)
        };
        assert_eq!(may(&|_| {}, true), Ok(()));
        assert_eq!(
            may(&|place| place.running = Some(other), true),
            Err(NotNow::Replaced)
        );
        assert_eq!(may(&|place| place.running = None, true), Err(NotNow::Replaced));
        assert_eq!(may(&|place| place.holder = Some(other), true), Err(NotNow::Taken));
        assert_eq!(may(&|_| {}, false), Err(NotNow::NoWayBack));
        assert_eq!(
            may(&|place| place.has_executor = false, true),
            Err(NotNow::NoExecutor)
        );
    }
}
