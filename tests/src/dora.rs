//! Figures over HTTP: signed deliveries and reports go in, and every page, document and file shows exactly what follows.

mod ranges;
mod rows;
mod worked_example;

use chrono::{DateTime, TimeDelta, Utc};
use commands::jobs::{DeriveService, ProcessDelivery};
use domain::{
    actor::{Actor, Scope, Viewer},
    tokens::{NewToken, Reach, SECRET_BYTES},
};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::PgPool;
use tests::fakes::github::{NewCommit, RepoHandle, World};

use crate::harness::{App, client};

const SECRET: &str = "a secret that nobody guesses";

/// Deployments of three October days in Berlin, and of the day when its clocks change.
const THREE_DAYS: &str = "from=2026-10-05&to=2026-10-07";

/// A server that was told of two services.
struct Told {
    app: App,
    token: String,
}

impl Told {
    /// `payments` by signed deliveries, `orders` through the API.
    async fn everything(pool: &PgPool) -> Self {
        let told = Self::nothing(pool).await;
        told.register("payments", "team-payments").await;
        told.register("orders", "team-orders").await;
        told.payments(pool).await;
        told.orders().await;
        settle(&told.app, pool).await;
        told
    }

    /// Days begin and end in Berlin.
    async fn nothing(pool: &PgPool) -> Self {
        sqlx::query("update organisation set time_zone = 'Europe/Berlin'")
            .execute(pool)
            .await
            .unwrap();
        let app = App::start(pool.clone(), &[&format!("--github-webhook-secret={SECRET}")]).await;
        let new = NewToken {
            name: "CI".into(),
            scopes: Scope::ALL.to_vec(),
            reach: Reach::default(),
            owner: None,
            expires_at: app.commands.now() + TimeDelta::days(90),
        };
        let by = Viewer::trusted(Actor::CommandLine);
        let made = app.commands.create_token(&by, new, [7; SECRET_BYTES]).await;
        let token = made.unwrap().1;
        Self { app, token }
    }

    async fn register(&self, name: &str, owner: &str) {
        let repository = format!("acme/{name}");
        let body = json!({ "name": name, "owner": owner, "repository": repository });
        self.post("/services", &body).await;
    }

    async fn payments(&self, pool: &PgPool) {
        let world = World::starting(time("2026-10-01T06:00:00Z"));
        let repo = world.act_as("ada").repo("acme/payments");
        ship(&world, &repo, ("2026-10-01T10:00:00Z", 5, "ada"));
        ship(&world, &repo, ("2026-10-05T21:30:00Z", 6, "ada"));
        // The first moment of 6 October in Berlin.
        let good = ship(&world, &repo, ("2026-10-05T22:00:00Z", 24, "grace"));
        ship(&world, &repo, ("2026-10-06T12:00:00Z", 2, "dependabot[bot]"));
        expose(&world, &repo, &good, "2026-10-06T13:00:00Z");
        ship(&world, &repo, ("2026-10-07T09:00:00Z", 48, "ada"));
        for delivery in world.take_deliveries() {
            let answer = delivery
                .post(&client(), &self.app.url("/webhooks/github"), SECRET)
                .await
                .unwrap();
            assert_eq!(answer.status(), StatusCode::ACCEPTED);
        }
        settle(&self.app, pool).await;
    }

    async fn orders(&self) {
        let deployed = |version: &str, at: &str| {
            json!({
                "service": "orders", "environment": "production", "version": version, "requested_at": time(at) - TimeDelta::minutes(9),
                "phases": [{ "state": "succeeded", "at": at }],
            })
        };
        self.post("/deploys", &deployed("1", "2026-10-02T08:00:00Z"))
            .await;
        let broken = self
            .post("/deploys", &deployed("2", "2026-10-05T10:00:00Z"))
            .await;
        let incident = json!({
            "service": "orders", "title": "Orders are lost", "severity": 1, "detected_at": "2026-10-05T10:05:00Z",
            "mitigated_at": "2026-10-05T10:30:00Z", "caused_by": [broken["id"]],
        });
        self.post("/incidents", &incident).await;
        // Half past two on the long day, and half past midnight after it.
        self.post("/deploys", &deployed("3", "2026-10-25T00:30:00Z"))
            .await;
        self.post("/deploys", &deployed("4", "2026-10-25T23:30:00Z"))
            .await;
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = client().post(self.app.url(&format!("/api/v1{path}")));
        let answer = request.bearer_auth(&self.token).json(body).send().await.unwrap();
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(status, StatusCode::CREATED, "{answer:#}");
        answer
    }

