//! Whether what was asked about a release before still holds: for whoever asks for the same now, and when a freeze is over.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{ApprovalState, Case, NewApproval, Party, Subject, evaluate, frozen, has_stranger},
    deploys::drive::evidence::Item,
    ids::PersonId,
};
use store::{StoredApproval, Tx};

use super::upstreams::Promoted;
use crate::Result;

/// The request that covers a release for those who ask for it now. What waits is joined: whoever decides sees who asks. What a
/// stranger waits for takes nothing from the others of what people approved before.
pub(super) async fn covering(
    tx: &mut Tx,
    asked: (&Promoted, &Subject),
    initiators: &[Party],
    now: DateTime<Utc>,
) -> Result<Option<StoredApproval>> {
    let release = &asked.0.new.release;
    let mut known = tx.covering_approvals(release, now).await?.into_iter();
    let Some(newest) = known.next() else {
        return Ok(None);
    };
    if newest.request.waits_for_stranger()
        && !has_stranger(initiators)
        && let Some(before) = known.next()
        && holds(tx, (&before, asked), initiators, now).await?
    {
        return Ok(Some(before));
    }
    let holds = holds(tx, (&newest, asked), initiators, now).await?;
    Ok(holds.then_some(newest))
}

/// Whether a request covers a release for those who ask. What people approved covers nobody who was among them, nothing of which
/// more is known to be wrong than they saw or that was undone upstream, and nothing while a freeze holds it: it goes on by an
/// admin's word alone, who is asked with a request of its own.
async fn holds(
    tx: &mut Tx,
    (stored, (promoted, about)): (&StoredApproval, (&Promoted, &Subject)),
    initiators: &[Party],
    now: DateTime<Utc>,
) -> Result<bool> {
    if stored.request.state != ApprovalState::Approved {
        return Ok(true);
    }
    Ok(!promoted.outdates(stored)
        && frozen(&stored.request.freezes, now).is_none()
        && is_complete(tx, (stored, about), initiators).await?
        && asks_no_more(tx, stored, &promoted.new, now).await?)
}

/// Whether enough approved it who have no part in it, these among those who have.
async fn is_complete(
    tx: &mut Tx,
    (stored, about): (&StoredApproval, &Subject),
    initiators: &[Party],
) -> Result<bool> {
    let mut request = stored.request.clone();
    request.parties.extend(tx.as_noted(initiators).await?);
    let decisions = tx.decisions_of(request.id).await?;
    let people: Vec<PersonId> = decisions.iter().map(|decision| decision.person).collect();
    let decided = tx.deciders_of(&people).await?;
    let case = Case {
        request: &request,
        subject: about,
        decisions: &decisions,
        decided: &decided,
    };
    Ok(case.tally().is_complete())
}

/// Whether nothing is known to be wrong now that whoever decided did not see, and its policy asks for no more than was given.
async fn asks_no_more(
    tx: &mut Tx,
    stored: &StoredApproval,
    new: &NewApproval,
    now: DateTime<Utc>,
) -> Result<bool> {
    let card = tx.evidence(new, now).await?.card;
    if !card.is_no_worse_than(&stored.card) {
        return Ok(false);
    }
    if stored.policy.automatic.is_empty() {
        return Ok(true);
    }
    let asked = evaluate(&stored.policy, &card.facts, now);
    Ok(stored.request.needs.cover(&asked.needs))
}

/// Whether more is known to be wrong with what waits for people than their card says.
pub(super) async fn is_worse_now(
    tx: &mut Tx,
    stored: &StoredApproval,
    new: &NewApproval,
    now: DateTime<Utc>,
) -> Result<bool> {
    if stored.request.state != ApprovalState::Pending {
        return Ok(false);
    }
    let card = tx.evidence(new, now).await?.card;
    Ok(!card.is_no_worse_than(&stored.card))
}

/// Whether something is known to be wrong with the image of what people approved that they did not see.
pub(super) async fn is_found_bad(tx: &mut Tx, stored: &StoredApproval) -> Result<bool> {
    let Some(digest) = &stored.release.digest else {
        return Ok(false);
    };
    for item in [Item::Scan, Item::Signature] {
        let image = (stored.release.service, digest.as_str());
        let found = tx.fact_of_image(image, item).await?;
        if !stored.card.shows_wrong(item, found.as_ref()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a policy that asked nobody about a request asks nobody now, by what is known now.
pub(super) async fn asks_nobody_still(
    tx: &mut Tx,
    stored: &StoredApproval,
    now: DateTime<Utc>,
) -> Result<bool> {
    if stored.policy.automatic.is_empty() {
        return Ok(true);
    }
    let Some(first) = tx.gates_of(stored.request.id).await?.into_iter().next() else {
        return Ok(false);
    };
    let again = NewApproval {
        release: stored.release.clone(),
        version: stored.request.release.version.clone(),
        // It is among the facts that were told.
        kind: None,
        initiators: Vec::new(),
        run: first.gate.details["run"].as_i64(),
        course: stored.card.course.clone(),
        is_typed: stored.card.has_typed_image(),
        facts: stored.card.facts.clone().told(),
        gate: first.gate,
    };
    asks_no_more(tx, stored, &again, now).await
}
