//! Several processes on one database: all say the same, one that dies is replaced by another, one that stops says so.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::{ConnectOptions, PgPool};
use tokio::sync::Barrier;

use super::{
    commands, deploy, feed,
    listener::{Listener, Said},
    service, settled, write,
};
use crate::{
    harness::{App, sign_in},
    process::{Fairway, Folder},
};

const ALL: &str = "deploy,service,health,catalog,pull_request,delivery";

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_process_says_the_same_in_the_same_order(pool: PgPool) {
    let (one, other) = (
        App::start(pool.clone(), &[]).await,
        App::start(pool.clone(), &[]).await,
    );
    for name in ["shop", "till", "desk", "post"] {
        service(&one.commands, name).await;
    }
    let mark = settled(&one.commands, &pool).await;
    let mut pages = [
        Listener::open(one.address, ALL, &mark).await,
        Listener::open(other.address, ALL, &mark).await,
    ];
    let together = Arc::new(Barrier::new(4));
    let writers: Vec<_> = ["shop", "till", "desk", "post"]
        .into_iter()
        .enumerate()
        .map(|(index, name)| {
            let commands = if index % 2 == 0 {
                &one.commands
            } else {
                &other.commands
            }
            .clone();
            let together = Arc::clone(&together);
            tokio::spawn(async move {
                for version in 0..15 {
                    together.wait().await;
                    deploy(&commands, name, version).await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let written = feed(&pool).await;
    let new = after(&written, &mark);
    assert!(new.len() >= 4 * 15 * 2, "{} events", new.len());
    for page in &mut pages {
        assert_eq!(page.ids(new.len()).await, new);
    }
}

/// What came after a place. Jobs write by themselves, so the place alone says what a page that began there is told.
fn after<'a>(written: &'a [String], mark: &str) -> &'a [String] {
    let place = written.iter().position(|id| id == mark).unwrap();
    &written[place + 1..]
}

/// A server on the pool's database, as a process of its own.
async fn process(pool: &PgPool, folder: &Folder) -> Fairway {
    let url = pool.connect_options().to_url_lossy().to_string();
    let fairway = Fairway::serve(folder, &[("DATABASE_URL", &url)]).await;
    sign_in(pool).await;
    fairway
}

#[sqlx::test(migrations = false)]
async fn a_page_whose_process_is_killed_goes_on_at_another_and_misses_nothing(pool: PgPool) {
    let commands = commands(&pool).await;
    let folder = Folder::new("live").with_site();
    let (mut one, other) = (process(&pool, &folder).await, process(&pool, &folder).await);
    service(&commands, "shop").await;
    let mark = settled(&commands, &pool).await;
    let mut page = Listener::open(one.address, ALL, &mark).await;
    let writer = tokio::spawn({
        let commands = commands.clone();
        async move {
            for version in 0..60 {
                deploy(&commands, "shop", version).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    });
    let mut heard = page.ids(20).await;
    one.signal("KILL");
    one.ended().await;
    while let Some(said) = page.change().await {
        heard.push(said.id);
    }
    // As the browser does it: at whichever process answers, with the id of what it heard last.
    let mut again = Listener::open(other.address, ALL, &page.last).await;
    writer.await.unwrap();
    let written = feed(&pool).await;
    let new = after(&written, &mark);
    heard.extend(again.ids(new.len() - heard.len()).await);
    assert_eq!(heard, new, "each once, in order, over the death of a process");
}

#[sqlx::test(migrations = false)]
async fn a_process_that_stops_sends_its_pages_elsewhere_and_ends_well(pool: PgPool) {
    let commands = commands(&pool).await;
    let folder = Folder::new("live").with_site();
    let url = pool.connect_options().to_url_lossy().to_string();
    let variables = [("DATABASE_URL", &*url), ("FAIRWAY_DRAIN_SECONDS", "300")];
    let mut fairway = Fairway::serve(&folder, &variables).await;
    sign_in(&pool).await;
    write(&pool, 2).await;
    settled(&commands, &pool).await;
    let mark = feed(&pool).await.remove(0);
    let mut pages = Vec::new();
    for _ in 0..50 {
        let mut page = Listener::open(fairway.address, ALL, &mark).await;
        page.ids(1).await;
        pages.push(page);
    }
    let begun = Instant::now();
    fairway.signal("TERM");
    for page in &mut pages {
        let last = page.change().await;
        let expected = Said {
            kind: "reconnect".into(),
            id: page.last.clone(),
            words: "-".into(),
        };
        assert_eq!(last, Some(expected), "it says where to go on from");
        assert_eq!(page.next().await, None, "and ends in order");
    }
    assert!(fairway.ended().await.success());
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "open streams do not use up the drain time: {:?}",
        begun.elapsed()
    );
}
