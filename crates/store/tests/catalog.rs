//! The catalog's tables on real PostgreSQL: entities that move and come back, owners over time, relations both ways,
//! and the list with its pages and counts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at what it did not expect"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Duration, TimeZone, Utc};
use domain::{
    actor::Actor,
    catalog::{
        Descriptor, Entity, EntityChange, EntityKind, EntityRef, Health, Level, Place, Problem, ProjectSlug,
        RelationKind, ServiceFilter, ServiceSort, SourceKind, Tier,
    },
    ids::{CatalogSourceId, TeamId},
    page::Position,
};
use sqlx::PgPool;
use store::{EntityPlace, GoodVersion, Store, Tx};
use uuid::Uuid;

fn at(hour: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap() + Duration::hours(hour)
}

/// A new id: tests need no more of it than that it is new.
fn id<T: From<Uuid>>() -> T {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(NEXT.fetch_add(1, Ordering::Relaxed).into()).into()
}

fn component(name: &str, owner: &str, annotations: &str, more: &str) -> Entity {
    let text = format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n  annotations: {{{annotations}}}\n\
         spec: {{type: service, lifecycle: production, owner: '{owner}'{more}}}\n"
    );
    entity(&text)
}

fn entity(text: &str) -> Entity {
    let descriptor = Descriptor::parse(text.as_bytes());
    assert!(descriptor.is_good(), "{:#?}", descriptor.problems);
    descriptor.entities.into_iter().next().unwrap()
}

async fn begin(pool: &PgPool) -> Tx {
    Store::on(pool.clone())
        .begin_observation(&Actor::CommandLine)
        .await
        .unwrap()
}

async fn source(tx: &mut Tx, kind: SourceKind, location: &str) -> CatalogSourceId {
    tx.ensure_catalog_source(id(), (kind, location), None, at(0))
        .await
        .unwrap()
        .id
}

