//! People decide about a drive: asking them, what their decision is for it, and the last look before anything is dispatched.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{ApprovalRequest, ApprovalState, Course, Facts, GateAnswer, GateKind, NewApproval, NewGate},
    deploys::drive::{
        Drive, Phase, Place, Step,
        evidence::Evidence,
        inputs::{Approval, Subject, Told},
    },
    ids::DeployId,
};
use serde_json::json;
use store::{AskedFor, Tx};

use super::{
    known::{APPROVAL, evidence_of},
    told::tell_in,
};
use crate::{
    Commands, Result,
    approvals::{subject, upstream_facts},
};

/// Why a drive ends that nobody known asked for, and for whose release others wait.
const STRANGER: &str = "nobody is known by whoever asked for it, and others wait for the same release: nobody could decide for them any \
                        more; ask again and name somebody whom Fairway knows, or have an admin say whose account that is";

/// Tells a drive how the request stands that it waits for in a round.
pub(crate) async fn tell_decided(
    tx: &mut Tx,
    (deploy, round): (DeployId, i16),
    request: &ApprovalRequest,
    now: DateTime<Utc>,
) -> Result<()> {
    let told = Told::Approval(standing(request));
    tell_in(tx, deploy, (&Subject::at(APPROVAL, round, 0), &told), now).await?;
    Ok(())
}

/// What a request is for the drive that waits for it.
fn standing(request: &ApprovalRequest) -> Approval {
    let why = |otherwise: &str| request.ended_why.clone().unwrap_or_else(|| otherwise.to_owned());
    let binding = request.binding;
    match request.state {
        ApprovalState::Pending => Approval::Pending {
            deadline: request.deadline,
        },
        ApprovalState::Approved if request.needs.asks_nobody() => Approval::NotNeeded { binding },
        ApprovalState::Approved => Approval::Approved { binding },
        ApprovalState::Bypassed => Approval::Bypassed { binding },
        ApprovalState::Rejected => Approval::Rejected {
            why: why("an approver said no"),
        },
        ApprovalState::Expired => Approval::Expired,
        ApprovalState::Void => Approval::Void {
            why: why("what was decided on has changed"),
        },
    }
}

impl Commands {
    /// Asks people about a drive as its policy says, and tells it how that stands: where nobody is asked, it goes on at once.
    pub(super) async fn ask_for_approval(&self, tx: &mut Tx, drive: &Drive, round: i16) -> Result<()> {
        let about = subject(tx, (drive.service, drive.environment)).await?;
        let asked = tx.asked_for(drive.deploy).await?;
        let new = asking(tx, drive, (asked, round)).await?;
        tx.lock_opening(&new.release).await?;
        let Some(opened) = self.open_in(tx, &new, &about).await? else {
            let why = STRANGER.to_owned();
            let told = Told::Approval(Approval::Rejected { why });
            let subject = Subject::at(APPROVAL, round, 0);
            tell_in(tx, drive.deploy, (&subject, &told), self.now()).await?;
            return Ok(());
        };
        if let Some(stored) = tx.approval(opened.id).await? {
            tell_decided(tx, (drive.deploy, round), &stored.request, self.now()).await?;
        }
        Ok(())
    }

    /// Ends what people were asked about a drive in a round. A drive that has ended leaves what others wait for, and what was
    /// approved; a change leaves nothing.
    pub(super) async fn void_approval(
        &self,
        tx: &mut Tx,
        (drive, place): (&Drive, &Place),
        ended: (&str, bool),
    ) -> Result<()> {
        self.end_gate(tx, &drive.gate(place.round), ended).await
    }

    /// Asks the gate in the moment before the first order to deploy, with what would be deployed now. `None`: it may; else how the
    /// approval stands.
    pub(super) async fn withheld(
        &self,
        tx: &mut Tx,
        (drive, place): (&Drive, &Place),
        step: &Step,
    ) -> Result<Option<Approval>> {
        let begins = matches!(
            step,
            Step::Enter {
                phase: Phase::Deploy,
                step: 0,
                ..
            }
        );
        if !begins || drive.is_rollback() {
            return Ok(None);
        }
        let gate = drive.gate(place.round);
        let changed = |why: &str| Approval::Void { why: why.to_owned() };
        Ok(match self.release_in(tx, &gate, &drive.bound_release()).await? {
            Some(GateAnswer::Go | GateAnswer::Gone) => None,
            Some(GateAnswer::Wait) => Some(Approval::Unknown),
            Some(GateAnswer::Changed) => Some(changed("what is deployed is not what was decided on")),
            Some(GateAnswer::No(ApprovalState::Expired)) => Some(Approval::Expired),
            Some(GateAnswer::No(_)) => {
                let request = match tx.request_of_gate(&gate).await? {
                    Some(id) => tx.approval(id).await?,
                    None => None,
                };
                Some(request.map_or(Approval::Unknown, |stored| standing(&stored.request)))
            }
            None => Some(changed("nobody was asked about it")),
        })
    }
}

/// What people are asked about a drive in a round.
pub(super) async fn asking(
    tx: &mut Tx,
    drive: &Drive,
    (asked, round): (AskedFor, i16),
) -> Result<NewApproval> {
    let evidence = evidence_of(tx, drive).await?;
    Ok(NewApproval {
        release: drive.bound_release(),
        version: drive.release.version.clone(),
        kind: asked.kind,
        initiators: asked.initiators,
        run: None,
        facts: facts_of(tx, drive, &evidence).await?,
        course: Some(Course {
            strategy: drive.strategy,
            weights: drive.weights.clone(),
            findings: evidence.with_waived_backup(drive),
        }),
        is_typed: false,
        gate: NewGate {
            kind: GateKind::Drive,
            key: drive.gate(round),
            details: json!({ "deploy": drive.deploy, "round": round }),
        },
    })
}

/// What the drive's own evidence says of the facts that policies look at. What was waived nobody knows, unless it is known to be
/// wrong; whoever decides reads why it goes on without.
async fn facts_of(tx: &mut Tx, drive: &Drive, evidence: &Evidence) -> Result<Facts> {
    let found = evidence.findings().iter();
    let facts = found.fold(Facts::default(), |facts, (item, finding)| {
        facts.with_finding(*item, finding)
    });
    let place = (drive.service, drive.environment);
    let (facts, _) = upstream_facts(tx, place, &drive.release, facts).await?;
    Ok(facts)
}
