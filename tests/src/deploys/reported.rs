//! Deploys, phases, incidents and corrections as machines and people send them.

use chrono::{TimeDelta, Utc};
use commands::{CommandError, Commands};
use domain::{
    actor::{Scope, Viewer},
    catalog::Health,
    deploys::{
        DeployKind, DeployState, FailureCause,
        corrections::NewCorrection,
        report::{NewDeploy, NewPhase, RawDeploy, RawPhase},
    },
    ids::{DeployId, TokenId},
    incidents::{NewIncident, RawIncident},
};
use sqlx::PgPool;
use uuid::Uuid;

use super::{at, commands, operator, service, sha, timeline};

fn deploy(commit: usize, minute: i64, phases: &[(&str, i64)]) -> NewDeploy {
    let raw = RawDeploy {
        service: "shop".into(),
        environment: "production".into(),
        sha: Some(sha(commit)),
        external_id: Some(format!("build-{commit}-{minute}")),
        requested_at: Some(at(minute).to_rfc3339()),
        phases: phases
            .iter()
            .map(|(state, minute)| RawPhase {
                state: (*state).into(),
                at: Some(at(*minute).to_rfc3339()),
                ..RawPhase::default()
            })
            .collect(),
        ..RawDeploy::default()
    };
    NewDeploy::parse(raw, Utc::now()).unwrap()
}

async fn good(commands: &Commands, commit: usize, minute: i64) -> DeployId {
    let new = deploy(commit, minute, &[("succeeded", minute + 5)]);
    commands.report_deploy(&operator(), new).await.unwrap().id
}

