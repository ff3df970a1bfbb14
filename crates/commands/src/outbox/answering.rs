//! What becomes of an order, told to the drive that gave it: a receiver that refuses ends the phase with its words.

use chrono::{DateTime, Utc};
use domain::{
    deploys::drive::{
        Phase,
        inputs::{Outcome, Report, Subject, Told},
    },
    executors::Order,
    outbox::{EffectKind, Fate},
};
use serde_json::Value;
use store::{ClaimedEffect, Tx};

use super::sending::read;
use crate::{Commands, Result, drives::tell_in};

impl Commands {
    /// Tells the drive whose order this is, in the unit of work in which it is marked. What the executor itself said goes before
    /// that an order was taken, and a failure stays one.
    pub(super) async fn tell_orderer(
        &self,
        tx: &mut Tx,
        claimed: &ClaimedEffect,
        (fate, now): (&Fate, DateTime<Utc>),
    ) -> Result<()> {
        let (outcome, note) = match fate {
            Fate::Sent(answer) => (Outcome::Running, taken(answer)),
            Fate::Dead { words } => (Outcome::Failed, Some(words.clone())),
            Fate::Again { .. } => return Ok(()),
        };
        let order = match claimed.kind {
            EffectKind::Execute => read::<Order>(claimed).ok(),
            EffectKind::Tell | EffectKind::Notify | EffectKind::Answer | EffectKind::Show => None,
        };
        let Some(order) = order else { return Ok(()) };
        if let Some(run) = run(fate) {
            Box::pin(self.join_run(tx, run, order.deploy)).await?;
        }
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
            pulled: None,
            note,
        });
        let subject = Subject::of_phase(phase, place.round, place.step);
        tell_in(tx, place.deploy, (&subject, &told), now).await?;
        Ok(())
    }
}

/// The run of Actions that an order started.
fn run(fate: &Fate) -> Option<i64> {
    match fate {
        Fate::Sent(answer) => answer.get("run").and_then(Value::as_i64),
        Fate::Again { .. } | Fate::Dead { .. } => None,
    }
}

/// What a receiver calls the order that it took.
fn taken(answer: &Value) -> Option<String> {
    let words = ["url", "reference"].into_iter();
    let word = words.filter_map(|name| answer.get(name)).find_map(Value::as_str);
    word.map(|word| format!("the executor took it: {word}"))
}
