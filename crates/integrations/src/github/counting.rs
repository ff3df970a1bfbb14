//! How many requests a piece of work sends, whatever becomes of them: those that fail and those for a token count too.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

tokio::task_local! {
    static SENT: Arc<AtomicU64>;
}

/// Does some work and gives beside its outcome how many requests to GitHub it sent.
pub async fn counted<F: Future>(work: F) -> (F::Output, u64) {
    let sent = Arc::new(AtomicU64::new(0));
    let outcome = SENT.scope(Arc::clone(&sent), work).await;
    (outcome, sent.load(Ordering::Relaxed))
}

/// Notes that a request goes out. Outside of [`counted`] nobody asks for the number.
pub(super) fn note_sent() {
    let _uncounted = SENT.try_with(|sent| sent.fetch_add(1, Ordering::Relaxed));
}

#[cfg(test)]
mod tests {
    use super::{counted, note_sent};

    #[tokio::test]
    async fn each_piece_of_work_counts_its_own() {
        note_sent();
        let work = || async {
            note_sent();
            tokio::task::yield_now().await;
            note_sent();
        };
        let (((), one), ((), other)) = tokio::join!(counted(work()), counted(work()));
        assert_eq!((one, other), (2, 2));
        assert_eq!(counted(async { 7 }).await, (7, 0));
    }
}
