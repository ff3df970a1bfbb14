//! Runs that wait for a protection rule: asked about once, told once, however many jobs, deliveries and tries there are.

use domain::{
    approvals::{NewStep, RawStep},
    environments::EnvironmentClass,
};
use tests::fakes::github::Failure;

use super::*;

#[sqlx::test(migrations = false)]
async fn a_run_waits_until_people_decide_and_is_told_once(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground
        .repo
        .wait_for_rule("production", &run, &ground.github.base_url());
    let heard = ground.hear().await;
    ground.send().await;
    let told = ground.github.told();
    let [waits] = &told[..] else { panic!("{told:?}") };
    assert_eq!((waits.state.as_deref(), waits.run), (None, run.id));
    let (id, _) = ground.request().await;
    assert!(
        waits
            .comment
            .ends_with(&format!("https://fairway.example/approvals/{id}")),
        "{waits:?}"
    );

    ground.decide(Verdict::Approve).await.unwrap();
    ground.send().await;
    assert_eq!(ground.states(), ["approved"]);
    assert_eq!(ground.github.waiting_for_rules(), 0);
    for _ in 0..2 {
        ground.hear_all(&heard).await;
        ground.send().await;
    }
    assert_eq!(ground.github.told().len(), 2, "{:?}", ground.github.told());
    assert_eq!(ground.count("approval_requests").await, 1);
    assert_eq!(
        ground.count("approval_gates where released_at is not null").await,
        1
    );
    assert_eq!(ground.count("outbox where state = 'dead'").await, 0);
}

#[sqlx::test(migrations = false)]
async fn what_is_rejected_or_decided_by_nobody_ends_too(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let api = ground.github.base_url();
    let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground.repo.wait_for_rule("production", &run, &api);
    ground.hear().await;
    ground.decide(Verdict::Reject).await.unwrap();
    ground.send().await;
    assert_eq!(ground.states(), ["rejected"]);
    let why = &ground.answers()[0].comment;
    assert!(why.starts_with("Rejected: I have looked at it"), "{why}");

    ground.repo.finish_run(&run, "failure");
    let again = ground.repo.rerun(&run);
    ground.repo.wait_for_rule("production", &again, &api);
    ground.hear().await;
    assert_eq!(ground.count("approval_requests").await, 2, "asked anew");
    ground.hands.advance(TimeDelta::days(91));
    assert_eq!(ground.commands.expire_due().await.unwrap(), 1);
    ground.send().await;
    assert_eq!(ground.states(), ["rejected", "rejected"]);
    let why = &ground.answers()[1].comment;
    assert!(why.starts_with("Nobody decided in time"), "{why}");
    assert_eq!(ground.github.waiting_for_rules(), 0);
}

#[sqlx::test(migrations = false)]
async fn sixty_four_jobs_and_a_step_are_one_request(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let api = ground.github.base_url();
    let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
    for _ in 0..64 {
        ground.repo.wait_for_rule("production", &run, &api);
    }
    ground.hear().await;
    let step = RawStep {
        service: "shop".into(),
        environment: "production".into(),
        sha: Some(run.sha.clone()),
        run_id: run.id + 1,
        job: "smoke".into(),
        ..RawStep::default()
    };
    let step = NewStep::parse(step, ground.commands.now()).unwrap();
    let gate = ground.commands.open_step(&operator(), step).await.unwrap().id;
    ground.send().await;
    assert_eq!(ground.github.told().len(), 1, "one says why all of them wait");
    assert_eq!(ground.count("approval_requests").await, 1);
    assert_eq!(ground.count("approval_gates").await, 2);

    ground.decide(Verdict::Approve).await.unwrap();
    ground.send().await;
    assert_eq!(ground.states(), ["approved"]);
    assert_eq!(ground.github.waiting_for_rules(), 0);
    let standing = ground.commands.step_standing(&operator(), gate).await.unwrap();
    assert!(standing.goes, "{standing:?}");

    ground.repo.wait_for_rule("production", &run, &api);
    ground.hear().await;
    ground.send().await;
    assert_eq!(ground.states(), ["approved", "approved"], "one that came after");
    assert_eq!(ground.count("approval_requests").await, 1);
}

#[sqlx::test(migrations = false)]
async fn another_commit_is_asked_about_for_itself(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let api = ground.github.base_url();
    let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground.repo.wait_for_rule("production", &run, &api);
    ground.hear().await;
    ground.decide(Verdict::Approve).await.unwrap();
    ground.send().await;
    ground.repo.commit(NewCommit::new("More").file("a", "2"));
    let next = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground.repo.wait_for_rule("production", &next, &api);
    ground.hear().await;
    ground.send().await;
    assert_eq!(ground.states(), ["approved"], "nobody approved the second");
    assert_eq!(ground.count("approval_requests where state = 'pending'").await, 1);
}

