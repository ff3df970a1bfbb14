//! The inbox: taking deliveries in, processing each once, giving up visibly, and trying again when a person says so.
//!
//! A delivery is taken in before anything reads it. Its facts and its mark "processed" are committed together, so a
//! process that dies in between leaves nothing half done.

use std::{borrow::Cow, error::Error};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::Action,
    actor::{Actor, Viewer},
    facts::{Observation, ObservedEvent},
    ids::DeliveryId,
    intake::{DeliveryStatus, NewDelivery},
    live::{Change, ChangeKind},
};
use integrations::github;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{
    AuditEntry, DeliveryOutcome, DeliveryToStore, EnqueuedJob, JobKey, Stored, StoredDelivery,
    StrandedDelivery, Tx,
};

use crate::{
    CommandError, Commands, Result,
    access::whole,
    jobs::{Job, ProcessDelivery},
};

/// Tries before a delivery is given up: with the queue's back-off more than three hours, longer than any restart.
const MOST_ATTEMPTS: i32 = 10;

/// A delivery that waits this long without a job has lost it: jobs exist from the delivery's own transaction on.
const STRANDED_AFTER: TimeDelta = TimeDelta::minutes(10);

/// The most that one sweep takes up.
const SWEPT_AT_ONCE: i64 = 5_000;

/// Why a delivery is dead that asks for an answer which nobody could give.
const NO_GITHUB: &str = "a run waits at GitHub for the answer of a protection rule, and no GitHub is set to give it: set \
                         FAIRWAY_GITHUB_APP_ID with its key, or FAIRWAY_GITHUB_TOKEN, then replay this delivery";

/// How the inbox took a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is new: stored, and its job waits.
    New,
    /// It was received before, with the same body: nothing happens.
    Duplicate,
}

/// How the processing of a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processed {
    /// Its facts are stored.
    Stored,
    /// It says nothing that Fairway uses.
    Ignored,
    /// It cannot be processed and waits for a person.
    Dead,
    /// There was nothing to do: it is processed already, or gone.
    Nothing,
}

impl Commands {
    /// Takes verified deliveries in, all in one commit: they and their jobs are committed when this returns. Gives an answer
    /// for each, in their order: [`CommandError::Conflict`] when another body came under the same id, which is noted as a
    /// security event.
    ///
    /// # Errors
    /// Whatever kept all of them from being stored.
    pub async fn receive_deliveries(&self, new: &[NewDelivery]) -> Result<Vec<Result<Received>>> {
        let received_at = self.now();
        let to_store = new.iter().map(|delivery| {
            let id = self.id();
            Ok(DeliveryToStore {
                id,
                received_at,
                delivery,
                body_sha256: Sha256::digest(&delivery.body).into(),
                payload: serde_json::to_value(ProcessDelivery { id, received_at })
                    .map_err(CommandError::internal)?,
            })
        });
        let to_store = to_store.collect::<Result<Vec<_>>>()?;
        let stored = self
            .store
            .insert_deliveries(ProcessDelivery::TASK, &to_store)
            .await?;
        let mut answers = Vec::with_capacity(new.len());
        for (delivery, stored) in new.iter().zip(stored) {
            answers.push(self.received(delivery, stored).await);
        }
        Ok(answers)
    }

    async fn received(&self, new: &NewDelivery, stored: Stored) -> Result<Received> {
        match stored {
            Stored::New => Ok(Received::New),
            Stored::Duplicate => Ok(Received::Duplicate),
            Stored::OtherBody => {
                let detail = json!({ "delivery_id": new.delivery_id, "event": new.event });
                self.note_security_event("delivery_id_reused", &new.source, &detail)
                    .await?;
                let why = "a delivery with this id and another body was received before; nothing was stored; \
                           let the sender make a new id for each new delivery";
                Err(CommandError::Conflict { why: why.to_owned() })
            }
        }
    }

    /// Notes something that looks like an attack or a misconfigured sender.
    pub async fn note_security_event(&self, kind: &str, source: &str, detail: &Value) -> Result<()> {
        let (id, at) = (self.id(), self.now());
        Ok(self
            .store
            .insert_security_event(id, at, (kind, source), detail)
            .await?)
    }

