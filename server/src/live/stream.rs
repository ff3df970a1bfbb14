//! One stream: what it missed, then what comes, then word to go elsewhere.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::response::sse;
use domain::{
    live::{Event, Mark, Topics},
    sight::Sight,
};
use futures::stream;
use tokio::{
    sync::{
        OwnedSemaphorePermit,
        broadcast::{self, error::RecvError},
    },
    time::{Interval, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;

use super::{Live, feed::Feed};

/// How often a stream says that it lives: within what proxies and address translation allow a silent connection.
const BEAT: Duration = Duration::from_secs(15);

/// How long a browser waits before it resumes by itself.
const RETRY: Duration = Duration::from_secs(2);

/// The most missed events that are sent one by one; a page that missed more looks anew.
const MOST_MISSED: i64 = 1_000;

/// What a stream says beside changes. Changes are called `change`.
#[derive(Clone, Copy)]
enum Word {
    /// Still here; with the place up to which everything was said.
    Beat,
    /// Something may have been missed: look anew.
    Reset,
    /// This process ends: resume elsewhere.
    Reconnect,
}

/// What a stream is told: what the page wants to hear of, as far as whoever looks at it may.
pub(super) struct Ears {
    pub topics: Topics,
    pub sight: Sight,
}

impl Ears {
    fn hear(&self, event: &Event) -> bool {
        self.sight.hears(event.audience) && self.topics.cover(&event.change)
    }
}

/// One stream.
pub(super) struct Stream {
    feed: broadcast::Receiver<Arc<Feed>>,
    ears: Ears,
    /// The place up to which everything was said or is waiting.
    upto: Mark,
    waiting: VecDeque<sse::Event>,
    beat: Interval,
    stop: CancellationToken,
    ended: bool,
    _open: Open,
}

/// A stream's share of the room, counted.
struct Open(#[expect(dead_code, reason = "is given back when dropped")] OwnedSemaphorePermit);

impl Open {
    fn new(room: OwnedSemaphorePermit) -> Self {
        metrics::gauge!("fairway_live_streams").increment(1.0);
        Self(room)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        metrics::gauge!("fairway_live_streams").decrement(1.0);
    }
}

impl Stream {
    /// A stream that goes on after a place; without one, with what comes from now on.
    pub async fn begin(
        live: &Live,
        ears: Ears,
        after: Option<Mark>,
        room: OwnedSemaphorePermit,
    ) -> store::Result<Self> {
        // Before the database is read: what the reading does not show yet will come by the feed.
        let feed = live.feed.subscribe();
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beat.reset();
        let mut stream = Self {
            feed,
            ears,
            upto: Mark::default(),
            waiting: VecDeque::new(),
            beat,
            stop: live.stop.clone(),
            ended: false,
            _open: Open::new(room),
        };
        stream.catch_up(live, after).await?;
        Ok(stream)
    }

    async fn catch_up(&mut self, live: &Live, after: Option<Mark>) -> store::Result<()> {
        let Some(after) = after else {
            self.upto = live.reads.live_end().await?;
            self.say(Word::Beat);
            return Ok(());
        };
        let missed = live.reads.live_events(after, MOST_MISSED).await?;
        // Looked at afterwards, since what is kept only shrinks.
        let oldest = live.reads.oldest_live_transaction().await?;
        let forgotten = oldest.is_some_and(|oldest| after.transaction < oldest);
        let from_elsewhere = missed.upto < Mark::before(after.transaction);
        if missed.more || forgotten || from_elsewhere {
            self.upto = live.reads.live_end().await?;
            self.say(Word::Reset);
        } else {
            self.upto = after;
            self.say(Word::Beat);
            self.take(&missed.events, missed.upto);
        }
        Ok(())
    }

    /// The events as the browser gets them.
    pub fn events(self) -> impl futures::Stream<Item = Result<sse::Event, Infallible>> {
        stream::unfold(self, |mut stream| async move {
            let event = stream.next().await?;
            Some((Ok(event), stream))
        })
    }

    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {
                    self.ended = true;
                    self.say(Word::Reconnect);
                }
                piece = self.feed.recv() => self.hear(piece.as_deref()),
                _ = self.beat.tick() => self.say(Word::Beat),
            }
        }
    }

    fn hear(&mut self, piece: Result<&Feed, &RecvError>) {
        match piece {
            Ok(Feed::Moved(piece)) => self.take(&piece.events, piece.upto),
            Ok(Feed::Broken(end)) => {
                self.upto = *end;
                self.say(Word::Reset);
            }
            // The place stays: whoever resumes from here is sent what was passed over.
            Err(RecvError::Lagged(_)) => self.say(Word::Reset),
            Err(RecvError::Closed) => self.ended = true,
        }
    }

    /// Lets the events wait that the page wants and that it was not told of.
    fn take(&mut self, events: &[Event], upto: Mark) {
        let known = self.upto;
        let wanted = events
            .iter()
            .filter(|event| event.mark > known && self.ears.hear(event));
        self.waiting.extend(wanted.map(change));
        self.upto = known.max(upto);
    }

    fn say(&mut self, word: Word) {
        let event = match word {
            Word::Beat => sse::Event::default().event("beat").retry(RETRY),
            Word::Reset => {
                metrics::counter!("fairway_live_resets_total").increment(1);
                sse::Event::default().event("reset")
            }
            Word::Reconnect => sse::Event::default().event("reconnect"),
        };
        self.waiting.push_back(event.id(self.upto.to_string()).data("-"));
    }
}

/// A change as the browser gets it: the kind and what it is about, with its place as the id.
fn change(event: &Event) -> sse::Event {
    let mut words = event.change.kind.as_str().to_owned();
    let about = [
        event.change.service.map(|id| id.to_string()),
        event.change.deploy.map(|id| id.to_string()),
    ];
    for id in about.into_iter().flatten() {
        words.push(' ');
        words.push_str(&id);
    }
    sse::Event::default()
        .event("change")
        .id(event.mark.to_string())
        .data(words)
}
