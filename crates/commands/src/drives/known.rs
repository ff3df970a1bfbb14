//! Everything that is known of a drive when its next step is decided.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    approvals::frozen,
    deploys::drive::{
        Drive, Phase,
        acts::{NotNow, may_confirm},
        evidence::{Evidence, Finding, Item, Sources},
        inputs::{Approval, Inputs, Lease, Report, Subject, Told},
        promotion,
    },
};
use store::Tx;

use crate::Result;

/// The word under which approvals of a round are told.
pub(super) const APPROVAL: &str = "approval";
/// The word under which verdicts of a step are told.
pub(super) const VERDICT: &str = "verdict";
/// The word under which it is told what asking the service's own address gave.
pub(super) const PROBE: &str = "probe";
/// The word under which people ask.
pub(super) const ASKED: &str = "asked";

/// What a person confirms: a step that too little is known of, or the whole deploy.
pub(super) fn confirmation(phase: Phase, round: i16, step: i16) -> Subject {
    Subject::at(&format!("confirmation.{}", phase.as_str()), round, step)
}

/// Whether somebody may let a drive go on that was told this.
pub(super) fn may_go_on(drive: &Drive, told: &HashMap<Subject, Told>) -> std::result::Result<(), NotNow> {
    let place = drive.standing.place().ok_or(NotNow::Ended)?;
    let is_confirmed = told.contains_key(&confirmation(place.phase, place.round, place.step));
    let verdict = match told.get(&Subject::at(VERDICT, place.round, place.step)) {
        Some(Told::Verdict(verdict)) => Some(verdict),
        _ => None,
    };
    may_confirm(drive, is_confirmed, verdict)
}

/// What is known of a drive now.
pub(super) async fn known(tx: &mut Tx, drive: &Drive, now: DateTime<Utc>) -> Result<Inputs> {
    let told: HashMap<Subject, Told> = tx.told(drive.deploy).await?.into_iter().collect();
    let place = drive.standing.place();
    let (phase, round, step) = place.map_or((Phase::RollingBack, 0, 0), |place| {
        (place.phase, place.round, place.step)
    });
    let report = |phase: Phase, step: i16| match told.get(&Subject::of_phase(phase, round, step)) {
        Some(Told::Report(report)) => Some(report.clone()),
        _ => None::<Report>,
    };
    let approval = match told.get(&Subject::at(APPROVAL, round, 0)) {
        Some(Told::Approval(approval)) => approval.clone(),
        _ => Approval::Unknown,
    };
    let policy = tx.policy_of_gate(&drive.gate(round)).await?;
    // Who breaks the glass goes on during a freeze too.
    let freezes = policy
        .as_ref()
        .filter(|_| !matches!(approval, Approval::Bypassed { .. }));
    Ok(Inputs {
        now,
        frozen_until: freezes
            .and_then(|policy| frozen(&policy.freezes, now))
            .map(|frozen| frozen.until),
        approval,
        evidence: evidence(tx, drive, &told).await?,
        backup: report(Phase::Backup, 0),
        deployed: report(Phase::Deploy, step),
        verdict: match told.get(&Subject::at(VERDICT, round, step)) {
            Some(Told::Verdict(verdict)) => Some(verdict.clone()),
            _ => None,
        },
        needs_person: policy.is_some_and(|policy| policy.confirm)
            || (phase == Phase::Confirm && tx.unanswered_defect(drive.deploy).await?.is_some()),
        confirmation: match told.get(&confirmation(phase, round, step)) {
            Some(Told::Confirmation(why)) => Some(why.clone()),
            _ => None,
        },
        asked: match told.get(&Subject::whole(ASKED)) {
            Some(Told::Asked(asked)) => Some(asked.clone()),
            _ => None,
        },
        // Whoever is undone has given its lease away, and does not hold up the one that has it.
        lease: match phase {
            Phase::RollingBack => Lease::Free,
            _ => tx.lease_of(drive).await?,
        },
        superseded_by: tx.superseded_by(drive.deploy).await?,
        target: tx.last_good_release(drive.deploy).await?,
        rollback: tx.rollback_of_drive(drive.deploy).await?,
    })
}

/// What the sources say of a drive's release now, and what was waived.
pub(super) async fn evidence_of(tx: &mut Tx, drive: &Drive) -> Result<Evidence> {
    let told = tx.told(drive.deploy).await?.into_iter().collect();
    evidence(tx, drive, &told).await
}

async fn evidence(tx: &mut Tx, drive: &Drive, told: &HashMap<Subject, Told>) -> Result<Evidence> {
    let scan = fact(tx, (drive, told), Item::Scan).await?;
    let signature = fact(tx, (drive, told), Item::Signature).await?;
    let place = (drive.service, drive.environment);
    let upstreams = tx.upstream_successes(place, &drive.release).await?;
    let sources = Sources {
        checks: checks(tx, drive).await?,
        scan: scan.unwrap_or_else(|| Finding::unknown("send the scan's result with the deploy, or waive it")),
        signature: signature.unwrap_or_else(|| {
            Finding::unknown("send whether the image is signed with the deploy, or waive it")
        }),
        target: target(tx, drive).await?,
        promotion: promotion::finding(&upstreams),
        typed: is_typed(told),
    };
    Ok(Evidence::of(drive, sources))
}

/// Whether a person typed the image of a drive when they asked for it, and no source had told of it.
fn is_typed(told: &HashMap<Subject, Told>) -> bool {
    let digest = told.get(&Subject::whole(Item::Digest.as_str()));
    matches!(digest, Some(Told::Fact(finding)) if finding.is_by_hand())
}

/// What is known of an image: what the drive was told, and what another one was told of the same image since, where that is bad.
async fn fact(
    tx: &mut Tx,
    (drive, told): (&Drive, &HashMap<Subject, Told>),
    item: Item,
) -> Result<Option<Finding>> {
    let newest = tx.newest_fact(drive, item).await?;
    if newest
        .as_ref()
        .is_some_and(|newest| matches!(newest, Finding::Bad { .. }))
    {
        return Ok(newest);
    }
    Ok(match told.get(&Subject::whole(item.as_str())) {
        Some(Told::Fact(finding)) => Some(finding.clone()),
        _ => newest,
    })
}

async fn checks(tx: &mut Tx, drive: &Drive) -> Result<Finding> {
    let Some(sha) = &drive.release.sha else {
        return Ok(Finding::unknown(
            "name the commit of the release, or waive its checks",
        ));
    };
    let checks = tx.checks_of(drive.service, sha, None).await?;
    // Without numbers: another green check is no other evidence.
    Ok(match checks.are_green() {
        Some(true) => Finding::good("the checks of its commit are green"),
        Some(false) => Finding::bad(format!(
            "{} checks of its commit failed; deploy one that passes",
            checks.failed
        )),
        None if checks.running > 0 => Finding::unknown("checks of its commit still run"),
        None => Finding::unknown("no check of this commit is known; wait for one, or waive them"),
    })
}

async fn target(tx: &mut Tx, drive: &Drive) -> Result<Finding> {
    if tx.last_good_release(drive.deploy).await?.is_some() {
        return Ok(Finding::good("there is a release to go back to"));
    }
    let running = tx.running_deploy(drive.service, drive.environment).await?;
    Ok(match running {
        None => Finding::good("it is the first there: nothing runs that it could break"),
        Some(_) => {
            Finding::bad("no release before it is known to be good; say why it may go on without a way back")
        }
    })
}
