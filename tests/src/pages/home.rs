//! Home: whose things it shows to whom.

use chrono::Utc;
use commands::Commands;
use domain::{
    deploys::report::{NewDeploy, RawDeploy, RawPhase},
    ids::PersonId,
};
use reqwest::{StatusCode, header};
use sqlx::PgPool;
use tests::session::{person, sign_in_as};

use crate::{
    harness::{App, stranger, text},
    private::{deploy, hide, incident, join, operator, register},
};

/// Number of the person who looks.
const READER: u8 = 50;
const SWITCH: &str = "aria-label=\"Whose\"";

/// A service of `payments`, two of `growth`, and somebody who is in no team yet.
struct Ground {
    app: App,
    session: String,
    reader: PersonId,
}

impl Ground {
    async fn new(pool: &PgPool) -> Self {
        let app = App::start(pool.clone(), &[]).await;
        for (name, team) in [
            ("harbour", "payments"),
            ("lantern", "growth"),
            ("beacon", "growth"),
        ] {
            register(&app.commands, name, team).await;
            deploy(&app.commands, name).await;
        }
        let session = sign_in_as(pool, READER, "Rea Reader", Some("viewer")).await;
        Self {
            app,
            session,
            reader: PersonId(person(READER)),
        }
    }

    async fn join(&self, team: &str) {
        join(&self.app.commands, self.reader, team).await;
    }

    async fn answer(&self, path: &str) -> reqwest::Response {
        let request = stranger().get(self.app.url(path));
        let request = request.header(header::COOKIE, self.session.clone());
        request.header(header::ACCEPT, "text/html").send().await.unwrap()
    }

    /// Home as the reader gets it.
    async fn home(&self, path: &str) -> String {
        let answer = self.answer(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap().replace("&amp;", "&")
    }
}

/// Reports a deploy that goes on.
async fn begin(commands: &Commands, service: &str, version: &str) {
    let raw = RawDeploy {
        service: service.to_owned(),
        environment: "production".into(),
        version: Some(version.to_owned()),
        phases: vec![RawPhase {
            state: "deploy".into(),
            ..RawPhase::default()
        }],
        ..RawDeploy::default()
    };
    let new = NewDeploy::parse(raw, Utc::now()).unwrap();
    commands.report_deploy(&operator(), new).await.unwrap();
}

/// An open pull request in the repository of a service; the higher its number, the older it is.
async fn pull_request(pool: &PgPool, (service, number): (&str, i32), title: &str, author: Option<PersonId>) {
    let stored = sqlx::query(
        "insert into pull_requests (id, repository_id, number, title, state, author_person_id, head_ref, head_sha, base_ref,
             opened_at, ready_at, facts_as_of)
         select gen_random_uuid(), s.repository_id, $2, $3, 'open', $4, 'work', 'abc', 'main', at, at, at
         from services s, lateral (select now() - $2 * interval '1 hour' as at) a where s.slug = $1",
    )
    .bind(service)
    .bind(number)
    .bind(title)
    .bind(author.map(|author| author.0))
    .execute(pool)
    .await
    .unwrap();
    assert_eq!(stored.rows_affected(), 1);
}

/// Whether a page has these texts, in this order.
fn in_order(page: &str, texts: &[&str]) -> bool {
    let places: Vec<_> = texts.iter().map(|text| page.find(text)).collect();
    places.iter().all(Option::is_some) && places.is_sorted()
}

#[sqlx::test(migrations = false)]
async fn a_member_sees_what_is_theirs_and_everything_at_its_own_address(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let commands = &ground.app.commands;
    begin(commands, "harbour", "harbour-2").await;
    begin(commands, "lantern", "lantern-2").await;
    incident(commands, "harbour").await;
    incident(commands, "lantern").await;
    pull_request(&pool, ("harbour", 1), "Dredge the basin", None).await;
    pull_request(&pool, ("lantern", 2), "Trim the wick", None).await;
    pull_request(&pool, ("lantern", 3), "Own work elsewhere", Some(ground.reader)).await;
    ground.join("payments").await;

    let mine = ground.home("/").await;
    let theirs = [
        "/services/lantern\"",
        "beacon-1.0.0",
        "lantern-1.0.0",
        "lantern-2",
        "lantern is slow",
        "Trim the wick",
    ];
    for words in [
        SWITCH,
        "1 service of",
        "Your services",
        "Your teams",
        "/services/harbour\"",
        "harbour-1.0.0",
        "harbour-2",
        "harbour is slow",
        "href=\"/services?owner=payments\"",
        "href=\"/services?owner=payments&sort=incidents\"",
        "href=\"/deploys?team=payments&outcome=in_flight\"",
        "href=\"/deploys?team=payments&class=production\"",
        "2 pull requests",
    ] {
        assert!(mine.contains(words), "{words}: {mine}");
    }
    for words in theirs {
        assert!(!mine.contains(words), "{words}: {mine}");
    }
    assert!(
        in_order(&mine, &["Own work elsewhere", "Dredge the basin"]),
        "one's own come first"
    );

    let everything = ground.home("/?of=everything").await;
    for words in theirs.into_iter().chain([
        SWITCH,
        "3 services, 2 teams",
        "Needs attention",
        "href=\"/deploys?outcome=in_flight\"",
        "3 pull requests",
    ]) {
        assert!(everything.contains(words), "{words}: {everything}");
    }
    let said = ground.answer("/?of=mine").await;
    assert_eq!(said.status(), StatusCode::SEE_OTHER);
    assert_eq!(said.headers()[header::LOCATION], "/");
    assert_eq!(ground.answer("/?of=ours").await.status(), StatusCode::BAD_REQUEST);
}

