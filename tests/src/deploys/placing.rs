//! Observed deployments: which service, which deploy, and one history whatever the order.

use commands::{CommandError, Commands};
use domain::{
    access::{Grant, Role},
    actor::Viewer,
    catalog::{Health, NewService, RawService},
    deploys::{DeployKind, DeployState, matching::MatchField, read::DeploySummary},
    environments::EnvironmentClass,
    facts::Observation,
    ids::{GrantId, PersonId, ServiceId},
    page::Position,
    people::TeamRef,
};
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    at, commands, deployment, made, merged, observe, of_run, operator, push, service, sha, status, timeline,
};

/// Commits 1 to 6, a pull request, a good deploy, one of three jobs with a gate, and a rollback to the first.
fn month() -> Vec<Observation> {
    let first = of_run(deployment(1, "production", 2, 100), 1001);
    let jobs = [11, 12, 13].map(|id| of_run(deployment(id, "production", 5, 200), 1002));
    let back = of_run(deployment(21, "production", 2, 300), 1003);
    let staging = of_run(deployment(31, "staging", 5, 150), 1004);
    let mut events: Vec<Observation> = (1..=6)
        .map(|number| push(number, i64::try_from(number).unwrap() * 10))
        .collect();
    events.push(merged(7, 4, 40));
    events.extend([
        made(&first),
        status(101, &first, "in_progress", 101),
        status(102, &first, "success", 104),
    ]);
    events.extend([made(&staging), status(301, &staging, "success", 153)]);
    for (index, job) in jobs.iter().enumerate() {
        let id = 110 + 10 * i64::try_from(index).unwrap();
        events.push(made(job));
        events.push(status(id, job, "waiting", 201));
        events.push(status(id + 1, job, "in_progress", 231));
        events.push(status(
            id + 2,
            job,
            "success",
            235 + i64::try_from(index).unwrap(),
        ));
    }
    events.extend([
        made(&back),
        status(201, &back, "success", 305),
        status(202, &back, "inactive", 400),
    ]);
    events
}

/// What may be compared between two runs: everything but ids.
fn shown(deploys: Vec<DeploySummary>) -> Vec<String> {
    deploys
        .into_iter()
        .map(|deploy| {
            format!(
                "{} {} {:?} {:?} {:?} {:?} {:?} counted={} failed={} changes={:?} waited={:?}",
                deploy.environment,
                deploy.release(),
                deploy.state,
                deploy.kind,
                deploy.requested_at,
                deploy.exposed_at,
                deploy.finished_at,
                deploy.counted,
                deploy.failed,
                deploy.change_count,
                deploy.approval_seconds
            )
        })
        .collect()
}

async fn told(commands: &Commands, events: &[Observation]) -> ServiceId {
    let shop = service(commands, "shop").await;
    observe(commands, events).await;
    commands.derive_service(shop).await.unwrap();
    shop
}

