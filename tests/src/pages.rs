//! Pages as a browser without script asks for them: those of administration here, each other noun's in its file.

mod approvals;
mod catalogue;
mod drives;
mod home;
mod notifications;
mod policies;
mod service;

use reqwest::StatusCode;
use sqlx::PgPool;
use tests::fakes::github::{NewCommit, World};

use crate::{
    harness::{App, client, post, text},
    intake::order::{register, tell},
};

/// A service with one deployment to an environment whose name says nothing.
async fn deployed_to_frankfurt(pool: &PgPool) -> App {
    let app = App::start(pool.clone(), &[]).await;
    register(&app.commands).await;
    let world = World::default();
    let repo = world.act_as("ada").repo("acme/payments");
    let sha = repo.commit(NewCommit::new("Start"));
    repo.deploy_through("frankfurt", &sha, 1, "success");
    tell(&app.commands, &world.take_deliveries()).await;
    app
}

#[sqlx::test(migrations = false)]
async fn an_environment_gets_its_class_with_a_reason_that_the_trail_keeps(pool: PgPool) {
    const PAGE: &str = "/admin/environments";
    let app = App::start(pool.clone(), &[]).await;
    assert!(text(&app, PAGE).await.contains("No environments yet"));
    drop(app);
    let app = deployed_to_frankfurt(&pool).await;
    let page = text(&app, PAGE).await;
    assert!(
        page.contains("1 environment") && page.contains("its name"),
        "{page}"
    );
    assert!(
        page.contains("is derived again"),
        "what follows stands beside the button"
    );

    let fields = |reason: &'static str, class: &'static str| {
        [("environment", "frankfurt"), ("class", class), ("reason", reason)]
    };
    let (status, _, body) = post(&app, PAGE, &fields("no", "production")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body.contains("Say why in 3 to 2,000 characters"), "{body}");
    let (status, _, body) = post(&app, PAGE, &fields("It serves customers", "moon")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body.contains("Choose what the environment is for") && body.contains("It serves customers"));
    let list = format!("{PAGE}?q=frank");
    let (status, location, _) = post(&app, &list, &fields("It serves customers", "production")).await;
    assert_eq!((status, location), (StatusCode::SEE_OTHER, list.clone()));
    let page = text(&app, &list).await;
    assert!(
        page.contains("a person") && page.contains("1 of 1 environment"),
        "{page}"
    );
    assert!(
        text(&app, "/admin/environments?class=staging")
            .await
            .contains("No environment fits")
    );
    let csv = text(&app, "/admin/environments.csv?class=production").await;
    assert!(csv.contains("frankfurt,production,true,"), "{csv}");
    let unmatched = text(&app, "/admin/unmatched").await;
    assert!(unmatched.contains("href=\"/admin/environments\"") && !unmatched.contains("name=\"class\""));

    let trail = text(&app, "/admin/audit?subject=environment:frankfurt").await;
    for words in [
        "environment.set_class",
        "It serves customers",
        "development",
        "production",
        crate::harness::ADMIN,
    ] {
        assert!(trail.contains(words), "{words}: {trail}");
    }
}

#[sqlx::test(migrations = false)]
async fn the_trail_is_filtered_paged_and_taken_along(pool: PgPool) {
    const PAGE: &str = "/admin/audit";
    let app = App::start(pool.clone(), &[]).await;
    assert!(text(&app, PAGE).await.contains("Nothing was changed yet"));
    sqlx::query(
        "insert into audit (id, at, actor_kind, actor_name, action, subject, reason, before, after)
         select gen_random_uuid(), timestamptz '2026-11-01 12:00Z' + n * interval '1 hour',
             case when n % 2 = 0 then 'person' else 'token' end, case when n % 2 = 0 then 'ada' else '=CI' end,
             case when n % 3 = 0 then 'deploy.correct' else 'delivery.replay' end, 'deploy:' || n,
             case when n = 7 then '<script>alert(1)</script>' end,
             jsonb_build_object('state', 'old', 'kept', 1), jsonb_build_object('state', 'new' || n, 'kept', 1)
         from generate_series(1, 120) n",
    )
    .execute(&pool)
    .await
    .unwrap();
    let first = text(&app, PAGE).await;
    assert!(
        first.contains("new120") && !first.contains("new70<"),
        "newest first, 50 a page"
    );
    assert!(!first.contains(">kept<"), "what stayed is left out");
    let older = first
        .split("<a ")
        .find(|link| link.split('>').next().unwrap().contains("rel=\"next\""))
        .unwrap();
    let older = older.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
    let second = text(&app, &older.replace("&amp;", "&")).await;
    assert!(second.contains("new70") && !second.contains("new71<"));
    let lines = async |query: &str| {
        text(&app, &format!("/admin/audit.csv{query}"))
            .await
            .lines()
            .count()
            - 1
    };
    assert_eq!(lines("").await, 120);
    assert_eq!(lines("?actor=ada").await, 60);
    assert_eq!(lines("?actor=token").await, 60, "a kind of actor, too");
    assert_eq!(lines("?action=deploy").await, 40, "a group of actions");
    assert_eq!(lines("?action=deploy.correct&actor=ada").await, 20);
    assert_eq!(lines("?subject=deploy:12").await, 2);
    assert_eq!(lines("?from=2026-11-02&to=2026-11-02").await, 24);
    let csv = text(&app, "/admin/audit.csv?actor=%3DCI").await;
    assert!(csv.contains("'=CI"), "no formula");
    lines_hold_the_rows_whole(&app).await;
    let reason = text(&app, "/admin/audit?subject=deploy:7").await;
    assert!(reason.contains("&lt;script&gt;") && !reason.contains("<script>alert"));
    for wrong in [
        "/admin/audit?from=soon",
        "/admin/audit?after=x",
        "/admin/audit.csv?to=x",
        "/admin/audit.jsonl?to=x",
    ] {
        let answer = client().get(app.url(wrong)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{wrong}");
    }
}

/// The same list as JSON lines: filtered alike, and the states as what they are.
async fn lines_hold_the_rows_whole(app: &App) {
    let page = text(app, "/admin/audit?actor=ada").await;
    assert!(page.contains("href=\"/admin/audit.jsonl?actor=ada\""), "{page}");
    let answer = client().get(app.url("/admin/audit.jsonl?subject=deploy:7"));
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    assert_eq!(
        answer.headers()["content-disposition"],
        "attachment; filename=\"audit.jsonl\""
    );
    let body = answer.text().await.unwrap();
    let rows: Vec<serde_json::Value> = body
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 11, "7, and 70 to 79");
    let row = rows.iter().find(|row| row["subject"] == "deploy:7").unwrap();
    assert_eq!(row["actor"], "=CI", "as it is");
    assert_eq!(row["after"]["state"], "new7");
    assert_eq!(row["reason"], "<script>alert(1)</script>");
    let all = text(app, "/admin/audit.jsonl?actor=ada").await;
    assert_eq!(all.lines().count(), 60);
}

