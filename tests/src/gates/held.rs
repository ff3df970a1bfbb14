//! What was approved and does not go all the same: during a freeze, and after its time.

use domain::{
    approvals::{ApprovalState, NewStep, RawStep},
    ids::GateId,
};
use serde_json::json;

use super::*;

impl Ground {
    /// Has the policies freeze everything between two times from now.
    async fn freeze(&self, (from, to): (TimeDelta, TimeDelta)) {
        let at = |time: TimeDelta| (self.commands.now() + time).format("%Y-%m-%dT%H:%M").to_string();
        let freezes = json!([{ "name": "Sale", "timeZone": "UTC", "from": at(from), "to": at(to) }]);
        sqlx::query("update policies set document = jsonb_set(document, '{spec,freezes}', $1)")
            .bind(&freezes)
            .execute(&self.pool)
            .await
            .unwrap();
    }

    /// A run at GitHub and a step that wait for one commit, which is approved before either is told.
    async fn approved(&self) -> GateId {
        let run = self.repo.start_run("deploy", &self.repo.head("main"));
        self.repo
            .wait_for_rule("production", &run, &self.github.base_url());
        self.hear().await;
        let gate = self.step(&run.sha, run.id + 1).await;
        self.decide(Verdict::Approve).await.unwrap();
        self.commands.take_approval_outcomes().await.unwrap();
        gate
    }

    async fn step(&self, sha: &str, run: i64) -> GateId {
        let step = RawStep {
            service: "shop".into(),
            environment: "production".into(),
            sha: Some(sha.to_owned()),
            run_id: run,
            job: "smoke".into(),
            ..RawStep::default()
        };
        let step = NewStep::parse(step, self.commands.now()).unwrap();
        self.commands.open_step(&operator(), step).await.unwrap().id
    }

    async fn stands(&self, gate: GateId) -> (bool, ApprovalState) {
        let standing = self.commands.step_standing(&operator(), gate).await.unwrap();
        (standing.goes, standing.gate.state)
    }
}

#[sqlx::test(migrations = false)]
async fn a_freeze_that_begins_after_the_approval_holds_runs_and_steps_until_it_is_over(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    ground.freeze((TimeDelta::hours(1), TimeDelta::hours(3))).await;
    let gate = ground.approved().await;
    ground.hands.advance(TimeDelta::hours(2));
    ground.send().await;
    assert!(ground.states().is_empty(), "{:?}", ground.answers());
    assert_eq!(ground.stands(gate).await, (false, ApprovalState::Pending));
    assert_eq!(ground.count("outbox where state = 'dead'").await, 0);
    // Whoever asks meanwhile asks anew, so that an admin can go on without the decision.
    let sha = ground.repo.head("main");
    let late = ground.step(&sha, 9_000).await;
    assert_eq!(ground.count("approval_requests").await, 2);
    assert_eq!(ground.stands(late).await, (false, ApprovalState::Pending));

    ground.hands.advance(TimeDelta::hours(2));
    ground.send().await;
    assert_eq!(ground.states(), ["approved"]);
    assert_eq!(ground.stands(gate).await, (true, ApprovalState::Approved));
}

#[sqlx::test(migrations = false)]
async fn an_approval_lets_nothing_go_after_its_time_but_what_went_before(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let gate = ground.approved().await;
    let sha = ground.repo.head("main");
    let went = ground.step(&sha, 9_000).await;
    assert_eq!(ground.stands(went).await, (true, ApprovalState::Approved));
    ground.hands.advance(TimeDelta::hours(25));
    ground.send().await;
    assert_eq!(ground.states(), ["rejected"]);
    let why = &ground.answers()[0].comment;
    assert!(why.contains("its time was over"), "{why}");
    assert_eq!(ground.stands(gate).await, (false, ApprovalState::Expired));
    assert_eq!(
        ground.stands(went).await,
        (true, ApprovalState::Approved),
        "its answer may have been lost"
    );
    let again = ground.step(&sha, 9_001).await;
    assert_eq!(ground.count("approval_requests").await, 2, "asked anew");
    assert_eq!(ground.stands(again).await, (false, ApprovalState::Pending));
}

#[sqlx::test(migrations = false)]
async fn the_trail_says_what_went_and_to_whom_it_was_told(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let gate = ground.approved().await;
    ground.send().await;
    for _ in 0..2 {
        assert!(ground.stands(gate).await.0);
    }
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select actor_name, after ->> 'gate' from audit where action = 'approval.release' order by at, id",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let found: Vec<(&str, bool)> = rows
        .iter()
        .map(|(actor, gate)| (actor.as_str(), gate.starts_with("github:")))
        .collect();
    assert_eq!(found, [("fairway", true), ("command line", false)]);
    assert!(rows[1].1.starts_with("step:"), "{rows:?}");
}
