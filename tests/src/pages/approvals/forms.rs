//! Deciding, going on without a decision and reviewing that, as forms.

use domain::{
    approvals::{Course, Fact, FactName},
    deploys::{Strategy, drive::Weights},
};

use serde_json::json;

use super::*;

/// A form that decides.
fn decides<'a>(verdict: &'a str, reason: &'a str, binding: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("act", "decide"),
        ("verdict", verdict),
        ("reason", reason),
        ("binding", binding),
    ]
}

#[sqlx::test(migrations = false)]
async fn what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let lead = ground.person(210, "Lea Lead", "approver").await;
    let opened = ground.open("1.0.0").await;
    let page = page_of(&opened);
    let shown = ground.text(&page, &lead).await;
    for words in [
        "shop 1.0.0 to live",
        "no scan was reported",
        "no signature was reported",
        "the release names no commit",
        "The first rejection ends the request.",
        "Your approval is the last that is needed: the run that GitHub holds goes on",
        "Lea Lead",
        "github:7/1/1.0.0",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let binding = ground.new_approval("1.0.0").release.binding().to_string();
    assert!(shown.contains(&binding), "what is approved stands in the form");

    let (status, _, said) = ground.send(&page, &lead, &decides("reject", "", &binding)).await;
    assert_eq!(status, 400);
    assert!(
        said.contains("Say why; rejecting needs a reason.") && said.contains("aria-invalid=\"true\""),
        "{said}"
    );
    let (status, _, said) = ground
        .send(&page, &lead, &decides("approve", "ok", &binding))
        .await;
    assert_eq!(status, 400);
    assert!(said.contains("Say why in 3 to 2,000 characters"), "{said}");
    assert_eq!(field(&said, "reason").trim_end_matches("</textarea"), "ok");
    let (status, _, said) = ground.send(&page, &lead, &decides("perhaps", "", "x")).await;
    assert_eq!(status, 400);
    assert!(
        said.contains("Write approve or reject") && said.contains("open the request again"),
        "{said}"
    );
    let other = ground.new_approval("2.0.0").release.binding().to_string();
    let (status, _, said) = ground.send(&page, &lead, &decides("approve", "", &other)).await;
    assert_eq!(status, 409);
    assert!(said.contains("has changed since you opened this page"), "{said}");
    let (status, _, said) = ground.send(&page, &lead, &[("act", "dance")]).await;
    assert_eq!(status, 400, "{said}");

    let (status, to, _) = ground
        .send(&page, &lead, &decides("approve", "Looks right", &binding))
        .await;
    assert_eq!((status, to), (303, format!("{page}#decisions")));
    let shown = ground.text(&page, &lead).await;
    for words in [
        "Looks right",
        "Saw the evidence above, as of ",
        "What waits for it may go on until ",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(
        !shown.contains("name=\"verdict\""),
        "there is nothing left to decide"
    );
    let (status, _, said) = ground
        .send(&page, &lead, &decides("reject", "No, not so", &binding))
        .await;
    assert_eq!(status, 409);
    assert!(
        said.contains("This request is approved already.") && said.contains("No, not so"),
        "{said}"
    );
}

#[sqlx::test(migrations = false)]
async fn who_cannot_decide_reads_why_beside_the_form_that_they_cannot_use(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let (lead, developer) = (
        ground.person(211, "Lea Lead", "approver").await,
        ground.person(212, "Dev Developer", "developer").await,
    );
    let opened = ground.open("1.0.0").await;
    let page = page_of(&opened);
    let shown = ground.text(&page, &developer).await;
    assert!(
        shown.contains("This needs the role approver. An admin can grant it.")
            && shown.contains("name=\"verdict\""),
        "{shown}"
    );
    assert!(shown.contains("<fieldset disabled"), "{shown}");
    let binding = ground.new_approval("1.0.0").release.binding().to_string();
    let (status, _, said) = ground
        .send(
            &page,
            &developer,
            &decides("approve", "I would like to", &binding),
        )
        .await;
    assert_eq!(status, 403);
    assert!(said.contains("This needs the role approver"), "{said}");

    let viewer = tests::session::person(211);
    let asker = ground.app.commands.viewer(viewer.into()).await.unwrap().unwrap();
    let mine = NewApproval {
        initiators: Vec::new(),
        ..ground.new_approval("1.1.0")
    };
    let mine = ground.app.commands.open_request(&asker, &mine).await.unwrap();
    let shown = ground.text(&page_of(&mine), &lead).await;
    assert!(
        shown.contains("You asked for this deploy; another approver must decide."),
        "{shown}"
    );
    assert!(!ground.text("/approvals", &lead).await.contains(&page_of(&mine)));
}

#[sqlx::test(migrations = false)]
async fn breaking_the_glass_says_what_it_brings_and_asks_a_second_person(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let (lead, admin) = (
        ground.person(213, "Lea Lead", "approver").await,
        ground.person(214, "Ada Admin", "admin").await,
    );
    let opened = ground.open("1.0.0").await;
    let page = page_of(&opened);
    let shown = ground.text(&page, &lead).await;
    assert!(
        shown.contains("Another approver must review it within 24 hours.")
            && shown.contains("This needs the role admin. An admin can grant it."),
        "{shown}"
    );
    let breaks = |reason| [("act", "break_glass"), ("glass_reason", reason)];
    let (status, _, said) = ground.send(&page, &admin, &breaks("no")).await;
    assert_eq!(status, 400);
    assert!(
        said.contains("id=\"f-glass_reason-error\"") && said.contains("Say why in 3 to 2,000 characters"),
        "{said}"
    );
    let (status, _, said) = ground.send(&page, &lead, &breaks("The shop is down")).await;
    assert_eq!(status, 403, "{said}");
    let (status, to, _) = ground.send(&page, &admin, &breaks("The shop is down")).await;
    assert_eq!((status, to), (303, format!("{page}#glass")));

    let inbox = ground.text("/approvals", &lead).await;
    assert!(
        inbox.contains("Done without a decision") && inbox.contains("The shop is down"),
        "{inbox}"
    );
    assert!(!ground.text("/approvals", &admin).await.contains(&page));
    let reviews = |verdict, note| [("act", "review"), ("review", verdict), ("note", note)];
    let own = ground
        .send(&page, &admin, &reviews("justified", "I know best"))
        .await;
    assert_eq!(own.0, 403);
    assert!(own.2.contains("another approver must review it"), "{}", own.2);
    let (status, _, said) = ground.send(&page, &lead, &reviews("", "It had to be")).await;
    assert_eq!(status, 400);
    assert!(
        said.contains("Say whether it had to be") && said.contains("It had to be"),
        "{said}"
    );
    let (status, _, said) = ground.send(&page, &lead, &reviews("justified", "")).await;
    assert_eq!(status, 400);
    assert!(said.contains("id=\"f-note-error\""), "{said}");
    let (status, to, _) = ground
        .send(
            &page,
            &lead,
            &reviews("unjustified", "The deploy of before had mended it"),
        )
        .await;
    assert_eq!((status, to), (303, format!("{page}#glass")));
    let shown = ground.text(&page, &admin).await;
    assert!(
        shown.contains("it had not to be") && shown.contains("The deploy of before had mended it"),
        "{shown}"
    );
    // Who comes too late is told so, and what they wrote is not lost.
    let again = ground.send(&page, &admin, &breaks("The till is down too")).await;
    assert_eq!(again.0, 409);
    for words in [
        "It did not go on",
        "This request is bypassed already.",
        "The till is down too",
        "Open the page as it is now",
    ] {
        assert!(again.2.contains(words), "{words}: {}", again.2);
    }
    let other = ground.person(217, "Eli Approver", "approver").await;
    let again = ground
        .send(
            &page,
            &other,
            &reviews("justified", "The shop was down, I saw it"),
        )
        .await;
    assert_eq!(again.0, 409);
    for words in [
        "Your review was not saved",
        "Lea Lead has reviewed this already",
        "The shop was down, I saw it",
    ] {
        assert!(again.2.contains(words), "{words}: {}", again.2);
    }
    assert!(
        !ground
            .text("/approvals", &lead)
            .await
            .contains("Done without a decision")
    );
}

#[sqlx::test(migrations = false)]
async fn what_is_over_says_how_and_unknown_facts_name_their_source(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let lead = ground.person(215, "Lea Lead", "approver").await;
    let commands = &ground.app.commands;
    let (void, expired) = (ground.open("1.0.0").await, ground.open("1.1.0").await);
    sqlx::query(
        "update approval_requests set state = 'void', ended_at = now(), ended_why = 'The plan is another one since.' where id = $1",
    )
    .bind(void.id.0)
    .execute(&pool)
    .await
    .unwrap();
    let shown = ground.text(&page_of(&void), &lead).await;
    assert!(shown.contains("The plan is another one since."), "{shown}");
    // A day later, as the job of the clock would.
    let later = commands.ago(chrono::TimeDelta::hours(-25));
    assert_eq!(later.expire_due().await.unwrap(), 1);
    let shown = ground.text(&page_of(&expired), &lead).await;
    assert!(shown.contains("Nobody decided in time."), "{shown}");
    let card = commands.reads().approval(expired.id).await.unwrap().unwrap().card;
    assert!(matches!(card.changes, Fact::Unknown { .. }));
    for name in [
        FactName::ErrorBudgetLeft,
        FactName::ChecksGreen,
        FactName::SucceededUpstream,
    ] {
        let missing = card.facts.missing(name).unwrap();
        assert!(shown.contains(missing), "{missing}: {shown}");
    }
}

#[sqlx::test(migrations = false)]
async fn what_goes_without_being_known_stands_first_with_its_reason(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let lead = ground.person(216, "Lea Lead", "approver").await;
    let findings = json!([
        ["checks", { "is": "good", "what": "the checks of its commit are green" }],
        ["scan", { "is": "waived", "reason": "the scanner is down since Monday" }],
        ["signature", { "is": "waived", "reason": "the key is lost", "known": { "is": "bad", "why": "nobody signed it" } }],
    ]);
    let new = NewApproval {
        course: Some(Course {
            strategy: Strategy::Canary,
            weights: Weights::of(Strategy::Canary),
            findings: serde_json::from_value(findings).unwrap(),
        }),
        ..ground.new_approval("1.0.0")
    };
    let opened = ground.app.commands.open_request(&operator(), &new).await.unwrap();
    let shown = ground.text(&page_of(&opened), &lead).await;
    let places = [
        "canary: 5 → 25 → 50 → 100 %",
        "the scanner is down since Monday",
        "the checks of its commit are green",
    ];
    let places = places.map(|words| shown.find(words).unwrap_or_else(|| panic!("{words}: {shown}")));
    assert!(places.is_sorted(), "{places:?}");
    let both = "nobody signed it; whoever asked goes on without it: “the key is lost”";
    assert!(
        shown.matches(both).count() >= 2,
        "what is wrong stands beside the waiver, in the evidence too: {shown}"
    );
}
