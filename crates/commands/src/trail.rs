//! The audit trail as a chain: sealing it, and finding the first thing that is wrong with it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::trail::{CHECKPOINT_EVERY, Digest, Fault, Sealed, Verifier};
use futures::TryStreamExt as _;
use store::{SealRules, Trail, UNSEALED_AFTER, Unsealed};

use crate::{CommandError, Commands, Result};

/// What is verified.
#[derive(Clone, Debug)]
pub struct Verifying {
    /// Where to begin.
    pub from: Start,
    /// Numbers and hashes of heads whose signatures are right.
    pub signed: Vec<(i64, Vec<u8>)>,
    /// How long a row may wait for its seal.
    pub unsealed_after: TimeDelta,
    /// Every so many seals there must be a checkpoint.
    pub checkpoint_every: i64,
}

impl Default for Verifying {
    fn default() -> Self {
        Self {
            from: Start::Genesis,
            signed: Vec::new(),
            unsealed_after: UNSEALED_AFTER,
            checkpoint_every: CHECKPOINT_EVERY,
        }
    }
}

/// Where verifying begins; what lies before is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the first row.
    Genesis,
    /// After the seal of this number, which is a checkpoint.
    Checkpoint(i64),
    /// After the last checkpoint; at the first row where there is none.
    LastCheckpoint,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Number of the seal after which it began.
    pub after: i64,
    /// Number of the last seal that is right.
    pub last: i64,
    /// Its hash.
    pub hash: Digest,
    /// The first thing that is wrong; `None` when the trail is whole.
    pub fault: Option<Fault>,
}

impl Commands {
    /// Seals audit rows that are committed; gives how many, and whether more may wait. An observation: writes no audit row.
    pub async fn seal_audit(&self) -> Result<(usize, bool)> {
        let rules = SealRules::default();
        let sealed = self.store.seal_audit(self.now(), rules).await?;
        Ok((
            sealed,
            i64::try_from(sealed).is_ok_and(|sealed| sealed == rules.at_once),
        ))
    }

    /// Verifies the trail as it is now.
    pub async fn verify_audit(&self, asked: &Verifying) -> Result<Verdict> {
        // Before the snapshot: what is younger than the snapshot has not waited.
        let now = self.now();
        let mut trail = self.store.trail().await?;
        verify(&mut trail, asked, now).await
    }
}

/// Verifies a trail: seals and rows in order, then the head, then what has no seal.
pub async fn verify(trail: &mut Trail, asked: &Verifying, now: DateTime<Utc>) -> Result<Verdict> {
    let checkpoints = trail.checkpoints().await?;
    let (after, hash) = beginning(trail, &checkpoints, asked.from).await?;
    let mut verifier = Verifier::after(after, hash)
        .with_checkpoints(asked.checkpoint_every, checkpoints)
        .with_signed(asked.signed.iter().cloned());
    let mut fault = follow(trail, &mut verifier).await?;
    let (last, hash) = (verifier.last(), *verifier.hash());
    if fault.is_none() {
        let (number, hash) = trail.head().await?;
        fault = verifier.end(Some((number, &hash))).err();
    }
    if fault.is_none() {
        let unsealed = trail.unsealed(now - asked.unsealed_after).await?;
        fault = unsealed.map(|row| unsealed_fault(&row, now));
    }
    Ok(Verdict {
        after,
        last,
        hash,
        fault,
    })
}

async fn beginning(trail: &mut Trail, checkpoints: &[(i64, Vec<u8>)], from: Start) -> Result<(i64, Digest)> {
    let number = match from {
        Start::Genesis => 0,
        Start::LastCheckpoint => checkpoints.last().map_or(0, |(number, _)| *number),
        Start::Checkpoint(asked) => match checkpoints.binary_search_by_key(&asked, |(number, _)| *number) {
            Ok(_) => asked,
            Err(next) => return Err(no_checkpoint(asked, checkpoints, next)),
        },
    };
    let hash = match checkpoints.iter().find(|(known, _)| *known == number) {
        // The seal's own hash: where it and the checkpoint differ, that is the first fault.
        Some((_, noted)) => trail.hash_of(number).await?.unwrap_or_else(|| noted.clone()),
        None => trail.genesis().await?,
    };
    // Of another length than a hash's it cannot be the beginning of a chain; an empty one makes the first seal the fault.
    Ok((number, Digest::try_from(hash).unwrap_or_default()))
}

fn no_checkpoint(asked: i64, checkpoints: &[(i64, Vec<u8>)], next: usize) -> CommandError {
    let before = next.checked_sub(1).and_then(|index| checkpoints.get(index));
    let near = before.or_else(|| checkpoints.first()).map_or_else(
        || "there is none yet; leave it out to verify from the first row".to_owned(),
        |(number, _)| format!("the nearest is {number}"),
    );
    CommandError::not_found(format!("checkpoint {asked}: {near}"))
}

/// Checks seal after seal; gives the first fault.
async fn follow(trail: &mut Trail, verifier: &mut Verifier) -> Result<Option<Fault>> {
    if let Err(fault) = verifier.begin() {
        return Ok(Some(fault));
    }
    // From the genesis on, numbers below the first are looked at too: none may be there.
    let after = Some(verifier.last()).filter(|last| *last > 0).unwrap_or(i64::MIN);
    let mut wrong: Option<(Fault, Sealed)> = None;
    {
        let mut sealed = trail.sealed(after, i64::MAX);
        while let Some(next) = sealed.try_next().await? {
            if let Err(fault) = verifier.check(&next) {
                wrong = Some((fault, next));
                break;
            }
        }
    }
    let Some((fault, there)) = wrong else {
        return Ok(None);
    };
    if let Fault::SealAltered { number, row } = fault
        && is_moved(trail, verifier, &there).await?
    {
        return Ok(Some(Fault::Reordered { number, row }));
    }
    Ok(Some(fault))
}

/// Whether a wrong seal is one of another place: its row is sealed under another number, or a later seal fits here.
async fn is_moved(trail: &mut Trail, verifier: &Verifier, there: &Sealed) -> Result<bool> {
    let number = there.seal.number;
    if let Some(row) = &there.row
        && trail.is_sealed_elsewhere(&row.hash(), number).await?
    {
        return Ok(true);
    }
    let mut later = trail.sealed(number, i64::MAX);
    while let Some(mut next) = later.try_next().await? {
        next.seal.number = number;
        if next.seal.chained(verifier.hash())[..] == next.seal.hash[..] {
            return Ok(true);
        }
    }
    Ok(false)
}

fn unsealed_fault(found: &Unsealed, now: DateTime<Utc>) -> Fault {
    let row = found.row;
    match (found.exists, found.waits) {
        (false, _) => Fault::LostUnsealed { row },
        (true, false) => Fault::RowInserted { row },
        (true, true) => Fault::Unsealed {
            row,
            seconds: (now - found.at).num_seconds(),
        },
    }
}
