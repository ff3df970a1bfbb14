//! Deploys that Fairway drives in the demo: a canary that went bad and was rolled back by rule, and one that waits for a person. Made
//! by the commands that people, executors and the clock use, a while ago, and measured on a metrics server of the demo's own.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{Json, Router, extract::State, routing::post};
use chrono::TimeDelta;
use commands::{CommandError, Commands, verify::Watching};
use domain::{
    actor::Viewer,
    deploys::{
        drive::{
            Phase, Standing,
            inputs::Verdict,
            report::{NewReport, RawReport},
            request::{NewDrive, RawDrive, RawFact, RawWaiver},
        },
        report::RawDeploy,
    },
    executors::{RawExecutor, whole_inputs},
    ids::DeployId,
};
use integrations::prometheus::{Prometheus, PrometheusConfig};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::form_urlencoded;

/// Where both go: nobody is asked there, and no figure counts it.
const STAGING: &str = "staging";
/// Whose canary went bad, the version that did, and when it was asked for, in seconds before now: a while after the last deploy of
/// the history, which it goes back to.
const BAD: (&str, &str, i64) = ("shipping-rates", "7.4.0", 1_000);
/// Whose canary waits.
const WAITING: (&str, &str, i64) = ("event-bus", "5.2.0", 600);
/// Between two samples, and in a whole watch.
const STEP: i64 = 30;
const SAMPLES: i64 = 10;

/// Tells both stories.
pub(super) async fn drive(commands: &Commands, by: &Viewer) -> Result<(), CommandError> {
    let (metrics, url) = Metrics::serve().await.map_err(CommandError::internal)?;
    let config = PrometheusConfig {
        url: url.parse().map_err(CommandError::internal)?,
        access: None,
        tenant: None,
    };
    let prometheus = Prometheus::new(&config).map_err(CommandError::internal)?;
    let watching = commands.clone().with_watching(Watching {
        prometheus: Some(prometheus),
        prober: None,
    });
    rolled_back(&watching, by, &metrics).await?;
    waits(commands, by).await
}

/// All goes well at 5 %, and at 25 % every thirtieth request fails.
async fn rolled_back(commands: &Commands, by: &Viewer, metrics: &Metrics) -> Result<(), CommandError> {
    let (service, version, asked) = BAD;
    let at = |seconds: i64| commands.ago(TimeDelta::seconds(asked - seconds));
    let deploy = ask(&at(0), by, (service, version)).await?;
    carried_out(&at(60), by, deploy).await?;
    watched(&at, deploy, 60).await?;
    carried_out(&at(420), by, deploy).await?;
    metrics.is_bad.store(true, Ordering::Relaxed);
    watched(&at, deploy, 420).await?;
    metrics.is_bad.store(false, Ordering::Relaxed);
    let undone = commands.reads().drive(deploy).await?;
    if let Some(rollback) = undone.and_then(|detail| detail.undone_by) {
        settle(&at(560), rollback).await?;
        carried_out(&at(600), by, rollback).await?;
        watched(&at, rollback, 600).await?;
    }
    derived(commands, service).await
}

/// Too little traffic says anything about the first step, and nobody has decided.
async fn waits(commands: &Commands, by: &Viewer) -> Result<(), CommandError> {
    let (service, version, asked) = WAITING;
    let at = |seconds: i64| commands.ago(TimeDelta::seconds(asked - seconds));
    let deploy = ask(&at(0), by, (service, version)).await?;
    carried_out(&at(60), by, deploy).await?;
    let then = at(400);
    let place = then
        .reads()
        .drive(deploy)
        .await?
        .and_then(|detail| detail.drive.standing.place().copied());
    if let Some(place) = place.filter(|place| place.phase == Phase::Verify) {
        let why = "The error rate has too little traffic to judge by; send some, wait, or decide".to_owned();
        let verdict = Verdict::Insufficient { why };
        then.tell_verdict(deploy, (place.round, place.step), verdict)
            .await?;
        settle(&then, deploy).await?;
    }
    derived(commands, service).await
}

