//! Deliveries that arrive together are stored together: most of what one costs is its statement and its commit.
//!
//! Nothing waits for company where nothing runs. While a statement runs, what arrives gathers for the next one; once enough
//! have, that one runs beside it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use commands::{CommandError, Commands, Received};
use domain::intake::NewDelivery;
use futures::future::join_all;
use tokio::sync::oneshot;

/// So many make a second statement worth its cost.
const COMPANY: usize = 6;
/// The most that one statement takes, so that its first delivery need not wait long for its last.
const MOST: usize = 64;

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
        answered
            .await
            .unwrap_or_else(|lost| Err(CommandError::internal(lost)))
    }

    async fn store(self, together: Vec<Waiting>) {
        let mut next = Some(together);
        while let Some(together) = next {
            let running = Running(&self);
            answer(&self.commands, together).await;
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
        let enough = match self.running {
            0 => 1,
            1 => COMPANY,
            _ => return None,
        };
        let most = self.waiting.len().min(MOST);
        (most >= enough).then(|| {
            self.running += 1;
            self.waiting.drain(..most).collect()
        })
    }
}

/// A statement that runs, until it is dropped: also where it ends in a panic, or nobody would begin another.
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
        Err(_) => {
            let alone = deliveries.chunks(1).map(|one| commands.receive_deliveries(one));
            let alone = join_all(alone).await.into_iter();
            alone
                .flat_map(|answers| answers.unwrap_or_else(|problem| vec![Err(problem)]))
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrive(hall: &mut Hall, count: usize) {
        for _ in 0..count {
            let delivery = NewDelivery {
                source: "github".into(),
                delivery_id: "d".into(),
                event: "ping".into(),
                body: Vec::new(),
            };
            let (answer, _) = oneshot::channel();
            hall.waiting.push(Waiting { delivery, answer });
        }
    }

    #[test]
    fn the_first_goes_at_once_and_others_in_company() {
        let mut hall = Hall::default();
        let begun = |hall: &mut Hall| hall.begin().map(|together| together.len());
        assert_eq!(begun(&mut hall), None, "nobody waits");
        arrive(&mut hall, 1);
        assert_eq!(begun(&mut hall), Some(1));
        arrive(&mut hall, COMPANY - 1);
        assert_eq!(begun(&mut hall), None, "one runs");
        arrive(&mut hall, 1);
        assert_eq!(begun(&mut hall), Some(COMPANY));
        arrive(&mut hall, MOST + 1);
        assert_eq!(begun(&mut hall), None, "two run");
        hall.running = 0;
        assert_eq!(begun(&mut hall), Some(MOST));
        assert_eq!(begun(&mut hall), None, "the last one waits for the first");
    }
}
