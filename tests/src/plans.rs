//! What is asked for often reads no large table from end to end: pages, the API, the palette, the jobs and the clock are run
//! on 10,000 services with 100,000 deploys, and every plan that PostgreSQL makes for them is looked at.
//!
//! The plans come from PostgreSQL itself (`auto_explain`), so they are those of the statements that the code sends, whatever
//! it sends: there is no list of statements that could fall behind.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::TimeDelta;
use commands::{Commands, SystemClock, jobs::ProcessDelivery};
use domain::{
    actor::{Actor, Scope, Viewer},
    ids::ServiceId,
    tokens::{NewToken, Reach, SECRET_BYTES},
};
use reqwest::{StatusCode, header::COOKIE};
use serde_json::Value;
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use store::Store;
use tests::fakes::github::{NewCommit, World};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::fmt::MakeWriter;

use crate::harness::{App, client, cookie, sign_in};

/// A table with more rows than this must not be read from end to end. Services themselves may: lists count them.
const LARGE: f64 = 10_000.5;
/// What marks the one statement that is not ours to change.
const RECOVERY: &str = "SELECT DISTINCT locks.locked_by AS worker_id";
const SECRET: &str = "a secret that nobody guesses";

/// What the database said, as text.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Said {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Said {
    /// Notices of PostgreSQL from now on.
    fn listen() -> Self {
        let said = Self::default();
        tracing_subscriber::fmt()
            .with_env_filter("sqlx::postgres::notice=info")
            .with_writer(said.clone())
            .with_ansi(false)
            .init();
        said
    }

    /// The plans that were told since the last time.
    fn plans(&self) -> Vec<Value> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        let plan = |rest: &str| serde_json::Deserializer::from_str(rest).into_iter().next()?.ok();
        text.split("plan:\n").skip(1).filter_map(plan).collect()
    }
}

/// The tables that were read, and the statements that read a large one from end to end, by who asked.
struct Watch {
    said: Said,
    large: BTreeMap<String, f64>,
    statements: BTreeSet<String>,
    relations: BTreeSet<String>,
    found: BTreeSet<String>,
}

impl Watch {
    async fn new(pool: &PgPool, said: Said) -> Self {
        let large: Vec<(String, f64)> = sqlx::query_as(
            "select relname::text, reltuples::float8 from pg_class where relkind = 'r' and reltuples > $1
             and relnamespace in ('public'::regnamespace, 'graphile_worker'::regnamespace)",
        )
        .bind(LARGE)
        .fetch_all(pool)
        .await
        .unwrap();
        Self {
            said,
            large: large.into_iter().collect(),
            statements: BTreeSet::new(),
            relations: BTreeSet::new(),
            found: BTreeSet::new(),
        }
    }

    fn look(&mut self, who: &str) {
        for told in self.said.plans() {
            let statement = told["Query Text"].as_str().unwrap_or_default();
            self.statements.insert(statement.to_owned());
            // The queue's library looks through the whole queue for jobs of dead workers, in its own words.
            if !statement.contains(RECOVERY) {
                self.walk(&told["Plan"], &format!("{who}: {statement}"));
            }
        }
    }

    fn walk(&mut self, node: &Value, who: &str) {
        if let Some(relation) = node["Relation Name"].as_str() {
            self.relations.insert(relation.to_owned());
            if let Some(rows) = self
                .large
                .get(relation)
                .filter(|_| node["Node Type"] == "Seq Scan" && node["Actual Loops"] != 0)
            {
                self.found.insert(format!("{relation} ({rows} rows) by {who}"));
            }
        }
        for child in node["Plans"].as_array().into_iter().flatten() {
            self.walk(child, who);
        }
    }
}

