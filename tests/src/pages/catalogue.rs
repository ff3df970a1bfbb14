//! The whole catalogue, page by page, and the teams in it.

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
use store::{Reads, Store};
use uuid::Uuid;

use crate::harness::{App, client, text};

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

/// Whoever the catalog or GitHub says is in a team is found from their side too; a name that another login has is no proof.
async fn belong_by_login(pool: &PgPool, reads: &Reads) {
    sqlx::query(
        "insert into people (id, display_name, login, created_at)
         values (gen_random_uuid(), 'ada', 'ada', now()), (gen_random_uuid(), 'Grace', 'Grace', now())",
    )
    .execute(pool)
    .await
    .unwrap();
    for (login, teams) in [("ada-l", 1), ("linus", 1), ("Grace", 1), ("ada", 0)] {
        let person: Uuid = sqlx::query_scalar("select id from people where login = $1")
            .bind(login)
            .fetch_one(pool)
            .await
            .unwrap();
        let found = reads.teams_of(person.into()).await.unwrap();
        assert!(found.iter().all(|team| team.slug == "payments"), "{login}");
        assert_eq!(found.len(), teams, "{login}");
    }
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

    belong_by_login(&pool, &reads).await;

    let app = App::with_commands(commands).await;
    let list = text(&app, "/teams").await;
    assert!(list.contains("href=\"/teams/payments\"") && list.contains("href=\"/dora?team=payments\""));
    assert!(list.contains("href=\"/services?owner=payments\""));
    for path in ["/services?owner=Payments", "/deploys?team=Payments"] {
        let list = text(&app, path).await;
        assert!(list.contains("<option value=\"payments\" selected"), "{path}");
    }
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
