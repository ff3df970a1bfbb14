//! Four eyes against whoever writes SQL: each statement is refused by the database, by the rule that it breaks.

use sqlx::{AssertSqlSafe, PgPool};

use super::*;

/// Runs a statement; gives the constraint that refuses it, or nothing where none does.
async fn refusal(pool: &PgPool, sql: &str) -> Option<String> {
    let outcome = sqlx::query(AssertSqlSafe(sql.to_owned())).execute(pool).await;
    let error = outcome.err()?;
    let database = error.as_database_error().unwrap_or_else(|| panic!("{error}"));
    Some(database.constraint().unwrap_or(database.message()).to_owned())
}

/// An insert of a decision, as whoever has the database's password would write it.
fn decision(request: ApprovalId, person: PersonId, kind: &str, verdict: &str) -> String {
    format!(
        "insert into approval_decisions (id, request_id, person_id, actor_kind, verdict, reason, rules, binding, card, decided_at)
         select gen_random_uuid(), id, '{person}', '{kind}', '{verdict}', 'because', '{{}}', binding, card, now()
         from approval_requests where id = '{request}'"
    )
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn four_eyes_hold_against_sql(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let ada = ground.person("ada", Role::Admin).await;
    let eve = ground.person("eve", Role::Approver).await;
    let gone = ground.person("gone", Role::Approver).await;
    let mine = NewApproval {
        initiators: Vec::new(),
        ..ground.asked("a", "github:1/1/live")
    };
    let request = ground.commands.open_request(&ada, &mine).await.unwrap().id;
    sqlx::query("update accounts set disabled_at = now() where person_id = $1")
        .bind(id(&gone).0)
        .execute(&ground.pool)
        .await
        .unwrap();
    let nobody: PersonId = SystemClock.id().into();
    sqlx::query("insert into people (id, display_name, created_at) values ($1, 'Only at GitHub', now())")
        .bind(nobody.0)
        .execute(&ground.pool)
        .await
        .unwrap();
    let of = |change: &str| format!("update approval_requests set {change} where id = '{request}'");
    let gate = |change: &str| format!("update approval_gates set {change} where request_id = '{request}'");
    let refused = [
        (decision(request, id(&ada), "person", "approve"), "approval_decisions_have_four_eyes"),
        (decision(request, id(&gone), "person", "approve"), "approval_decisions_are_of_people"),
        (decision(request, nobody, "person", "approve"), "approval_decisions_are_of_people"),
        (decision(request, id(&eve), "token", "approve"), "approval_decisions_actor_kind_check"),
        (
            decision(request, id(&eve), "person", "approve").replace(", binding, card, now()", ", sha256('x'), card, now()"),
            "approval_decisions_are_about_what_was_asked",
        ),
        (
            decision(request, id(&eve), "person", "approve").replace("card, now()", "card, now() + interval '2 days'"),
            "approval_decisions_are_in_time",
        ),
        (of("state = 'approved', ended_at = now()"), "approval_requests_are_approved_by_people"),
        (of("state = 'rejected', ended_at = now()"), "approval_requests_are_rejected_by_people"),
        (of("state = 'bypassed', ended_at = now()"), "approval_requests_are_bypassed_by_people"),
        (of("needed = 0"), "approval_requests_stay"),
        (of("binding = sha256('x')"), "approval_requests_stay"),
        (of("deadline = now() + interval '9 days'"), "approval_requests_stay"),
        (format!("delete from approval_parties where request_id = '{request}'"), "approvals_are_append_only"),
        (
            format!("update approval_parties set who = 'machine', person_id = null where request_id = '{request}'"),
            "approvals_are_append_only",
        ),
        (
            gate("released_at = now(), released_binding = (select binding from approval_requests a where a.id = request_id)"),
            "approval_gates_are_released_by_approval",
        ),
        (format!("delete from approval_requests where id = '{request}'"), "approval_requests_stay"),
        (
            "insert into approval_requests (id, service_id, environment_id, binding, policy, needs, needed, card, opened_at, deadline, state, ended_at)
             select gen_random_uuid(), service_id, environment_id, binding, policy, needs, needed, card, opened_at, deadline, 'approved', now()
             from approval_requests"
                .to_owned(),
            "approval_requests_begin_pending",
        ),
    ];
    for (sql, constraint) in refused {
        assert_eq!(
            refusal(&ground.pool, &sql).await.as_deref(),
            Some(constraint),
            "{sql}"
        );
    }
    // What somebody else decides is taken, once, and stays.
    let eves = decision(request, id(&eve), "person", "approve");
    assert_eq!(refusal(&ground.pool, &eves).await, None);
    for (sql, constraint) in [
        (eves.clone(), "approval_decisions_are_one_of_each"),
        (
            "update approval_decisions set verdict = 'approve'".to_owned(),
            "approvals_are_append_only",
        ),
        (
            "delete from approval_decisions".to_owned(),
            "approvals_are_append_only",
        ),
    ] {
        assert_eq!(
            refusal(&ground.pool, &sql).await.as_deref(),
            Some(constraint),
            "{sql}"
        );
    }
    assert_eq!(
        refusal(&ground.pool, &of("state = 'approved', ended_at = now()")).await,
        None
    );
    let late = ground.person("late", Role::Approver).await;
    for (sql, constraint) in [
        (
            decision(request, id(&late), "person", "reject"),
            "approval_decisions_are_in_time",
        ),
        (
            of("state = 'pending', ended_at = null"),
            "approval_requests_end_once",
        ),
        (of("state = 'rejected'"), "approval_requests_end_once"),
        (
            gate("released_at = now(), released_binding = sha256('x')"),
            "approval_gates_are_released_by_approval",
        ),
    ] {
        assert_eq!(
            refusal(&ground.pool, &sql).await.as_deref(),
            Some(constraint),
            "{sql}"
        );
    }
    let release = gate(
        "released_at = now(), released_binding = (select binding from approval_requests a where a.id = request_id)",
    );
    assert_eq!(refusal(&ground.pool, &release).await, None);
    assert_eq!(
        refusal(&ground.pool, &release).await.as_deref(),
        Some("approval_gates_are_released_once")
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn somebody_unmapped_is_everybody_to_the_database_too(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let eve = ground.person("eve", Role::Approver).await;
    let unmapped = Party {
        part: Part::Initiator,
        who: Involved::Unmapped,
        name: "somebody at GitHub".into(),
    };
    let new = NewApproval {
        initiators: vec![unmapped],
        ..ground.asked("a", "github:1/1/live")
    };
    let request = ground.commands.open_request(&operator(), &new).await.unwrap().id;
    let sql = decision(request, id(&eve), "person", "approve");
    assert_eq!(
        refusal(&ground.pool, &sql).await.as_deref(),
        Some("approval_decisions_have_four_eyes")
    );
    let came = why(ground.approve(&eve, request, "a").await);
    assert!(
        came.contains("somebody at GitHub asked for this deploy"),
        "{came}"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nobody_empties_what_was_decided_or_asks_for_less_than_the_policy(pool: PgPool) {
    let ground = Ground::new(pool).await;
    ground.open("a", "github:1/1/live").await;
    let asks_nobody = "insert into approval_requests (id, service_id, environment_id, binding, policy, needs, needed, card, opened_at, deadline)
         select gen_random_uuid(), service_id, environment_id, sha256('x'), policy, needs, 0, card, opened_at, deadline
         from approval_requests";
    for (sql, constraint) in [
        ("delete from approval_gates", "approval_gates_stay"),
        ("truncate approval_requests cascade", "approvals_are_append_only"),
        ("truncate approval_parties", "approvals_are_append_only"),
        ("truncate approval_decisions", "approvals_are_append_only"),
        ("truncate approval_gates", "approvals_are_append_only"),
        ("truncate approval_reviews", "approvals_are_append_only"),
        (asks_nobody, "approval_requests_ask_as_policies_do"),
    ] {
        assert_eq!(
            refusal(&ground.pool, sql).await.as_deref(),
            Some(constraint),
            "{sql}"
        );
    }
}
