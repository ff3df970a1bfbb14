//! Pages that list what there is: the whole catalogue, teams, environments, the audit trail, the index of administration;
//! and what a page says of what nobody knows. By plain requests and forms, as a browser without script sends them.

use std::sync::Arc;

use commands::{
    Commands, SystemClock,
    catalog::{CatalogFile, CatalogImport},
};
use domain::{
    actor::{Actor, Viewer},
    catalog::{EntityFilter, EntityKind},
    page::{Page, Position},
    people::TeamFilter,
};
use reqwest::{StatusCode, header};
use sqlx::PgPool;
use store::Store;
use tests::fakes::github::{NewCommit, World};

use crate::{
    harness::{App, client},
    intake::order::{register, tell},
};

async fn text(app: &App, path: &str) -> String {
    let answer = client().get(app.url(path)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.text().await.unwrap()
}

async fn post(app: &App, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String, String) {
    let form = client()
        .post(app.url(path))
        .header("origin", app.url(""))
        .form(fields);
    let answer = form.send().await.unwrap();
    let location = answer.headers().get(header::LOCATION);
    let location = location.map_or("", |to| to.to_str().unwrap()).to_owned();
    (answer.status(), location, answer.text().await.unwrap())
}

fn operator() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

/// A Group of two people, a service, an interface of another namespace, and 60 resources.
fn catalog() -> String {
    let mut text = String::from(
        "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: payments\n  description: Charges and payouts\n  \
         annotations: {github.com/team-slug: acme/pay}\nspec: {type: team, children: [], profile: {displayName: Payments}, members: [ada]}\n\
         ---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ada, annotations: {github.com/user-login: ada-l}}\n\
         spec: {profile: {displayName: Ada Lovelace}, memberOf: [payments]}\n\
         ---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: grace}\nspec: {memberOf: [payments]}\n\
         ---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: ledger, title: '<b>Ledger'}\n\
         spec: {type: service, lifecycle: production, owner: payments}\n\
         ---\napiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: ledger-api, namespace: books}\n\
         spec: {type: openapi, lifecycle: production, owner: 'group:default/payments', definition: none}\n",
    );
    for number in 0..60 {
        text.push_str(&format!(
            "---\napiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata: {{name: bucket-{number:02}, description: '100% full_of'}}\n\
             spec: {{type: bucket, owner: payments}}\n"
        ));
    }
    text
}

async fn imported(pool: &PgPool) -> Commands {
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    let commands = Commands::new(store, Arc::new(SystemClock));
    let import = CatalogImport {
        files: vec![CatalogFile {
            location: "/c/catalog.yaml".into(),
            content: catalog().into(),
            problems: Vec::new(),
        }],
        directory: None,
    };
    let report = commands.import_catalog(&operator(), &import).await.unwrap();
    assert!(report.is_clean(), "{:?}", report.files[0].problems);
    commands
}

/// The team at GitHub lists Ada, whom the catalog knows, and Linus, whom it does not.
async fn at_github(pool: &PgPool) {
    for statement in [
        "insert into people (id, display_name, login, created_at)
         values (gen_random_uuid(), 'ada-l', 'ada-l', now()), (gen_random_uuid(), 'linus', 'linus', now())",
        "insert into github_teams (github_id, organisation, slug, name, fetched_at) values (1, 'Acme', 'pay', 'Pay', now())",
        "insert into github_team_members (team_id, person_id) select 1, id from people where login in ('ada-l', 'linus')",
    ] {
        sqlx::query(statement).execute(pool).await.unwrap();
    }
}

#[sqlx::test(migrations = false)]
async fn the_catalogue_lists_every_kind_page_by_page(pool: PgPool) {
    let commands = imported(&pool).await;
    let reads = commands.reads();
    let all = EntityFilter::default();
    let (mut names, mut position) = (Vec::new(), Position::Start);
    let mut pages: Vec<Page<_>> = Vec::new();
    loop {
        let page = reads.entities(&all, &position, 20).await.unwrap();
        names.extend(page.rows.iter().map(|row| row.summary.name.clone()));
        let next = page.next.clone();
        pages.push(page);
        match next {
            Some(cursor) => position = Position::After(cursor),
            None => break,
        }
    }
    assert_eq!((names.len(), pages.len()), (65, 4));
    let back = Position::Before(pages[1].previous.clone().unwrap());
    assert_eq!(reads.entities(&all, &back, 20).await.unwrap().rows, pages[0].rows);
    assert_eq!(pages.last().unwrap().rows.len(), 5);
    let team_of = |name: &str| {
        let rows = pages.iter().flat_map(|page| &page.rows);
        let row = rows.into_iter().find(|row| row.summary.name == name).unwrap();
        row.team.as_ref().map(|team| team.slug.clone())
    };
    for name in ["ledger", "ledger-api", "payments", "bucket-07"] {
        assert_eq!(team_of(name).as_deref(), Some("payments"), "{name}");
    }
    assert_eq!(team_of("ada"), None);

    let facets = reads.entity_facets(&all).await.unwrap();
    assert_eq!(facets.total, 65);
    assert!(facets.kinds.contains(&(EntityKind::Resource, 60)));
    assert_eq!(
        facets.namespaces,
        [("default".to_owned(), 64), ("books".to_owned(), 1)]
    );
    let odd = EntityFilter {
        text: Some("100% full_of bucket-0".into()),
        ..EntityFilter::default()
    };
    assert_eq!(
        reads.entity_facets(&odd).await.unwrap().total,
        10,
        "wild cards are letters"
    );

    let app = App::with_commands(commands).await;
    let page = text(&app, "/catalog").await;
    assert!(page.contains("50 of 65 entities") && page.contains("rel=\"next\""));
    assert!(page.contains("&lt;b&gt;Ledger") && !page.contains("<b>Ledger"));
    let apis = text(&app, "/catalog?kind=api").await;
    assert!(apis.contains("/catalog/api/books/ledger-api\"") && !apis.contains("bucket-"));
    assert!(apis.contains("href=\"/catalog.csv?kind=api\""));
    let csv = text(&app, "/catalog.csv?kind=resource&q=bucket-1").await;
    assert_eq!(csv.lines().count(), 11, "{csv}");
    let redirect = client().get(app.url("/catalog/API")).send().await.unwrap();
    assert_eq!(redirect.status(), StatusCode::SEE_OTHER);
    assert_eq!(redirect.headers()[header::LOCATION], "/catalog?kind=api");
    for wrong in [
        "/catalog?kind=widget",
        "/catalog?after=x",
        "/catalog.csv?kind=widget",
    ] {
        let answer = client().get(app.url(wrong)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{wrong}");
    }
    let nothing = text(&app, "/catalog?q=no-such-thing").await;
    assert!(nothing.contains("No entity fits these filters"));
}

#[sqlx::test(migrations = false)]
async fn a_team_has_its_services_and_everyone_who_belongs_to_it_once(pool: PgPool) {
    let commands = imported(&pool).await;
    at_github(&pool).await;
    let reads = commands.reads();
    let page = reads
        .teams(&TeamFilter::default(), &Position::Start, 50)
        .await
        .unwrap();
    let team = page.rows.iter().find(|row| row.team.slug == "payments").unwrap();
    assert_eq!((team.services, team.members, team.declared), (1, 3, true));
    let members = reads.team_members("payments").await.unwrap();
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["Ada Lovelace", "grace", "linus"]);
    assert_eq!(members[0].github_team.as_deref(), Some("Acme/pay"));
    assert!(members[0].in_catalog && members[1].github_team.is_none() && !members[2].in_catalog);

    let app = App::with_commands(commands).await;
    let list = text(&app, "/teams").await;
    assert!(list.contains("href=\"/teams/payments\"") && list.contains("href=\"/dora?team=payments\""));
    assert!(list.contains("href=\"/services?owner=payments\""));
    let csv = text(&app, "/teams.csv").await;
    assert!(
        csv.contains("payments,Payments,1,3,true,Charges and payouts"),
        "{csv}"
    );
    let page = text(&app, "/teams/payments").await;
    for words in [
        "href=\"/services/ledger\"",
        "href=\"/catalog/user/default/ada\"",
        "the catalogue and Acme/pay",
        "href=\"/dora?team=payments\"",
        "3 members",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let missing = client().get(app.url("/teams/nobody")).send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert!(
        text(&app, "/teams?q=nobody")
            .await
            .contains("No team fits this search")
    );
}

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
    assert!(body.contains("say why in 3 to 2,000 characters"), "{body}");
    let (status, _, body) = post(&app, PAGE, &fields("It serves customers", "moon")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body.contains("choose what the environment is for") && body.contains("It serves customers"));
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
    let reason = text(&app, "/admin/audit?subject=deploy:7").await;
    assert!(reason.contains("&lt;script&gt;") && !reason.contains("<script>alert"));
    for wrong in [
        "/admin/audit?from=soon",
        "/admin/audit?after=x",
        "/admin/audit.csv?to=x",
    ] {
        let answer = client().get(app.url(wrong)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{wrong}");
    }
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
        "/dora.csv?team=a&team=b",
        "/dora/rows.csv?team=a&team=b",
        "/admin/deliveries.csv?event=push&event=ping",
        "/admin/jobs.csv?state=dead&state=waiting",
        "/admin/integrations/github/repositories.csv?q=a&q=b",
        "/admin/environments.csv?q=a&q=b",
        "/admin/audit.csv?actor=a&actor=b",
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
async fn production_has_everything_only_where_that_is_known(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    register(&app.commands).await;
    let page = async || text(&app, "/services/payments").await;
    let first = page().await;
    assert!(!first.contains("Production has everything"), "{first}");
    assert!(first.contains("Not known: no push seen yet") && first.contains("Let GitHub send push events"));
    assert!(first.contains("href=\"/dora?service=payments\""));

    let world = World::default();
    let repo = world.act_as("ada").repo("acme/payments");
    let sha = repo.commit(NewCommit::new("Start"));
    tell(&app.commands, &world.take_deliveries()).await;
    let pushed = page().await;
    assert!(
        pushed.contains("Not known: no deploy to production seen yet"),
        "{pushed}"
    );

    repo.deploy_through("production", &sha, 1, "success");
    tell(&app.commands, &world.take_deliveries()).await;
    app.commands.derive_every_service().await.unwrap();
    assert!(page().await.contains("Production has everything"));
}

#[sqlx::test(migrations = false)]
async fn a_service_says_that_its_repository_is_gone(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    register(&app.commands).await;
    let world = World::default();
    world.repo("acme/payments").commit(NewCommit::new("Start"));
    tell(&app.commands, &world.take_deliveries()).await;
    let says = async || {
        let page = text(&app, "/services/payments").await;
        assert_eq!(
            page.contains("Its repository is gone"),
            page.contains("let Fairway's App or token see it again")
                || page.contains("let Fairway&#x27;s App or token see it again"),
            "what to do stands beside it: {page}"
        );
        page.contains("Its repository is gone")
    };
    assert!(!says().await, "no list of GitHub was read yet");
    for (statement, gone) in [
        (
            "insert into repository_listings (repository_id, visibility, listed_at)
             select id, 'private', now() from repositories where name = 'payments'",
            false,
        ),
        ("update repository_listings set gone_at = now()", true),
        ("update repository_listings set gone_at = null", false),
        (
            "update repositories set deleted_at = now() where name = 'payments'",
            true,
        ),
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
        assert_eq!(says().await, gone, "{statement}");
    }
}
