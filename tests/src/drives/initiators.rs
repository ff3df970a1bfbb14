//! Whoever asks for a drive does not decide about it, nor whoever they say started it.

use chrono::TimeDelta;
use domain::{
    access::Role,
    actor::{Scope, Viewer},
    approvals::{NewDecision, Verdict as Word},
    deploys::{
        DeployState as S,
        drive::{Drive, End, Phase, Standing, request::NewDrive},
    },
    ids::DeployId,
    tokens::{NewToken, Reach},
};
use sqlx::PgPool;

use super::{Shop, as_it_is, by, person, raw};

/// A token of a person, or of a program.
pub(super) async fn token(shop: &Shop, owner: Option<&Viewer>) -> Viewer {
    let commands = &shop.commands;
    let new = NewToken {
        name: "CI".into(),
        scopes: vec![Scope::DeploysWrite],
        reach: Reach::default(),
        owner: None,
        expires_at: commands.now() + TimeDelta::days(1),
    };
    let made = match owner {
        Some(owner) => commands.create_own_token(owner, new).await,
        None => commands.issue_token(&by(), new).await,
    };
    commands.holder_of(&made.unwrap().1).await.unwrap()
}

/// A drive asked for in the name of somebody.
async fn started(shop: &Shop, by: &Viewer, named: &str) -> DeployId {
    let mut raw = raw(2);
    raw.deploy.initiator = Some(named.into());
    let new = NewDrive::parse(raw, shop.commands.now()).unwrap();
    shop.commands.start_drive(by, new).await.unwrap().id
}

/// The same once it waits for people.
async fn asked(shop: &Shop, by: &Viewer, named: &str) -> Drive {
    let deploy = started(shop, by, named).await;
    shop.bring(deploy, Phase::AwaitingApproval, 0).await;
    shop.drive(deploy).await
}

async fn refused(shop: &Shop, by: &Viewer, drive: &Drive) -> String {
    let yes = NewDecision {
        verdict: Word::Approve,
        reason: None,
        binding: drive.binding(),
    };
    let request = shop.request(drive, 0).await.unwrap();
    let decided = shop.commands.decide(by, request, &yes).await;
    decided.unwrap_err().to_string()
}

#[sqlx::test(migrations = "../migrations")]
async fn somebody_named_whom_nobody_knows_may_be_whoever_decides(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let program = token(&shop, None).await;
    let drive = asked(&shop, &program, "evelyn-at-github").await;
    let why = refused(&shop, &shop.approver, &drive).await;
    assert!(why.contains("nobody knows who that is"), "{why}");
    let named: i64 =
        sqlx::query_scalar("select count(*) from approval_parties p where p::text like '%evelyn%'")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(named, 0, "a request that never changes keeps no name");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_token_of_ones_own_hides_nobody(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let ada = person(&shop.commands, "Ada", Role::Approver).await;
    let own = token(&shop, Some(&ada)).await;
    let drive = asked(&shop, &own, "eve@fairway.example").await;
    for by in [&ada, &shop.approver] {
        let why = refused(&shop, by, &drive).await;
        assert!(why.contains("You asked for this deploy"), "{why}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_bot_that_is_named_keeps_nobody_from_deciding(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let program = token(&shop, None).await;
    let drive = asked(&shop, &program, "renovate[bot]").await;
    assert!(shop.decide(&drive, 0, Word::Approve).await);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stranger_spoils_nothing_that_others_wait_for(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let program = token(&shop, None).await;
    let first = shop.ask(2, as_it_is).await;
    shop.bring(first, Phase::AwaitingApproval, 0).await;
    let strange = started(&shop, &program, "evelyn-at-github").await;
    assert_eq!(shop.settle(strange).await, Standing::Ended(End::Rejected));
    let why = shop.detail(strange).await.why.unwrap();
    assert!(why.contains("others wait for the same release"), "{why}");
    let drive = shop.drive(first).await;
    assert!(shop.decide(&drive, 0, Word::Approve).await);
    assert_eq!(shop.settle(first).await.state(), S::Backup);

    // Once it is approved a stranger asks for themselves, and the others go by what was approved.
    let own = asked(&shop, &program, "evelyn-at-github").await;
    let approved = shop.request(&drive, 0).await;
    assert_ne!(shop.request(&own, 0).await, approved);
    let later = shop.ask(2, as_it_is).await;
    shop.settle(later).await;
    let later = shop.drive(later).await;
    assert_eq!(shop.request(&later, 0).await, approved);
}