#[sqlx::test(migrations = false)]
async fn events_may_come_in_any_order(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground
        .repo
        .wait_for_rule("production", &run, &ground.github.base_url());
    let mut heard = ground.github.take_deliveries();
    heard.reverse();
    ground.hear_all(&heard).await;
    ground.decide(Verdict::Approve).await.unwrap();
    ground.send().await;
    assert_eq!(ground.states(), ["approved"]);
    assert_eq!(ground.count("approval_gates").await, 1);
}

#[sqlx::test(migrations = false)]
async fn an_answer_that_nobody_heard_of_is_not_given_twice(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground
        .repo
        .wait_for_rule("production", &run, &ground.github.base_url());
    ground.hear().await;
    ground.send().await;
    ground.decide(Verdict::Approve).await.unwrap();
    ground.commands.take_approval_outcomes().await.unwrap();
    ground.github.fail_next(Failure::LostAnswer);
    let process = ground.commands.clone();
    let sending = tokio::spawn(async move { process.send_effects().await });
    while ground.states().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    ground.hands.advance(TimeDelta::minutes(3));
    ground.commands.send_effects().await.unwrap();
    assert_eq!(ground.states(), ["approved"]);
    assert_eq!(ground.count("outbox where state <> 'sent'").await, 0);
    let looked = ground.github.requests();
    assert!(
        looked.iter().any(|asked| asked.ends_with("/pending_deployments")),
        "{looked:?}"
    );
}

#[sqlx::test(migrations = false)]
async fn an_approval_that_is_void_when_it_is_told_lets_nothing_go(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground
        .repo
        .wait_for_rule("production", &run, &ground.github.base_url());
    ground.hear().await;
    ground.decide(Verdict::Approve).await.unwrap();
    ground.commands.take_approval_outcomes().await.unwrap();
    let (id, _) = ground.request().await;
    sqlx::query(
        "update approval_requests set state = 'void', ended_why = 'the plan has changed' where id = $1",
    )
    .bind(id.0)
    .execute(&pool)
    .await
    .unwrap();
    ground.commands.send_effects().await.unwrap();
    assert_eq!(ground.states(), ["rejected"]);
    let why = &ground.answers()[0].comment;
    assert!(why.contains("the plan has changed"), "{why}");
}

#[sqlx::test(migrations = false)]
async fn whoever_started_the_run_does_not_decide(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let starter = ground.github.user("eve").id;
    sqlx::query("update identities set subject = $1 where provider = 'github' and person_id = $2")
        .bind(starter.to_string())
        .bind(ground.approver.signed_in().unwrap().0)
        .execute(&pool)
        .await
        .unwrap();
    ground.github.act_as("eve");
    let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground
        .repo
        .wait_for_rule("production", &run, &ground.github.base_url());
    ground.hear().await;
    let refused = ground.decide(Verdict::Approve).await.unwrap_err().to_string();
    assert!(refused.contains("You asked for this deploy"), "{refused}");
}

#[sqlx::test(migrations = false)]
async fn neither_who_made_the_deployment_nor_who_ran_it_again_decides(pool: PgPool) {
    let mut ground = Ground::new(&pool).await;
    let both = [
        ground.approver.clone(),
        approver(&ground.commands, &pool, "mia").await,
    ];
    for (who, login) in both.iter().zip(["eve", "mia"]) {
        sqlx::query("update identities set subject = $1 where provider = 'github' and person_id = $2")
            .bind(ground.github.user(login).id.to_string())
            .bind(who.signed_in().unwrap().0)
            .execute(&pool)
            .await
            .unwrap();
    }
    ground.github.act_as("eve");
    let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground
        .repo
        .wait_for_rule("production", &run, &ground.github.base_url());
    let mut heard = ground.github.take_deliveries();
    let mia = serde_json::json!({ "id": ground.github.user("mia").id, "login": "mia", "type": "User" });
    for delivery in &mut heard {
        if delivery.event == "deployment_protection_rule" {
            let mut body = delivery.json();
            body["sender"] = mia.clone();
            delivery.body = body.to_string().into_bytes();
        }
    }
    ground.hear_all(&heard).await;
    for who in both {
        ground.approver = who;
        let refused = ground.decide(Verdict::Approve).await.unwrap_err().to_string();
        assert!(refused.contains("You asked for this deploy"), "{refused}");
    }
}