    /// Processes a stored delivery. What fails too often is dead, which is no error.
    ///
    /// # Errors
    /// What the attempt met, when trying again may help; it is noted on the delivery first.
    pub async fn process_delivery(&self, job: &ProcessDelivery) -> Result<Processed> {
        let error = match self.try_process_delivery(job).await {
            Ok(processed) => return Ok(processed),
            Err(error) => error,
        };
        let words = in_full(&error);
        let mut tx = self.store.begin(&system("fairway")).await?;
        let stored = tx.delivery_to_process(job.id, job.received_at).await?;
        let Some(stored) = stored.filter(|stored| stored.status == DeliveryStatus::Received) else {
            return Ok(Processed::Nothing);
        };
        let gives_up = stored.attempts + 1 >= MOST_ATTEMPTS || !error.is_passing();
        tracing::warn!(delivery = %job.id, error = words, gives_up, "a delivery was not processed");
        let outcome = DeliveryOutcome {
            status: if gives_up {
                DeliveryStatus::Dead
            } else {
                DeliveryStatus::Received
            },
            action: None,
            repository: None,
            error: Some(&words),
            at: self.now(),
        };
        tx.finish_delivery(job.id, job.received_at, &outcome).await?;
        tx.note_changes([Change::of(ChangeKind::Delivery)], self.now());
        tx.commit().await?;
        if gives_up { Ok(Processed::Dead) } else { Err(error) }
    }

    async fn try_process_delivery(&self, job: &ProcessDelivery) -> Result<Processed> {
        // The delivery is read first and its sender is the actor of everything that follows from it.
        let mut tx = self.store.begin(&system("github")).await?;
        let Some(stored) = tx.delivery_to_process(job.id, job.received_at).await? else {
            return Ok(Processed::Nothing);
        };
        if stored.status != DeliveryStatus::Received {
            return Ok(Processed::Nothing);
        }
        let body = github::json_of(&stored.body);
        let outline = github::outline(&body);
        let (processed, error) = self.understand(&mut tx, &stored, &body).await?;
        let outcome = DeliveryOutcome {
            status: match processed {
                Processed::Stored => DeliveryStatus::Processed,
                Processed::Ignored | Processed::Nothing => DeliveryStatus::Ignored,
                Processed::Dead => DeliveryStatus::Dead,
            },
            action: outline.action.as_deref(),
            repository: outline.repository.as_deref(),
            error: error.as_deref(),
            at: self.now(),
        };
        tx.finish_delivery(job.id, job.received_at, &outcome).await?;
        tx.note_changes([Change::of(ChangeKind::Delivery)], self.now());
        tx.commit().await?;
        Ok(processed)
    }

    /// What cannot be read now cannot be read at the next attempt either: it is dead at once, until a newer version of
    /// Fairway or a person replays it.
    async fn understand(
        &self,
        tx: &mut Tx,
        stored: &StoredDelivery,
        json: &[u8],
    ) -> Result<(Processed, Option<String>)> {
        match github::facts(&stored.event, json) {
            Ok(Some(observation)) if self.owes_an_answer(&observation) => {
                Ok((Processed::Dead, Some(NO_GITHUB.to_owned())))
            }
            Ok(Some(observation)) => {
                self.observe_in(tx, &observation).await?;
                Ok((Processed::Stored, None))
            }
            Ok(None) => Ok((Processed::Ignored, None)),
            Err(unreadable) => {
                tracing::warn!(%unreadable, "a delivery cannot be read");
                Ok((Processed::Dead, Some(unreadable.to_string())))
            }
        }
    }

    /// Whether GitHub waits for an answer that nobody could give.
    fn owes_an_answer(&self, observation: &Observation) -> bool {
        let asks = matches!(&observation.event, ObservedEvent::ProtectionRule(rule) if rule.is_requested);
        asks && self.github().is_none()
    }

