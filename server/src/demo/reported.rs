//! What the demo's machines report through the API's commands: a canary that was rolled back, and incidents.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use commands::{CommandError, Commands};
use domain::{
    actor::Viewer,
    deploys::{
        read::{DeployFilter, DeployOutcome},
        report::{NewDeploy, RawDeploy, RawPhase},
    },
    environments::EnvironmentClass,
    incidents::{NewIncident, RawIncident},
};

/// Services whose failed deploys also opened incidents: service, words and severity.
const BLAMED: [(&str, &str, i64); 4] = [
    ("payments-api", "Refunds answer 500", 1),
    ("ledger", "Postings are delayed", 2),
    ("orders", "Orders stay in placed", 2),
    ("checkout-web", "The last page does not load on phones", 2),
];
/// Incidents per blamed service, the newest failures first.
const EACH: usize = 3;

/// Incidents that are open now: service, words, severity, and minutes since somebody noticed. No deploy caused them: a carrier
/// fails its customers, and a few pictures are not worth a night's work.
const OPEN: [(&str, &str, i64, i64); 2] = [
    ("tracking", "Parcels of one carrier stand still", 2, 47),
    ("media-resizer", "Some thumbnails are blurred", 3, 1_310),
];

/// Reports the canary and the incidents.
pub(super) async fn report(commands: &Commands, by: &Viewer) -> Result<(), CommandError> {
    let now = commands.now();
    commands
        .report_deploy(by, NewDeploy::parse(canary(now), now)?)
        .await?;
    for (service, title, severity) in BLAMED {
        blame(commands, by, (service, title, severity)).await?;
    }
    for (service, title, severity, minutes) in OPEN {
        let detected = now - TimeDelta::minutes(minutes);
        let mut raw = incident(service, title, severity, detected);
        raw.triaged_at = Some(text(detected + TimeDelta::minutes(minutes / 5)));
        commands
            .report_incident(by, NewIncident::parse(raw, now)?)
            .await?;
    }
    Ok(())
}

/// Two days ago the new ranking model was shown to 5 and 25 % of shoppers, and taken back.
fn canary(now: DateTime<Utc>) -> RawDeploy {
    let at = |minutes: i64| Some(text(now - TimeDelta::hours(51) + TimeDelta::minutes(minutes)));
    let phase = |state: &str, minutes: i64, weight: Option<i64>, note: &str| RawPhase {
        state: state.into(),
        at: at(minutes),
        exposed: None,
        weight,
        note: Some(note.to_owned()).filter(|note| !note.is_empty()),
    };
    RawDeploy {
        service: "recommendations".into(),
        environment: "production".into(),
        version: Some("3.0.0-rc.1".into()),
        digest: Some(format!("sha256:{}", "41d09ac2".repeat(8))),
        strategy: Some("canary".into()),
        external_id: Some("canary-3.0.0-rc.1".into()),
        requested_at: at(0),
        description: Some("New ranking model".into()),
        initiator: Some("yuki".into()),
        phases: vec![
            phase("deploy", 4, Some(5), ""),
            phase("deploy", 16, Some(25), ""),
            phase("rolling_back", 27, None, "p99 2.4 s, above 2 s in 2 of 3 samples"),
            phase("rolled_back", 29, Some(0), "Back on the release before"),
        ],
        ..RawDeploy::default()
    }
}

/// Incidents whose confirmed cause is a deploy that failed.
async fn blame(
    commands: &Commands,
    by: &Viewer,
    (service, title, severity): (&str, &str, i64),
) -> Result<(), CommandError> {
    let filter = DeployFilter {
        service: Some(service.to_owned()),
        class: Some(EnvironmentClass::Production),
        outcome: Some(DeployOutcome::Failed),
        ..DeployFilter::default()
    };
    let failed = commands.reads().deploys(&filter).await?.rows;
    for deploy in failed.into_iter().filter(|deploy| deploy.counted).take(EACH) {
        let (Some(exposed), Some(restored)) = (deploy.exposed_at, deploy.restored_at) else {
            continue;
        };
        let detected = exposed + (restored - exposed) / 3;
        let mut raw = incident(service, title, severity, detected);
        raw.triaged_at = Some(text(detected + (restored - detected) / 4));
        raw.mitigated_at = Some(text(restored));
        raw.resolved_at = Some(text(restored + TimeDelta::minutes(25)));
        raw.external_id = Some(format!("demo-{}", deploy.id));
        raw.caused_by = Some(vec![deploy.id.to_string()]);
        commands
            .report_incident(by, NewIncident::parse(raw, commands.now())?)
            .await?;
    }
    Ok(())
}

fn incident(service: &str, title: &str, severity: i64, detected: DateTime<Utc>) -> RawIncident {
    RawIncident {
        service: service.into(),
        title: title.into(),
        severity: Some(severity),
        detected_at: Some(text(detected)),
        external_id: Some(format!("demo-{service}")),
        ..RawIncident::default()
    }
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
