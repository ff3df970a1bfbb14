//! No audit, no change; and a row is never changed again.

use chrono::Utc;
use domain::{
    actor::Actor,
    catalog::{NewService, RawService},
    deploys::report::{NewDeploy, RawDeploy, RawPhase},
    incidents::{NewIncident, RawIncident},
    tokens::{NewToken, SECRET_BYTES},
};
use reqwest::header;
use sqlx::{Executor as _, PgPool};
use store::StoreError;

use super::{change, commands, operator, write};
use crate::harness::{App, client};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_changes_something_says_so_or_nothing_changes(pool: PgPool) {
    let commands = commands(&pool).await;
    let wanted = commands.organisation().await.unwrap();
    let mut renamed = wanted.clone();
    renamed.name = "Silent".to_owned();
    let mut tx = commands.store().begin(&Actor::CommandLine).await.unwrap();
    tx.set_organisation(&renamed).await.unwrap();
    assert!(matches!(tx.commit().await, Err(StoreError::Unaudited)));
    assert_eq!(commands.organisation().await.unwrap(), wanted);

    let system = Actor::System {
        name: "github".to_owned(),
    };
    let observing = commands.store().begin(&system).await.unwrap();
    observing.commit().await.unwrap();
    let observing = commands
        .store()
        .begin_observation(&Actor::CommandLine)
        .await
        .unwrap();
    observing.commit().await.unwrap();
}

