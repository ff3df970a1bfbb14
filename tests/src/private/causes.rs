//! Whose deploys somebody may name as the cause of an incident of theirs.

use commands::CommandError;

use super::*;

/// A developer of the team `growth` and of nothing else.
const DEVELOPER: u8 = 41;

fn caused(service: &str, causes: &[DeployId]) -> NewIncident {
    let raw = RawIncident {
        service: service.to_owned(),
        external_id: Some("pd-41".into()),
        title: format!("{service} is slow"),
        severity: Some(3),
        caused_by: Some(causes.iter().map(ToString::to_string).collect()),
        ..RawIncident::default()
    };
    NewIncident::parse(raw, Utc::now()).unwrap()
}

async fn failed(commands: &Commands, deploy: DeployId) -> bool {
    let shown = commands.reads().deploy(deploy).await.unwrap();
    shown.unwrap().summary.failed
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_deploy_of_another_team_is_blamed_only_by_who_may_there(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let commands = &ground.app.commands;
    register(commands, "pier", "payments").await;
    register(commands, "beacon", "growth").await;
    let (theirs, own) = (deploy(commands, "pier").await, deploy(commands, "beacon").await);
    sign_in_as(&pool, DEVELOPER, "Dan Developer", None).await;
    let developer = PersonId(person(DEVELOPER));
    join(commands, developer, "growth").await;
    let by = commands.viewer(developer).await.unwrap().unwrap();

    let refused = commands
        .report_incident(&by, caused("beacon", &[own, theirs]))
        .await;
    assert!(matches!(refused, Err(CommandError::Denied { .. })), "{refused:?}");
    assert!(!failed(commands, theirs).await);
    commands
        .report_incident(&by, caused("beacon", &[own]))
        .await
        .unwrap();
    assert!(failed(commands, own).await);

    let both = || caused("beacon", &[own, theirs]);
    commands.report_incident(&operator(), both()).await.unwrap();
    assert!(failed(commands, theirs).await);
    let again = commands.report_incident(&by, both()).await.unwrap();
    assert!(!again.is_new, "what is named already may be said again");
}
