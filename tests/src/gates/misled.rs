//! Questions that are not to be answered, or not where they say; and names that others have by now.

use super::*;

#[sqlx::test(migrations = false)]
async fn an_address_elsewhere_is_nobodys_question(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let other = ground.github.repo("acme/other");
    other.commit(NewCommit::new("Start").file("a", "1"));
    let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
    let (api, run_id) = (ground.github.base_url(), run.id);
    let api = api.as_str().trim_end_matches('/');
    let end = format!("actions/runs/{run_id}/deployment_protection_rule");
    let elsewhere = [
        format!("https://evil.example/repos/acme/shop/{end}"),
        format!("{api}.evil.example/repos/acme/shop/{end}"),
        format!("{api}/repos/acme/other/{end}"),
        format!("{api}/repos/acme/unheard/{end}"),
        format!("{api}/repos/acme/shop/actions/runs/{run_id}/logs"),
        "javascript:alert(1)".to_owned(),
    ];
    ground.hear().await;
    let before = ground.github.requests().len();
    for (number, address) in elsewhere.iter().enumerate() {
        ground.repo.wait_for_rule_at("production", &run, address);
        ground.hear().await;
        let noted = ground
            .count("security_events where kind = 'protection_rule_elsewhere'")
            .await;
        assert_eq!(usize::try_from(noted).unwrap(), number + 1, "{address}");
    }
    ground.send().await;
    assert_eq!(ground.count("approval_gates").await, 0);
    assert_eq!(ground.github.requests().len(), before, "no token went anywhere");
}

#[sqlx::test(migrations = false)]
async fn a_repository_that_is_renamed_meanwhile_is_told_under_its_new_name(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground
        .repo
        .wait_for_rule("production", &run, &ground.github.base_url());
    ground.hear().await;
    ground.repo.rename("store");
    let heir = ground.github.repo("acme/shop");
    heir.announce();
    heir.commit(NewCommit::new("Start").file("b", "1"));
    ground.hear().await;
    ground.decide(Verdict::Approve).await.unwrap();
    ground.send().await;
    assert_eq!(ground.states(), ["approved"]);
    let asked = ground.github.requests();
    let answers: Vec<&String> = asked
        .iter()
        .filter(|asked| asked.ends_with("deployment_protection_rule"))
        .collect();
    assert!(
        answers
            .iter()
            .all(|asked| asked.starts_with("/repos/acme/store/")),
        "{answers:?}"
    );
}

#[sqlx::test(migrations = false)]
async fn what_nobody_can_be_asked_about_ends_with_the_reason(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let unknown = ground.github.repo("acme/unknown");
    unknown.commit(NewCommit::new("Start").file("a", "1"));
    let run = unknown.start_run("deploy", &unknown.head("main"));
    unknown.wait_for_rule("production", &run, &ground.github.base_url());
    let heard = ground.hear().await;
    ground.send().await;
    assert_eq!(ground.states(), ["rejected"]);
    let why = &ground.answers()[0].comment;
    assert!(why.contains("does not know which service"), "{why}");
    ground.hear_all(&heard).await;
    ground.send().await;
    assert_eq!(ground.github.told().len(), 1, "said once");
    assert_eq!(ground.count("approval_requests").await, 0);
}

#[sqlx::test(migrations = false)]
async fn a_rule_that_names_another_environment_than_its_deployment_is_held(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let run = ground.repo.start_run("deploy", &ground.repo.head("main"));
    ground.repo.wait_for_rule("dev", &run, &ground.github.base_url());
    let mut deliveries = ground.github.take_deliveries();
    for delivery in &mut deliveries {
        if delivery.event == "deployment_protection_rule" {
            // The stored deployment is for dev, where nobody is asked; the answer would let production go.
            let mut body: serde_json::Value = serde_json::from_slice(&delivery.body).unwrap();
            body["environment"] = "production".into();
            delivery.body = serde_json::to_vec(&body).unwrap();
        }
    }
    ground.hear_all(&deliveries).await;
    ground.send().await;
    assert!(ground.github.told().is_empty(), "{:?}", ground.github.told());
    assert_eq!(ground.count("approval_gates").await, 0);
    let noted = "security_events where kind = 'protection_rule_mismatch'";
    assert_eq!(ground.count(noted).await, 1);
}