/// Asks for a canary, and takes it as far as its executor.
async fn ask(
    then: &Commands,
    by: &Viewer,
    (service, version): (&str, &str),
) -> Result<DeployId, CommandError> {
    let executor = RawExecutor {
        kind: "github_actions".to_owned(),
        repository: format!("saltmarsh/{service}"),
        workflow: "deploy.yml".to_owned(),
        inputs: whole_inputs(),
        ..RawExecutor::default()
    };
    then.set_executor(by, (service, STAGING), &executor).await?;
    let fact = |item: &str, what: &str| RawFact {
        item: item.to_owned(),
        good: true,
        what: what.to_owned(),
        critical: None,
    };
    let waive = |item: &str, reason: &str| RawWaiver {
        item: item.to_owned(),
        reason: reason.to_owned(),
    };
    let raw = RawDrive {
        deploy: RawDeploy {
            service: service.to_owned(),
            environment: STAGING.to_owned(),
            sha: Some("5eac0ffe".repeat(5)),
            digest: Some(format!("sha256:{}", "41d09ac2".repeat(8))),
            version: Some(version.to_owned()),
            strategy: Some("canary".to_owned()),
            ..RawDeploy::default()
        },
        waivers: vec![
            waive(
                "checks",
                "Built outside of the pipeline, to try the new allocator.",
            ),
            waive("rollback_target", "Staging can stand still for an hour."),
            waive("backup", "It stores nothing."),
        ],
        facts: vec![
            fact("scan", "no critical finding, says the registry"),
            fact("signature", "signed by the release workflow"),
        ],
        ..RawDrive::default()
    };
    let deploy = then.start_drive(by, NewDrive::parse(raw, then.now())?).await?.id;
    settle(then, deploy).await?;
    Ok(deploy)
}

/// Takes a drive as far as it goes with what is known.
async fn settle(then: &Commands, deploy: DeployId) -> Result<(), CommandError> {
    while then.advance_drive(deploy).await? {}
    Ok(())
}

/// The executor says that it brought the drive to the share that was ordered.
async fn carried_out(then: &Commands, by: &Viewer, deploy: DeployId) -> Result<(), CommandError> {
    let Some(detail) = then.reads().drive(deploy).await? else {
        return Ok(());
    };
    let Standing::At(place) = detail.drive.standing else {
        return Ok(());
    };
    if place.phase != Phase::Deploy {
        return Ok(());
    }
    let raw = RawReport {
        key: detail.drive.key_of(&place),
        outcome: "succeeded".to_owned(),
        ..RawReport::default()
    };
    then.report_drive(by, NewReport::parse(raw, then.now())?).await?;
    settle(then, deploy).await
}

/// Takes every sample of a watch that began some seconds after the deploy was asked for, until its verdict is settled.
async fn watched(at: &impl Fn(i64) -> Commands, deploy: DeployId, begun: i64) -> Result<(), CommandError> {
    for sample in 1..=SAMPLES {
        let then = at(begun + sample * STEP);
        let watched = then.reads().drive(deploy).await?;
        let place = watched.and_then(|detail| detail.drive.standing.place().copied());
        if place.is_none_or(|place| place.phase != Phase::Verify) {
            break;
        }
        then.watch_drive(deploy).await?;
        settle(&then, deploy).await?;
    }
    Ok(())
}

/// Derives the history of a service, as the job does soon after.
async fn derived(commands: &Commands, slug: &str) -> Result<(), CommandError> {
    match commands.reads().service(slug).await? {
        Some(service) => commands.derive_service(service.summary.id).await,
        None => Ok(()),
    }
}

/// What a metrics server would know of the canary that went bad.
#[derive(Clone, Default)]
struct Metrics {
    is_bad: Arc<AtomicBool>,
}

impl Metrics {
    /// Answers on loopback until the process ends; gives the address.
    async fn serve() -> std::io::Result<(Self, String)> {
        let metrics = Self::default();
        let router = Router::new()
            .route("/api/v1/query", post(answer))
            .with_state(metrics.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok((metrics, url))
    }

    fn value(&self, query: &str, time: f64) -> f64 {
        let is_own = query.contains(&format!("\"{}\"", BAD.1));
        let is_bad = is_own && self.is_bad.load(Ordering::Relaxed);
        // A little is always different from sample to sample.
        let unrest = 1.0 + 0.2 * (time / 47.0).sin();
        let calm = if query.starts_with("max(up") {
            return 1.0;
        } else if query.contains("code=~") {
            0.6
        } else if query.contains("0.95") {
            0.21
        } else if query.contains("0.99") {
            0.48
        } else {
            return 1200.0;
        };
        let worse = if is_bad && query.contains("code=~") {
            66.0
        } else {
            1.0
        };
        calm * unrest * worse
    }
}

async fn answer(State(metrics): State<Metrics>, body: String) -> Json<Value> {
    let field = |name: &str| {
        let mut fields = form_urlencoded::parse(body.as_bytes());
        let found = fields.find(|(field, _)| field == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    let time: f64 = field("time").parse().unwrap_or_default();
    let value = metrics.value(&field("query"), time);
    Json(json!({
        "status": "success",
        "data": { "resultType": "vector", "result": [{ "metric": {}, "value": [time, value.to_string()] }] },
    }))
}
