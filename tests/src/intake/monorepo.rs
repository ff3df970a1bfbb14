//! A repository of several services: a fact derives the services that it concerns, no others, and never one too few.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use commands::Commands;
use domain::{
    actor::{Actor, Viewer},
    catalog::{NewService, RawService},
    ids::ServiceId,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;
use sqlx::PgPool;
use tests::fakes::github::{Delivery, MergeMethod, NewCommit, NewDeployment, NewPull, World};

use super::{commands, facts, order::tell, scripts};

/// Two services with a folder each, and one that has the whole repository.
const SERVICES: [(&str, &[&str]); 3] = [
    ("orders", &["services/orders"]),
    ("carts", &["services/carts"]),
    ("everything", &[]),
];

async fn register(commands: &Commands, services: &[(&str, &[&str])]) -> Vec<ServiceId> {
    let mut ids = Vec::new();
    for (name, paths) in services {
        let raw = RawService {
            name: (*name).into(),
            owner: "shop-team".into(),
            repository: "acme/shop".into(),
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            ..RawService::default()
        };
        let new = NewService::parse(raw).unwrap();
        let by = Viewer::trusted(Actor::CommandLine);
        ids.push(commands.register_service(&by, &new).await.unwrap().summary.id);
    }
    ids
}

/// Runs the derivations that wait, and says whose they were.
async fn derive_waiting(commands: &Commands, pool: &PgPool) -> BTreeSet<ServiceId> {
    let waiting: Vec<String> = sqlx::query_scalar(
        "delete from graphile_worker._private_jobs j using graphile_worker._private_tasks t
         where t.id = j.task_id and t.identifier = 'derive_service' returning j.payload ->> 'service'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let services: BTreeSet<ServiceId> = waiting.iter().map(|id| id.parse().unwrap()).collect();
    for service in &services {
        commands.derive_service(*service).await.unwrap();
    }
    services
}

/// Everything derived, what lists show of the services too.
async fn derived(pool: &PgPool) -> facts::Stored {
    let mut all = facts::history(pool).await;
    for (table, query) in [
        (
            "undelivered_changes",
            "select to_jsonb(u) from undelivered_changes u",
        ),
        (
            "service_state",
            "select to_jsonb(s) - 'derived_at' from service_state s",
        ),
    ] {
        let rows: Vec<serde_json::Value> = sqlx::query_scalar(query).fetch_all(pool).await.unwrap();
        let mut rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
        rows.sort_unstable();
        all.insert(table, rows);
    }
    all
}

/// Weeks of work on both services: pushes, pull requests merged in every way, reverts, releases and deploys of heads, of old
/// commits and of branches.
fn life(seed: u64) -> Vec<Delivery> {
    let world = World::starting("2025-06-02T08:00:00Z".parse().unwrap());
    let mut rng = StdRng::seed_from_u64(seed);
    let repo = world.act_as("ada").repo("acme/shop");
    let mut heads = vec![repo.commit(NewCommit::new("Start").file("services/orders/a", "0"))];
    let mut merged = Vec::new();
    for step in 0..30 {
        world.wait(TimeDelta::minutes(rng.random_range(1..600)));
        let path = [
            "services/orders/x",
            "services/carts/x",
            "services/carts/y",
            "docs/x",
        ][rng.random_range(0..4)];
        let commit = NewCommit::new(&format!("Step {step}")).file(path, step.to_string());
        match rng.random_range(0..5) {
            0 | 1 => heads.push(repo.commit(commit)),
            2 if !merged.is_empty() => {
                let revert = repo.revert(merged[rng.random_range(0..merged.len())]);
                heads.push(repo.merge(revert, MergeMethod::Squash));
            }
            _ => {
                let title = if step % 7 == 0 { "hotfix: it" } else { "Work" };
                let more = NewCommit::new("More").file(path, format!("{step}+"));
                let pull = repo.propose(NewPull::new(&format!("work-{step}"), title), vec![commit, more]);
                if step % 4 == 0 {
                    deploy(&repo, "staging", &repo.head(&format!("work-{step}")), "carts");
                }
                let method = [MergeMethod::Squash, MergeMethod::Merge, MergeMethod::Rebase][step % 3];
                heads.push(repo.merge(pull, method));
                merged.push(pull);
            }
        }
        let latest = heads.last().unwrap();
        if rng.random_range(0..4) == 0 {
            repo.release(&format!("v1.{step}.0"), latest);
        }
        if rng.random_range(0..2) == 0 {
            let service = ["orders", "carts", "everything"][rng.random_range(0..3)];
            let sha = match rng.random_range(0..6) {
                0 => &heads[rng.random_range(0..heads.len())],
                _ => latest,
            };
            deploy(&repo, "production", sha, service);
        }
    }
    world.take_deliveries()
}

fn deploy(repo: &tests::fakes::github::RepoHandle, environment: &str, sha: &str, service: &str) {
    let new = NewDeployment::new(environment, sha).payload(json!({ "service": service }));
    let id = repo.deploy_with(new);
    repo.set_status(id, "in_progress");
    repo.set_status(id, "success");
}

#[sqlx::test(migrations = false)]
async fn what_a_fact_leaves_out_would_not_have_changed(pool: PgPool) {
    let commands = commands(&pool).await;
    for seed in 0..10 {
        facts::forget(&pool).await;
        let services = register(&commands, &SERVICES).await;
        let script = life(seed / 2);
        let script = if seed % 2 == 0 {
            script
        } else {
            scripts::shuffled(&script, 10, seed)
        };
        let mut rng = StdRng::seed_from_u64(seed);
        for delivery in script {
            tell(&commands, &[delivery]).await;
            if rng.random_bool(0.4) {
                derive_waiting(&commands, &pool).await;
            }
        }
        derive_waiting(&commands, &pool).await;
        let left = derived(&pool).await;
        for service in services {
            commands.derive_service(service).await.unwrap();
        }
        facts::assert_same(&derived(&pool).await, &left, &format!("seed {seed}"));
    }
}

#[sqlx::test(migrations = false)]
async fn a_push_derives_the_services_whose_paths_it_touches(pool: PgPool) {
    let commands = commands(&pool).await;
    let ids = register(&commands, &SERVICES).await;
    let (orders, carts, everything) = (ids[0], ids[1], ids[2]);
    let world = World::starting("2025-06-02T08:00:00Z".parse().unwrap());
    let repo = world.act_as("ada").repo("acme/shop");
    let first = repo.commit(NewCommit::new("Start").file("docs/x", "0"));
    tell(&commands, &world.take_deliveries()).await;
    derive_waiting(&commands, &pool).await;

    world.wait(TimeDelta::minutes(1));
    repo.commit(NewCommit::new("Orders").file("services/orders/a", "1"));
    tell(&commands, &world.take_deliveries()).await;
    assert_eq!(
        derive_waiting(&commands, &pool).await,
        BTreeSet::from([orders, everything])
    );

    world.wait(TimeDelta::minutes(1));
    let pull = repo.propose(
        NewPull::new("c", "Carts"),
        vec![NewCommit::new("C").file("services/carts/a", "1")],
    );
    let merge = repo.merge(pull, MergeMethod::Squash);
    tell(&commands, &world.take_deliveries()).await;
    assert_eq!(
        derive_waiting(&commands, &pool).await,
        BTreeSet::from([carts, everything])
    );

    repo.release("v1.0.0", &first);
    tell(&commands, &world.take_deliveries()).await;
    assert_eq!(
        derive_waiting(&commands, &pool).await,
        BTreeSet::new(),
        "nobody deployed it"
    );

    deploy(&repo, "production", &merge, "orders");
    tell(&commands, &world.take_deliveries()).await;
    derive_waiting(&commands, &pool).await;
    repo.release("v1.1.0", &merge);
    repo.retitle(pull, "Carts, retitled");
    tell(&commands, &world.take_deliveries()).await;
    assert_eq!(
        derive_waiting(&commands, &pool).await,
        BTreeSet::from([orders, carts, everything]),
        "orders deployed the commit, the others own its paths"
    );
}