    /// An answer of the API with its status.
    async fn asked(&self, path: &str) -> (StatusCode, Value) {
        let request = client().request(Method::GET, self.app.url(&format!("/api/v1{path}")));
        let answer = request.bearer_auth(&self.token).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// `/api/v1/dora` with a query.
    async fn dora(&self, query: &str) -> Value {
        let (status, answer) = self.asked(&format!("/dora?{query}")).await;
        assert_eq!(status, StatusCode::OK, "{answer:#}");
        answer
    }

    /// A page or a file as text, with its status.
    async fn text(&self, path: &str) -> (StatusCode, String) {
        let request = client().get(self.app.url(path)).header("accept", "text/html");
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// A page's words, without its tags.
    async fn words(&self, path: &str) -> String {
        let (status, page) = self.text(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        words(&page)
    }

    /// The lines of a file, each as its cells; none of these texts has a comma.
    async fn csv(&self, path: &str) -> Vec<Vec<String>> {
        let (status, text) = self.text(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        let cells = |line: &str| line.split(',').map(str::to_owned).collect();
        text.lines().map(cells).collect()
    }
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A commit of the default branch, authored so many hours before it is exposed in production; its sha.
fn ship(world: &World, repo: &RepoHandle, (at, hours, author): (&str, i64, &str)) -> String {
    let exposed = time(at);
    world.at(exposed - TimeDelta::minutes(40));
    let author = world.user(author);
    let commit = NewCommit::new(&format!("Change of {at}")).by(author);
    let sha = repo.commit(commit.authored_at(exposed - TimeDelta::hours(hours)));
    expose(world, repo, &sha, at);
    sha
}

fn expose(world: &World, repo: &RepoHandle, sha: &str, at: &str) {
    world.at(time(at) - TimeDelta::minutes(10));
    let deployment = repo.deploy("production", sha, None);
    // Each act moves the clock by a second.
    world.at(time(at) - TimeDelta::seconds(1));
    repo.set_status(deployment, "success");
}

/// Runs what was enqueued, until nothing is left that can run without a GitHub to ask.
async fn settle(app: &App, pool: &PgPool) {
    loop {
        let deliveries = taken::<ProcessDelivery>(pool, "process_delivery").await;
        for job in &deliveries {
            app.commands.process_delivery(job).await.unwrap();
        }
        let services = taken::<DeriveService>(pool, "derive_service").await;
        for job in &services {
            app.commands.derive_service(job.service).await.unwrap();
        }
        if deliveries.is_empty() && services.is_empty() {
            return;
        }
    }
}

async fn taken<J: DeserializeOwned>(pool: &PgPool, task: &str) -> Vec<J> {
    let jobs: Vec<Value> = sqlx::query_scalar(
        "delete from graphile_worker._private_jobs j using graphile_worker._private_tasks t
         where t.id = j.task_id and t.identifier = $1 returning j.payload::jsonb",
    )
    .bind(task)
    .fetch_all(pool)
    .await
    .unwrap();
    jobs.into_iter()
        .map(|job| serde_json::from_value(job).unwrap())
        .collect()
}

/// Text between tags, with single blanks.
fn words(html: &str) -> String {
    let mut words = String::new();
    for piece in html.split('<') {
        let text = piece.split_once('>').map_or(piece, |(_, text)| text);
        words.push(' ');
        words.push_str(text);
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a JSON pointer finds.
fn at<'a>(answer: &'a Value, pointer: &str) -> &'a Value {
    answer
        .pointer(pointer)
        .unwrap_or_else(|| panic!("{pointer} in {answer:#}"))
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn three_days_show_what_was_told(pool: PgPool) {
    let told = Told::everything(&pool).await;
    let answer = told.dora(THREE_DAYS).await;
    for (pointer, expected) in [
        ("/time_zone", json!("Europe/Berlin")),
        ("/figures/frequency/total", json!(5)),
        ("/figures/frequency/per_day", json!(5.0 / 3.0)),
        ("/figures/lead_time/total/n", json!(4)),
        (
            "/figures/lead_time/total/median",
            json!((21_600.0 + 86_400.0) / 2.0),
        ),
        ("/figures/lead_time/total/p90", json!(146_880.0)),
        ("/figures/change_fail_rate/failed", json!(2)),
        ("/figures/change_fail_rate/mature", json!(5)),
        ("/figures/change_fail_rate/share", json!(0.4)),
        ("/figures/recovery/total/n", json!(2)),
        ("/figures/recovery/total/median", json!(2700.0)),
        ("/figures/rework/share", json!(0.0)),
        ("/groups/0/name/slug", json!("team-payments")),
        ("/groups/0/deploys", json!(4)),
        ("/groups/1/deploys", json!(1)),
    ] {
        assert_eq!(at(&answer, pointer), &expected, "{pointer}");
    }
    let page = told.words(&format!("/dora?{THREE_DAYS}")).await;
    for shown in [
        "5 Oct – 7 Oct 2026",
        "days in Europe/Berlin",
        "n 5",
        "15 h",
        "40 %",
        "45 min",
    ] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn changes_by_bots_can_be_left_out(pool: PgPool) {
    let told = Told::everything(&pool).await;
    let answer = told.dora(&format!("{THREE_DAYS}&bots=without")).await;
    assert_eq!(at(&answer, "/figures/lead_time/total/n"), &json!(3));
    assert_eq!(at(&answer, "/figures/lead_time/total/median"), &json!(86_400.0));
    assert_eq!(
        at(&answer, "/figures/frequency/total"),
        &json!(5),
        "a deployment counts whoever wrote it"
    );
    let page = told.words(&format!("/dora?{THREE_DAYS}&bots=without")).await;
    assert!(page.contains("lead time without changes by bots"), "{page}");
    let rows = told
        .csv(&format!(
            "/dora/rows.csv?{THREE_DAYS}&metric=lead_time&bots=without"
        ))
        .await;
    assert_eq!(rows.len(), 1 + 3);
    let (_, rows) = told
        .asked(&format!("/dora/changes?{THREE_DAYS}&bots=without"))
        .await;
    assert_eq!(rows["items"].as_array().unwrap().len(), 3);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_sent_again_changes_no_figure(pool: PgPool) {
    let told = Told::everything(&pool).await;
    let before = told.dora(THREE_DAYS).await;
    told.payments(&pool).await;
    assert_eq!(told.dora(THREE_DAYS).await, before);
}
