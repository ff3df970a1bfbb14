//! Going on without a decision, and the second person.

use domain::approvals::{ApprovalState, GateAnswer, ReviewVerdict};
use sqlx::PgPool;

use super::*;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_breaks_the_glass_answers_for_it_to_somebody_else(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let (ada, eve) = (
        ground.person("ada", Role::Admin).await,
        ground.person("eve", Role::Admin).await,
    );
    let commands = &ground.commands;
    let mine = NewApproval {
        initiators: Vec::new(),
        ..ground.asked("a", "github:1/1/live")
    };
    let id = commands.open_request(&ada, &mine).await.unwrap().id;
    assert!(why(commands.break_glass(&ada, id, " ").await).contains("say why"));
    assert!(why(commands.break_glass(&operator(), id, "on fire").await).contains("Only people decide"));
    commands.break_glass(&ada, id, "the shop is down").await.unwrap();
    assert_eq!(ground.state(id).await, "bypassed");
    assert!(why(commands.break_glass(&eve, id, "me too").await).contains("bypassed already"));
    let answer = commands
        .release_gate("github:1/1/live", &ground.release("a"))
        .await
        .unwrap();
    assert_eq!(answer, GateAnswer::Go);

    let open = commands.reads().open_reviews(10).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].request, open[0].name.as_str(), open[0].reason.as_str()),
        (id, "ada", "the shop is down")
    );
    assert_eq!(open[0].due_at - open[0].broken_at, TimeDelta::hours(24));
    let justified = ReviewVerdict::Justified;
    let own = why(commands
        .review_break_glass(&ada, id, justified, "it had to be")
        .await);
    assert!(own.contains("another approver must review it"), "{own}");
    let raw = sqlx::query(
        "update approval_reviews set reviewed_by = broken_by, verdict = 'justified', note = 'fine by me', reviewed_at = now()",
    );
    let refused = raw.execute(&ground.pool).await.unwrap_err();
    let refused = refused.into_database_error().unwrap();
    assert_eq!(refused.constraint(), Some("approval_reviews_have_four_eyes"));
    ground.clock.forward(TimeDelta::hours(25));
    commands
        .review_break_glass(&eve, id, justified, "it had to be")
        .await
        .unwrap();
    assert!(commands.reads().open_reviews(10).await.unwrap().is_empty());
    let again = why(commands
        .review_break_glass(&eve, id, ReviewVerdict::Unjustified, "or not")
        .await);
    assert!(again.contains("eve has reviewed this already"), "{again}");
    let late: serde_json::Value =
        sqlx::query_scalar("select after from audit where action = 'approval.review'")
            .fetch_one(&ground.pool)
            .await
            .unwrap();
    assert_eq!(late["late"], true);
    let detail = commands.reads().approval(id).await.unwrap().unwrap();
    let reviewed = detail.review.unwrap().reviewed.unwrap();
    assert_eq!((reviewed.name.as_str(), reviewed.verdict), ("eve", justified));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_somebody_rejected_is_not_bypassed(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let ada = ground.person("ada", Role::Admin).await;
    let eve = ground.person("eve", Role::Approver).await;
    let id = ground.open("a", "github:1/1/live").await.id;
    let silent = NewDecision {
        reason: None,
        ..ground.says(Verdict::Reject, "a")
    };
    assert!(why(ground.commands.decide(&eve, id, &silent).await).contains("Say why"));
    ground
        .commands
        .decide(&eve, id, &ground.says(Verdict::Reject, "a"))
        .await
        .unwrap();
    assert!(why(ground.commands.break_glass(&ada, id, "but I want to").await).contains("rejected already"));
    let told = ground.commands.take_approval_outcomes().await.unwrap();
    assert_eq!(
        told.iter().map(|told| told.state).collect::<Vec<_>>(),
        [ApprovalState::Rejected]
    );
    let detail = ground.commands.reads().approval(id).await.unwrap().unwrap();
    assert_eq!(detail.request.ended_why.as_deref(), Some("I have looked at it"));
    assert_eq!(
        (detail.decisions.len(), detail.decisions[0].name.as_str()),
        (1, "eve")
    );
}