#[sqlx::test(migrations = "../migrations")]
async fn observed_events_become_one_history(pool: PgPool) {
    let commands = commands(&pool).await;
    let shop = told(&commands, &month()).await;
    let deploys = timeline(&commands).await;
    assert_eq!(deploys.len(), 4, "three jobs of one run are one deploy");
    let [back, gated, staging, first] = &deploys[..] else {
        panic!()
    };
    assert_eq!((back.kind, back.counted), (DeployKind::Rollback, false));
    assert_eq!(
        (gated.kind, gated.failed, gated.counted),
        (DeployKind::Normal, true, true)
    );
    assert_eq!(
        (gated.promoted_at, gated.exposed_at),
        (Some(at(237)), Some(at(235)))
    );
    assert_eq!(
        (gated.approval_seconds, gated.change_count),
        (Some(1800.0), Some(3))
    );
    assert_eq!((staging.class, first.baseline), (EnvironmentClass::Staging, true));
    assert_eq!(gated.initiator.as_ref().unwrap().name, "ada");

    let detail = commands.reads().deploy(gated.id).await.unwrap().unwrap();
    assert_eq!(detail.replaces.unwrap().id, first.id);
    assert_eq!(detail.undone_by.unwrap().id, back.id);
    assert_eq!(detail.replaced_by.unwrap().id, back.id);
    let keys: Vec<&str> = detail
        .changes
        .iter()
        .map(|change| change.change.as_str())
        .collect();
    assert_eq!(
        keys,
        [
            &format!("commit:{}", sha(3)),
            "pr:7",
            &format!("commit:{}", sha(5))
        ]
    );
    let lead = detail.changes[1].lead_time.as_ref().unwrap();
    assert_eq!(
        (lead.lead, lead.unknown.as_slice()),
        (None, &["first commit".to_owned()][..])
    );
    assert_eq!(
        detail.changes[0].lead_time.as_ref().unwrap().lead,
        Some(237.0 * 60.0)
    );
    assert!(detail.log_url.unwrap().ends_with("/132"));

    let running = commands.reads().running(shop).await.unwrap();
    assert_eq!(running.len(), 2);
    assert_eq!(running[0].deploy.id, back.id);
    let waiting = commands.reads().waiting_changes(shop).await.unwrap();
    assert_eq!(waiting.len(), 4);
    let channel = commands.reads().channel(shop).await.unwrap();
    assert_eq!(channel.head.unwrap().sha, sha(6));
    assert_eq!(channel.production.unwrap().deploy.id, back.id);
    let state = commands
        .reads()
        .service("shop")
        .await
        .unwrap()
        .unwrap()
        .summary
        .state;
    assert_eq!(
        (state.health, state.undelivered_changes),
        (Health::Healthy, Some(4))
    );
    assert_eq!(commands.reads().deploys_in_flight().await.unwrap(), 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn any_order_and_repetition_give_the_same_rows(pool: PgPool) {
    let straight = commands(&pool).await;
    told(&straight, &month()).await;
    let expected = shown(timeline(&straight).await);
    for turn in [1, 7, 13] {
        // What people decide hangs on these and refuses to be emptied; nothing was decided here.
        let mut tx = pool.begin().await.unwrap();
        for statement in [
            "set local session_replication_role = 'replica'",
            "truncate repositories, entities, environments, people, github_deployments cascade",
        ] {
            sqlx::query(statement).execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut events = month();
        events.extend(month().into_iter().take(9));
        events.rotate_left(turn);
        events.reverse();
        told(&straight, &events).await;
        assert_eq!(shown(timeline(&straight).await), expected, "turned by {turn}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn deriving_again_writes_nothing(pool: PgPool) {
    let commands = commands(&pool).await;
    let shop = told(&commands, &month()).await;
    let versions = || async {
        sqlx::query_scalar::<_, String>("select string_agg(xmin::text, ',' order by id) from deploys")
            .fetch_one(&pool)
            .await
            .unwrap()
    };
    let before = versions().await;
    commands.derive_service(shop).await.unwrap();
    assert_eq!(versions().await, before);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_run_that_is_learned_later_joins_its_deploy(pool: PgPool) {
    let commands = commands(&pool).await;
    let shop = service(&commands, "shop").await;
    let alone = deployment(1, "production", 2, 100);
    let other = of_run(deployment(2, "production", 2, 101), 1001);
    observe(&commands, &[made(&alone), made(&other)]).await;
    commands.derive_service(shop).await.unwrap();
    assert_eq!(timeline(&commands).await.len(), 2);
    let told = of_run(alone, 1001);
    observe(
        &commands,
        &[
            status(5, &told, "success", 105),
            status(6, &other, "success", 106),
        ],
    )
    .await;
    commands.derive_service(shop).await.unwrap();
    let deploys = timeline(&commands).await;
    assert_eq!(deploys.len(), 1);
    assert_eq!(
        (deploys[0].state, deploys[0].promoted_at),
        (DeployState::Succeeded, Some(at(106)))
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn what_matches_nothing_waits_until_a_person_says(pool: PgPool) {
    let commands = commands(&pool).await;
    let orders = service(&commands, "orders").await;
    let carts = service(&commands, "carts").await;
    let facts = [1, 2, 3].map(|id| of_run(deployment(id, "orders-prod", 2, 100 + id), 1000 + id));
    for fact in &facts {
        observe(
            &commands,
            &[
                made(fact),
                status(50 + fact.github_id, fact, "success", 110 + fact.github_id),
            ],
        )
        .await;
    }
    let mut named = deployment(9, "carts-prod", 2, 90);
    named.payload = serde_json::json!({ "service": "carts", "version": "1.4.0" });
    observe(&commands, &[made(&named)]).await;
    commands.derive_service(carts).await.unwrap();
    assert_eq!(timeline(&commands).await[0].version.as_deref(), Some("1.4.0"));
    let waiting = commands
        .reads()
        .unmatched_deployments(&Position::Start, 50)
        .await
        .unwrap()
        .rows;
    assert_eq!((waiting.len(), waiting[0].count, waiting[0].github_id), (1, 3, 3));
    assert_eq!(waiting[0].services.len(), 2);
    assert_eq!(commands.reads().unmatched_count().await.unwrap(), 3);

    let placed = commands
        .match_deployment(&operator(), 3, "orders", Some(MatchField::Environment))
        .await
        .unwrap();
    assert_eq!(placed, 3);
    assert_eq!(commands.reads().unmatched_count().await.unwrap(), 0);
    assert_eq!(commands.reads().last_deploys(orders, 10).await.unwrap().len(), 3);
    let moved = commands
        .match_deployment(&operator(), 3, "carts", None)
        .await
        .unwrap();
    assert_eq!(moved, 1);
    assert_eq!(commands.reads().last_deploys(orders, 10).await.unwrap().len(), 2);
    observe(&commands, &[made(&facts[2])]).await;
    assert_eq!(
        commands.reads().last_deploys(carts, 10).await.unwrap().len(),
        2,
        "a person's word stands"
    );
}

/// The service `carts` of another team in the same repository.
async fn service_of_basket(commands: &Commands) {
    let raw = RawService {
        name: "carts".into(),
        repository: "acme/shop".into(),
        owner: "group:basket".into(),
        ..RawService::default()
    };
    let carts = NewService::parse(raw).unwrap();
    commands.register_service(&operator(), &carts).await.unwrap();
}

/// A developer of the team that a service is of.
async fn developer_of(commands: &Commands, service: ServiceId) -> Viewer {
    let owned = commands.reads().owned_service(service).await.unwrap();
    let team = TeamRef {
        id: owned.team.unwrap(),
        slug: "checkout".into(),
        title: "Checkout".into(),
    };
    let grant = Grant {
        id: GrantId(Uuid::nil()),
        role: Role::Developer,
        team: Some(team),
        tiers: Vec::new(),
        classes: Vec::new(),
    };
    Viewer::person(PersonId(Uuid::nil()), "Ada".into(), vec![grant])
}

#[sqlx::test(migrations = "../migrations")]
async fn nobody_takes_a_deployment_from_a_service_of_another_team(pool: PgPool) {
    let commands = commands(&pool).await;
    let orders = service(&commands, "orders").await;
    service_of_basket(&commands).await;
    let fact = of_run(deployment(3, "orders-prod", 2, 103), 1003);
    observe(&commands, &[made(&fact)]).await;
    commands
        .match_deployment(&operator(), 3, "carts", None)
        .await
        .unwrap();
    let ada = developer_of(&commands, orders).await;
    let taken = commands.match_deployment(&ada, 3, "orders", None).await;
    assert!(matches!(taken, Err(CommandError::Denied { .. })), "{taken:?}");
    commands
        .match_deployment(&operator(), 3, "orders", None)
        .await
        .unwrap();
    commands
        .match_deployment(&ada, 3, "orders", None)
        .await
        .expect("what is of the own team");
}

#[sqlx::test(migrations = "../migrations")]
async fn nobody_makes_a_rule_of_a_repository_that_others_deploy_from(pool: PgPool) {
    let commands = commands(&pool).await;
    let orders = service(&commands, "orders").await;
    service_of_basket(&commands).await;
    for id in [3, 4, 5] {
        let fact = of_run(deployment(id, "orders-prod", 2, 100 + id), 1000 + id);
        observe(&commands, &[made(&fact)]).await;
    }
    let ada = developer_of(&commands, orders).await;
    let rule = Some(MatchField::Environment);
    commands
        .match_deployment(&operator(), 3, "carts", None)
        .await
        .unwrap();
    let ruled = commands.match_deployment(&ada, 4, "orders", rule).await;
    assert!(matches!(ruled, Err(CommandError::Denied { .. })), "{ruled:?}");
    assert_eq!(commands.reads().unmatched_count().await.unwrap(), 2);
    let alone = commands.match_deployment(&ada, 4, "orders", None).await;
    assert_eq!(alone.unwrap(), 1);

    commands
        .match_deployment(&operator(), 3, "orders", None)
        .await
        .unwrap();
    let ruled = commands.match_deployment(&ada, 4, "orders", rule).await;
    assert_eq!(ruled.expect("nobody else deploys from it"), 2);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_environment_of_another_class_is_another_history(pool: PgPool) {
    let commands = commands(&pool).await;
    let shop = service(&commands, "shop").await;
    let fact = deployment(1, "frankfurt", 2, 100);
    observe(&commands, &[made(&fact), status(5, &fact, "success", 105)]).await;
    commands.derive_service(shop).await.unwrap();
    assert!(!timeline(&commands).await[0].counted);
    let services = commands
        .set_environment_class(
            &operator(),
            "Frankfurt",
            EnvironmentClass::Production,
            "Frankfurt serves customers",
        )
        .await
        .unwrap();
    assert_eq!(services, 1);
    commands.derive_service(shop).await.unwrap();
    assert!(timeline(&commands).await[0].counted);
}
