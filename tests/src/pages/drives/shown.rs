//! What the page of a deploy says of the loop: phases with their grounds, steps, what was measured, evidence, what undid it.

use chrono::{TimeDelta, Utc};
use domain::verify::{Check, CheckSetting, Measure, RollbackMatrix, Sample, Watch, WatchSettings, judge};

use super::*;

/// A watch of a drive's first step that began a while ago.
fn watch(ground: &Ground, deploy: DeployId) -> Watch {
    let exposed_at = Utc::now() - TimeDelta::minutes(3);
    Watch {
        deploy,
        weight: 5,
        service: ground.service,
        slug: "shop".into(),
        environment: "staging".into(),
        version: "1.2.0".into(),
        previous: Some("1.1.0".into()),
        before: exposed_at - TimeDelta::seconds(10),
        exposed_at,
        settings: WatchSettings::default(),
        matrix: RollbackMatrix::default(),
        checks: vec![CheckSetting {
            check: Check::ErrorRatio,
            enabled: true,
            queries: Check::ErrorRatio.default_queries(),
        }],
        health_url: None,
        probe_before: None,
    }
}

fn sample(watch: &Watch, slot: u32, ratio: f64) -> Sample {
    let measure = |value: f64| Measure {
        value: Ok(value),
        bad: Some(value * 1000.0),
        requests: Some(1000.0),
    };
    Sample {
        check: Check::ErrorRatio,
        slot,
        taken_at: watch.due(slot),
        window: watch.settings.step,
        threshold: 0.01,
        query: "sum(increase(http_requests_total[30s]))".into(),
        measure: measure(ratio),
        baseline: Some(measure(0.001)),
        probe: None,
        probe_before: None,
        detail: None,
    }
}

