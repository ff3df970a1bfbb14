//! What people see of a driven deploy, from asking to its end.

use chrono::TimeDelta;
use commands::CommandError;
use domain::{
    access::Role,
    deploys::{
        DeployState as S,
        drive::{
            Effect, End, Phase, Standing,
            inputs::{Approval, Verdict},
            request::{NewDrive, RawDrive, RawFact},
        },
    },
};
use sqlx::PgPool;

use super::{Shop, as_it_is, by, canary, person, raw};

#[sqlx::test(migrations = "../migrations")]
async fn a_canary_goes_up_step_by_step_and_is_history(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, canary).await;
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
    let steps = [S::Deploy, S::Verify].repeat(4);
    let mut expected = vec![S::Requested, S::Prepare, S::AwaitingApproval, S::Backup];
    expected.extend(steps);
    expected.extend([S::Confirm, S::Succeeded]);
    assert_eq!(shop.states(deploy).await, expected);
    assert_eq!(shop.dispatched(deploy).await, [5, 25, 50, 100]);
    assert!(shop.ordered(deploy).await.contains(&Effect::MarkStable));
    assert_eq!(shop.holder().await, None);

    let detail = shop.commands.reads().deploy(deploy).await.unwrap().unwrap();
    assert_eq!(
        (detail.summary.state, detail.source.as_str()),
        (S::Succeeded, "fairway")
    );
    assert!(detail.summary.counted && !detail.summary.failed);
    let reached = |weight| {
        let mut phases = detail.phases.iter();
        phases.find(|phase| phase.weight == Some(weight)).unwrap().at
    };
    assert_eq!(detail.summary.exposed_at, Some(reached(5)));
    assert_eq!(detail.summary.promoted_at, Some(reached(100)));
    assert!(detail.summary.approval_seconds.unwrap() > 0.0);
    assert_eq!(detail.replaces.unwrap().id, shop.first);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_blue_green_stack_shows_users_nothing_before_the_switch(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop
        .ask(2, |raw| raw.deploy.strategy = Some("blue_green".into()))
        .await;
    let place = shop.bring(deploy, Phase::Verify, 0).await;
    let exposed = async || {
        shop.commands
            .reads()
            .deploy(deploy)
            .await
            .unwrap()
            .unwrap()
            .summary
            .exposed_at
    };
    assert_eq!(exposed().await, None);
    shop.judge(deploy, &place, super::pass()).await;
    shop.bring(deploy, Phase::Verify, 1).await;
    assert!(exposed().await.is_some());
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
}