#[sqlx::test(migrations = false)]
async fn a_run_that_nobody_known_started_spoils_nothing_that_others_wait_for(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let api = ground.github.base_url();
    let known = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground.repo.wait_for_rule("production", &known, &api);
    ground.hear().await;
    let strange = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground.repo.wait_for_rule("production", &strange, &api);
    let mut heard = ground.github.take_deliveries();
    for delivery in &mut heard {
        if delivery.event == "deployment_protection_rule" {
            let mut body = delivery.json();
            body["sender"] = serde_json::Value::Null;
            body["deployment"]["creator"] = serde_json::Value::Null;
            delivery.body = body.to_string().into_bytes();
        }
    }
    for _ in 0..2 {
        ground.hear_all(&heard).await;
        ground.send().await;
    }
    let answers = ground.answers();
    let [refused] = &answers[..] else {
        panic!("{answers:?}");
    };
    assert_eq!(
        (refused.state.as_deref(), refused.run),
        (Some("rejected"), strange.id)
    );
    let why = &refused.comment;
    assert!(why.contains("others wait for the same commit"), "{why}");
    ground.decide(Verdict::Approve).await.unwrap();
    ground.send().await;
    assert_eq!(ground.states(), ["rejected", "approved"]);
}

#[sqlx::test(migrations = false)]
async fn what_was_pushed_after_the_approval_is_never_told_to_go(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let api = ground.github.base_url();
    // A run for a commit of its own comes to wait.
    let waits = async |content: String| {
        ground.hands.advance(TimeDelta::seconds(1));
        ground.repo.commit(NewCommit::new("More").file("a", &content));
        let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
        ground.repo.wait_for_rule("production", &run, &api);
        ground.hear().await;
        run.id
    };
    let mut approved = Vec::new();
    for number in 0..50 {
        approved.push(waits(format!("{number}")).await);
        ground.decide(Verdict::Approve).await.unwrap();
        waits(format!("{number}, pushed")).await;
        ground.send().await;
    }
    let told: Vec<i64> = ground.answers().iter().map(|told| told.run).collect();
    assert_eq!(told, approved);
    assert!(ground.states().iter().all(|state| state == "approved"));
    assert_eq!(
        ground.count("approval_requests where state = 'pending'").await,
        50
    );
}

#[sqlx::test(migrations = false)]
async fn what_is_run_again_is_asked_about_anew_before_its_event_comes(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let api = ground.github.base_url();
    let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground.repo.wait_for_rule("production", &run, &api);
    ground.hear().await;
    ground.decide(Verdict::Reject).await.unwrap();
    ground.send().await;
    assert_eq!(ground.states(), ["rejected"]);

    let again = ground.repo.rerun(&run);
    ground.repo.wait_for_rule("production", &again, &api);
    let (first, later): (Vec<Delivery>, Vec<Delivery>) = ground
        .github
        .take_deliveries()
        .into_iter()
        .partition(|delivery| delivery.event == "deployment_protection_rule");
    ground.hands.advance(TimeDelta::seconds(1));
    ground.hear_all(&first).await;
    ground.send().await;
    assert_eq!(
        ground.states(),
        ["rejected"],
        "nobody said anything of the second"
    );
    ground.hear_all(&later).await;
    ground.hear_all(&first).await;
    assert_eq!(ground.count("approval_requests").await, 2);
    assert_eq!(ground.count("approval_gates").await, 2);
    ground.decide(Verdict::Approve).await.unwrap();
    ground.send().await;
    assert_eq!(ground.states(), ["rejected", "approved"]);
}

#[sqlx::test(migrations = false)]
async fn an_environment_of_which_nobody_said_what_it_is_asks_as_production_does(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let api = ground.github.base_url();
    let waits = async |environment: &str| {
        let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
        ground.repo.wait_for_rule(environment, &run, &api);
        ground.hear().await;
        ground.send().await;
    };
    for unclassed in ["prod\u{200b}", "produktion", "main", "customers"] {
        waits(unclassed).await;
    }
    assert!(ground.states().is_empty(), "{:?}", ground.answers());
    let asks = "approval_requests where state = 'pending' and (card ->> 'is_unclassed')::boolean";
    assert_eq!(ground.count(asks).await, 4, "the card says why");
    ground.decide(Verdict::Approve).await.unwrap();
    ground.send().await;
    assert_eq!(ground.states(), ["approved"]);
    waits("dev").await;
    assert_eq!(
        ground.states(),
        ["approved", "approved"],
        "its name says that nobody is asked"
    );

    let class = EnvironmentClass::Development;
    let why = "nobody but us uses it";
    ground
        .commands
        .set_environment_class(&operator(), "main", class, why)
        .await
        .unwrap();
    ground.repo.commit(NewCommit::new("More").file("a", "2"));
    waits("main").await;
    assert_eq!(ground.states(), ["approved"; 3]);
}
