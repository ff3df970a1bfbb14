//! The catalog's tables on real PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at what it did not expect"
)]

mod entities;
mod list;
mod relations;

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Duration, TimeZone, Utc};
use domain::{
    actor::Actor,
    catalog::{Descriptor, Entity, SourceKind},
    ids::CatalogSourceId,
};
use sqlx::PgPool;
use store::{EntityPlace, Store, Tx};
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
