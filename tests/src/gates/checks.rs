//! The checks of a commit as policies see them: by what was pushed, and not by what somebody starts by hand.

use domain::approvals::{FactName, FactValue, Facts, NewStep, RawStep};

use super::*;

impl Ground {
    /// What is known of a commit when a run asks about it with a configuration that nobody asked about yet.
    async fn facts(&self, sha: &str, config: &str) -> Facts {
        self.hands.advance(TimeDelta::seconds(1));
        let step = RawStep {
            service: "shop".into(),
            environment: "production".into(),
            sha: Some(sha.to_owned()),
            config: Some(config.to_owned()),
            run_id: 9_000,
            job: config.to_owned(),
            ..RawStep::default()
        };
        let step = NewStep::parse(step, self.commands.now()).unwrap();
        self.commands.open_step(&operator(), step).await.unwrap();
        let (id, _) = self.request().await;
        let detail = self.commands.reads().approval(id).await.unwrap().unwrap();
        detail.card.facts
    }
}

#[sqlx::test(migrations = false)]
async fn a_run_that_somebody_starts_by_hand_makes_no_check_green(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let sha = ground.repo.head("main");
    let green = |facts: &Facts| facts.value(FactName::ChecksGreen).cloned();
    let ci = ground.repo.start_run("ci", &sha);
    ground.hear().await;
    let facts = ground.facts(&sha, "1").await;
    assert_eq!(
        facts.missing(FactName::ChecksGreen),
        Some("checks of the commit still run")
    );

    ground.repo.finish_run(&ci, "failure");
    ground.hear().await;
    sqlx::query(
        "insert into workflow_runs (run_id, attempt, repository_id, name, path, head_sha, event, status, conclusion, facts_as_of)
         select run_id + 1000000, 1, repository_id, name, path, head_sha, 'workflow_dispatch', 'completed', 'success', facts_as_of
         from workflow_runs",
    )
    .execute(&pool)
    .await
    .unwrap();
    assert_eq!(
        green(&ground.facts(&sha, "2").await),
        Some(FactValue::Flag(false))
    );

    let again = ground.repo.rerun(&ci);
    ground.repo.finish_run(&again, "success");
    ground.hear().await;
    assert_eq!(green(&ground.facts(&sha, "3").await), Some(FactValue::Flag(true)));
}
