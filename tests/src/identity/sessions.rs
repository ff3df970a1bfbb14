//! The store of sessions: what ends does not come back.

use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
};

use super::*;

const RACES: usize = 1_000;

fn record(person: PersonId) -> Record {
    Record {
        id: Id::default(),
        data: [("person".to_owned(), serde_json::json!(person))].into(),
        expiry_date: OffsetDateTime::now_utc(),
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn of_a_thousand_sessions_that_are_saved_while_they_end_none_comes_back(pool: PgPool) {
    let commands = commands(&pool).await;
    let ada = person(&commands, "ada", Role::Viewer).await;
    let by_ada = viewer(&commands, ada).await;
    let sessions = commands.sessions();
    let mut revived = 0;
    for race in 0..RACES {
        let mut record = record(ada);
        sessions.create(&mut record).await.unwrap();
        let id = record.id;
        record.data.insert("more".to_owned(), serde_json::json!(race));
        // A request that was running when its person signed out, here or everywhere, saves what it knows.
        let (saved, ended) = if race % 2 == 0 {
            let end = async { sessions.delete(&id).await.map_err(|error| error.to_string()) };
            futures::future::join(sessions.save(&record), end).await
        } else {
            let end = async {
                commands
                    .end_all_sessions(&by_ada)
                    .await
                    .map_err(|error| error.to_string())
            };
            futures::future::join(sessions.save(&record), end).await
        };
        saved.unwrap();
        ended.unwrap();
        sessions.save(&record).await.unwrap();
        revived += usize::from(sessions.load(&id).await.unwrap().is_some());
    }
    assert_eq!(revived, 0, "of {RACES}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_session_ends_after_eight_hours_unused_and_after_seven_days_at_the_latest(pool: PgPool) {
    let commands = commands(&pool).await;
    let ada = person(&commands, "ada", Role::Viewer).await;
    let sessions = commands.sessions();
    let mut record = record(ada);
    sessions.create(&mut record).await.unwrap();
    let known = sessions.load(&record.id).await.unwrap().unwrap();
    assert_eq!((known.id, &known.data), (record.id, &record.data));
    let (idle, whole): (i64, i64) = sqlx::query_as(
        "select extract(epoch from idle_until - created_at)::bigint, extract(epoch from ends_at - created_at)::bigint from sessions",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!((idle, whole), (8 * 3_600, 7 * 24 * 3_600));
    for over in [
        "idle_until = now()",
        "idle_until = now() + interval '1 hour', ends_at = now()",
    ] {
        let sql = format!("update sessions set {over}");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&pool)
            .await
            .unwrap();
        assert!(sessions.load(&record.id).await.unwrap().is_none(), "{over}");
    }
    // Two with one id, which chance never makes: the second gets another.
    let mut twin = record.clone();
    sessions.create(&mut twin).await.unwrap();
    assert_ne!(twin.id, record.id);
}