#[sqlx::test(migrations = "../migrations")]
async fn a_reported_deploy_is_read_at_once_and_kept_once(pool: PgPool) {
    let commands = commands(&pool).await;
    service(&commands, "shop").await;
    let first = commands
        .report_deploy(&operator(), deploy(1, 0, &[]))
        .await
        .unwrap();
    let again = commands
        .report_deploy(&operator(), deploy(1, 0, &[]))
        .await
        .unwrap();
    assert_eq!((first.is_new, again.is_new, first.id), (true, false, again.id));
    let phase = |state: &str, minute: i64, weight| {
        let raw = RawPhase {
            state: state.into(),
            at: Some(at(minute).to_rfc3339()),
            weight,
            ..RawPhase::default()
        };
        NewPhase::parse(raw, Utc::now()).unwrap()
    };
    for (state, minute, weight) in [
        ("deploy", 2, Some(5)),
        ("deploy", 3, Some(100)),
        ("succeeded", 4, None),
    ] {
        let by = operator();
        commands
            .report_phase(&by, first.id, phase(state, minute, weight))
            .await
            .unwrap();
        commands
            .report_phase(&by, first.id, phase(state, minute, weight))
            .await
            .unwrap();
    }
    let detail = commands.reads().deploy(first.id).await.unwrap().unwrap();
    assert_eq!(detail.phases.len(), 4);
    assert_eq!(detail.summary.state, DeployState::Succeeded);
    assert_eq!(
        (detail.summary.exposed_at, detail.summary.promoted_at),
        (Some(at(2)), Some(at(3)))
    );
    let audited: i64 = sqlx::query_scalar("select count(*) from audit where subject = $1")
        .bind(format!("deploy:{}", first.id))
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(audited, 8);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_may_not_be_is_refused_with_its_field(pool: PgPool) {
    let commands = commands(&pool).await;
    let field = |error: CommandError| match error {
        CommandError::Invalid(errors) => errors.0[0].field.clone(),
        other => panic!("{other:?}"),
    };
    let unknown = commands
        .report_deploy(&operator(), deploy(1, 0, &[]))
        .await
        .unwrap_err();
    assert_eq!(field(unknown), "service");
    service(&commands, "shop").await;
    let mut latest = deploy(1, 0, &[]);
    latest.version = Some("latest".into());
    assert_eq!(
        field(commands.report_deploy(&operator(), latest).await.unwrap_err()),
        "version"
    );
    let mut back = deploy(1, 0, &[]);
    back.rollback_of = Some(DeployId(Uuid::from_u128(1)));
    assert_eq!(
        field(commands.report_deploy(&operator(), back).await.unwrap_err()),
        "rollback_of"
    );
    let reader = Viewer::token(TokenId(Uuid::from_u128(2)), "reader".into(), vec![Scope::Read]);
    let denied = commands
        .report_deploy(&reader, deploy(1, 0, &[]))
        .await
        .unwrap_err();
    assert!(matches!(denied, CommandError::Denied { .. }));
    assert!(timeline(&commands).await.is_empty());
}

#[sqlx::test(migrations = "../migrations")]
async fn an_incident_makes_its_cause_a_failure_until_it_is_mitigated(pool: PgPool) {
    let commands = commands(&pool).await;
    service(&commands, "shop").await;
    good(&commands, 1, 0).await;
    let cause = good(&commands, 2, 100).await;
    let incident = |mitigated: Option<i64>, caused_by: Option<Vec<String>>| {
        let raw = RawIncident {
            service: "shop".into(),
            external_id: Some("pd-17".into()),
            title: "Checkout answers 500".into(),
            severity: Some(1),
            detected_at: Some(at(120).to_rfc3339()),
            mitigated_at: mitigated.map(|minute| at(minute).to_rfc3339()),
            caused_by,
            ..RawIncident::default()
        };
        NewIncident::parse(raw, Utc::now()).unwrap()
    };
    let first = commands
        .report_incident(&operator(), incident(None, Some(vec![cause.to_string()])))
        .await
        .unwrap();
    let state = || async {
        commands
            .reads()
            .service("shop")
            .await
            .unwrap()
            .unwrap()
            .summary
            .state
    };
    assert_eq!(
        (state().await.health, state().await.open_incidents),
        (Health::Down, 1)
    );
    let failed = commands.reads().deploy(cause).await.unwrap().unwrap();
    assert_eq!(failed.summary.failure_cause, Some(FailureCause::Incident));
    assert_eq!(
        (failed.summary.failed_at, failed.summary.restored_at),
        (Some(at(120)), None)
    );
    assert_eq!(failed.incidents.len(), 1);

    let again = commands
        .report_incident(&operator(), incident(Some(150), None))
        .await
        .unwrap();
    assert_eq!((again.id, again.is_new), (first.id, false));
    assert_eq!(state().await.health, Health::Healthy);
    let restored = commands.reads().deploy(cause).await.unwrap().unwrap();
    assert_eq!(restored.summary.restored_at, Some(at(150)));
    commands
        .report_incident(&operator(), incident(Some(150), Some(vec![])))
        .await
        .unwrap();
    assert!(
        !commands
            .reads()
            .deploy(cause)
            .await
            .unwrap()
            .unwrap()
            .summary
            .failed
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn corrections_change_the_figures_and_are_undone_by_the_same_way(pool: PgPool) {
    let commands = commands(&pool).await;
    service(&commands, "shop").await;
    good(&commands, 1, 0).await;
    let excluded = good(&commands, 2, 100).await;
    let fix = good(&commands, 3, 200).await;
    let by = operator();
    let new = |field: &str, value: &str| NewCorrection::parse(field, value, "A load test, no users").unwrap();
    let correction = commands
        .correct_deploy(&by, excluded, new("exclude", ""))
        .await
        .unwrap();
    let read = |id| {
        let reads = commands.reads();
        async move { reads.deploy(id).await.unwrap().unwrap() }
    };
    assert!(!read(excluded).await.summary.counted && read(excluded).await.summary.corrected);
    commands
        .undo_correction(&by, correction, "It was real")
        .await
        .unwrap();
    assert!(read(excluded).await.summary.counted && !read(excluded).await.summary.corrected);
    assert_eq!(
        read(excluded).await.corrections.len(),
        1,
        "both stay in the record"
    );
    let twice = commands
        .undo_correction(&by, correction, "Again")
        .await
        .unwrap_err();
    assert!(matches!(twice, CommandError::Conflict { .. }));

    commands
        .correct_deploy(&by, fix, new("fixes", &excluded.to_string()))
        .await
        .unwrap();
    let failed = read(excluded).await.summary;
    assert_eq!(failed.failure_cause, Some(FailureCause::Hotfix));
    assert_eq!(
        failed.restored_at.unwrap() - failed.exposed_at.unwrap(),
        TimeDelta::minutes(100)
    );
    assert!(read(fix).await.summary.rework);
    let itself = commands
        .correct_deploy(&by, fix, new("fixes", &fix.to_string()))
        .await;
    assert!(matches!(itself, Err(CommandError::Invalid(_))));
}

#[sqlx::test(migrations = "../migrations")]
async fn pages_of_deploys_join_without_a_gap(pool: PgPool) {
    use domain::{deploys::read::DeployFilter, page::Position};
    let commands = commands(&pool).await;
    service(&commands, "shop").await;
    for number in 0..5usize {
        // Two asked for in the same minute: the id decides.
        good(&commands, number + 1, i64::try_from(number / 2).unwrap() * 10).await;
    }
    let mut filter = DeployFilter {
        size: 2,
        ..DeployFilter::default()
    };
    let mut seen = Vec::new();
    let mut last = None;
    loop {
        let page = commands.reads().deploys(&filter).await.unwrap();
        seen.extend(page.rows.iter().map(|deploy| deploy.id));
        last = page.previous.clone().or(last);
        let Some(next) = page.next else { break };
        filter.position = Position::After(next);
    }
    assert_eq!(seen.len(), 5);
    let all: Vec<_> = timeline(&commands)
        .await
        .into_iter()
        .map(|deploy| deploy.id)
        .collect();
    assert_eq!(seen, all);
    filter.position = Position::Before(last.unwrap());
    let back = commands.reads().deploys(&filter).await.unwrap();
    assert_eq!(
        back.rows.iter().map(|deploy| deploy.id).collect::<Vec<_>>(),
        all[2..4]
    );
    filter.position = Position::After("nonsense".into());
    assert!(commands.reads().deploys(&filter).await.is_err());
    filter.position = Position::Start;
    filter.team = Some("checkout".into());
    filter.environment = Some("PRODUCTION".into());
    assert_eq!(commands.reads().deploys(&filter).await.unwrap().rows.len(), 2);
}

#[sqlx::test(migrations = "../migrations")]
async fn only_a_rollback_can_be_planned(pool: PgPool) {
    let commands = commands(&pool).await;
    service(&commands, "shop").await;
    good(&commands, 1, 0).await;
    let undone = good(&commands, 2, 100).await;
    let new = || NewCorrection::parse("planned", "", "A drill").unwrap();
    let refused = commands.correct_deploy(&operator(), undone, new()).await;
    assert!(matches!(refused, Err(CommandError::Invalid(_))));
    let back = good(&commands, 1, 200).await;
    let read = || async { commands.reads().deploy(undone).await.unwrap().unwrap().summary };
    assert_eq!(read().await.failure_cause, Some(FailureCause::RolledBack));
    commands.correct_deploy(&operator(), back, new()).await.unwrap();
    assert!(!read().await.failed);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_suggested_fix_counts_when_a_person_accepts_it(pool: PgPool) {
    let commands = commands(&pool).await;
    service(&commands, "shop").await;
    good(&commands, 1, 0).await;
    let broken = good(&commands, 2, 100).await;
    let mut new = deploy(3, 200, &[("succeeded", 205)]);
    new.kind = Some(DeployKind::Hotfix);
    let hotfix = commands.report_deploy(&operator(), new).await.unwrap().id;
    let read = |id| {
        let reads = commands.reads();
        async move { reads.deploy(id).await.unwrap().unwrap() }
    };
    let suggested = read(hotfix).await.may_fix.unwrap();
    assert_eq!((suggested.id, suggested.failed), (broken, false));
    let accept = NewCorrection::parse("fixes", &broken.to_string(), "It is what it repairs").unwrap();
    let accepted = commands
        .correct_deploy(&operator(), hotfix, accept)
        .await
        .unwrap();
    assert!(read(hotfix).await.may_fix.is_none());
    assert_eq!(
        read(broken).await.summary.failure_cause,
        Some(FailureCause::Hotfix)
    );
    commands
        .undo_correction(&operator(), accepted, "It was not")
        .await
        .unwrap();
    assert_eq!(read(hotfix).await.may_fix.unwrap().id, broken);
    assert!(!read(broken).await.summary.failed);
}

#[sqlx::test(migrations = "../migrations")]
async fn only_production_fails_and_is_fixed(pool: PgPool) {
    let commands = commands(&pool).await;
    service(&commands, "shop").await;
    let production = good(&commands, 1, 0).await;
    let mut new = deploy(2, 100, &[("succeeded", 105)]);
    new.environment = "staging".into();
    let staging = commands.report_deploy(&operator(), new).await.unwrap().id;
    for (deploy, field, value, wrong) in [
        (staging, "failed", "true".to_owned(), "field"),
        (staging, "fixes", production.to_string(), "field"),
        (production, "fixes", staging.to_string(), "value"),
    ] {
        let new = NewCorrection::parse(field, &value, "It was so").unwrap();
        match commands.correct_deploy(&operator(), deploy, new).await {
            Err(CommandError::Invalid(errors)) => assert_eq!(errors.0[0].field, wrong),
            other => panic!("{other:?}"),
        }
    }
}
