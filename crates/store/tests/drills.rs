//! When services have drills, and what came of each: one turn for each window, and what was skipped is no drill.

#![allow(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    actor::Actor,
    deploys::drills::{Outcome, RawSchedule, Schedule},
    ids::{DeployId, DrillId, EnvironmentId, ServiceId},
};
use sqlx::PgPool;
use store::{DrillToStore, OpenDrill, Store, Tx};
use uuid::Uuid;

const SERVICE: ServiceId = ServiceId(Uuid::from_u128(2));
const STAGING: EnvironmentId = EnvironmentId(Uuid::from_u128(3));
const DEPLOYS: [DeployId; 2] = [DeployId(Uuid::from_u128(4)), DeployId(Uuid::from_u128(5))];

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::minutes(minute)
}

/// A service with two deploys to staging, each driven and done.
async fn store(pool: &PgPool) -> Store {
    let store = Store::on(pool.clone());
    store.migrate().await.unwrap();
    let (service, staging) = (SERVICE, STAGING);
    let mut statements = vec![
        format!(
            "insert into entities (id, kind, name, descriptor, created_at, updated_at) values ('{service}', 'Component', 'shop', '{{}}', now(), now())"
        ),
        format!(
            "insert into services (id, slug, title, tier, created_at) values ('{service}', 'shop', 'Shop', 1, now())"
        ),
        format!(
            "insert into environments (id, name, class, created_at) values ('{staging}', 'staging', 'staging', now())"
        ),
    ];
    for deploy in DEPLOYS {
        statements.push(format!(
            "insert into deploys (id, service_id, environment_id, key, source, stated_kind, state, created_at) values ('{deploy}', '{service}', '{staging}', 'drive:{deploy}', 'fairway', 'drill', 'succeeded', now())"
        ));
        statements.push(format!(
            "insert into drives (deploy_id, service_id, environment_id, strategy, weights, waivers, started_by, created_at, ended, round, step, since, exposed, look_at, why) values ('{deploy}', '{service}', '{staging}', 'rolling', '{{100}}', '[]', 'fairway', now(), 'succeeded', 0, 0, now(), true, now(), 'it was good')"
        ));
    }
    for statement in statements {
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(pool)
            .await
            .unwrap();
    }
    store
}

async fn begin(store: &Store) -> Tx {
    store.begin_observation(&Actor::CommandLine).await.unwrap()
}

fn schedule() -> Schedule {
    let raw = RawSchedule {
        environment: "staging".into(),
        every_days: "7".into(),
        from: "23:00".into(),
        to: "01:30".into(),
        zone: "Europe/Berlin".into(),
    };
    Schedule::parse(&raw).unwrap()
}

fn drill(number: u128, minute: i64, begun: Result<(DeployId, DeployId), String>) -> DrillToStore {
    DrillToStore {
        id: DrillId(Uuid::from_u128(number)),
        of: (SERVICE, STAGING),
        slot: Some(at(minute)),
        at: at(minute),
        begun,
    }
}

#[sqlx::test(migrations = false)]
async fn a_schedule_is_read_as_it_was_written_and_gone_when_it_is_taken_away(pool: PgPool) {
    let store = store(&pool).await;
    let mut tx = begin(&store).await;
    assert!(tx.lock_drill_schedule(SERVICE).await.unwrap().is_none());
    for minute in [0, 1] {
        tx.put_drill_schedule((SERVICE, STAGING), &schedule(), at(minute))
            .await
            .unwrap();
    }
    let stored = tx.lock_drill_schedule(SERVICE).await.unwrap().unwrap();
    assert_eq!((stored.schedule, stored.set_at), (schedule(), at(1)));
    assert_eq!((stored.last, stored.tried), (None, None));
    tx.commit().await.unwrap();
    assert_eq!(store.reads().drill_schedules().await.unwrap(), [stored]);
    let mut tx = begin(&store).await;
    assert!(tx.delete_drill_schedule(SERVICE).await.unwrap());
    assert!(!tx.delete_drill_schedule(SERVICE).await.unwrap());
    tx.commit().await.unwrap();
    assert!(store.reads().drill_schedules().await.unwrap().is_empty());
}

#[sqlx::test(migrations = false)]
async fn a_window_has_one_turn_and_one_drill_is_on_its_way(pool: PgPool) {
    let store = store(&pool).await;
    let mut tx = begin(&store).await;
    tx.put_drill_schedule((SERVICE, STAGING), &schedule(), at(0))
        .await
        .unwrap();
    let skipped = |number| drill(number, 0, Err("nothing runs there".into()));
    assert!(tx.insert_drill(&skipped(1)).await.unwrap());
    assert!(
        !tx.insert_drill(&skipped(2)).await.unwrap(),
        "the window had its turn"
    );
    let [back, again] = DEPLOYS;
    let begun = |number, minute| drill(number, minute, Ok((again, back)));
    assert!(tx.insert_drill(&begun(3, 10)).await.unwrap());
    assert!(
        !tx.insert_drill(&begun(4, 20)).await.unwrap(),
        "one is on its way"
    );
    assert!(tx.drill_place(SERVICE, STAGING).await.unwrap().drilling);
    let open = OpenDrill {
        id: DrillId(Uuid::from_u128(3)),
        ran_before: again,
    };
    assert_eq!(tx.open_drill_of(back).await.unwrap(), Some(open));
    tx.note_drill_stable(open.id, at(12)).await.unwrap();
    tx.put_drill_again(open.id, again).await.unwrap();
    assert_eq!(tx.open_drill_of(again).await.unwrap(), Some(open));
    let (first, second) = tx.legs_of_drill(open.id).await.unwrap();
    assert_eq!(first.unwrap().why, "it was good");
    assert!(second.is_some());
    tx.end_drill(open.id, (Outcome::Passed, "both worked"), at(15))
        .await
        .unwrap();
    assert_eq!(tx.open_drill_of(back).await.unwrap(), None);
    let scheduled = tx.lock_drill_schedule(SERVICE).await.unwrap().unwrap();
    assert_eq!(
        (scheduled.last, scheduled.tried),
        (Some(at(10)), Some(at(10))),
        "what was skipped is no drill"
    );
    tx.commit().await.unwrap();
    let standing = store.reads().drill_standing(SERVICE).await.unwrap();
    let last = standing.last.unwrap();
    assert_eq!(last.took(), Some(TimeDelta::minutes(2)));
    assert_eq!(
        (last.outcome, last.back, last.again),
        (Some(Outcome::Passed), Some(back), Some(again))
    );
    assert_eq!(standing.recent.len(), 2);
    assert_eq!(standing.recent[1].outcome, Some(Outcome::Skipped));
}