/// Stores samples as watching does, with the verdict that follows.
async fn measured(ground: &Ground, deploy: DeployId, ratios: &[f64]) {
    let watch = watch(ground, deploy);
    let samples: Vec<Sample> = (1..)
        .zip(ratios)
        .map(|(slot, ratio)| sample(&watch, slot, *ratio))
        .collect();
    let actor = domain::actor::Actor::System { name: "test".into() };
    let mut tx = ground.app.commands.store().begin(&actor).await.unwrap();
    for sample in &samples {
        tx.put_verify_sample(&watch, sample).await.unwrap();
    }
    let now = Utc::now();
    tx.put_verify_verdict(&watch, &judge(&watch, &samples, now), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[sqlx::test(migrations = false)]
async fn what_was_measured_stands_against_its_threshold(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let viewer = ground.person(170, "viewer").await;
    let deploy = ground.ask(2).await;
    ground.expose(deploy).await;
    measured(&ground, deploy, &[0.002, 0.03, 0.05]).await;
    let page = ground.page(&page_of(deploy), &viewer).await;
    let watched = panel(&page, "watched");
    for words in [
        "The error rate: 2 of 3 samples beyond the threshold (at most 1 %).",
        "exposed to 5 %",
        "version before",
        "chart-threshold",
        "chart-beyond",
        // The table behind it.
        "<td>0.10 %<",
        "<td>5 %<",
        "<td>beyond the threshold<",
        "sum(increase(http_requests_total[30s]))",
    ] {
        assert!(watched.contains(words), "{words}: {watched}");
    }
    assert_eq!(watched.matches("class=\"chart-beyond\"").count(), 2, "{watched}");
    assert!(!watched.contains("style="), "{watched}");
    let steps = panel(&page, "steps");
    for words in [
        "5 %",
        "fail",
        "The error rate was 5.00 %, above 1.00 %",
        "25 %",
        "not reached",
    ] {
        assert!(steps.contains(words), "{words}: {steps}");
    }
}

#[sqlx::test(migrations = false)]
async fn phases_evidence_and_waivers_are_shown(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let viewer = ground.person(171, "viewer").await;
    let deploy = ground.ask(2).await;
    ground.expose(deploy).await;
    let page = ground.page(&page_of(deploy), &viewer).await;
    for words in [
        "the policy asks nobody",
        "the executor succeeded",
        "It is watched.",
        "Not counted: the environment is not of class production.",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let evidence = panel(&page, "evidence");
    for words in [
        "“the tests have no checks”",
        "“nothing is stored there”",
        "as it should be",
        "there is a release to go back to",
        "waived",
    ] {
        assert!(evidence.contains(words), "{words}: {evidence}");
    }
    assert!(
        page.contains("Before production"),
        "the request of its policy is linked: {page}"
    );
    let other = ground.page(&page_of(ground.first), &viewer).await;
    assert!(
        !other.contains("id=\"evidence\"") && !other.contains("id=\"steps\""),
        "{other}"
    );
}

#[sqlx::test(migrations = false)]
async fn what_was_undone_says_why_and_how_long_it_took(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let viewer = ground.person(172, "viewer").await;
    let deploy = ground.ask(2).await;
    ground.expose(deploy).await;
    let fail = Verdict::Fail {
        why: "the error rate was 4 %, above 1 %".into(),
        detail: serde_json::json!({ "samples": [0.04, 0.05] }),
    };
    ground.judge(deploy, fail).await;
    let page = ground.page(&page_of(deploy), &viewer).await;
    assert!(
        page.contains("The release before it is on its way back."),
        "{page}"
    );
    let detail = ground.app.commands.reads().drive(deploy).await.unwrap().unwrap();
    let rollback = detail.undone_by.unwrap();
    ground.expose(rollback).await;
    let pass = Verdict::Pass {
        detail: serde_json::Value::Null,
    };
    ground.judge(rollback, pass).await;
    let page = ground.page(&page_of(deploy), &viewer).await;
    for words in [
        "Undone",
        "Watching it found a violation: the error rate was 4 %, above 1 %.",
        "watched and good",
        &page_of(rollback),
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = ground.page(&page_of(rollback), &viewer).await;
    assert!(page.contains("Time to roll back:"), "{page}");
}

#[sqlx::test(migrations = false)]
async fn a_rollback_that_failed_says_what_to_do_next(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(234, "developer").await;
    let deploy = ground.ask(2).await;
    ground.expose(deploy).await;
    let fail = Verdict::Fail {
        why: "the error rate was 4 %, above 1 %".into(),
        detail: serde_json::json!({ "samples": [0.04, 0.05] }),
    };
    ground.judge(deploy, fail).await;
    let detail = ground.app.commands.reads().drive(deploy).await.unwrap().unwrap();
    let rollback = detail.undone_by.unwrap();
    ground.report(rollback, "failed").await;
    ground.settle(deploy).await;
    let again = format!(
        "/services/shop/deploy?environment=staging&amp;release={}",
        ground.first
    );
    let page = ground.page(&page_of(deploy), &developer).await;
    for words in [
        "To be undone",
        "users may still see this one",
        "may still run",
        &again,
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = ground.page(&page_of(rollback), &developer).await;
    for words in [
        "The rollback did not work",
        "Users may still see what it was to undo.",
        "hat it was to undo runs still; roll that back, or deploy what should run",
        "nothing was undone",
        "roll it back again",
        "/services/shop/deploy?environment=staging",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("the release before stayed"), "{page}");
}

#[sqlx::test(migrations = false)]
async fn whoever_rolled_it_back_by_hand_stands_on_both_pages(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let lead = sign_in_as(&pool, 235, "Sofia Lind", Some("developer")).await;
    let viewer = ground.person(236, "viewer").await;
    let deploy = ground.ask(2).await;
    ground.expose(deploy).await;
    let fields = [("act", "roll_back"), ("roll_back_reason", "customers cannot pay")];
    let (status, _, page) = ground.send(&page_of(deploy), &lead, &fields).await;
    assert_eq!(status, 303, "{page}");
    ground.settle(deploy).await;
    let detail = ground.app.commands.reads().drive(deploy).await.unwrap().unwrap();
    let rollback = detail.undone_by.unwrap();
    let said = "Sofia Lind asked for it: customers cannot pay.";
    for page in [page_of(deploy), page_of(rollback)] {
        let page = ground.page(&page, &viewer).await;
        assert!(page.contains(said), "{page}");
        assert!(page.contains(">Sofia Lind<"), "in its phases: {page}");
    }
    let page = ground.page(&page_of(rollback), &viewer).await;
    assert!(!page.contains("by nobody named"), "{page}");
}
