//! What becomes of an order, told to the drive that gave it: a receiver that refuses ends the phase with its words. Of an order that
//! may have arrived only the executor, a person or time says more.

use chrono::{DateTime, Utc};
use domain::{
    deploys::drive::{
        Phase,
        inputs::{Outcome, Report, Subject, Told},
    },
    executors::Order,
    notifications::Topic,
    outbox::{EffectKind, Fate},
};
use serde_json::Value;
use store::{ClaimedEffect, PhasePlace, Tx};

use super::{executing::CALLED_OFF, sending::read};
use crate::{
    Commands, Result,
    drives::{notice, tell_in},
    jobs::{DeriveService, Job},
};

impl Commands {
    /// Tells the drive whose order this is, in the unit of work in which it is marked. What the executor itself said goes before
    /// that an order was taken, and a failure stays one.
    pub(super) async fn tell_orderer(
        &self,
        tx: &mut Tx,
        claimed: &ClaimedEffect,
        (fate, now): (&Fate, DateTime<Utc>),
    ) -> Result<()> {
        let was_sure = claimed.unsure_since.is_none();
        let (Some((outcome, note)), Some(order)) = (became(fate, was_sure), order_of(claimed)) else {
            return Ok(());
        };
        let Some(place) = tx.phase_of_key(&order.key).await? else {
            return Ok(());
        };
        // What is ordered at its end, a drive does not wait for.
        let phase = Phase::parse(place.state.as_str()).filter(|phase| phase.is_ordered());
        let Some(phase) = phase else { return Ok(()) };
        let told = Told::Report(Report {
            outcome,
            at: now,
            exposed: None,
            backup_id: None,
            backup_verified: None,
            pulled: None,
            note,
        });
        let subject = Subject::of_phase(phase, place.round, place.step);
        tell_in(tx, place.deploy, (&subject, &told), now).await?;
        let Fate::Dead {
            words,
            doubtful: true,
        } = fate
        else {
            return Ok(());
        };
        self.have_looked(tx, (&order, place), words).await
    }

    /// Has a person look for an order that may have arrived, while its drive waits for it.
    async fn have_looked(
        &self,
        tx: &mut Tx,
        (order, place): (&Order, PhasePlace),
        words: &str,
    ) -> Result<()> {
        let drive = tx.lock_drive(place.deploy).await?;
        let Some(drive) = drive.filter(|drive| drive.standing.is_open()) else {
            return Ok(());
        };
        let names = tx.names_of_place(drive.service, drive.environment).await?;
        let what = format!("nobody knows whether its executor has the order: {words}");
        let notice = notice(&drive, &names, (Topic::DeployWaits, &what));
        let key = format!("{}:doubtful", order.key);
        self.notify(tx, &key, &notice).await.map(drop)
    }

    /// Notes which run carries out an order, where GitHub says so.
    pub(super) async fn take_answered_run(
        &self,
        tx: &mut Tx,
        claimed: &ClaimedEffect,
        fate: &Fate,
    ) -> Result<()> {
        let (Fate::Sent(answer), Some(order)) = (fate, order_of(claimed)) else {
            return Ok(());
        };
        let Some(run) = answer.get("run").and_then(Value::as_i64) else {
            return Ok(());
        };
        // What GitHub tells of the run is taken in under the same lock: whoever comes second sees the other.
        if let Some(name) = answer.get("repository").and_then(Value::as_str)
            && let Some(repository) = tx.repository_called(name).await?
        {
            tx.lock_repository(repository).await?;
        }
        for service in self.take_run(tx, run, (claimed.id, &order.key)).await? {
            tx.enqueue(DeriveService { service }.enqueued()?).await?;
        }
        Ok(())
    }
}

/// What became of an order, and why. One that may have arrived may be carried out; one that was called off before anybody had it
/// did nothing.
fn became(fate: &Fate, was_sure: bool) -> Option<(Outcome, Option<String>)> {
    match fate {
        Fate::Sent(answer) if was_sure && answer.get(CALLED_OFF).is_some() => Some((
            Outcome::Failed,
            Some("its executor never had the order".to_owned()),
        )),
        Fate::Sent(answer) => Some((Outcome::Running, taken(answer))),
        Fate::Dead { words, doubtful } => {
            let outcome = if *doubtful {
                Outcome::Running
            } else {
                Outcome::Failed
            };
            Some((outcome, Some(words.clone())))
        }
        Fate::Again { .. } => None,
    }
}

fn order_of(claimed: &ClaimedEffect) -> Option<Order> {
    match claimed.kind {
        EffectKind::Execute => read(claimed).ok(),
        EffectKind::Tell | EffectKind::Notify | EffectKind::Answer | EffectKind::Show => None,
    }
}

/// What a receiver calls the order that it took.
fn taken(answer: &Value) -> Option<String> {
    let words = ["url", "reference"].into_iter();
    let word = words.filter_map(|name| answer.get(name)).find_map(Value::as_str);
    word.map(|word| format!("the executor took it: {word}"))
}
