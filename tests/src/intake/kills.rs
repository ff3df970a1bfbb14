//! Deliveries while the server is killed again and again: none is lost, none counts twice, and the history is that of an
//! undisturbed day.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use commands::jobs::ProcessDelivery;
use domain::{ids::ServiceId, intake::NewDelivery};
use reqwest::StatusCode;
use sqlx::{ConnectOptions, PgPool};
use tests::fakes::github::Delivery;
use tokio::sync::watch;

use super::{commands, facts, order::register, scripts};
use crate::{
    harness::client,
    process::{Fairway, Folder},
};

const SECRET: &str = "a secret that nobody guesses";
/// Requests at once: more than one, so that a kill meets requests and jobs in every state.
const SENDERS: usize = 8;
/// Far more than what is seen: a restart takes a second, a dead process's jobs are taken over after twenty.
const PATIENCE: Duration = Duration::from_secs(400);

#[sqlx::test(migrations = false)]
async fn a_thousand_deliveries_survive_three_kills(pool: PgPool) {
    survive(pool, 1_000, 3).await;
}

/// The long version, for `make soak`.
#[sqlx::test(migrations = false)]
#[ignore = "minutes long; run by `make soak`"]
async fn soak_ten_thousand_deliveries_survive_twenty_kills(pool: PgPool) {
    survive(pool, 10_000, 20).await;
}

/// `sent` deliveries, of which 30 % are repetitions, in any order, with `kills` kills on the way.
async fn survive(pool: PgPool, sent: usize, kills: usize) {
    let distinct = scripts::long(sent * 10 / 13);
    let expected = undisturbed(&pool, &distinct).await;
    facts::forget(&pool).await;
    register(&commands(&pool).await).await;

    let deliveries = scripts::shuffled(&distinct, 30, 1);
    let folder = Folder::new("kills").with_site();
    let url = pool.connect_options().to_url_lossy().to_string();
    let variables = [("DATABASE_URL", &*url), ("FAIRWAY_GITHUB_WEBHOOK_SECRET", SECRET)];
    let mut fairway = Fairway::serve(&folder, &variables).await;
    let (say, address) = watch::channel(fairway.address);
    let total = deliveries.len();
    let left = Arc::new(Mutex::new(VecDeque::from(deliveries)));
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| tokio::spawn(send(Arc::clone(&left), address.clone())))
        .collect();
    for kill in 1..=kills {
        until(
            || async { total - left.lock().unwrap().len() >= total * kill / (kills + 1) },
            "deliveries are sent",
        )
        .await;
        fairway.signal("KILL");
        fairway.ended().await;
        fairway = Fairway::serve(&folder, &variables).await;
        say.send(fairway.address).unwrap();
    }
    for sender in senders {
        sender.await.unwrap();
    }
    until(|| idle(&pool), "every job has run").await;

    let states: Vec<(String, i64)> = sqlx::query_as("select status, count(*) from deliveries group by 1")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(
        states,
        [("processed".to_owned(), i64::try_from(distinct.len()).unwrap())]
    );
    facts::assert_same(&expected, &facts::history(&pool).await, "after the kills");
}

/// What the same deliveries give in their order, once each, in a process that lives.
async fn undisturbed(pool: &PgPool, deliveries: &[Delivery]) -> facts::Stored {
    let commands = commands(pool).await;
    register(&commands).await;
    for delivery in deliveries {
        let new = NewDelivery {
            source: "github".into(),
            delivery_id: delivery.id.clone(),
            event: delivery.event.clone(),
            body: delivery.body.clone(),
        };
        commands.receive_delivery(&new).await.unwrap();
        let (id, received_at): (uuid::Uuid, _) =
            sqlx::query_as("select id, received_at from delivery_keys where delivery_id = $1")
                .bind(&delivery.id)
                .fetch_one(pool)
                .await
                .unwrap();
        commands
            .process_delivery(&ProcessDelivery {
                id: id.into(),
                received_at,
            })
            .await
            .unwrap();
    }
    let services: Vec<uuid::Uuid> = sqlx::query_scalar("select id from services")
        .fetch_all(pool)
        .await
        .unwrap();
    for service in services {
        commands.derive_service(ServiceId(service)).await.unwrap();
    }
    facts::history(pool).await
}

/// Sends what is left, each until it is answered 202.
async fn send(left: Arc<Mutex<VecDeque<Delivery>>>, mut address: watch::Receiver<SocketAddr>) {
    let client = client();
    loop {
        let next = left.lock().unwrap().pop_front();
        let Some(delivery) = next else { return };
        loop {
            let url = format!("http://{}/webhooks/github", *address.borrow_and_update());
            match delivery.post(&client, &url, SECRET).await {
                Ok(answer) if answer.status() == StatusCode::ACCEPTED => break,
                Ok(answer) => assert!(answer.status().is_server_error(), "{}", answer.status()),
                Err(_) => {}
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn idle(pool: &PgPool) -> bool {
    let waiting: i64 = sqlx::query_scalar(
        "select (select count(*) from deliveries where status = 'received')
             + (select count(*) from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
                where t.identifier in ('process_delivery', 'derive_service') and (j.attempts < j.max_attempts or j.locked_at is not null))",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    waiting == 0
}

async fn until<F: Future<Output = bool>>(mut holds: impl FnMut() -> F, what: &str) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