#[sqlx::test(migrations = false)]
async fn the_index_leads_to_every_page_of_administration(pool: PgPool) {
    let app = deployed_to_frankfurt(&pool).await;
    let index = text(&app, "/admin").await;
    for path in [
        "/admin/deliveries",
        "/admin/jobs",
        "/admin/integrations/github",
        "/admin/integrations/github/repositories",
        "/admin/unmatched",
        "/admin/environments",
        "/admin/people",
        "/admin/teams",
        "/admin/tokens",
        "/admin/audit",
    ] {
        assert!(index.contains(&format!("href=\"{path}\"")), "{path}");
        text(&app, path).await;
    }
    assert!(index.contains("1 environment"));
}

#[sqlx::test(migrations = false)]
async fn a_query_that_cannot_be_read_is_refused_in_the_same_words_everywhere(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    for path in [
        "/services?q=a&q=b",
        "/services.csv?q=a&q=b",
        "/catalog.csv?q=a&q=b",
        "/teams.csv?q=a&q=b",
        "/deploys.csv?service=a&service=b",
        "/approvals.csv?team=a&team=b",
        "/dora.csv?team=a&team=b",
        "/dora/rows.csv?team=a&team=b",
        "/admin/deliveries.csv?event=push&event=ping",
        "/admin/jobs.csv?state=dead&state=waiting",
        "/admin/integrations/github/repositories.csv?q=a&q=b",
        "/admin/environments.csv?q=a&q=b",
        "/admin/audit.csv?actor=a&actor=b",
        "/admin/audit.jsonl?actor=a&actor=b",
        "/search/found?q=a&q=b",
    ] {
        let answer = client().get(app.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}");
        let words = answer.text().await.unwrap();
        assert!(
            words.contains("each name may stand there once"),
            "{path}: {words}"
        );
    }
}

#[sqlx::test(migrations = false)]
async fn a_query_with_what_an_address_does_not_know_is_refused_everywhere(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    let asked = async |path: &str| {
        let answer = client().get(app.url(path)).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    for (path, knows) in [
        ("/", "there are of"),
        ("/services", "q, owner, tier"),
        ("/services.csv", "q, owner, tier"),
        ("/services/payments", "there is none"),
        ("/services/payments/dependencies", "from"),
        ("/services/payments/dependencies.csv", "there is none"),
        ("/catalog", "q, kind, namespace"),
        ("/catalog/user/default/ada", "there is none"),
        ("/teams", "q"),
        ("/teams/payments", "there is none"),
        ("/deploys", "service, team, environment"),
        ("/deploys/00000000-0000-7000-8000-000000000000", "there is none"),
        ("/approvals", "show, service, team"),
        ("/approvals.csv", "show, service, team"),
        ("/approvals/00000000-0000-7000-8000-000000000000", "there is none"),
        ("/dora", "bots, trend"),
        ("/dora/rows", "bots, metric, rows"),
        ("/dora.csv", "team, service, range"),
        ("/search", "q, kind"),
        ("/search/found", "q"),
        ("/admin", "there is none"),
        ("/admin/audit", "actor, action"),
        ("/admin/environments", "q, class"),
        ("/admin/deliveries", "q, status, event"),
        ("/admin/jobs", "state"),
        ("/admin/unmatched", "there is none"),
        ("/admin/unmatched.csv", "there is none"),
        ("/admin/integrations/github", "organisation, made, slug"),
        ("/admin/integrations/github/repositories", "q, state"),
        ("/dev/gallery", "there is none"),
    ] {
        let (status, said) = asked(&format!("{path}?days=30&utm_source=mail")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
        assert!(said.contains("days: is no filter here; there"), "{path}: {said}");
        assert!(
            said.contains(knows) && !said.contains("utm_source: "),
            "{path}: {said}"
        );
    }
    for path in [
        "/?utm_source=mail",
        "/dora?utm_medium=chat&gclid=1",
        "/services?q=a&fbclid=2",
    ] {
        assert_eq!(asked(path).await.0, StatusCode::OK, "{path}");
    }
    let (status, _) = asked("/nothing?days=30").await;
    assert_eq!(
        status,
        StatusCode::NOT_FOUND,
        "that there is no page is said first"
    );
}
