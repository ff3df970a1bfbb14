//! Deliveries that arrive together are stored together: most of what one costs is its statement and its commit.
//!
//! Nothing waits for company. While a statement runs, what arrives gathers, and the next statement takes all of it.

use std::sync::{Arc, Mutex, PoisonError};

use commands::{CommandError, Commands, Received};
use domain::intake::NewDelivery;
use futures::future::join_all;
use tokio::sync::{Semaphore, oneshot};

/// Statements at once. With one, more come together in each, and each delivery costs the least.
const LANES: usize = 1;
/// The most that one statement takes, so that its first delivery need not wait long for its last.
const MOST: usize = 64;

type Answer = Result<Received, CommandError>;

/// The way into the inbox.
#[derive(Clone)]
pub(super) struct Gathering {
    commands: Commands,
    waiting: Arc<Mutex<Vec<Waiting>>>,
    lanes: Arc<Semaphore>,
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
            waiting: Arc::default(),
            lanes: Arc::new(Semaphore::new(LANES)),
        }
    }

    /// Returns when the delivery is committed, or known, or refused.
    pub async fn receive(&self, delivery: NewDelivery) -> Answer {
        let (answer, mut answered) = oneshot::channel();
        self.queue().push(Waiting { delivery, answer });
        // Whoever finds a lane takes all that wait along, and may find that another took its own.
        let stored = tokio::select! {
            biased;
            stored = &mut answered => stored,
            lane = Arc::clone(&self.lanes).acquire_owned() => {
                // Whoever is being read at this moment comes along.
                tokio::task::yield_now().await;
                let together = self.next();
                let commands = self.commands.clone();
                // A task of its own: a sender that hangs up takes no other's delivery along.
                tokio::spawn(async move {
                    store(&commands, together).await;
                    drop(lane);
                });
                answered.await
            }
        };
        stored.unwrap_or_else(|lost| Err(CommandError::internal(lost)))
    }

    fn next(&self) -> Vec<Waiting> {
        let mut waiting = self.queue();
        let most = waiting.len().min(MOST);
        waiting.drain(..most).collect()
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn store(commands: &Commands, together: Vec<Waiting>) {
    let (deliveries, waiting): (Vec<_>, Vec<_>) =
        together.into_iter().map(|one| (one.delivery, one.answer)).unzip();
    for (answer, waits) in answers(commands, &deliveries).await.into_iter().zip(waiting) {
        // Whoever hung up sends it again and learns then that it is here.
        drop(waits.send(answer));
    }
}

/// An answer for each. What one of them broke breaks no other: then each is tried alone.
async fn answers(commands: &Commands, deliveries: &[NewDelivery]) -> Vec<Answer> {
    if deliveries.is_empty() {
        return Vec::new();
    }
    match commands.receive_deliveries(deliveries).await {
        Ok(answers) => answers,
        Err(problem) if deliveries.len() == 1 => vec![Err(problem)],
        Err(_) => {
            let alone = deliveries.chunks(1).map(|one| commands.receive_deliveries(one));
            let alone = join_all(alone).await.into_iter();
            alone
                .flat_map(|answers| answers.unwrap_or_else(|problem| vec![Err(problem)]))
                .collect()
        }
    }
}
