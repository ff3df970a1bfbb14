//! People decide about what is driven: who, when, and that nothing but that is dispatched.

use chrono::TimeDelta;
use commands::PolicyForm;
use domain::{
    access::Role,
    approvals::{FactName, FactValue, GateAnswer, NewDecision, Verdict as Word},
    deploys::{
        DeployState as S,
        drive::{
            End, Phase, Standing,
            evidence::{Finding, Item},
            request::{NewDrive, RawWaiver},
        },
    },
};
use sqlx::PgPool;

use super::{Shop, as_it_is, by, person, raw};

/// A policy for production of these terms.
pub(super) fn policy(spec: &str) -> PolicyForm {
    PolicyForm {
        document: format!(
            "apiVersion: fairway.dev/v1\nkind: Policy\nmetadata: {{name: Here}}\n\
             spec: {{match: {{environments: [production]}}, exclude: [initiator], {spec}}}\n"
        ),
        position: 1,
        replaces: None,
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_asks_does_not_decide_and_somebody_else_does(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let ada = person(&shop.commands, "Ada", Role::Approver).await;
    let new = NewDrive::parse(raw(2), shop.commands.now()).unwrap();
    let deploy = shop.commands.start_drive(&ada, new).await.unwrap().id;
    shop.bring(deploy, Phase::AwaitingApproval, 0).await;
    let drive = shop.drive(deploy).await;
    let request = shop.request(&drive, 0).await.unwrap();
    let yes = NewDecision {
        verdict: Word::Approve,
        reason: None,
        binding: drive.binding(),
    };
    let own = shop.commands.decide(&ada, request, &yes).await.unwrap_err();
    assert!(own.to_string().contains("You asked for this deploy"), "{own}");
    assert!(shop.decide(&drive, 0, Word::Approve).await);
    let standing = shop.settle(deploy).await;
    assert_eq!(standing.state(), S::Backup, "the decision moves it at once");
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_decides_reads_what_it_goes_on_without_and_why(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    shop.bring(deploy, Phase::AwaitingApproval, 0).await;
    let drive = shop.drive(deploy).await;
    let request = shop.request(&drive, 0).await.unwrap();
    let detail = shop.commands.reads().approval(request).await.unwrap().unwrap();
    let facts = &detail.card.facts;
    assert_eq!(facts.value(FactName::Signed), Some(&FactValue::Flag(true)));
    assert_eq!(
        facts.missing(FactName::ChecksGreen),
        Some("whoever asked goes on without it: the tests have no checks")
    );
    let last = &detail.card.last_deploys;
    assert!(
        last.iter().all(|last| last.deploy != deploy),
        "what is asked for is none of the last"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_rejection_ends_it_with_its_reason(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    shop.bring(deploy, Phase::AwaitingApproval, 0).await;
    let drive = shop.drive(deploy).await;
    assert!(shop.decide(&drive, 0, Word::Reject).await);
    assert_eq!(shop.settle(deploy).await, Standing::Ended(End::Rejected));
    assert!(
        shop.detail(deploy)
            .await
            .why
            .unwrap()
            .contains("I have looked at it")
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn where_the_policy_asks_nobody_it_goes_on_by_itself(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, |raw| raw.deploy.environment = "staging".into()).await;
    assert_eq!(shop.settle(deploy).await.state(), S::Backup);
    let drive = shop.drive(deploy).await;
    assert_eq!(shop.request_state(&drive, 0).await, "approved");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_changes_after_the_approval_is_asked_about_again_and_never_dispatched(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    shop.bring(deploy, Phase::Backup, 0).await;
    let approved = shop.drive(deploy).await;
    sqlx::query("update drives set digest = $1")
        .bind(super::digest(9))
        .execute(&pool)
        .await
        .unwrap();
    shop.say_well(deploy).await;
    let Standing::At(place) = shop.settle(deploy).await else {
        panic!("it ended");
    };
    assert_eq!((place.phase, place.round), (Phase::AwaitingApproval, 1));
    assert!(shop.dispatched(deploy).await.is_empty());
    assert_eq!(shop.request_state(&approved, 0).await, "void");
    assert_eq!(shop.request_state(&approved, 1).await, "pending");
}

#[sqlx::test(migrations = "../migrations")]
async fn an_approval_that_is_voided_before_the_dispatch_holds_it_back(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    shop.bring(deploy, Phase::Backup, 0).await;
    let drive = shop.drive(deploy).await;
    let request = shop.request(&drive, 0).await.unwrap();
    // Nobody tells the drive before it asks the gate itself.
    sqlx::query("update approval_requests set state = 'void', ended_why = 'it changed' where id = $1")
        .bind(request.0)
        .execute(&pool)
        .await
        .unwrap();
    shop.say_well(deploy).await;
    let Standing::At(place) = shop.settle(deploy).await else {
        panic!("it ended");
    };
    assert_eq!((place.phase, place.round), (Phase::AwaitingApproval, 1));
    assert!(shop.dispatched(deploy).await.is_empty());
    // The one that is asked about now goes through its own gate, once.
    shop.bring(deploy, Phase::Deploy, 0).await;
    let gate = drive.gate(1);
    let again = shop.commands.release_gate(&gate, &drive.bound_release()).await;
    assert_eq!(again.unwrap(), GateAnswer::Gone);
}

#[sqlx::test(migrations = "../migrations")]
async fn nobody_is_asked_about_what_was_called_off(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    shop.bring(deploy, Phase::AwaitingApproval, 0).await;
    let drive = shop.drive(deploy).await;
    shop.commands
        .cancel_drive(&by(), deploy, "wrong branch")
        .await
        .unwrap();
    assert_eq!(shop.settle(deploy).await, Standing::Ended(End::Cancelled));
    assert_eq!(shop.request_state(&drive, 0).await, "void");
    let told: i64 = sqlx::query_scalar(
        "select count(*) from outbox where payload ->> 'topic' = 'approval_decided' and payload ->> 'outcome' = 'void'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(told, 1, "whoever was asked hears that it is off");
    assert!(!shop.decide(&drive, 0, Word::Approve).await);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_policy_may_want_a_person_to_confirm(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    shop.commands
        .save_policy(&by(), &policy("minApprovals: 1, confirm: true"))
        .await
        .unwrap();
    let deploy = shop.ask(2, as_it_is).await;
    let place = shop.bring(deploy, Phase::Confirm, 0).await;
    assert_eq!(
        shop.settle(deploy).await,
        Standing::At(place),
        "a person confirms it"
    );
    let told: i64 =
        sqlx::query_scalar("select count(*) from outbox where payload ->> 'topic' = 'deploy_waits'")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(told, 1);
    shop.commands
        .confirm_drive(&by(), deploy, (None, "the graphs look good"))
        .await
        .unwrap();
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_freeze_holds_the_approval_and_an_admin_goes_on_without_it(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let freeze = "minApprovals: 1, freezes: [{name: Always, timeZone: UTC, from: '2000-01-01T00:00', to: '2100-01-01T00:00'}]";
    shop.commands.save_policy(&by(), &policy(freeze)).await.unwrap();
    let deploy = shop.ask(2, as_it_is).await;
    let place = shop.bring(deploy, Phase::AwaitingApproval, 0).await;
    let drive = shop.drive(deploy).await;
    assert!(
        !shop.decide(&drive, 0, Word::Approve).await,
        "nothing is approved now"
    );
    assert_eq!(shop.settle(deploy).await, Standing::At(place));
    let admin = person(&shop.commands, "Lena", Role::Admin).await;
    let request = shop.request(&drive, 0).await.unwrap();
    shop.commands
        .break_glass(&admin, request, "customers cannot pay")
        .await
        .unwrap();
    shop.commands.take_approval_outcomes().await.unwrap();
    assert_eq!(shop.finish(deploy).await, End::Succeeded);
    assert_eq!(shop.dispatched(deploy).await, [100]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_freeze_that_begins_before_the_dispatch_holds_it_back(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let begins = shop.commands.now() + TimeDelta::minutes(20);
    let freeze = format!(
        "minApprovals: 1, freezes: [{{name: Soon, timeZone: UTC, from: '{}', to: '2100-01-01T00:00'}}]",
        begins.format("%Y-%m-%dT%H:%M")
    );
    shop.commands.save_policy(&by(), &policy(&freeze)).await.unwrap();
    let deploy = shop.ask(2, as_it_is).await;
    shop.bring(deploy, Phase::Backup, 0).await;
    shop.clock.forward(TimeDelta::minutes(21));
    shop.say_well(deploy).await;
    let Standing::At(place) = shop.settle(deploy).await else {
        panic!("it ended: {:?}", shop.detail(deploy).await.why);
    };
    assert_eq!((place.phase, place.round), (Phase::AwaitingApproval, 1));
    assert!(shop.dispatched(deploy).await.is_empty());
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_waived_is_seen_and_approved_for_no_other(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let first = shop.ask(2, as_it_is).await;
    shop.bring(first, Phase::AwaitingApproval, 0).await;
    let drive = shop.drive(first).await;
    let id = shop.request(&drive, 0).await.unwrap();
    let detail = shop.commands.reads().approval(id).await.unwrap().unwrap();
    let course = detail.card.course.unwrap();
    assert_eq!(
        course.findings.finding(Item::Checks),
        Some(&Finding::waived("the tests have no checks"))
    );
    assert!(shop.decide(&drive, 0, Word::Approve).await);

    // The same commit in the same way is approved; without the signature, or all at once to fewer, it is asked about.
    let same = shop.ask(2, as_it_is).await;
    let waived = shop
        .ask(2, |raw| {
            raw.facts.retain(|fact| fact.item != "signature");
            raw.waivers.push(RawWaiver {
                item: "signature".into(),
                reason: "the key is lost".into(),
            });
        })
        .await;
    let canary = shop.ask(2, super::canary).await;
    for deploy in [same, waived, canary] {
        shop.settle(deploy).await;
    }
    let asked = async |deploy| shop.request(&shop.drive(deploy).await, 0).await.unwrap();
    assert_eq!(asked(same).await, id);
    for other in [waived, canary] {
        assert_ne!(asked(other).await, id);
        assert_eq!(shop.settle(other).await.state(), S::AwaitingApproval);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn an_approval_that_is_over_before_the_dispatch_lets_nothing_go(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    shop.commands
        .save_policy(&by(), &policy("minApprovals: 1, expiresIn: 30m"))
        .await
        .unwrap();
    let deploy = shop.ask(2, as_it_is).await;
    shop.bring(deploy, Phase::Backup, 0).await;
    shop.clock.forward(TimeDelta::minutes(31));
    shop.say_well(deploy).await;
    assert_eq!(shop.settle(deploy).await, Standing::Ended(End::Expired));
    assert!(shop.dispatched(deploy).await.is_empty());
}
