//! Facts keep their promise one table at a time: names that move, logins that change, commits that several sources tell of.

#![allow(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use domain::{
    actor::Actor,
    facts::{AuthorFact, CommitFact, PersonFact, ReleaseFact, RepositoryChange, RepositoryFact},
    ids::RepositoryId,
};
use sqlx::PgPool;
use store::{KnownAuthor, NewCommit, NewPerson, RepositorySighting, Store, Tx};
use uuid::Uuid;

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000 + minute * 60, 0).unwrap()
}

/// A new id: tests need no more of it than that it is new.
fn fresh() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(NEXT.fetch_add(1, Ordering::Relaxed).into())
}

async fn begin(pool: &PgPool) -> Tx {
    let store = Store::on(pool.clone());
    store.migrate().await.unwrap();
    store.begin_observation(&Actor::CommandLine).await.unwrap()
}

fn repository(github_id: i64, name: &str) -> RepositoryFact {
    RepositoryFact {
        github_id,
        owner: "acme".into(),
        name: name.into(),
        default_branch: Some("main".into()),
        private: Some(true),
        archived: Some(false),
        updated_at: None,
    }
}

async fn see(
    tx: &mut Tx,
    fact: &RepositoryFact,
    change: Option<RepositoryChange>,
    minute: i64,
) -> RepositoryId {
    let sighting = RepositorySighting {
        fact,
        change: change.as_ref(),
        at: at(minute),
    };
    tx.observe_repository(fresh().into(), sighting).await.unwrap().id
}

async fn names(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar("select name from repositories order by github_id")
        .fetch_all(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrations = false)]
async fn a_name_belongs_to_its_newest_holder(pool: PgPool) {
    let mut tx = begin(&pool).await;
    let first = see(&mut tx, &repository(1, "api"), None, 0).await;
    // The heir of the name is seen before the event that renamed the first.
    see(&mut tx, &repository(2, "api"), None, 20).await;
    tx.commit().await.unwrap();
    assert_eq!(names(&pool).await, ["api~1", "api"]);

    let mut tx = begin(&pool).await;
    let renamed = RepositoryChange::Renamed { from: "api".into() };
    assert_eq!(
        see(&mut tx, &repository(1, "old-api"), Some(renamed), 10).await,
        first
    );
    see(&mut tx, &repository(1, "api"), None, 5).await;
    tx.commit().await.unwrap();
    assert_eq!(
        names(&pool).await,
        ["old-api", "api"],
        "an older event brings no name back"
    );
}

#[sqlx::test(migrations = false)]
async fn deletion_frees_the_name_and_lasts(pool: PgPool) {
    let mut tx = begin(&pool).await;
    see(
        &mut tx,
        &repository(1, "api"),
        Some(RepositoryChange::Deleted),
        10,
    )
    .await;
    see(&mut tx, &repository(1, "api"), None, 12).await;
    see(&mut tx, &repository(2, "api"), None, 5).await;
    tx.commit().await.unwrap();
    let deleted: Vec<bool> =
        sqlx::query_scalar("select deleted_at is not null from repositories order by github_id")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(deleted, [true, false]);
}

#[sqlx::test(migrations = false)]
async fn the_newest_login_stands(pool: PgPool) {
    let mut tx = begin(&pool).await;
    let person = |login: &str| PersonFact {
        github_id: 7,
        login: login.into(),
        is_bot: false,
    };
    let mut ids = Vec::new();
    for (login, minute) in [("ada", 0), ("countess", 9), ("ada", 4)] {
        let fact = person(login);
        let new = NewPerson {
            id: fresh().into(),
            fact: &fact,
        };
        ids.push(
            tx.observe_people(vec![new.clone(), new], at(minute))
                .await
                .unwrap()[&7],
        );
    }
    tx.commit().await.unwrap();
    assert!(ids.iter().all(|id| *id == ids[0]));
    let logins: Vec<(String, String)> = sqlx::query_as("select login, display_name from people")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(logins, [("countess".to_owned(), "countess".to_owned())]);
}

/// Sha, author date, paths, push and index of the landing.
type CommitRow = (String, DateTime<Utc>, Option<Vec<String>>, String, i32);

fn commit(sha: &str, authored: Option<i64>, paths: Option<Vec<String>>) -> CommitFact {
    CommitFact {
        sha: sha.into(),
        message: "Change".into(),
        authored_at: authored.map(at),
        committed_at: None,
        author: AuthorFact::default(),
        paths,
    }
}

#[sqlx::test(migrations = false)]
async fn commits_fill_up_and_land_at_their_earliest_push(pool: PgPool) {
    let mut tx = begin(&pool).await;
    let id = see(&mut tx, &repository(1, "api"), None, 0).await;
    let pushed = [
        commit("a", Some(9), Some(vec!["x".into(), "y".into()])),
        commit("b", None, None),
    ];
    let fetched = [
        commit("a", Some(3), None),
        commit("a", Some(3), None),
        commit("b", Some(4), None),
    ];
    let new = |facts: &'static [CommitFact]| -> Vec<NewCommit<'static>> {
        facts
            .iter()
            .map(|fact| NewCommit {
                fact,
                author: KnownAuthor::default(),
            })
            .collect()
    };
    let (pushed, fetched): (&'static [_], &'static [_]) =
        (Box::leak(Box::new(pushed)), Box::leak(Box::new(fetched)));
    tx.insert_commits(id, &new(pushed), Some((at(20), "late")))
        .await
        .unwrap();
    tx.insert_commits(id, &new(fetched), None).await.unwrap();
    tx.insert_commits(id, &new(pushed), Some((at(10), "early")))
        .await
        .unwrap();
    tx.insert_commits(id, &[], None).await.unwrap();
    tx.commit().await.unwrap();
    let rows: Vec<CommitRow> =
        sqlx::query_as("select sha, authored_at, paths, landed_push, landed_index from commits order by sha")
            .fetch_all(&pool)
            .await
            .unwrap();
    let paths = Some(vec!["x".to_owned(), "y".to_owned()]);
    assert_eq!(
        rows,
        [
            ("a".into(), at(3), paths, "early".into(), 0),
            ("b".into(), at(4), None, "early".into(), 1)
        ]
    );
}

#[sqlx::test(migrations = false)]
async fn a_deleted_release_stays_deleted(pool: PgPool) {
    let release = |name: &str, deleted| ReleaseFact {
        github_id: 5,
        tag: "v1".into(),
        name: Some(name.into()),
        target: "main".into(),
        draft: false,
        prerelease: false,
        published_at: None,
        updated_at: None,
        url: None,
        deleted,
    };
    let mut tx = begin(&pool).await;
    let id = see(&mut tx, &repository(1, "api"), None, 0).await;
    tx.put_release(id, &release("Gone", true), at(9)).await.unwrap();
    tx.put_release(id, &release("First", false), at(1)).await.unwrap();
    tx.commit().await.unwrap();
    let row: (String, bool) = sqlx::query_as("select name, deleted_at is not null from github_releases")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(row, ("Gone".to_owned(), true));
}