async fn fill(pool: &PgPool) {
    let mut connection = pool.acquire().await.unwrap();
    for script in [
        "set bench.deploys = '100000'",
        include_str!("bench/fill.sql"),
        include_str!("plans/facts.sql"),
        "vacuum analyze",
    ] {
        sqlx::raw_sql(script).execute(&mut *connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let commands = Commands::new(Store::on(pool.clone()), Arc::new(SystemClock));
    while commands.refresh_dora_days().await.unwrap() > 0 {}
}

/// Makes whoever looks at the pages one of two teams, so that Home has things that are theirs.
async fn join_teams(pool: &PgPool) {
    sign_in(pool).await;
    for statement in [
        "insert into grants (id, person_id, role, team_id, granted_at, granted_by)
         select gen_random_uuid(), a.person_id, 'developer', t.id, now(), 'the tests'
         from accounts a, teams t where t.slug in ('team-7', 'team-8')",
        "update people set login = 'olga' where id in (select person_id from accounts)",
    ] {
        sqlx::query(statement).execute(pool).await.unwrap();
    }
}

/// Connections that tell each plan, made for the values at hand or once for all values, as PostgreSQL may choose.
fn telling(connect: &PgConnectOptions, mode: &str) -> PgPool {
    let connect = connect.clone().options([
        ("session_preload_libraries", "auto_explain"),
        ("auto_explain.log_min_duration", "0"),
        // With the number of times that each part ran: what never runs reads nothing.
        ("auto_explain.log_analyze", "on"),
        ("auto_explain.log_timing", "off"),
        ("auto_explain.log_nested_statements", "on"),
        ("auto_explain.log_format", "json"),
        ("auto_explain.log_level", "notice"),
        ("plan_cache_mode", mode),
    ]);
    PgPoolOptions::new().max_connections(8).connect_lazy_with(connect)
}

/// Every page that lists, finds or sums, with each of its filters and orders.
async fn pages(pool: &PgPool) -> Vec<String> {
    let deploys: Vec<uuid::Uuid> =
        sqlx::query_scalar("(select id from deploys order by requested_at desc limit 1) union all (select id from deploys where failed limit 1)")
            .fetch_all(pool)
            .await
            .unwrap();
    let delivery: uuid::Uuid = sqlx::query_scalar("select id from deliveries where status = 'dead' limit 1")
        .fetch_one(pool)
        .await
        .unwrap();
    let mut paths = vec![
        "/".to_owned(),
        "/?of=everything".to_owned(),
        format!("/admin/deliveries/{delivery}"),
    ];
    paths.extend(deploys.iter().map(|id| format!("/deploys/{id}")));
    let mut add = |path: &str, queries: &[&str]| {
        paths.extend(queries.iter().map(|query| format!("{path}?{query}")));
    };
    add(
        "/services",
        &[
            "",
            "sort=owner",
            "sort=tier",
            "sort=health",
            "sort=last_deploy",
            "sort=incidents",
            "reverse=1",
            "sort=last_deploy&reverse=1",
            "owner=team-7",
            "owner=none",
            "tier=1",
            "lifecycle=production",
            "health=degraded",
            "q=service-77",
            "q=part+of",
            "owner=team-7&tier=4&q=9",
        ],
    );
    add("/services/service-77", &[""]);
    add("/services/service-77/dependencies", &[""]);
    add(
        "/search",
        &[
            "q=service-123",
            "q=servce-123",
            "q=person-77",
            "q=v1.77",
            "q=team",
            "q=s",
            "q=rework",
            "q=rework+part+3",
            "q=service-77%231",
            "q=abcdef1",
            "q=service-9&kind=deploys",
        ],
    );
    add("/search/found", &["q=service-12", "q=v1.7"]);
    add(
        "/deploys",
        &[
            "",
            "service=service-77",
            "team=team-7",
            "environment=production",
            "class=production",
            "state=failed",
            "state=succeeded",
            "kind=rollback",
            "kind=normal",
            "outcome=in_flight",
            "outcome=good",
            "outcome=failed",
            "outcome=pipeline_failure",
            "outcome=rolled_back",
            "from=2026-01-01",
            "team=team-7&outcome=failed",
            "service=service-77&kind=rollback",
        ],
    );
    add(
        "/dora",
        &[
            "",
            "range=365",
            "range=365&team=team-7",
            "range=90&service=service-77",
            "range=365&bots=without",
        ],
    );
    add(
        "/dora/rows",
        &[
            "metric=frequency&range=365",
            "metric=lead_time&range=365",
            "metric=change_fail_rate&range=365",
            "metric=recovery&range=365",
            "metric=rework&range=365",
            "metric=lead_time&range=365&team=team-7",
            "metric=change_fail_rate&range=365&rows=failed&team=team-7",
            "metric=lead_time&service=service-77",
            "metric=recovery&rows=open&range=365",
        ],
    );
    add(
        "/admin/deliveries",
        &[
            "",
            "status=dead",
            "status=received",
            "status=processed",
            "event=push",
        ],
    );
    add("/admin/jobs", &["", "state=dead", "state=waiting"]);
    add("/admin/unmatched", &[""]);
    add("/admin/integrations/github/repositories", &[""]);
    add(
        "/api/v1/incidents",
        &["", "open=true", "open=false", "service=service-77"],
    );
    add("/api/v1/teams", &[""]);
    add("/api/v1/services", &["sort=last_deploy&limit=200"]);
    add("/api/v1/services/service-77/deploys", &[""]);
    paths
}

async fn ask(address: String, token: &str) -> String {
    // An address with a default in it leads to the one without.
    let request = reqwest::Client::new().get(&address).bearer_auth(token);
    let answer = request.header(COOKIE, cookie()).send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status == StatusCode::OK, "{address}: {status} {text}");
    text
}

/// The address of the next page of a list.
fn next(html: &str) -> Option<String> {
    let mut links = html
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    links
        .find(|link| link.contains("after="))
        .map(|link| link.replace("&amp;", "&"))
}

async fn read_everything(app: &App, token: &str, (paths, watch): (&[String], &mut Watch)) {
    for path in paths {
        let html = ask(app.url(path), token).await;
        watch.look(path);
        if let Some(next) = next(&html) {
            ask(app.url(&next), token).await;
            watch.look(&next);
        }
    }
}

/// A delivery comes in and is processed by a worker, a service is derived, and the clock does its rounds.
async fn run_everything(app: &App, pool: &PgPool, (world, watch): (&World, &mut Watch)) {
    let commands = &app.commands;
    let repo = world.act_as("ada").repo("bench/new");
    let sha = repo.commit(NewCommit::new("A change"));
    repo.deploy("production", &sha, None);
    for delivery in world.take_deliveries() {
        let answer = delivery
            .post(&client(), &app.url("/webhooks/github"), SECRET)
            .await;
        assert!(answer.unwrap().status().is_success());
    }
    watch.look("intake");
    let waiting: Vec<Value> = sqlx::query_scalar(
        "select payload::jsonb from graphile_worker._private_jobs where payload ->> 'received_at' is not null",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert!(!waiting.is_empty());
    for job in waiting {
        let job: ProcessDelivery = serde_json::from_value(job).unwrap();
        commands.process_delivery(&job).await.unwrap();
    }
    watch.look("processing");
    let service: uuid::Uuid = sqlx::query_scalar("select id from services where slug = 'service-77'")
        .fetch_one(pool)
        .await
        .unwrap();
    commands.derive_service(ServiceId(service)).await.unwrap();
    watch.look("deriving");
    commands.sweep_lost_deploys().await.unwrap();
    commands.sweep_deliveries().await.unwrap();
    commands.sweep_drives().await.unwrap();
    commands.refresh_dora_days().await.unwrap();
    watch.look("the clock");
    let stop = CancellationToken::new();
    let workers = server::jobs::start(commands.clone(), 1, Duration::from_secs(5), stop.clone());
    let workers = workers.await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    stop.cancel();
    workers.await.unwrap();
    watch.look("a worker");
}

#[sqlx::test(migrations = false)]
async fn what_is_asked_for_often_reads_no_large_table_whole(_: PgPoolOptions, connect: PgConnectOptions) {
    let pool = PgPoolOptions::new()
        .max_connections(4)
        .connect_lazy_with(connect.clone());
    server::migrate(&Store::on(pool.clone())).await.unwrap();
    fill(&pool).await;
    join_teams(&pool).await;
    let mut watch = Watch::new(&pool, Said::listen()).await;
    let paths = pages(&pool).await;
    let new = NewToken {
        name: "reader".into(),
        scopes: Scope::ALL.to_vec(),
        reach: Reach::default(),
        owner: None,
        expires_at: chrono::Utc::now() + TimeDelta::days(90),
    };
    let mut token = None;
    let world = World::starting(chrono::Utc::now());
    for mode in ["force_custom_plan", "force_generic_plan"] {
        let app = App::start(
            telling(&connect, mode),
            &[&format!("--github-webhook-secret={SECRET}")],
        )
        .await;
        if token.is_none() {
            let by = Viewer::trusted(Actor::CommandLine);
            let made = app
                .commands
                .create_token(&by, new.clone(), [7; SECRET_BYTES])
                .await;
            token = Some(made.unwrap().1);
        }
        read_everything(&app, token.as_deref().unwrap(), (&paths, &mut watch)).await;
        run_everything(&app, &pool, (&world, &mut watch)).await;
    }
    for table in [
        "deploys",
        "deploy_events",
        "deploy_changes",
        "lead_times",
        "commits",
        "pull_requests",
        "_private_jobs",
        "drives",
        "drive_phases",
        "drive_inputs",
        "drive_leases",
    ] {
        assert!(watch.large.contains_key(table), "{table} is not large");
        assert!(watch.relations.contains(table), "nothing was heard of {table}");
    }
    assert!(
        watch.statements.len() > 150,
        "only {} statements",
        watch.statements.len()
    );
    let found: Vec<&str> = watch.found.iter().map(String::as_str).collect();
    assert!(
        found.is_empty(),
        "read from end to end:\n\n{}\n",
        found.join("\n\n")
    );
}
