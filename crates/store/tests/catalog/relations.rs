//! Relations from both ends, and the repositories that entities name.

use domain::catalog::{EntityKind, EntityRef, ProjectSlug, RelationKind, SourceKind};
use sqlx::PgPool;
use store::Store;

use crate::{at, begin, component, id, put, source};

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
