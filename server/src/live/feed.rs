//! The task that reads the feed for all streams of the process, and the one that says elsewhere that there is something
//! to read.

use std::{sync::Arc, time::Duration};

use commands::Commands;
use domain::live::Mark;
use store::{LiveBatch, Store};
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

/// Polling is the truth: a lost hint costs a second, never an event.
const POLL: Duration = Duration::from_secs(1);

/// Commits that come within this time share an announcement.
const GATHERING: Duration = Duration::from_millis(100);

/// Before listening is tried again.
const DEAF: Duration = Duration::from_secs(5);

/// Events read at once.
const PIECE: i64 = 500;

/// What the streams are told.
#[derive(Debug)]
pub(super) enum Feed {
    /// The feed went on.
    Moved(LiveBatch),
    /// The feed ends before a place that was read: another database stands in for the one that was lost.
    Broken(Mark),
}

/// Reads the feed from a place on, until `stop`.
pub(super) async fn read(
    commands: Commands,
    mut after: Mark,
    feed: broadcast::Sender<Arc<Feed>>,
    stop: CancellationToken,
) {
    let hint = Arc::new(Notify::new());
    tokio::spawn(listen(commands.store().clone(), Arc::clone(&hint), stop.clone()));
    loop {
        match commands.reads().live_events(after, PIECE).await {
            Ok(piece) => {
                let more = piece.more;
                after = pass_on(piece, after, &commands, &feed);
                if more {
                    continue;
                }
            }
            Err(problem) => tracing::debug!(%problem, "the feed could not be read"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = hint.notified() => {}
            () = tokio::time::sleep(jittered(POLL)) => {}
        }
    }
}

/// Tells the streams, and gives the place to go on from.
fn pass_on(piece: LiveBatch, after: Mark, commands: &Commands, feed: &broadcast::Sender<Arc<Feed>>) -> Mark {
    let upto = piece.upto;
    if upto < Mark::before(after.transaction) {
        tracing::warn!(%after, %upto, "the database's feed ends before what was read; open pages are told to look anew");
        let _ = feed.send(Arc::new(Feed::Broken(upto)));
    } else if upto > after {
        if let Some(first) = piece.events.first() {
            let delay = (commands.now() - first.at).to_std().unwrap_or_default();
            metrics::histogram!("fairway_live_delay_seconds").record(delay.as_secs_f64());
        }
        // Without streams nobody is told, which is no error.
        let _ = feed.send(Arc::new(Feed::Moved(piece)));
    }
    upto
}

/// Turns PostgreSQL's hints into the process's, until `stop`. Without hints everything works, a little later.
async fn listen(store: Store, hint: Arc<Notify>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let heard = async {
            let mut hints = store.live_hints().await?;
            loop {
                hints.next().await?;
                hint.notify_one();
            }
        };
        let ended: Option<store::Result<()>> = stop.run_until_cancelled(heard).await;
        if let Some(Err(problem)) = ended {
            tracing::debug!(%problem, "no hints for now; the feed is read every second");
            stop.run_until_cancelled(tokio::time::sleep(DEAF)).await;
        }
    }
}

/// Announces what this process writes to the feed: after the commit, and one announcement for many commits.
pub async fn announce(store: Store, stop: CancellationToken) {
    let written = store.live_written();
    while stop.run_until_cancelled(written.notified()).await.is_some() {
        if let Err(problem) = store.announce_live().await {
            tracing::debug!(%problem, "nobody was told of a change; they look by themselves");
        }
        tokio::time::sleep(GATHERING).await;
    }
}

/// Up to a fifth more or less, so that processes which started together do not ask together.
fn jittered(time: Duration) -> Duration {
    time.mul_f64(rand::random_range(0.8..1.2))
}