    /// Processes a delivery again, whatever became of it before. Its facts are stored once all the same.
    pub async fn replay_delivery(&self, by: &Viewer, id: DeliveryId) -> Result<()> {
        whole(by, Action::ReplayDelivery)?;
        let missing = || CommandError::not_found(format!("delivery {id}"));
        if !self.reads_of(by).is_delivery_seen(id).await? {
            return Err(missing());
        }
        let mut tx = self.store.begin(by.actor()).await?;
        let Some((received_at, before)) = tx.reset_delivery(id).await? else {
            return Err(missing());
        };
        tx.enqueue(processing(id, received_at)?).await?;
        tx.audit(self.replay_entry(id, before, self.now())).await?;
        tx.commit().await?;
        Ok(())
    }

    fn replay_entry(&self, id: DeliveryId, before: DeliveryStatus, at: DateTime<Utc>) -> AuditEntry<'static> {
        AuditEntry {
            id: self.id(),
            at,
            action: "delivery.replay",
            subject: format!("delivery:{id}"),
            reason: None,
            before: Some(json!({ "status": before })),
            after: Some(json!({ "status": DeliveryStatus::Received })),
        }
    }

    /// Gives deliveries that wait without a job a new one: the queue lost theirs, or gave it up. That counts as a try, so
    /// that a delivery that ends every process which takes it is dead in the end. Run by the clock; gives how many it found.
    pub async fn sweep_deliveries(&self) -> Result<usize> {
        let (task, now) = (ProcessDelivery::TASK, self.now());
        let mut tx = self.store.begin(&system("fairway")).await?;
        let stranded = tx
            .stranded_deliveries(task, now - STRANDED_AFTER, SWEPT_AT_ONCE)
            .await?;
        for delivery in &stranded {
            let StrandedDelivery {
                id,
                received_at,
                attempts,
                job_error,
            } = delivery;
            let words = job_error.as_deref().unwrap_or("the queue lost its job");
            let gives_up = attempts + 1 >= MOST_ATTEMPTS;
            let outcome = DeliveryOutcome {
                status: if gives_up {
                    DeliveryStatus::Dead
                } else {
                    DeliveryStatus::Received
                },
                action: None,
                repository: None,
                error: Some(words),
                at: now,
            };
            tx.finish_delivery(*id, *received_at, &outcome).await?;
            tx.drop_dead_jobs_of_delivery(task, &id.to_string()).await?;
            if !gives_up {
                tx.enqueue(processing(*id, *received_at)?).await?;
            }
            tracing::warn!(delivery = %id, error = words, gives_up, "a delivery waited without a job");
        }
        tx.commit().await?;
        Ok(stranded.len())
    }

    /// Takes the jobs of deliveries out of the queue that were processed without them, so that others need not wait behind
    /// them; gives how many there were.
    pub async fn drop_needless_jobs(&self) -> Result<u64> {
        let mut tx = self.store.begin(&system("fairway")).await?;
        let dropped = tx.drop_jobs_of_done_deliveries(ProcessDelivery::TASK).await?;
        tx.commit().await?;
        Ok(dropped)
    }

    /// Tells waiting workers that there is something to do.
    pub async fn wake_workers(&self) -> Result<()> {
        Ok(self.store.wake_workers().await?)
    }
}

/// The job that processes a delivery again. Pressing the button twice enqueues it once.
fn processing(id: DeliveryId, received_at: DateTime<Utc>) -> Result<EnqueuedJob> {
    let mut job = ProcessDelivery { id, received_at }.enqueued()?;
    job.key = Some(JobKey(format!("{}:{id}", ProcessDelivery::TASK)));
    Ok(job)
}

/// An outside system, or Fairway itself, as an actor.
pub(crate) fn system(name: &str) -> Actor {
    Actor::System {
        name: name.to_owned(),
    }
}

/// An error with everything below it, for the page of deliveries.
pub(crate) fn in_full(error: &CommandError) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(below) = source {
        let more: Cow<'_, str> = below.to_string().into();
        if !words.ends_with(&*more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        source = below.source();
    }
    words
}