/// Everything that a database holds, but the sequences that failed transactions use up.
async fn contents(pool: &PgPool) -> Vec<store::TableContents> {
    let mut snapshot = store::Store::on(pool.clone()).snapshot().await.unwrap();
    snapshot.contents().await.unwrap()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn where_the_row_cannot_be_written_nothing_is(pool: PgPool) {
    let commands = commands(&pool).await;
    let by = operator();
    let service = |name: &str| {
        NewService::parse(RawService {
            name: name.into(),
            owner: "group:checkout".into(),
            ..RawService::default()
        })
        .unwrap()
    };
    commands.register_service(&by, &service("shop")).await.unwrap();
    let token = NewToken::parse("ci", &["read".to_owned()], 30, Utc::now()).unwrap();
    let (known, _) = commands
        .create_token(&by, token.clone(), [1; SECRET_BYTES])
        .await
        .unwrap();
    let deploy = || {
        let raw = RawDeploy {
            service: "shop".into(),
            environment: "production".into(),
            version: Some("1.0.0".into()),
            phases: vec![RawPhase {
                state: "succeeded".into(),
                ..RawPhase::default()
            }],
            ..RawDeploy::default()
        };
        NewDeploy::parse(raw, Utc::now()).unwrap()
    };
    commands.report_deploy(&by, deploy()).await.unwrap();
    let incident = || {
        let raw = RawIncident {
            service: "shop".into(),
            title: "down".into(),
            severity: Some(1),
            ..RawIncident::default()
        };
        NewIncident::parse(raw, Utc::now()).unwrap()
    };

    pool.execute("alter table audit add constraint nothing_more check (false) not valid")
        .await
        .unwrap();
    let before = contents(&pool).await;
    assert!(change(&commands, "New name").await.is_err());
    assert!(commands.register_service(&by, &service("till")).await.is_err());
    assert!(
        commands
            .create_token(&by, token, [2; SECRET_BYTES])
            .await
            .is_err()
    );
    assert!(commands.revoke_token(&by, known.id).await.is_err());
    assert!(commands.report_deploy(&by, deploy()).await.is_err());
    assert!(commands.report_incident(&by, incident()).await.is_err());
    assert_eq!(contents(&pool).await, before);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn rows_and_seals_only_grow(pool: PgPool) {
    let commands = commands(&pool).await;
    write(&pool, 1, 3).await;
    super::seal(&commands, 2).await;
    let partition: String = sqlx::query_scalar("select min(tableoid::regclass::text) from audit")
        .fetch_one(&pool)
        .await
        .unwrap();
    let refused = [
        "update audit set actor_name = 'somebody else'".to_owned(),
        "update audit set reason = null".to_owned(),
        "update audit set who_salt = null, who_digest = sha256('x'), actor_name = 'grace'".to_owned(),
        "update audit set at = at + interval '1 s'".to_owned(),
        "delete from audit".to_owned(),
        "truncate audit".to_owned(),
        format!("update {partition} set subject = 'x'"),
        format!("delete from {partition}"),
        format!("truncate {partition}"),
        "update audit_seals set hash = sha256('x')".to_owned(),
        "delete from audit_seals".to_owned(),
        "truncate audit_seals".to_owned(),
        "update audit_checkpoints set hash = sha256('x')".to_owned(),
        "delete from audit_checkpoints".to_owned(),
        "truncate audit_checkpoints".to_owned(),
        "update audit_head set number = number - 1".to_owned(),
        "update audit_head set number = number + 1, genesis = sha256('x')".to_owned(),
        "delete from audit_head".to_owned(),
        "truncate audit_head".to_owned(),
    ];
    for sql in refused {
        let outcome = pool.execute(sqlx::AssertSqlSafe(sql.clone())).await;
        let problem = outcome.expect_err(&sql).to_string();
        assert!(
            problem.contains("append-only") || problem.contains("goes forward"),
            "{sql}: {problem}"
        );
    }
    assert_eq!(super::verdict(&commands, 2).await.fault, None);
}

/// Tests connect as a superuser, whom no privilege stops, so this one makes an owner of its own.
#[sqlx::test(migrations = false)]
async fn the_owner_of_the_tables_has_no_right_to_change_them(pool: PgPool) {
    crate::migrations::empty(&pool).await;
    let mut connection = pool.acquire().await.unwrap();
    let role = format!("owner_{}", uuid::Uuid::now_v7().simple());
    let own = format!(
        "create role {role}; grant all on schema public to {role};
         do $$ begin execute format('grant create on database %I to {role}', current_database()); end $$;
         set role {role}"
    );
    connection.execute(sqlx::AssertSqlSafe(own)).await.unwrap();
    store::MIGRATOR.run(&mut *connection).await.unwrap();
    connection
        .execute(
            "insert into audit (id, at, actor_kind, actor_name, action, subject)
             values (gen_random_uuid(), now(), 'local', 'local operator', 'x.do', 'x:1')",
        )
        .await
        .unwrap();
    let partition: String = sqlx::query_scalar("select min(tableoid::regclass::text) from audit")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    let again = async |connection: &mut sqlx::PgConnection| {
        for table in ["audit", "audit_seals", "audit_checkpoints", partition.as_str()] {
            for sql in [
                format!("delete from {table}"),
                format!("truncate {table}"),
                format!(
                    "update {table} set {} = null",
                    if table.ends_with('s') { "hash" } else { "subject" }
                ),
            ] {
                let outcome = (&mut *connection).execute(sqlx::AssertSqlSafe(sql.clone())).await;
                let problem = outcome.expect_err(&sql).to_string();
                assert!(problem.contains("permission denied"), "{sql}: {problem}");
            }
        }
    };
    again(&mut connection).await;
    // A backup is restored without privileges: the next start takes them away again.
    connection
        .execute(sqlx::AssertSqlSafe(format!(
            "grant all on audit, audit_seals, audit_checkpoints, {partition} to {role}"
        )))
        .await
        .unwrap();
    connection.execute("select protect_audit()").await.unwrap();
    again(&mut connection).await;
    let clean = format!("reset role; drop owned by {role} cascade; drop role {role}");
    connection.execute(sqlx::AssertSqlSafe(clean)).await.unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_row_says_where_the_request_came_from(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let new = NewToken::parse(
        "ci",
        &["catalog:write".to_owned(), "read".to_owned()],
        30,
        Utc::now(),
    )
    .unwrap();
    let (_, secret) = app
        .commands
        .create_token(&operator(), new, [7; SECRET_BYTES])
        .await
        .unwrap();
    let answer = client()
        .post(app.url("/api/v1/services"))
        .bearer_auth(secret)
        .header(header::USER_AGENT, "deployer/1.2")
        .header("x-request-id", "req-4711")
        .json(&serde_json::json!({ "name": "shop", "owner": "group:checkout" }))
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    let said = async |action: &str| -> (Option<String>, Option<String>, Option<String>) {
        sqlx::query_as("select request_id, address, user_agent from audit where action = $1")
            .bind(action)
            .fetch_one(&pool)
            .await
            .unwrap()
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        said("service.register").await,
        (text("req-4711"), text("127.0.0.1"), text("deployer/1.2"))
    );
    assert_eq!(
        said("token.create").await,
        (None, None, None),
        "no request, no origin"
    );

    let failed: i64 = sqlx::query_scalar(
        "select id from graphile_worker.add_job('derive_service', payload => '{}'::json, max_attempts => 1)",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    sqlx::query("update graphile_worker._private_jobs set attempts = 1, last_error = 'broken' where id = $1")
        .bind(failed)
        .execute(&pool)
        .await
        .unwrap();
    let form = client()
        .post(app.url("/admin/jobs"))
        .header(header::USER_AGENT, "browser")
        .form(&[("job", failed.to_string())])
        .send()
        .await
        .unwrap();
    let reference = form.headers()["x-request-id"].to_str().unwrap();
    assert_eq!(
        said("job.retry").await,
        (text(reference), text("127.0.0.1"), text("browser"))
    );
}
