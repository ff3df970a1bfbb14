//! Roles by acts, and that only people decide.

use domain::{
    actor::Scope,
    approvals::{Decided, ReviewVerdict},
    ids::TokenId,
};
use sqlx::PgPool;

use super::*;

/// The document of a policy that nobody needs.
const POLICY: &str = "apiVersion: fairway.dev/v1\nkind: Policy\nmetadata: {name: Another}\nspec: {minApprovals: 1, match: {tiers: [4]}}\n";

fn form() -> commands::PolicyForm {
    commands::PolicyForm {
        document: POLICY.to_owned(),
        position: 1,
        replaces: None,
    }
}

fn is_allowed<T: std::fmt::Debug>(result: &Result<T, CommandError>) -> bool {
    match result {
        Ok(_) => true,
        Err(CommandError::Denied { .. }) => false,
        Err(other) => panic!("{other}"),
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_role_may_what_the_table_says(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let breaker = ground.person("breaker", Role::Admin).await;
    // Ask, approve, reject, look at who can decide, break the glass, review it, replay a policy, save and remove one.
    let table = [
        (
            Role::Viewer,
            [false, false, false, true, false, false, false, false, false],
        ),
        (
            Role::Developer,
            [true, false, false, true, false, false, false, false, false],
        ),
        (
            Role::Approver,
            [true, true, true, true, false, true, false, false, false],
        ),
        (
            Role::Operator,
            [true, true, true, true, false, true, false, false, false],
        ),
        (
            Role::Admin,
            [true, true, true, true, true, true, true, true, true],
        ),
    ];
    for (index, (role, expected)) in table.into_iter().enumerate() {
        let who = ground.person(role.as_str(), role).await;
        let commands = &ground.commands;
        let sha = |what: usize| format!("{index}{what:x}");
        let mut open = Vec::new();
        for what in 0..5 {
            open.push(
                ground
                    .open(&sha(what), &format!("github:{index}/{what}/live"))
                    .await
                    .id,
            );
        }
        commands
            .break_glass(&breaker, open[4], "the shop is down")
            .await
            .unwrap();
        let mine = NewApproval {
            initiators: Vec::new(),
            ..ground.asked(&sha(9), &format!("github:{index}/9/live"))
        };
        let another = async || {
            let policies = commands.reads().policies().await.unwrap();
            let another = policies.iter().find(|stored| stored.policy.name == "Another");
            another.map_or_else(|| SystemClock.id().into(), |stored| stored.id)
        };
        let found = [
            is_allowed(&commands.open_request(&who, &mine).await),
            is_allowed(&ground.approve(&who, open[1], &sha(1)).await),
            is_allowed(
                &commands
                    .decide(&who, open[2], &ground.says(Verdict::Reject, &sha(2)))
                    .await,
            ),
            is_allowed(&commands.who_can_still_decide(&who, open[3]).await),
            is_allowed(&commands.break_glass(&who, open[3], "it is on fire").await),
            is_allowed(
                &commands
                    .review_break_glass(&who, open[4], ReviewVerdict::Justified, "it was")
                    .await,
            ),
            is_allowed(&commands.replay_policy(&who, &form(), 30).await),
            is_allowed(&commands.save_policy(&who, &form()).await),
            is_allowed(
                &commands
                    .remove_policy(&who, (another().await, 1), "nobody needs it")
                    .await,
            ),
        ];
        assert_eq!(found, expected, "{role:?}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn only_people_decide_and_nobody_about_what_they_asked_for(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let (ada, eve) = (
        ground.person("ada", Role::Admin).await,
        ground.person("eve", Role::Approver).await,
    );
    let mine = NewApproval {
        initiators: Vec::new(),
        ..ground.asked("a", "github:1/1/live")
    };
    let opened = ground.commands.open_request(&ada, &mine).await.unwrap();
    let token = Viewer::token(TokenId(Uuid::from_u128(1)), "CI".into(), Scope::ALL.to_vec());
    for nobody in [
        token.clone(),
        token.owned_by(eve.grants().unwrap().to_vec()),
        operator(),
    ] {
        let came = ground.approve(&nobody, opened.id, "a").await;
        assert!(matches!(came, Err(CommandError::Denied { .. })), "{came:?}");
    }
    assert_eq!(
        why(ground.approve(&ada, opened.id, "a").await),
        "You asked for this deploy; another approver must decide."
    );
    let can = ground
        .commands
        .who_can_still_decide(&ada, opened.id)
        .await
        .unwrap();
    assert_eq!(can.iter().map(|who| who.person).collect::<Vec<_>>(), [id(&eve)]);
    let came = ground.approve(&eve, opened.id, "a").await.unwrap();
    assert!(matches!(came, Decided::Approved(_)));
    assert!(why(ground.approve(&eve, opened.id, "a").await).contains("approved already"));
    let trail: Vec<String> =
        sqlx::query_scalar("select action from audit where subject = $1 order by at, id")
            .bind(format!("approval:{}", opened.id))
            .fetch_all(&ground.pool)
            .await
            .unwrap();
    assert_eq!(trail, ["approval.request", "approval.approve"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_owns_the_token_that_asked_does_not_decide(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let ada = ground.person("ada", Role::Admin).await;
    let token = TokenId(SystemClock.id());
    sqlx::query(
        "insert into tokens (id, name, sha256, scopes, created_at, expires_at, owner_id)
         values ($1, 'mine', sha256('mine'), '{deploys:write}', now(), now() + interval '1 day', $2)",
    )
    .bind(token.0)
    .bind(id(&ada).0)
    .execute(&ground.pool)
    .await
    .unwrap();
    let by = Viewer::token(token, "mine".into(), vec![Scope::DeploysWrite])
        .owned_by(ada.grants().unwrap().to_vec());
    let mine = NewApproval {
        initiators: Vec::new(),
        ..ground.asked("a", "github:1/1/live")
    };
    let opened = ground.commands.open_request(&by, &mine).await.unwrap();
    assert!(why(ground.approve(&ada, opened.id, "a").await).contains("another approver must decide"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn two_rows_of_one_person_are_one_vote(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let admin = ground.person("admin", Role::Admin).await;
    let (ada, other) = (
        ground.person("ada", Role::Approver).await,
        ground.person("adas-other", Role::Approver).await,
    );
    let eve = ground.person("eve", Role::Approver).await;
    sqlx::query("update services set tier = 1 where id = $1")
        .bind(ground.service.0)
        .execute(&ground.pool)
        .await
        .unwrap();
    // Nobody knows the commit, so nobody could decide; what is asked here is another thing.
    sqlx::query("update policies set document = jsonb_set(document, '{spec,exclude}', '[\"initiator\"]')")
        .execute(&ground.pool)
        .await
        .unwrap();
    let opened = ground.open("a", "github:1/1/live").await;
    let first = ground.approve(&other, opened.id, "a").await.unwrap();
    assert!(matches!(first, Decided::Counted(_)), "{first:?}");
    let merged = id(&other).to_string();
    ground
        .commands
        .merge_people(&admin, id(&ada), &merged, "she said so")
        .await
        .unwrap();
    let again = why(ground.approve(&ada, opened.id, "a").await);
    assert!(again.contains("decided about this already"), "{again}");
    let second = ground.approve(&eve, opened.id, "a").await.unwrap();
    assert!(matches!(second, Decided::Approved(_)), "{second:?}");
}
