//! Asking for a deploy on the page of a service: what is said before, what stands in the way, and what is wrong.

use super::*;
use crate::harness::count;

pub(super) const PAGE: &str = "/services/shop/deploy";

pub(super) fn chosen(environment: &str, release: DeployId) -> String {
    format!("{PAGE}?environment={environment}&release={release}")
}

#[sqlx::test(migrations = false)]
async fn what_would_happen_is_said_and_leaves_nothing_behind(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(180, "developer").await;
    let other = ground.report_good(2, "development").await;
    let page = ground.page(PAGE, &developer).await;
    assert!(
        page.contains("1.1.0, last to staging") && page.contains("1.2.0, last to development"),
        "{page}"
    );
    assert!(!page.contains("id=\"outlook\""), "nothing was chosen: {page}");
    let page = ground.page(&chosen("staging", other), &developer).await;
    let outlook = panel(&page, "outlook");
    for words in [
        "nobody is asked",
        "Before production",
        "no check of this commit is known",
        "there is a release to go back to",
        "Nothing stands in the way.",
    ] {
        assert!(outlook.contains(words), "{words}: {outlook}");
    }
    let rows: i64 = sqlx::query_scalar("select count(*) from deploys where mode = 'driven'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(rows, 0, "looking asks for nothing");
}

#[sqlx::test(migrations = false)]
async fn a_deploy_is_asked_for_by_a_form(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(181, "developer").await;
    let release = ground.report_good(2, "development").await.to_string();
    let path = chosen("staging", release.parse().unwrap());
    let fields = |more: &[(&'static str, &'static str)]| {
        let mut fields = vec![
            ("environment", "staging"),
            ("release", release.as_str()),
            ("strategy", "canary"),
        ];
        fields.extend_from_slice(more);
        fields
    };
    let wrong = fields(&[("weights", "50, 5"), ("waiver.backup", "no")]);
    let (status, _, page) = ground.send(&path, &developer, &wrong).await;
    assert_eq!(status, 400);
    for words in [
        "Give growing shares in percent",
        "Say why in 3 to 2,000 characters",
        "value=\"50, 5\"",
        "#f-waiver.backup",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let right = fields(&[
        ("weights", "10, 100"),
        ("waiver.backup", "nothing is stored there"),
    ]);
    let (status, location, page) = ground.send(&path, &developer, &right).await;
    assert_eq!(status, 303, "{page}");
    let page = ground.page(&location, &developer).await;
    assert!(panel(&page, "steps").contains("10 %"), "{page}");
    let deploy = location.trim_start_matches("/deploys/").parse().unwrap();
    let drive = ground
        .app
        .commands
        .reads()
        .drive(deploy)
        .await
        .unwrap()
        .unwrap()
        .drive;
    assert_eq!(drive.weights.as_slice(), [10, 100]);
    assert_eq!(
        drive.release.digest,
        Some(digest(2)),
        "the release is the one that was chosen"
    );
}

#[sqlx::test(migrations = false)]
async fn what_is_known_of_the_image_is_said_by_hand_and_kept_as_that(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(185, "developer").await;
    let release = ground.report_good(2, "development").await.to_string();
    let path = chosen("staging", release.parse().unwrap());
    let page = ground.page(&path, &developer).await;
    assert!(
        panel(&page, "ask").contains("name=\"fact.scan\"")
            && panel(&page, "ask").contains("name=\"fact.signature.what\""),
        "{page}"
    );
    let fields = |more: &[(&'static str, &'static str)]| {
        let mut fields = vec![("environment", "staging"), ("release", release.as_str())];
        fields.extend_from_slice(more);
        fields
    };
    let wrong = fields(&[
        ("fact.scan", "good"),
        ("fact.signature.what", "cosign, key of the release"),
    ]);
    let (status, _, page) = ground.send(&path, &developer, &wrong).await;
    assert_eq!(status, 400);
    for words in [
        "#f-fact.scan.what",
        "Say what was found, and by what",
        "#f-fact.signature",
        "Say whether what was found is as it should be",
        "value=\"cosign, key of the release\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let right = fields(&[
        ("fact.scan", "good"),
        ("fact.scan.what", "trivy, no critical finding"),
        ("waiver.signature", "the signer is down"),
    ]);
    let (status, location, page) = ground.send(&path, &developer, &right).await;
    assert_eq!(status, 303, "{page}");
    let deploy: DeployId = location.trim_start_matches("/deploys/").parse().unwrap();
    let told: Vec<(String, String, bool)> = sqlx::query_as(
        "select subject, value #>> '{value,what}', (value #>> '{value,by_hand}')::boolean from drive_inputs
         where deploy_id = $1 and subject in ('scan', 'signature')",
    )
    .bind(deploy.0)
    .fetch_all(&pool)
    .await
    .unwrap();
    let what = "trivy, no critical finding".to_owned();
    assert_eq!(told, [("scan".to_owned(), what, true)]);
    ground.settle(deploy).await;
    let page = ground.page(&location, &developer).await;
    let evidence = panel(&page, "evidence");
    assert!(
        evidence.contains("trivy, no critical finding: said by hand by whoever asked, and by no source"),
        "{evidence}"
    );
}

#[sqlx::test(migrations = false)]
async fn what_fairway_never_heard_of_is_said_with_what_follows(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(186, "developer").await;
    let release = ground.report_good(2, "development").await;
    let path = chosen("staging", release);
    let page = ground.page(&path, &developer).await;
    let outlook = panel(&page, "outlook");
    assert!(
        outlook.contains("Commit 0000000 is not known to Fairway")
            && !outlook.contains("This image is not known"),
        "{outlook}"
    );
    sqlx::raw_sql(
        "insert into repositories (id, owner, name, facts_as_of, created_at)
             select gen_random_uuid(), 'acme', 'known', now(), now()
             where not exists (select from services where repository_id is not null);
         update services set repository_id = coalesce(repository_id, (select id from repositories limit 1));",
    )
    .execute(&pool)
    .await
    .unwrap();
    sqlx::query(
        "insert into commits (repository_id, sha, message) select repository_id, $1, 'a change' from services where slug = 'shop'",
    )
    .bind(sha(2))
    .execute(&pool)
    .await
    .unwrap();
    let page = ground.page(&path, &developer).await;
    assert!(
        !panel(&page, "outlook").contains("not known to Fairway"),
        "{page}"
    );
}

#[sqlx::test(migrations = false)]
async fn what_stands_in_the_way_is_said(pool: PgPool) {
    let ground = Ground::without_executor(&pool).await;
    let developer = ground.person(182, "developer").await;
    let viewer = ground.person(183, "viewer").await;
    ground.report_good(1, "production").await;
    let commands = &ground.app.commands;
    let upstreams = ["staging".to_owned()];
    commands
        .set_upstreams(&operator(), "production", &upstreams, "staging first")
        .await
        .unwrap();
    let release = ground.report_good(2, "development").await;
    let page = ground.page(&chosen("production", release), &developer).await;
    let outlook = panel(&page, "outlook");
    for words in [
        "Nobody is set to carry out deploys there",
        "/services/shop/settings",
        "the release did not succeed in staging",
        "one person is asked",
    ] {
        assert!(outlook.contains(words), "{words}: {outlook}");
    }
    assert!(panel(&page, "ask").contains("waiver.promotion"), "{page}");
    assert!(page.contains("Set an executor in the settings first."), "{page}");
    let page = ground.page(&chosen("production", release), &viewer).await;
    assert!(page.contains("This needs the role developer."), "{page}");
    let release = release.to_string();
    let fields = [("environment", "production"), ("release", release.as_str())];
    let (status, _, _) = ground.send(PAGE, &viewer, &fields).await;
    assert_eq!(status, 403);
    let fields = [("environment", "production"), ("release", "nothing")];
    let (status, _, page) = ground.send(PAGE, &developer, &fields).await;
    assert_eq!(status, 400);
    assert!(
        page.contains("Choose one of the releases of this service"),
        "{page}"
    );
}

#[sqlx::test(migrations = false)]
async fn production_takes_no_release_without_a_digest(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(184, "developer").await;
    let raw = RawDeploy {
        service: "shop".into(),
        environment: "development".into(),
        sha: Some(sha(7)),
        version: Some("1.7.0".into()),
        ..RawDeploy::default()
    };
    let commands = &ground.app.commands;
    let new = NewDeploy::parse(raw, commands.now()).unwrap();
    let release = commands.report_deploy(&operator(), new).await.unwrap().id;
    commands.derive_service(ground.service).await.unwrap();
    ground.report_good(1, "production").await;
    let page = ground.page(&chosen("production", release), &developer).await;
    assert!(page.contains("Name the image by its digest"), "{page}");
    assert!(page.contains("without a digest"), "{page}");
    let path = format!("{}&digest={}", chosen("production", release), digest(7));
    let page = ground.page(&path, &developer).await;
    assert!(panel(&page, "outlook").contains(&digest(7)), "{page}");
    assert!(
        panel(&page, "outlook").contains("This image is not known to Fairway"),
        "{page}"
    );
}

#[sqlx::test(migrations = false)]
async fn the_form_refuses_what_its_page_refuses(pool: PgPool) {
    let ground = Ground::without_executor(&pool).await;
    let developer = ground.person(187, "developer").await;
    let release = ground.report_good(2, "development").await;
    let environments = async || count(&pool, "select count(*) from environments").await;
    let before = environments().await;
    let id = release.to_string();
    for (environment, words) in [
        ("moon", "here is no environment"),
        ("production-eu", "here is no environment"),
        ("<b>x</b>", "here is no environment"),
        (
            "staging",
            "obody is set to carry out deploys of this service there",
        ),
    ] {
        let fields = [("environment", environment), ("release", id.as_str())];
        let (status, _, page) = ground.send(PAGE, &developer, &fields).await;
        assert_eq!(status, 400, "{environment}: {page}");
        assert!(page.contains(words), "{environment}: {page}");
    }
    assert_eq!(environments().await, before, "none is made");
    let page = ground.page(&chosen("moon", release), &developer).await;
    assert!(
        page.contains("here is no environment") && !page.contains("Nobody is set to carry out"),
        "{page}"
    );
}

#[sqlx::test(migrations = false)]
async fn a_workflow_that_nobody_can_start_stands_in_the_way(pool: PgPool) {
    let ground = Ground::without_executor(&pool).await;
    let developer = ground.person(199, "developer").await;
    let raw = RawExecutor {
        kind: "github_actions".into(),
        repository: "acme/shop".into(),
        workflow: "deploy.yml".into(),
        inputs: "act={act}\nkey={key}\ncommit={commit}".into(),
        ..RawExecutor::default()
    };
    let at = ("shop", "staging");
    let commands = &ground.app.commands;
    commands.set_executor(&operator(), at, &raw).await.unwrap();
    let release = ground.report_good(2, "development").await;
    let page = ground.page(&chosen("staging", release), &developer).await;
    let outlook = panel(&page, "outlook");
    assert!(
        outlook.contains("no GitHub is set") && !outlook.contains("Nothing stands in the way"),
        "{outlook}"
    );
    let release = release.to_string();
    let fields = [("environment", "staging"), ("release", release.as_str())];
    let (status, _, page) = ground.send(PAGE, &developer, &fields).await;
    assert_eq!(status, 400);
    assert!(page.contains("no GitHub is set"), "{page}");
}

#[sqlx::test(migrations = false)]
async fn a_second_one_of_the_same_release_is_told_that_it_waits(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(179, "developer").await;
    let release = ground.report_good(2, "development").await;
    let first = ground.ask(2).await;
    let page = ground.page(&chosen("staging", release), &developer).await;
    let outlook = panel(&page, "outlook");
    assert!(
        outlook.contains(&page_of(first)) && outlook.contains("is on its way there already"),
        "{outlook}"
    );
    assert!(!outlook.contains("Nothing stands in the way"), "{outlook}");
}
