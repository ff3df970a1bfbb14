//! Services that are registered by hand.

use commands::CommandError;
use domain::{
    actor::{Scope, Viewer},
    catalog::{EntityRef, NewService, RawService},
    ids::TokenId,
};
use sqlx::PgPool;
use uuid::Uuid;

use super::{commands, component, file, import, operator};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_service_is_registered_once_by_those_who_may(pool: PgPool) {
    let commands = commands(&pool).await;
    let raw = RawService {
        name: "orders".into(),
        owner: "team-a".into(),
        tier: "2".into(),
        ..RawService::default()
    };
    let new = NewService::parse(raw).unwrap();
    let reader = Viewer::token(TokenId(Uuid::from_u128(1)), "ci".into(), vec![Scope::Read]);
    assert!(matches!(
        commands.register_service(&reader, &new).await,
        Err(CommandError::Denied { .. })
    ));
    let service = commands.register_service(&operator(), &new).await.unwrap();
    assert_eq!(
        (service.summary.slug.as_str(), service.summary.tier.map(u8::from)),
        ("orders", Some(2))
    );
    let again = commands.register_service(&operator(), &new).await;
    assert!(matches!(again, Err(CommandError::Conflict { .. })), "{again:?}");
    let (action, subject): (String, String) = sqlx::query_as("select action, subject from audit")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(
        (action.as_str(), subject),
        ("service.register", format!("service:{}", service.summary.id))
    );
    // A file that describes it later is the truth from then on, and the service stays itself.
    import(
        &commands,
        vec![file("/c/a.yaml", component("orders", "team-b"))],
        None,
    )
    .await;
    let now = commands.reads().service("orders").await.unwrap().unwrap();
    assert_eq!(
        (now.summary.id, now.summary.owner.unwrap().slug.as_str()),
        (service.summary.id, "team-b")
    );
    assert_eq!(
        EntityRef::parse_full("component:default/orders"),
        Some(now.reference)
    );
}
