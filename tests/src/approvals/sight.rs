//! Requests about private services are as if they were not there for whoever does not see them.

use domain::{
    approvals::{ApprovalFilter, ReviewVerdict, Stage},
    page::Position,
};
use sqlx::PgPool;

use super::*;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_hidden_is_asked_about_among_those_who_see_it(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let outside = ground.person("outside", Role::Approver).await;
    let inside = ground.person("inside", Role::Viewer).await;
    let of_team = NewGrant {
        team: Some("payments".to_owned()),
        ..NewGrant::whole(Role::Approver)
    };
    ground
        .commands
        .grant_role(&operator(), id(&inside), of_team)
        .await
        .unwrap();
    let inside = ground.viewer(id(&inside)).await;
    let admin = ground.person("admin", Role::Admin).await;
    let request = ground.open("a", "github:1/1/live").await.id;
    let broken = ground.open("b", "github:2/1/live").await.id;
    let commands = &ground.commands;
    commands
        .break_glass(&admin, broken, "the shop is down")
        .await
        .unwrap();
    commands
        .set_visibility(&operator(), "shop", true, "not announced yet")
        .await
        .unwrap();

    let seen = |viewer: &Viewer| {
        let reads = commands.reads_of(viewer);
        async move {
            let mut filter = ApprovalFilter {
                service: Some("shop".into()),
                stage: Some(Stage::Open),
                ..ApprovalFilter::default()
            };
            let inbox = reads
                .approvals(&filter, &Position::Start, 50)
                .await
                .unwrap()
                .rows
                .len();
            assert_eq!(
                i64::try_from(inbox).unwrap(),
                reads.open_approvals().await.unwrap()
            );
            filter.stage = None;
            let all = reads
                .approvals(&filter, &Position::Start, 50)
                .await
                .unwrap()
                .rows
                .len();
            let one = reads.approval(request).await.unwrap().is_some();
            (inbox, all, one, reads.open_reviews(50).await.unwrap().len())
        }
    };
    assert_eq!(seen(&outside).await, (0, 0, false, 0));
    assert_eq!(seen(&inside).await, (1, 2, true, 1));
    assert_eq!(seen(&admin).await, (1, 2, true, 1));
    let nothing = |id: ApprovalId| format!("there is no request {id}");
    let unknown = ApprovalId(SystemClock.id());
    for id in [request, unknown] {
        assert_eq!(why(ground.approve(&outside, id, "a").await), nothing(id));
        assert_eq!(
            why(commands.who_can_still_decide(&outside, id).await),
            nothing(id)
        );
        let review = commands.review_break_glass(&outside, id, ReviewVerdict::Justified, "it was");
        assert_eq!(why(review.await), nothing(id));
    }
    let asked = commands
        .open_request(&outside, &ground.asked("c", "github:3/1/live"))
        .await;
    assert!(why(asked).starts_with("there is no service"));
    let can = commands.who_can_still_decide(&admin, request).await.unwrap();
    let names: Vec<&str> = can.iter().map(|who| who.name.as_str()).collect();
    assert_eq!(names, ["admin", "inside"], "who does not see it is not named");
    ground.approve(&inside, request, "a").await.unwrap();
}
