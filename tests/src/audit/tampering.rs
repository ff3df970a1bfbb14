//! Whoever owns the database, switches its triggers off and changes something is found.

mod kinds;

use chrono::{TimeDelta, Utc};
use commands::trail::{Start, Verifying, verify};
use domain::trail::Fault;
use sqlx::{AssertSqlSafe, Executor as _, PgPool, Postgres, Transaction};
use store::Trail;

use self::kinds::{Dice, KINDS, Tampering, tampering};
use super::{commands, seal, tamper, verdict, write};

/// What the promise names.
const TAMPERINGS: u64 = 1_000;
const ROWS: i64 = 60;
const CHECKPOINT_EVERY: i64 = 10;

/// The number that a fault names.
fn number(fault: &Fault) -> Option<i64> {
    match fault {
        Fault::SealsMissing { first, .. } => Some(*first),
        Fault::CutOff { last, .. } => Some(last + 1),
        Fault::SealInserted { number, .. }
        | Fault::SealAltered { number, .. }
        | Fault::RowDeleted { number, .. }
        | Fault::RowAltered { number, .. }
        | Fault::Reordered { number, .. } => Some(*number),
        _ => None,
    }
}

async fn tampered(pool: &PgPool, sql: &str) -> Trail {
    let mut tx: Transaction<'static, Postgres> = pool.begin().await.unwrap();
    tx.execute("set local session_replication_role = replica")
        .await
        .unwrap();
    tx.execute(AssertSqlSafe(sql.to_owned()))
        .await
        .unwrap_or_else(|problem| panic!("{sql}: {problem}"));
    Trail::within(tx)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_thousand_tamperings_are_all_found(pool: PgPool) {
    let commands = commands(&pool).await;
    write(&pool, 1, ROWS).await;
    seal(&commands, CHECKPOINT_EVERY).await;
    super::change(&commands, "Waits for its seal").await.unwrap();
    let whole = verdict(&commands, CHECKPOINT_EVERY).await;
    assert_eq!((whole.fault, whole.last), (None, ROWS));
    let mut dice = Dice(20_261_126);
    let (mut found, mut from_checkpoints) = (0, 0);
    for round in 0..TAMPERINGS {
        let Tampering { sql, first } = tampering(round % KINDS, &mut dice);
        let mut trail = tampered(&pool, &sql).await;
        let mut asked = Verifying {
            checkpoint_every: CHECKPOINT_EVERY,
            unsealed_after: TimeDelta::hours(1),
            ..Verifying::default()
        };
        let fault = verify(&mut trail, &asked, Utc::now()).await.unwrap().fault;
        let fault = fault.unwrap_or_else(|| panic!("round {round} was not found: {sql}"));
        assert!(
            first.is_none() || number(&fault) == first,
            "round {round} is at {first:?}: {fault:?}\n{sql}"
        );
        found += 1;
        // The same from the last checkpoint before it.
        let before = first.map_or(0, |first| (first - 1) / CHECKPOINT_EVERY * CHECKPOINT_EVERY);
        if before > 0 {
            asked.from = Start::Checkpoint(before);
            let later = verify(&mut trail, &asked, Utc::now()).await.unwrap();
            assert_eq!(
                (later.after, later.fault),
                (before, Some(fault)),
                "round {round}: {sql}"
            );
            from_checkpoints += 1;
        }
    }
    println!("{found} of {TAMPERINGS} tamperings found, {from_checkpoints} of them from a checkpoint too");
    assert!(from_checkpoints > TAMPERINGS / 3);
    assert_eq!(
        verdict(&commands, CHECKPOINT_EVERY).await.fault,
        None,
        "nothing of it stayed"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_chain_that_was_computed_anew_does_not_fit_what_was_signed(pool: PgPool) {
    let commands = commands(&pool).await;
    write(&pool, 1, ROWS).await;
    seal(&commands, CHECKPOINT_EVERY).await;
    let signed = commands.reads().audit_head().await.unwrap();
    let asked = Verifying {
        signed: vec![signed],
        checkpoint_every: CHECKPOINT_EVERY,
        ..Verifying::default()
    };
    assert_eq!(commands.verify_audit(&asked).await.unwrap().fault, None);
    for change in [
        "update audit set actor_name = 'somebody else' where subject = 'deploy:30'",
        "delete from audit where subject = 'deploy:60'",
    ] {
        tamper(&pool, change).await;
        tamper(
            &pool,
            "delete from audit_seals; delete from audit_checkpoints; delete from audit_unsealed;
             update audit_head set number = 0, hash = genesis;
             insert into audit_unsealed (audit_id, audit_at) select id, at from audit order by at",
        )
        .await;
        seal(&commands, CHECKPOINT_EVERY).await;
        assert_eq!(
            verdict(&commands, CHECKPOINT_EVERY).await.fault,
            None,
            "without a signed head nobody can tell"
        );
        assert_eq!(
            commands.verify_audit(&asked).await.unwrap().fault,
            Some(Fault::Rewritten { number: ROWS })
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn faults_say_what_was_done(pool: PgPool) {
    let commands = commands(&pool).await;
    write(&pool, 1, 5).await;
    seal(&commands, CHECKPOINT_EVERY).await;
    super::change(&commands, "Waits for its seal").await.unwrap();
    for (sql, says) in [
        ("update audit set subject = 'x' where subject = 'deploy:3'", "sealed as number 3, was altered"),
        ("delete from audit where subject = 'deploy:3'", "sealed as number 3, was deleted"),
        ("delete from audit_seals where number in (3, 4)", "seal 3 to 4 are missing"),
        ("update audit_seals set sealed_at = sealed_at + interval '1 s' where number = 3", "seal 3 of row"),
        ("delete from audit_seals where number = 5", "its end was cut off"),
        ("insert into audit (id, at, actor_kind, actor_name, action, subject) values (gen_random_uuid(), now(), 'local', 'x', 'x', 'x')", "inserted past the trail"),
        ("delete from audit where action like 'organisation%'", "deleted before it was sealed"),
        ("update audit_unsealed set audit_at = audit_at - interval '1 hour'; update audit set at = at - interval '1 hour' where action like 'organisation%'", "has waited for its seal"),
        ("update audit set who_salt = null, who_digest = sha256(who_salt) where subject = 'deploy:3'", "altered"),
        ("delete from audit where subject = 'deploy:3';
          update audit_seals s set (audit_id, audit_at) = (select audit_id, audit_at from audit_seals where number = 2) where number = 3", "reordered"),
    ] {
        let mut trail = tampered(&pool, sql).await;
        let asked = Verifying {
            checkpoint_every: CHECKPOINT_EVERY,
            ..Verifying::default()
        };
        let fault = verify(&mut trail, &asked, Utc::now()).await.unwrap().fault;
        let said = fault.map(|fault| fault.to_string()).unwrap_or_default();
        assert!(said.contains(says), "{sql}\n{said:?}");
    }
    let none = Verifying {
        from: Start::Checkpoint(7),
        ..Verifying::default()
    };
    let problem = commands.verify_audit(&none).await.unwrap_err().to_string();
    assert!(
        problem.contains("checkpoint 7") && problem.contains("none yet"),
        "{problem}"
    );
}
