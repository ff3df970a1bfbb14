//! What pages say of a deploy that waits at a gate: that an admin let it go on, that it was called off meanwhile.

use commands::PolicyForm;
use domain::deploys::drive::{End, Phase, Standing};

use super::*;

/// Has a policy ask about what goes to staging.
async fn ask_by(ground: &Ground, spec: &str) {
    let form = PolicyForm {
        document: format!(
            "apiVersion: fairway.dev/v1\nkind: Policy\nmetadata: {{name: Here}}\n\
             spec: {{match: {{environments: [staging]}}, exclude: [initiator], {spec}}}\n"
        ),
        position: 1,
        replaces: None,
    };
    ground.app.commands.save_policy(&operator(), &form).await.unwrap();
}

/// The page of the request that a drive waits for.
async fn request_of(ground: &Ground, deploy: DeployId) -> String {
    let reads = ground.app.commands.reads();
    let drive = reads.drive(deploy).await.unwrap().unwrap().drive;
    let requests = reads.approvals_of_gates(&[drive.gate(0)]).await.unwrap();
    format!("/approvals/{}", requests[0].id)
}

/// The words of the marks of a page's strip.
fn marks(page: &str) -> Vec<&str> {
    page.split("class=\"channel-word\">")
        .skip(1)
        .filter_map(|rest| rest.split('<').next())
        .collect()
}

#[sqlx::test(migrations = false)]
async fn what_an_admin_let_go_on_is_marked_wherever_it_is_shown(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let admin = sign_in_as(&pool, 230, "Lena Lind", Some("admin")).await;
    let viewer = ground.person(231, "viewer").await;
    ask_by(&ground, "minApprovals: 2").await;
    let deploy = ground.ask(2).await;
    ground.settle(deploy).await;
    let request = request_of(&ground, deploy).await;
    assert!(!ground.page("/deploys", &viewer).await.contains(">bypassed<"));
    let fields = [("act", "break_glass"), ("glass_reason", "customers cannot pay")];
    let (status, _, page) = ground.send(&request, &admin, &fields).await;
    assert_eq!(status, 303, "{page}");
    ground.app.commands.take_approval_outcomes().await.unwrap();
    let standing = ground.settle(deploy).await;
    assert_eq!(standing.place().map(|place| place.phase), Some(Phase::Deploy));

    let page = ground.page(&page_of(deploy), &viewer).await;
    for words in [
        "Lena Lind",
        "“customers cannot pay”",
        "Another approver must review it until",
        &format!("{request}#glass"),
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let marks = marks(&page);
    assert!(
        marks.contains(&"bypassed") && !marks.contains(&"approved"),
        "{marks:?}"
    );
    for list in ["/deploys", "/services/shop"] {
        let page = ground.page(list, &viewer).await;
        assert_eq!(page.matches(">bypassed<").count(), 1, "{list}: {page}");
    }
    let first = ground.page(&page_of(ground.first), &viewer).await;
    assert!(!first.contains("ypassed"), "{first}");
}

#[sqlx::test(migrations = false)]
async fn what_a_freeze_alone_holds_asks_nobody(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let viewer = ground.person(233, "viewer").await;
    let freeze = "minApprovals: 0, freezes: [{name: Always, timeZone: UTC, from: '2000-01-01T00:00', to: '2100-01-01T00:00'}]";
    ask_by(&ground, freeze).await;
    let deploy = ground.ask(2).await;
    ground.settle(deploy).await;
    let request = request_of(&ground, deploy).await;
    let page = ground.page(&page_of(deploy), &viewer).await;
    for words in [
        "waits for the end of a freeze",
        "Always",
        "Jan 2100",
        "Nobody has to decide: it goes on by itself then.",
        &format!("<a href=\"{request}\">The request<"),
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("eople decide until"), "{page}");
    let marks = marks(&page);
    assert!(
        marks.contains(&"for a freeze to end") && !marks.contains(&"for a person"),
        "{marks:?}"
    );
    let page = ground.page(&request, &viewer).await;
    for words in [
        "Nobody has to decide",
        "what waits goes on by itself once the freeze ends",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for words in ["0 of 0", "Nobody can:", "Approve it then"] {
        assert!(!page.contains(words), "{words}: {page}");
    }
}

#[sqlx::test(migrations = false)]
async fn what_was_called_off_while_it_waited_was_not_approved(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(232, "developer").await;
    ask_by(&ground, "minApprovals: 2").await;
    let deploy = ground.ask(2).await;
    ground.settle(deploy).await;
    let fields = [("act", "cancel"), ("cancel_reason", "wrong branch")];
    let (status, _, page) = ground.send(&page_of(deploy), &developer, &fields).await;
    assert_eq!(status, 303, "{page}");
    assert_eq!(ground.settle(deploy).await, Standing::Ended(End::Cancelled));
    let page = ground.page(&page_of(deploy), &developer).await;
    let marks = marks(&page);
    assert!(
        marks.contains(&"not given") && !marks.contains(&"approved"),
        "{marks:?}"
    );
}