#[sqlx::test(migrations = "../migrations")]
async fn nothing_is_deployed_but_what_was_approved(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    let place = shop.bring(deploy, Phase::AwaitingApproval, 0).await;
    shop.clock.forward(TimeDelta::days(2));
    assert_eq!(shop.settle(deploy).await, Standing::At(place), "nobody answered");
    shop.commands.derive_service(shop.service).await.unwrap();
    let state = shop
        .commands
        .reads()
        .deploy(deploy)
        .await
        .unwrap()
        .unwrap()
        .summary
        .state;
    assert_eq!(state, S::AwaitingApproval, "people may take days");

    let mut other = shop.drive(deploy).await;
    other.configuration.plan = Some("another".into());
    let other = Approval::Approved {
        binding: other.binding(),
    };
    shop.commands.tell_approval(deploy, 0, other).await.unwrap();
    let Standing::At(again) = shop.settle(deploy).await else {
        panic!("it ended");
    };
    assert_eq!((again.phase, again.round), (Phase::AwaitingApproval, 1));
    assert!(shop.dispatched(deploy).await.is_empty());
    let no = Approval::Rejected {
        why: "not on a Friday".into(),
    };
    shop.commands.tell_approval(deploy, 1, no).await.unwrap();
    assert_eq!(shop.settle(deploy).await, Standing::Ended(End::Rejected));
    let yes = Approval::Approved {
        binding: shop.drive(deploy).await.binding(),
    };
    shop.commands.tell_approval(deploy, 1, yes).await.unwrap();
    assert_eq!(
        shop.settle(deploy).await,
        Standing::Ended(End::Rejected),
        "the first no ends it"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn evidence_that_changes_before_the_deploy_voids_the_approval(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    shop.bring(deploy, Phase::Backup, 0).await;
    sqlx::query(
        "update drive_inputs set value = '{\"told\": \"fact\", \"value\": {\"is\": \"unknown\", \"source\": \"the registry\"}}'
         where subject = 'signature'",
    )
    .execute(&pool)
    .await
    .unwrap();
    shop.say_well(deploy).await;
    let Standing::At(place) = shop.settle(deploy).await else {
        panic!("it ended");
    };
    assert_eq!((place.phase, place.round), (Phase::Prepare, 1));
    let voided = shop.ordered(deploy).await;
    assert!(
        voided
            .iter()
            .any(|effect| matches!(effect, Effect::VoidApproval { why } if why.contains("signature")))
    );
    assert_eq!(shop.holder().await, None, "who waits for people keeps nobody out");
}

#[sqlx::test(migrations = "../migrations")]
async fn production_takes_no_image_that_can_change(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let field = async |change: fn(&mut domain::deploys::drive::request::RawDrive)| {
        let mut raw = raw(2);
        change(&mut raw);
        let new = NewDrive::parse(raw, shop.commands.now()).unwrap();
        match shop.commands.start_drive(&by(), new).await.unwrap_err() {
            CommandError::Invalid(errors) => errors.0[0].field.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        field(|raw| raw.deploy.version = Some("latest".into())).await,
        "version"
    );
    assert_eq!(field(|raw| raw.deploy.digest = None).await, "digest");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_same_request_is_one_deploy(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let named =
        |raw: &mut domain::deploys::drive::request::RawDrive| raw.deploy.external_id = Some("run-7".into());
    let first = shop.ask(2, named).await;
    assert_eq!(shop.ask(2, named).await, first);
    assert_eq!(shop.finish(first).await, End::Succeeded);
    assert_eq!(shop.dispatched(first).await, [100]);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_same_request_changes_nothing_and_tells_what_is_known_since(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let again = async |change: fn(&mut RawDrive)| {
        let mut raw = raw(2);
        raw.deploy.external_id = Some("run-7".into());
        change(&mut raw);
        let new = NewDrive::parse(raw, shop.commands.now()).unwrap();
        shop.commands.start_drive(&by(), new).await
    };
    let first = again(|_| {}).await.unwrap();
    let differing = [
        ("config", again(|raw| raw.config = Some("c2".into())).await),
        ("plan", again(|raw| raw.plan = Some("p2".into())).await),
        ("strategy, weights", again(canary).await),
        ("kind", again(|raw| raw.deploy.kind = Some("hotfix".into())).await),
        ("waivers", again(|raw| raw.waivers.clear()).await),
    ];
    for (word, refused) in differing {
        match refused {
            Err(CommandError::Conflict { why }) => {
                assert!(why.contains(&format!("another {word};")), "{why}");
            }
            other => panic!("{word}: {other:?}"),
        }
    }
    // The scan is over by now, and found something.
    let known = again(|raw| {
        raw.facts[0] = RawFact {
            item: "scan".into(),
            good: false,
            what: "CVE-2026-1 is critical".into(),
            critical: None,
        };
    })
    .await
    .unwrap();
    assert_eq!((known.id, known.is_new), (first.id, false));
    assert_eq!(shop.finish(first.id).await, End::Failed);
    let why = shop.detail(first.id).await.why.unwrap();
    assert!(why.contains("CVE-2026-1"), "{why}");
}

#[sqlx::test(migrations = "../migrations")]
async fn too_little_traffic_waits_for_a_person(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    let place = shop.bring(deploy, Phase::Verify, 0).await;
    let key = shop.drive(deploy).await.key_of(&place);
    let confirm = async |phase: &str| {
        let why = "the shop is closed at night";
        shop.commands
            .confirm_drive(&by(), deploy, (Some(phase), why))
            .await
    };
    let early = confirm(&key).await;
    assert!(
        matches!(early, Err(CommandError::Conflict { .. })),
        "nobody is asked yet: {early:?}"
    );
    let little = Verdict::Insufficient {
        why: "4 requests in 5 minutes".into(),
    };
    shop.judge(deploy, &place, little).await;
    assert_eq!(shop.settle(deploy).await, Standing::At(place));
    assert!(shop.detail(deploy).await.why.unwrap().contains("4 requests"));
    let elsewhere = confirm(&key.replace(":verify:0.0", ":confirm:0.0")).await;
    assert!(
        matches!(elsewhere, Err(CommandError::Conflict { .. })),
        "{elsewhere:?}"
    );
    confirm(&key).await.unwrap();
    let again = confirm(&key).await;
    assert!(matches!(again, Err(CommandError::Conflict { .. })), "{again:?}");
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
}

#[sqlx::test(migrations = "../migrations")]
async fn in_production_an_approver_who_did_not_ask_lets_it_go_on(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let ada = person(&shop.commands, "Ada", Role::Approver).await;
    let dan = person(&shop.commands, "Dan", Role::Developer).await;
    let new = NewDrive::parse(raw(2), shop.commands.now()).unwrap();
    let deploy = shop.commands.start_drive(&ada, new).await.unwrap().id;
    let place = shop.bring(deploy, Phase::Verify, 0).await;
    let little = Verdict::Insufficient {
        why: "4 requests in 5 minutes".into(),
    };
    shop.judge(deploy, &place, little).await;
    assert_eq!(shop.settle(deploy).await, Standing::At(place));
    for (who, why) in [
        (&ada, "You asked for this deploy"),
        (&dan, "needs the role approver"),
    ] {
        let standing = shop.commands.drive_standing(who, deploy).await.unwrap();
        let shown = standing.why_not.confirm.unwrap();
        assert!(shown.contains(why), "{shown}");
        let said = (None, "the shop is closed at night");
        match shop.commands.confirm_drive(who, deploy, said).await {
            Err(CommandError::Denied { why }) => assert_eq!(why, shown),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(shop.settle(deploy).await, Standing::At(place));
    let eve = &shop.approver;
    let standing = shop.commands.drive_standing(eve, deploy).await.unwrap();
    assert_eq!(standing.why_not.confirm, None);
    shop.commands
        .confirm_drive(eve, deploy, (None, "the graphs elsewhere look good"))
        .await
        .unwrap();
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
}

#[sqlx::test(migrations = "../migrations")]
async fn silence_ends_what_waits_and_pages_where_users_see_it(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let asked = shop.ask(2, as_it_is).await;
    shop.bring(asked, Phase::AwaitingApproval, 0).await;
    shop.clock.forward(TimeDelta::days(8));
    assert_eq!(shop.settle(asked).await, Standing::Ended(End::Expired));
    let seen = shop.ask(3, as_it_is).await;
    shop.bring(seen, Phase::Verify, 0).await;
    shop.clock.forward(TimeDelta::hours(25));
    assert_eq!(shop.settle(seen).await, Standing::Ended(End::Lost));
    assert!(
        shop.ordered(seen)
            .await
            .iter()
            .any(|effect| effect.name() == "page")
    );
    let summary = shop.commands.reads().deploy(seen).await.unwrap().unwrap().summary;
    assert_eq!(summary.state, S::Lost);
    assert!(summary.exposed_at.is_some());
}
