//! What a repository says: deployments that waited for their service, and pushes of catalog files.

use domain::{
    actor::{Actor, Viewer},
    catalog::{NewService, RawService},
    facts::{DeploymentFact, Observation, ObservedEvent, RepositoryFact},
};
use sqlx::PgPool;

use super::{commands, component, operator, repository, slugs};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn deployments_that_waited_find_their_service(pool: PgPool) {
    let commands = commands(&pool).await;
    let at = commands.now();
    let deployment = DeploymentFact {
        github_id: 11,
        environment: "production".into(),
        sha: "a".repeat(40),
        git_ref: "main".into(),
        task: None,
        payload: serde_json::Value::Null,
        description: None,
        creator: None,
        run: None,
        created_at: at,
        updated_at: at,
    };
    let repository = RepositoryFact {
        github_id: 7,
        owner: "acme".into(),
        name: "orders".into(),
        default_branch: Some("main".into()),
        private: None,
        archived: None,
        updated_at: None,
    };
    let event = ObservedEvent::Deployment(Box::new(deployment));
    let observation = Observation {
        repository: Some(repository),
        sender: None,
        event,
    };
    commands.observe(&observation, "github").await.unwrap();
    let placed = async || -> bool {
        let query = "select service_id is not null from github_deployments where github_id = 11";
        sqlx::query_scalar(query).fetch_one(&pool).await.unwrap()
    };
    assert!(!placed().await);
    let raw = RawService {
        name: "orders".into(),
        owner: "team-a".into(),
        repository: "Acme/Orders".into(),
        ..RawService::default()
    };
    commands
        .register_service(&operator(), &NewService::parse(raw).unwrap())
        .await
        .unwrap();
    assert!(placed().await);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_push_brings_changes_and_takes_services_away(pool: PgPool) {
    let commands = commands(&pool).await;
    let repository = repository(&commands, "acme/orders").await;
    let path = (repository, "catalog-info.yaml");
    let system = Viewer::trusted(Actor::System {
        name: "github".to_owned(),
    });
    let good = component("orders", "team-a");
    commands
        .sync_catalog_file(&system, path, "c1", Some(good.as_bytes()))
        .await
        .unwrap();
    let service = commands.reads().service("orders").await.unwrap().unwrap();
    assert_eq!(
        service.repository.as_ref().unwrap().id,
        repository,
        "the file's repository is the service's"
    );
    let broken = commands
        .sync_catalog_file(&system, path, "c2", Some(b"kind: ["))
        .await
        .unwrap();
    assert!(!broken.taken_over);
    let source = commands
        .reads()
        .catalog_source_of(service.summary.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(source.location, "acme/orders:catalog-info.yaml");
    assert_eq!(
        (source.good_commit.as_deref(), source.problems.len()),
        (Some("c1"), broken.problems.len())
    );
    commands
        .sync_catalog_file(&system, path, "c3", None)
        .await
        .unwrap();
    assert!(slugs(&commands).await.is_empty());
    let jobs: i64 = sqlx::query_scalar(
        "select count(*) from graphile_worker.jobs where task_identifier = 'derive_service'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    let trail: i64 = sqlx::query_scalar("select count(*) from audit")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(
        (jobs, trail),
        (1, 0),
        "an observation enqueues the derivation and writes no audit row"
    );
}
