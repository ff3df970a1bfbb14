//! What a canary found is before whoever decides about the same release elsewhere, and stays as they saw it.

use commands::verify::WatchOf;
use domain::{
    approvals::{ApprovalDetail, CanarySeen},
    verify::{Check, Failure, Measure, Outlook, Remedy, Sample, Verdict as Judged, VerdictKind, Watch},
};

use super::*;

impl Shop {
    /// What watching a deploy at a share of the traffic found: two samples of the error rate.
    async fn found(&self, deploy: DeployId, (weight, bad): (u8, f64), verdict: Judged) {
        let now = self.commands.now();
        let watch = self.commands.watch(WatchOf {
            deploy,
            weight,
            before: now,
            exposed_at: now,
            probe_before: None,
        });
        let watch: Watch = watch.await.unwrap();
        let mut tx = self
            .commands
            .store()
            .begin_observation(&Actor::CommandLine)
            .await
            .unwrap();
        for (slot, bad) in [(1, 0.0), (2, bad)] {
            let sample = Sample {
                check: Check::ErrorRatio,
                slot,
                taken_at: watch.due(slot),
                window: watch.settings.step,
                threshold: 0.01,
                query: "a query".into(),
                measure: Measure::of(Check::ErrorRatio, Ok(bad), Some(Ok(1000.0))),
                baseline: None,
                probe: None,
                probe_before: None,
                detail: None,
            };
            tx.put_verify_sample(&watch, &sample).await.unwrap();
        }
        let outlook = Outlook {
            verdict,
            is_over: true,
        };
        tx.put_verify_verdict(&watch, &outlook, now).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn canary_in_staging(&self, release: usize) -> DeployId {
        self.ask(release, |raw| {
            canary(raw);
            raw.deploy.environment = "staging".into();
            raw.weights = vec![5, 100];
        })
        .await
    }

    /// The request about a release in production.
    async fn asked_about(&self, release: usize) -> (Drive, ApprovalId) {
        let deploy = self.ask(release, as_it_is).await;
        self.settle(deploy).await;
        let drive = self.drive(deploy).await;
        let request = self.request(&drive, 0).await.unwrap();
        (drive, request)
    }

    async fn card_of(&self, request: ApprovalId) -> ApprovalDetail {
        self.commands.reads().approval(request).await.unwrap().unwrap()
    }
}

fn failed() -> Judged {
    Judged::Fail(Failure {
        check: Check::ErrorRatio,
        remedy: Remedy::RollBack,
        slot: 2,
        at: DateTime::UNIX_EPOCH,
        value: Some(0.04),
        threshold: 0.01,
    })
}

#[sqlx::test(migrations = false)]
async fn whoever_decides_sees_what_a_canary_of_the_release_found_and_it_stays(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    shop.report_good(1, "staging").await;
    let deploy = shop.canary_in_staging(2).await;
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
    shop.found(deploy, (5, 2.0), Judged::Pass).await;
    shop.found(deploy, (100, 5.0), Judged::Pass).await;

    let (drive, request) = shop.asked_about(2).await;
    let shown = shop.card_of(request).await.card.canaries;
    let [seen] = shown.as_slice() else {
        panic!("one canary: {shown:?}");
    };
    assert_eq!((seen.deploy, &*seen.environment), (deploy, "staging"));
    assert_eq!(
        (seen.state, seen.went_well()),
        (DeployState::Succeeded, Some(true))
    );
    let steps: Vec<(u8, VerdictKind)> = seen
        .steps
        .iter()
        .map(|step| (step.weight, step.verdict))
        .collect();
    assert_eq!(steps, [(5, VerdictKind::Pass), (100, VerdictKind::Pass)]);
    let extremes = &seen.steps[1].extremes[0];
    assert_eq!((extremes.lowest, extremes.highest), (0.0, 0.005));
    assert_eq!((extremes.samples, extremes.beyond), (2, 0));

    // Samples go; what somebody decided on stays.
    assert!(shop.decide(&drive, 0, Word::Approve).await);
    sqlx::query("delete from verify_samples")
        .execute(&pool)
        .await
        .unwrap();
    let detail = shop.card_of(request).await;
    let decided = detail.seen.values().next().unwrap();
    assert_eq!(decided.card.canaries, shown);
    assert_eq!(detail.card.canaries, shown);

    let (_, other) = shop.asked_about(3).await;
    assert!(
        shop.card_of(other).await.card.canaries.is_empty(),
        "a canary of another release says nothing of this one"
    );
}

#[sqlx::test(migrations = false)]
async fn a_canary_that_failed_is_said_with_what_was_measured(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    shop.report_good(1, "staging").await;
    let deploy = shop.canary_in_staging(2).await;
    shop.bring(deploy, Phase::Verify, 0).await;
    shop.found(deploy, (5, 40.0), failed()).await;
    let (_, request) = shop.asked_about(2).await;
    let shown = shop.card_of(request).await.card.canaries;
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].went_well(), Some(false));
    let step = &shown[0].steps[0];
    assert!(step.why.as_deref().unwrap().contains("above 1.00 %"), "{step:?}");
    assert_eq!((step.extremes[0].highest, step.extremes[0].beyond), (0.04, 1));
}

/// Where a person confirms what is watched, what its canary had found stands beside their word.
#[sqlx::test(migrations = false)]
async fn what_a_canary_found_is_kept_with_the_word_that_confirms_it(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    shop.report_good(1, "staging").await;
    let deploy = shop.canary_in_staging(2).await;
    let place = shop.bring(deploy, Phase::Verify, 0).await;
    shop.found(deploy, (5, 2.0), Judged::Pass).await;
    let held = Verdict::Insufficient {
        why: "too little traffic".into(),
    };
    assert!(shop.judge(deploy, &place, held).await);
    shop.settle(deploy).await;
    shop.commands
        .confirm_drive(&by(), deploy, (None, "the graphs elsewhere look good"))
        .await
        .unwrap();
    let kept: Value =
        sqlx::query_scalar("select after -> 'canary' from audit where action = 'drive.confirm'")
            .fetch_one(&pool)
            .await
            .unwrap();
    let kept: CanarySeen = serde_json::from_value(kept).unwrap();
    assert_eq!((kept.deploy, kept.state), (deploy, DeployState::Verify));
    assert_eq!(kept.steps[0].weight, 5);
}