#[sqlx::test(migrations = false)]
async fn of_several_teams_the_worst_comes_first_and_counts_lead_to_the_rows(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    sqlx::query("update service_state set health = 'down' where service_id = (select id from services where slug = 'lantern')")
        .execute(&pool)
        .await
        .unwrap();
    ground.join("payments").await;
    ground.join("growth").await;
    let mine = ground.home("/").await;
    assert!(mine.contains("3 services of growth and payments"), "{mine}");
    let services = mine.split("Your services").nth(1).unwrap();
    assert!(
        in_order(services, &["/services/lantern\"", "/services/beacon\""])
            && in_order(services, &["/services/lantern\"", "/services/harbour\""]),
        "{services}"
    );
    for anchor in ["services", "in-flight", "incidents", "pull-requests"] {
        assert!(mine.contains(&format!("href=\"#{anchor}\"")), "to {anchor}");
        assert!(mine.contains(&format!("id=\"{anchor}\"")), "{anchor} is there");
    }
    for team in ["growth", "payments"] {
        assert!(mine.contains(&format!("href=\"/services?owner={team}\"")));
        assert!(mine.contains(&format!("href=\"/deploys?team={team}&outcome=in_flight\"")));
    }
}

#[sqlx::test(migrations = false)]
async fn without_a_team_everything_is_shown_with_how_one_gets_into_one(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let home = ground.home("/").await;
    assert!(
        home.contains("You belong to no team") && home.contains("href=\"/teams\""),
        "{home}"
    );
    assert!(
        home.contains("3 services, 2 teams") && home.contains("lantern-1.0.0"),
        "{home}"
    );
    assert!(!home.contains(SWITCH), "there is nothing to choose");
    assert!(
        text(&ground.app, "/").await.contains("You belong to no team"),
        "admins too"
    );
}

#[sqlx::test(migrations = false)]
async fn a_team_that_owns_nothing_says_so_with_one_way_on(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    sqlx::query(
        "insert into teams (id, slug, title, created_at) values (gen_random_uuid(), 'idle', 'Idle', now())",
    )
    .execute(&pool)
    .await
    .unwrap();
    ground.join("idle").await;
    let home = ground.home("/").await;
    assert!(
        home.contains("Your teams own no service yet") && home.contains("Show everything"),
        "{home}"
    );
    assert!(!home.contains("First steps") && !home.contains("Nothing reached production yet"));
}

#[sqlx::test(migrations = false)]
async fn who_is_only_listed_in_a_team_sees_nothing_private_of_it(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    hide(&ground.app.commands, "quay-north", "payments").await;
    deploy(&ground.app.commands, "quay-north").await;
    pull_request(
        &pool,
        ("quay-north", 1),
        "quay-north gets a crane",
        Some(ground.reader),
    )
    .await;
    for statement in [
        "insert into entities (id, kind, name, descriptor, created_at, updated_at) values (gen_random_uuid(), 'Group', 'payments',
             '{\"metadata\": {\"annotations\": {\"github.com/team-slug\": \"acme/pay\"}}}', now(), now())",
        "insert into github_teams (github_id, organisation, slug, name, fetched_at) values (1, 'Acme', 'pay', 'Pay', now())",
        "insert into github_team_members (team_id, person_id) select 1, id from people where display_name = 'Rea Reader'",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    let listed = ground.home("/").await;
    assert!(
        listed.contains(SWITCH) && listed.contains("1 service of"),
        "{listed}"
    );
    assert!(!listed.contains("quay-"), "{listed}");
    ground.join("payments").await;
    let member = ground.home("/").await;
    assert!(member.contains("2 services of"), "{member}");
    for words in [
        "/services/quay-north\"",
        "quay-north-1.0.0",
        "quay-north gets a crane",
    ] {
        assert!(member.contains(words), "{words}: {member}");
    }
}
