//! A month of work on GitHub, posted as signed deliveries to a running Fairway: `month URL`.
//!
//! `FAIRWAY_GITHUB_WEBHOOK_SECRET` signs. With `MONTH_GITHUB_LISTEN` the same GitHub answers Fairway's own questions there.
//! Deliveries come a little out of order and one in ten comes twice, as from GitHub. Prints, as JSON, what the pages must
//! show; then, when it answers questions, waits until its input ends.

mod expected;
mod lane;
mod script;

use std::{env, error::Error, io};

use chrono::{TimeDelta, Utc};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use tests::fakes::github::{Delivery, FakeGithub, World};
use tokio::net::TcpListener;

/// How many deliveries are on their way at the same time, and so change places.
const TOGETHER: usize = 8;
/// Percent of the deliveries that come a second time.
const REPEATED: usize = 10;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: month URL, with FAIRWAY_GITHUB_WEBHOOK_SECRET set";
    let url = env::args().nth(1).ok_or(usage)?;
    let secret = env::var("FAIRWAY_GITHUB_WEBHOOK_SECRET").map_err(|_| usage)?;
    // The last act lies more than a day back, so that every deployment is old enough to be judged.
    let start = (Utc::now() - TimeDelta::days(32)).date_naive();
    let start = start.and_hms_opt(8, 0, 0).ok_or("no such morning")?.and_utc();
    let world = World::starting(start);
    let (deliveries, mut expected) = script::play(&world, start);
    let github = match env::var("MONTH_GITHUB_LISTEN") {
        Ok(address) => Some(FakeGithub::serve_on(world, TcpListener::bind(address).await?)),
        Err(_) => None,
    };
    let posted = as_sent(&deliveries);
    expected.posted = posted.len();
    let endpoint = format!("{}/webhooks/github", url.trim_end_matches('/'));
    post(&posted, &endpoint, &secret).await?;
    println!("{}", serde_json::to_string(&expected)?);
    if github.is_some() {
        tokio::task::spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink())).await??;
    }
    Ok(())
}

/// Neighbours change places, and some come again later.
fn as_sent(deliveries: &[Delivery]) -> Vec<Delivery> {
    let mut rng = StdRng::seed_from_u64(11);
    let mut sent: Vec<Delivery> = deliveries.to_vec();
    sent.chunks_mut(TOGETHER).for_each(|near| near.shuffle(&mut rng));
    for _ in 0..deliveries.len() * REPEATED / 100 {
        let first = rng.random_range(0..sent.len());
        let again = rng.random_range(first + 1..=sent.len());
        sent.insert(again, sent[first].clone());
    }
    sent
}

async fn post(deliveries: &[Delivery], endpoint: &str, secret: &str) -> Result<(), Box<dyn Error>> {
    let client = reqwest::Client::new();
    for delivery in deliveries {
        let answer = delivery.post(&client, endpoint, secret).await?;
        if answer.status() != http::StatusCode::ACCEPTED {
            return Err(format!("{} of {} {}", answer.status(), delivery.event, delivery.id).into());
        }
    }
    Ok(())
}
