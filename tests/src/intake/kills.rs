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

use super::{commands, facts, order::register, scripts, take_in};
use crate::{
    harness::client,
    process::{Fairway, Folder},
    soak,
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

/// The long version, for `make soak`, which keeps what it says in docs/soak.md.
#[sqlx::test(migrations = false)]
#[ignore = "minutes long; run by `make soak`"]
async fn soak_ten_thousand_deliveries_survive_twenty_kills(pool: PgPool) {
    let survived = survive(pool, 10_000, 20).await;
    soak::note("deliveries", &survived.rows());
}

/// A database that goes away for a while takes the queue's listener and pollers with it; jobs must run again by themselves.
#[sqlx::test(migrations = false)]
async fn jobs_go_on_after_the_database_was_away(pool: PgPool) {
    let commands = commands(&pool).await;
    register(&commands).await;
    let url = pool.connect_options().to_url_lossy();
    let folder = Folder::new("outage").with_site();
    let variables = [
        ("DATABASE_URL", url.as_str()),
        ("FAIRWAY_GITHUB_WEBHOOK_SECRET", SECRET),
    ];
    let fairway = Fairway::serve(&folder, &variables).await;

    let admin = PgPool::connect_with((*pool.connect_options()).clone().database("postgres"))
        .await
        .unwrap();
    let name = url.path().trim_start_matches('/').to_owned();
    let accept = async |whether: bool| {
        let statement = format!("alter database \"{name}\" allow_connections {whether}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&admin)
            .await
            .unwrap();
    };
    accept(false).await;
    sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
        .bind(&name)
        .execute(&admin)
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let answer = client()
        .get(format!("http://{}/services", fairway.address))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
    accept(true).await;

    let log = std::fs::read_to_string(folder.0.join("log")).unwrap();
    assert!(
        log.contains("the job runner stopped") || log.contains("failed to fetch jobs"),
        "the outage reached the queue"
    );
    let (senders, receiver) = watch::channel(fairway.address);
    let left = Arc::new(Mutex::new(scripts::short().into_iter().collect::<VecDeque<_>>()));
    send(left, receiver).await;
    drop(senders);
    until(|| idle(&pool), "jobs run again").await;
}

/// What such a run was and what came of it.
struct Survived {
    sent: usize,
    distinct: usize,
    kills: usize,
    lost: i64,
    doubled: i64,
    repeated: usize,
    took: Duration,
}

impl Survived {
    fn rows(&self) -> [(&'static str, String); 8] {
        [
            ("deliveries sent on purpose", self.sent.to_string()),
            (
                "of these, repetitions of one sent before",
                (self.sent - self.distinct).to_string(),
            ),
            (
                "sent again because a kill left them unanswered",
                self.repeated.to_string(),
            ),
            ("kills", self.kills.to_string()),
            ("lost", self.lost.to_string()),
            ("stored twice", self.doubled.to_string()),
            ("history equal to that of the run in order", "yes".to_owned()),
            (
                "from the first delivery to the last job",
                format!("{} s", self.took.as_secs()),
            ),
        ]
    }
}

/// `sent` deliveries, of which 30 % are repetitions, in any order, with `kills` kills on the way.
async fn survive(pool: PgPool, sent: usize, kills: usize) -> Survived {
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
    let begun = Instant::now();
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
    let mut repeated = 0;
    for sender in senders {
        repeated += sender.await.unwrap();
    }
    until(|| idle(&pool), "every job has run").await;
    let took = begun.elapsed();

    let states: Vec<(String, i64)> = sqlx::query_as("select status, count(*) from deliveries group by 1")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(
        states,
        [("processed".to_owned(), i64::try_from(distinct.len()).unwrap())]
    );
    facts::assert_same(&expected, &facts::history(&pool).await, "after the kills");
    let (stored, known): (i64, i64) =
        sqlx::query_as("select count(*), count(distinct (source, delivery_id)) from deliveries")
            .fetch_one(&pool)
            .await
            .unwrap();
    let survived = Survived {
        sent: total,
        distinct: distinct.len(),
        kills,
        lost: i64::try_from(distinct.len()).unwrap() - known,
        doubled: stored - known,
        repeated,
        took,
    };
    assert_eq!((survived.lost, survived.doubled), (0, 0));
    assert!(
        survived.repeated > 0,
        "no kill met a request under way, so nothing was shown"
    );
    survived
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
        take_in(&commands, new).await.unwrap();
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

/// Sends what is left, each until it is answered 202. Gives how many of them it had to send again.
async fn send(left: Arc<Mutex<VecDeque<Delivery>>>, mut address: watch::Receiver<SocketAddr>) -> usize {
    let client = client();
    let mut repeated = 0;
    loop {
        let next = left.lock().unwrap().pop_front();
        let Some(delivery) = next else { return repeated };
        let mut tries = 0;
        loop {
            tries += 1;
            let url = format!("http://{}/webhooks/github", *address.borrow_and_update());
            match delivery.post(&client, &url, SECRET).await {
                Ok(answer) if answer.status() == StatusCode::ACCEPTED => {
                    repeated += usize::from(tries > 1);
                    break;
                }
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
