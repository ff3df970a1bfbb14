//! Deliveries that arrive together are stored together: most of what one costs is its statement and its commit.
//!
//! Nothing waits for company where nothing runs. While a statement runs, what arrives gathers for the next one; once enough
//! have, that one runs beside it.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use commands::{CommandError, Commands, Received};
use domain::intake::NewDelivery;
use futures::FutureExt;
use tokio::{sync::oneshot, time::timeout};

/// So many make a second statement worth its cost.
const COMPANY: usize = 6;
/// The most that one statement takes, so that its first delivery need not wait long for its last.
const MOST: usize = 64;
/// Bodies beyond this share no statement, so that three of the largest do not take three times as long together.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// A sender gives up after ten seconds; a statement that hangs so long must hold nobody else up.
const PATIENCE: Duration = Duration::from_secs(8);

type Answer = Result<Received, CommandError>;

/// The way into the inbox.
#[derive(Clone)]
pub(super) struct Gathering {
    commands: Commands,
    hall: Arc<Mutex<Hall>>,
}

/// Who waits, and how many statements run.
#[derive(Default)]
struct Hall {
    waiting: Vec<Waiting>,
    running: usize,
}

/// A delivery, and whoever waits until it is stored.
struct Waiting {
    delivery: NewDelivery,
    answer: oneshot::Sender<Answer>,
}

impl Gathering {
    pub fn new(commands: &Commands) -> Self {
        Self {
            commands: commands.clone(),
            hall: Arc::default(),
        }
    }

    /// Returns when the delivery is committed, or known, or refused.
    pub async fn receive(&self, delivery: NewDelivery) -> Answer {
        let (answer, answered) = oneshot::channel();
        let together = {
            let mut hall = self.hall();
            hall.waiting.push(Waiting { delivery, answer });
            hall.begin()
        };
        if let Some(together) = together {
            // A task of its own: a sender that hangs up takes no other's delivery along.
            tokio::spawn(self.clone().store(together));
        }
        answered.await.unwrap_or(Err(CommandError::Unavailable {
            system: "PostgreSQL",
            retry_at: None,
        }))
    }

    async fn store(self, together: Vec<Waiting>) {
        let mut next = Some(together);
        while let Some(together) = next {
            let running = Running(&self);
            let answered = AssertUnwindSafe(answer(&self.commands, together)).catch_unwind();
            if !matches!(timeout(PATIENCE, answered).await, Ok(Ok(()))) {
                tracing::warn!("a statement of the inbox hung or broke; its senders are told to send again");
            }
            drop(running);
            next = self.hall().begin();
        }
    }

    fn hall(&self) -> MutexGuard<'_, Hall> {
        self.hall.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hall {
    /// Those that go into a statement now, which counts as running.
    fn begin(&mut self) -> Option<Vec<Waiting>> {
        // Whoever hung up sends it again; its body is held no longer.
        self.waiting.retain(|one| !one.answer.is_closed());
        let enough = match self.running {
            0 => 1,
            1 => COMPANY,
            _ => return None,
        };
        if self.waiting.len() < enough {
            return None;
        }
        self.running += 1;
        let mut bytes = 0;
        let fits = |one: &&Waiting| {
            let is_first = bytes == 0;
            bytes += one.delivery.body.len();
            is_first || bytes <= MOST_BYTES
        };
        let most = self.waiting.iter().take(MOST).take_while(fits).count();
        Some(self.waiting.drain(..most).collect())
    }
}

/// A statement that runs, until it is dropped.
struct Running<'a>(&'a Gathering);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.hall().running -= 1;
    }
}

async fn answer(commands: &Commands, together: Vec<Waiting>) {
    let (deliveries, waiting): (Vec<_>, Vec<_>) =
        together.into_iter().map(|one| (one.delivery, one.answer)).unzip();
    for (answer, waits) in answers(commands, &deliveries).await.into_iter().zip(waiting) {
        // Whoever hung up sends it again and learns then that it is here.
        drop(waits.send(answer));
    }
}

/// An answer for each. What one of them broke breaks no other: then each is tried alone.
async fn answers(commands: &Commands, deliveries: &[NewDelivery]) -> Vec<Answer> {
    match commands.receive_deliveries(deliveries).await {
        Ok(answers) => answers,
        Err(problem) if deliveries.len() == 1 => vec![Err(problem)],
        // Each alone would wait as long again.
        Err(CommandError::Unavailable { system, retry_at }) => deliveries
            .iter()
            .map(|_| Err(CommandError::Unavailable { system, retry_at }))
            .collect(),
        Err(_) => {
            let mut answers = Vec::with_capacity(deliveries.len());
            for alone in deliveries.chunks(1) {
                let answer = commands.receive_deliveries(alone).await;
                answers.extend(answer.unwrap_or_else(|problem| vec![Err(problem)]));
            }
            answers
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many arrive; whoever drops what this gives hung up.
    fn arrive(hall: &mut Hall, count: usize) -> Vec<oneshot::Receiver<Answer>> {
        let arrive = |_| {
            let delivery = NewDelivery {
                source: "github".into(),
                delivery_id: "d".into(),
                event: "ping".into(),
                body: Vec::new(),
            };
            let (answer, answered) = oneshot::channel();
            hall.waiting.push(Waiting { delivery, answer });
            answered
        };
        (0..count).map(arrive).collect()
    }

    fn begun(hall: &mut Hall) -> Option<usize> {
        hall.begin().map(|together| together.len())
    }

    #[test]
    fn the_first_goes_at_once_and_others_in_company() {
        let mut hall = Hall::default();
        assert_eq!(begun(&mut hall), None, "nobody waits");
        let _one = arrive(&mut hall, 1);
        assert_eq!(begun(&mut hall), Some(1));
        let _few = arrive(&mut hall, COMPANY - 1);
        assert_eq!(begun(&mut hall), None, "one runs");
        let _enough = arrive(&mut hall, 1);
        assert_eq!(begun(&mut hall), Some(COMPANY));
        let _many = arrive(&mut hall, MOST + 1);
        assert_eq!(begun(&mut hall), None, "two run");
        hall.running = 0;
        assert_eq!(begun(&mut hall), Some(MOST));
        assert_eq!(begun(&mut hall), None, "the last one waits for the first");
    }

    #[test]
    fn whoever_hung_up_is_not_kept() {
        let mut hall = Hall::default();
        let stays = arrive(&mut hall, 2);
        drop(arrive(&mut hall, 3));
        assert_eq!(begun(&mut hall), Some(2));
        drop(stays);
    }
}