async fn put(tx: &mut Tx, entity: &Entity, source: CatalogSourceId, when: DateTime<Utc>) -> store::PutEntity {
    let mut team = None;
    if let Some(owner) = entity.owner().filter(|owner| owner.kind() == "group") {
        team = Some(tx.ensure_team(id(), owner, when).await.unwrap());
    }
    let place = EntityPlace {
        source,
        team,
        repository: None,
    };
    tx.put_entity(id(), entity, place, when).await.unwrap()
}

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
async fn relations_are_read_from_both_ends_once(pool: PgPool) {
    let mut tx = begin(&pool).await;
    let file = source(&mut tx, SourceKind::File, "/a").await;
    let web = component(
        "web",
        "team-a",
        "",
        ", dependsOn: [component:orders, resource:db], consumesApis: [orders-api]",
    );
    put(&mut tx, &web, file, at(1)).await;
    put(
        &mut tx,
        &component("orders", "team-a", "", ", dependencyOf: [web]"),
        file,
        at(1),
    )
    .await;
    tx.commit().await.unwrap();
    let reads = Store::on(pool.clone()).reads();
    let of = async |kind, name: &str| {
        let related = reads
            .relations_of(&EntityRef::new(kind, "default", name))
            .await
            .unwrap();
        related
            .into_iter()
            .map(|r| (r.relation, r.reference.to_string(), r.exists, r.service_slug))
            .collect::<Vec<_>>()
    };
    let (yes, no) = (|slug: &str| Some(slug.to_owned()), None::<String>);
    assert_eq!(
        of(EntityKind::Component, "web").await,
        [
            (
                RelationKind::OwnedBy,
                "group:default/team-a".to_owned(),
                false,
                no.clone()
            ),
            (
                RelationKind::ConsumesApi,
                "api:default/orders-api".to_owned(),
                false,
                no.clone()
            ),
            (
                RelationKind::DependsOn,
                "resource:default/db".to_owned(),
                false,
                no.clone()
            ),
            (
                RelationKind::DependsOn,
                "component:default/orders".to_owned(),
                true,
                yes("orders")
            ),
        ]
    );
    assert_eq!(
        of(EntityKind::Component, "orders").await,
        [
            (
                RelationKind::OwnedBy,
                "group:default/team-a".to_owned(),
                false,
                no
            ),
            (
                RelationKind::DependencyOf,
                "component:default/web".to_owned(),
                true,
                yes("web")
            ),
        ]
    );
    assert_eq!(of(EntityKind::Group, "team-a").await.len(), 2);
    let mut tx = begin(&pool).await;
    put(&mut tx, &component("web", "team-b", "", ""), file, at(2)).await;
    tx.commit().await.unwrap();
    assert_eq!(
        of(EntityKind::Component, "web").await.len(),
        2,
        "what `orders` states stays"
    );
    assert_eq!(of(EntityKind::Group, "team-a").await.len(), 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn repositories_are_found_by_name_and_former_name(pool: PgPool) {
    let mut tx = begin(&pool).await;
    let slug = |text| ProjectSlug::parse(text).unwrap();
    let known = tx
        .ensure_named_repository(id(), &slug("Acme/Orders"), at(1))
        .await
        .unwrap();
    assert_eq!(
        tx.ensure_named_repository(id(), &slug("acme/orders"), at(2))
            .await
            .unwrap(),
        known
    );
    tx.commit().await.unwrap();
    sqlx::query("update repositories set name = 'purchases'")
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query("insert into repository_names values ('acme/orders', $1, now())")
        .bind(known.0)
        .execute(&pool)
        .await
        .unwrap();
    let mut tx = begin(&pool).await;
    for name in ["acme/orders", "acme/purchases"] {
        assert_eq!(
            tx.ensure_named_repository(id(), &slug(name), at(3))
                .await
                .unwrap(),
            known
        );
    }
    assert_ne!(
        tx.ensure_named_repository(id(), &slug("acme/other"), at(3))
            .await
            .unwrap(),
        known
    );
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

/// 24 services: 3 teams and none, tiers 1 to 4 and none, health and last deploys that differ.
async fn many(pool: &PgPool) {
    let mut tx = begin(pool).await;
    let file = source(&mut tx, SourceKind::File, "/a").await;
    for index in 0..24 {
        let owner = ["team-a", "team-b", "team-c", "user:jo"][index % 4];
        let tier = if index % 5 == 4 {
            String::new()
        } else {
            format!("fairway.dev/tier: {}", index % 5 + 1)
        };
        put(
            &mut tx,
            &component(&format!("s{:02}", (index * 7) % 24), owner, &tier, ""),
            file,
            at(1),
        )
        .await;
    }
    tx.commit().await.unwrap();
    sqlx::query(
        "update service_state st set health = (array['down', 'degraded', 'healthy', 'unknown'])[n % 4 + 1],
             last_deploy_at = case when n % 3 = 0 then null else timestamptz '2026-01-01' + n / 6 * interval '1 hour' end,
             open_incidents = n % 2
         from (select id, right(slug, 2)::int as n from services) s where s.id = st.service_id",
    )
    .execute(pool)
    .await
    .unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_sort_pages_through_every_service_once_both_ways(pool: PgPool) {
    many(&pool).await;
    let reads = Store::on(pool).reads();
    for sort in ServiceSort::ALL {
        for reverse in [false, true] {
            let whole = ServiceFilter {
                sort,
                reverse,
                size: 100,
                ..ServiceFilter::default()
            };
            let whole: Vec<String> = reads
                .services(&whole)
                .await
                .unwrap()
                .rows
                .into_iter()
                .map(|row| row.slug)
                .collect();
            assert_eq!(whole.len(), 24);
            let mut filter = ServiceFilter {
                sort,
                reverse,
                size: 7,
                ..ServiceFilter::default()
            };
            let (mut seen, mut pages) = (Vec::new(), Vec::new());
            loop {
                let page = reads.services(&filter).await.unwrap();
                let slugs: Vec<String> = page.rows.iter().map(|row| row.slug.clone()).collect();
                seen.extend(slugs.clone());
                pages.push(slugs);
                let Some(next) = page.next else {
                    filter.position = Position::Before(page.previous.unwrap());
                    break;
                };
                filter.position = Position::After(next);
            }
            assert_eq!(seen, whole, "{sort:?} reverse={reverse}");
            let back = reads.services(&filter).await.unwrap();
            let slugs: Vec<String> = back.rows.iter().map(|row| row.slug.clone()).collect();
            assert_eq!(slugs, pages[pages.len() - 2], "{sort:?} reverse={reverse}");
        }
    }
    let health = reads
        .services(&ServiceFilter {
            sort: ServiceSort::Health,
            ..ServiceFilter::default()
        })
        .await
        .unwrap();
    assert_eq!(health.rows[0].state.health, Health::Down);
    let tier = reads
        .services(&ServiceFilter {
            sort: ServiceSort::Tier,
            ..ServiceFilter::default()
        })
        .await
        .unwrap();
    assert_eq!(
        (tier.rows[0].tier, tier.rows[23].tier),
        (Some(Tier::ALL[0]), None)
    );
    for cursor in [
        "",
        "x",
        "|",
        "a\0|",
        "x|0199",
        "99999999999999999999|0198c0de-0000-7000-8000-000000000000",
    ] {
        for sort in [ServiceSort::LastDeploy, ServiceSort::Tier] {
            let position = Position::After(cursor.to_owned());
            let filter = ServiceFilter {
                sort,
                position,
                ..ServiceFilter::default()
            };
            assert!(
                matches!(reads.services(&filter).await, Err(store::StoreError::BadCursor)),
                "{cursor:?}"
            );
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn each_facet_ignores_its_own_filter_and_counts_what_the_list_gives(pool: PgPool) {
    many(&pool).await;
    let reads = Store::on(pool).reads();
    let everything = reads.service_facets(&ServiceFilter::default()).await.unwrap();
    assert_eq!(everything.total, 24);
    assert_eq!(everything.owners.iter().map(|facet| facet.count).sum::<u64>(), 24);
    assert_eq!(everything.lifecycles.len(), 1);
    let filter = ServiceFilter {
        owner: Some("Team-A".into()),
        tier: Tier::try_from(1).ok(),
        text: Some("S 0 %".into()),
        size: 100,
        ..ServiceFilter::default()
    };
    assert!(
        reads.services(&filter).await.unwrap().rows.is_empty(),
        "% is no wildcard"
    );
    let filter = ServiceFilter {
        text: Some("S 0".into()),
        ..filter
    };
    let facets = reads.service_facets(&filter).await.unwrap();
    let count = async |filter: ServiceFilter| reads.services(&filter).await.unwrap().rows.len() as u64;
    assert_eq!(facets.total, count(filter.clone()).await);
    assert!(facets.owners.len() > 1 && facets.tiers.len() > 1);
    for facet in &facets.owners {
        let owner = Some(facet.value.clone().unwrap_or_else(|| "none".to_owned()));
        assert_eq!(
            facet.count,
            count(ServiceFilter {
                owner,
                ..filter.clone()
            })
            .await,
            "{facet:?}"
        );
    }
    for facet in facets.tiers.iter().filter(|facet| facet.value.is_some()) {
        let tier = facet.value.as_deref().and_then(|text| Tier::parse(text).ok());
        assert_eq!(
            facet.count,
            count(ServiceFilter {
                tier,
                ..filter.clone()
            })
            .await,
            "{facet:?}"
        );
    }
    for facet in &facets.healths {
        let health = facet.value.as_deref().and_then(Health::parse);
        assert_eq!(
            facet.count,
            count(ServiceFilter {
                health,
                ..filter.clone()
            })
            .await,
            "{facet:?}"
        );
    }
}
