//! Choosing what goes where: which releases there are to choose, what was typed instead, and what whoever decides sees of that.

use super::{
    asking::{PAGE, chosen},
    *,
};

impl Ground {
    /// Release 7, reported with this image and how it went.
    async fn reported(&self, digest: Option<String>, state: &str, environment: &str) -> DeployId {
        let raw = RawDeploy {
            service: "shop".into(),
            environment: environment.into(),
            sha: Some(sha(7)),
            version: Some("1.7.0".into()),
            digest,
            phases: vec![RawPhase {
                state: state.into(),
                ..RawPhase::default()
            }],
            ..RawDeploy::default()
        };
        let commands = &self.app.commands;
        let new = NewDeploy::parse(raw, commands.now()).unwrap();
        let reported = commands.report_deploy(&operator(), new).await.unwrap();
        commands.derive_service(self.service).await.unwrap();
        reported.id
    }
}

#[sqlx::test(migrations = false)]
async fn what_was_typed_and_never_ran_is_no_release_to_choose(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(188, "developer").await;
    let release = ground
        .reported(None, "succeeded", "development")
        .await
        .to_string();
    let typed = digest(9);
    let fields = [
        ("environment", "staging"),
        ("release", release.as_str()),
        ("digest", typed.as_str()),
        ("waiver.backup", "nothing is stored there"),
    ];
    let (status, location, page) = ground.send(PAGE, &developer, &fields).await;
    assert_eq!(status, 303, "{page}");
    let deploy: DeployId = location.trim_start_matches("/deploys/").parse().unwrap();
    let commands = &ground.app.commands;
    commands
        .cancel_drive(&operator(), deploy, "it was invented")
        .await
        .unwrap();
    ground.settle(deploy).await;
    let page = ground.page(PAGE, &developer).await;
    assert!(page.contains("1.7.0, last to development"), "{page}");
    assert!(!page.contains(&deploy.to_string()), "{page}");
    let id = deploy.to_string();
    let fields = [("environment", "staging"), ("release", id.as_str())];
    let (status, _, page) = ground.send(PAGE, &developer, &fields).await;
    assert_eq!(status, 400);
    assert!(page.contains("his one never reached users"), "{page}");
}

#[sqlx::test(migrations = false)]
async fn releases_are_told_apart_and_say_that_they_were_undone(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(189, "developer").await;
    let undone = ground.reported(Some(digest(7)), "rolled_back", "staging").await;
    let page = ground.page(PAGE, &developer).await;
    assert!(!page.contains("sha256:"), "one of a name needs no digest: {page}");
    ground.reported(Some(digest(8)), "succeeded", "development").await;
    let page = ground.page(PAGE, &developer).await;
    assert_eq!(page.matches(", sha256:000000000000…").count(), 2, "{page}");
    let page = ground.page(&chosen("staging", undone), &developer).await;
    assert!(
        panel(&page, "outlook").contains("This release was rolled back there before."),
        "{page}"
    );
    let page = ground.page(&chosen("development", undone), &developer).await;
    assert!(!page.contains("rolled back there before"), "{page}");
    let other = format!("{}&digest=latest", chosen("staging", undone));
    let page = ground.page(&other, &developer).await;
    assert!(page.contains("This release names its image already"), "{page}");
    let same = format!("{}&digest={}", chosen("staging", undone), digest(7));
    assert!(ground.page(&same, &developer).await.contains("id=\"outlook\""));
}

#[sqlx::test(migrations = false)]
async fn whoever_decides_sees_what_was_only_said(pool: PgPool) {
    let ground = Ground::without_executor(&pool).await;
    let developer = ground.person(178, "developer").await;
    ground.report_good(1, "production").await;
    let raw = RawExecutor {
        kind: "webhook".into(),
        url: "https://deploy.example/fairway".into(),
        secret: SECRET.into(),
        ..RawExecutor::default()
    };
    let commands = &ground.app.commands;
    let at = ("shop", "production");
    commands.set_executor(&operator(), at, &raw).await.unwrap();
    let release = ground
        .reported(None, "succeeded", "development")
        .await
        .to_string();
    let typed = digest(9);
    let fields = [
        ("environment", "production"),
        ("release", release.as_str()),
        ("digest", typed.as_str()),
        ("fact.scan", "good"),
        ("fact.scan.what", "trust me"),
        ("fact.signature", "good"),
        ("fact.signature.what", "trust me"),
        ("waiver.checks", "there are none"),
        ("waiver.backup", "nothing is stored there"),
    ];
    let (status, location, page) = ground.send(PAGE, &developer, &fields).await;
    assert_eq!(status, 303, "{page}");
    let deploy: DeployId = location.trim_start_matches("/deploys/").parse().unwrap();
    ground.settle(deploy).await;
    let request: uuid::Uuid = sqlx::query_scalar("select request_id from approval_gates where key = $1")
        .bind(format!("drive:{deploy}:0"))
        .fetch_one(&pool)
        .await
        .unwrap();
    let page = ground.page(&format!("/approvals/{request}"), &developer).await;
    let evidence = panel(&page, "evidence");
    for words in [
        "typed by hand",
        "no source says that it was built from this commit",
        "trust me: said by hand by whoever asked, and by no source",
    ] {
        assert!(evidence.contains(words), "{words}: {evidence}");
    }
    for claim in [">pinned", ">signed", "no critical finding"] {
        assert!(!evidence.contains(claim), "{claim}: {evidence}");
    }
    let upstream = "no environment before this one is set";
    for part in [evidence, panel(&page, "course")] {
        assert!(part.contains(upstream), "both say the same: {part}");
    }
}
