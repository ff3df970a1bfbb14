//! Entities that move, leave and come back, who owned them when, and their last good version.

use chrono::{DateTime, Utc};
use domain::{
    catalog::{EntityChange, EntityKind, EntityRef, Level, Place, Problem, ServiceFilter, SourceKind, Tier},
    ids::TeamId,
};
use sqlx::PgPool;
use store::{GoodVersion, Store};

use crate::{at, begin, component, entity, id, put, source};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_entity_moves_leaves_and_comes_back_as_itself(pool: PgPool) {
    let mut tx = begin(&pool).await;
    let (first, second) = (
        source(&mut tx, SourceKind::File, "/a").await,
        source(&mut tx, SourceKind::File, "/b").await,
    );
    let orders = component("Orders", "team-a", "fairway.dev/tier: '1'", "");
    let created = put(&mut tx, &orders, first, at(1)).await;
    assert_eq!(created.change, EntityChange::Created);
    let same = put(&mut tx, &orders, first, at(2)).await;
    assert_eq!((same.id, same.change), (created.id, EntityChange::Unchanged));
    let moved = put(&mut tx, &component("orders", "team-a", "", ""), second, at(3)).await;
    assert_eq!((moved.id, moved.change), (created.id, EntityChange::Changed));
    assert!(
        tx.remove_entities_except(first, &[], at(4))
            .await
            .unwrap()
            .is_empty()
    );
    let removed = tx.remove_entities_except(second, &[], at(4)).await.unwrap();
    assert_eq!(removed, [(created.id, orders.reference())]);
    assert!(tx.entity_claims(&[orders.reference()]).await.unwrap().is_empty());
    tx.commit().await.unwrap();

    let reads = Store::on(pool.clone()).reads();
    let gone = reads
        .entity(EntityKind::Component, "DEFAULT", "ORDERS")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (gone.removed_at, gone.updated_at, gone.created_at),
        (Some(at(4)), at(4), at(1))
    );
    assert_eq!(
        reads.service("orders").await.unwrap().unwrap().removed_at,
        Some(at(4))
    );
    assert!(
        reads
            .services(&ServiceFilter::default())
            .await
            .unwrap()
            .rows
            .is_empty()
    );

    let mut tx = begin(&pool).await;
    let back = put(&mut tx, &orders, first, at(5)).await;
    assert_eq!((back.id, back.change), (created.id, EntityChange::Revived));
    let claims = tx.entity_claims(&[orders.reference()]).await.unwrap();
    assert_eq!((claims[0].source, claims[0].location.as_str()), (first, "/a"));
    tx.commit().await.unwrap();
    let service = reads.service("Orders").await.unwrap().unwrap();
    assert_eq!(
        (service.removed_at, service.summary.tier),
        (None, Some(Tier::ALL[0]))
    );
    assert_eq!(service.reference, orders.reference());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn who_owned_what_when_is_kept(pool: PgPool) {
    let mut tx = begin(&pool).await;
    let file = source(&mut tx, SourceKind::File, "/a").await;
    for (hour, owner) in [
        (1, "user:jo"),
        (2, "user:ana"),
        (3, "team-a"),
        (4, "team-a"),
        (5, "team-b"),
        (6, "team-a"),
    ] {
        put(&mut tx, &component("orders", owner, "", ""), file, at(hour)).await;
    }
    tx.commit().await.unwrap();
    let owners: Vec<(String, Option<DateTime<Utc>>)> = sqlx::query_as(
        "select t.slug, nullif(o.since, '-infinity') from service_owners o join teams t on t.id = o.team_id order by since",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let slug = |slug: &str| slug.to_owned();
    assert_eq!(
        owners,
        [
            (slug("team-a"), None),
            (slug("team-b"), Some(at(5))),
            (slug("team-a"), Some(at(6)))
        ]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn teams_are_declared_by_their_group_and_known_before_it(pool: PgPool) {
    let mut tx = begin(&pool).await;
    let file = source(&mut tx, SourceKind::File, "/a").await;
    put(&mut tx, &component("orders", "Team-A", "", ""), file, at(1)).await;
    let group = entity(
        "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: team-a}\n\
         spec: {type: team, profile: {displayName: The A Team}}\n",
    );
    let team: TeamId = tx.ensure_team(id(), &group.reference(), at(2)).await.unwrap();
    put(&mut tx, &group, file, at(2)).await;
    tx.commit().await.unwrap();
    let reads = Store::on(pool.clone()).reads();
    let owner = reads
        .service("orders")
        .await
        .unwrap()
        .unwrap()
        .summary
        .owner
        .unwrap();
    assert_eq!(
        (owner.id, owner.slug.as_str(), owner.title.as_str()),
        (team, "team-a", "The A Team")
    );
    let mut tx = begin(&pool).await;
    tx.remove_entities_except(
        file,
        &[EntityRef::new(EntityKind::Component, "default", "orders")],
        at(3),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let declared: bool = sqlx::query_scalar("select declared from teams")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(!declared);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_broken_version_keeps_the_last_good_one(pool: PgPool) {
    let mut tx = begin(&pool).await;
    let file = source(&mut tx, SourceKind::File, "/a").await;
    let put = put(&mut tx, &component("orders", "team-a", "", ""), file, at(1)).await;
    let version = GoodVersion {
        commit: Some("abc"),
        sha256: &[1; 32],
        text: "good",
    };
    tx.note_good_version(file, version, &[], at(1)).await.unwrap();
    let problem = Problem {
        level: Level::Error,
        place: Place { line: 3, column: 7 },
        field: "spec.owner".into(),
        message: "is missing".into(),
    };
    tx.note_catalog_problems(file, std::slice::from_ref(&problem), at(2))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let reads = Store::on(pool.clone()).reads();
    let source = reads.catalog_source_of(put.id.0.into()).await.unwrap().unwrap();
    assert_eq!(
        (source.good_text.as_deref(), source.good_commit.as_deref()),
        (Some("good"), Some("abc"))
    );
    assert_eq!((source.good_at, source.checked_at), (Some(at(1)), at(2)));
    assert_eq!(source.problems, [problem]);
    assert_eq!(reads.catalog_sources_with_problems().await.unwrap(), [source]);
}
