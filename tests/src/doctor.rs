//! `fairway doctor`: what it finds, what it calls it, and what it says to do.

use std::net::{SocketAddr, TcpListener};

use sqlx::{ConnectOptions, PgPool};
use tests::fakes::postgres::FakePostgres;

use crate::process::{Fairway, Folder, run};

/// What `fairway doctor` says of a database, with every port free; never well.
fn said_of(database: &str) -> String {
    let folder = Folder::new("doctor").with_site();
    let variables = [
        ("DATABASE_URL", database),
        ("FAIRWAY_LISTEN", "127.0.0.1:0"),
        ("FAIRWAY_METRICS_LISTEN", "off"),
    ];
    let (well, said) = run(&folder, &["doctor"], &variables);
    assert!(!well, "{said}");
    said
}

/// The line of a check with what to do.
fn finding<'a>(said: &'a str, what: &str) -> &'a str {
    let start = said
        .find(what)
        .unwrap_or_else(|| panic!("nothing of {what} in:\n{said}"));
    let rest = &said[start..];
    let end = rest.match_indices('\n').nth(1).map_or(rest.len(), |(at, _)| at);
    &rest[..end]
}

fn a_free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn with_everything_there_it_says_that_fairway_can_start(pool: PgPool) {
    let folder = Folder::new("doctor").with_site();
    let url = pool.connect_options().to_url_lossy().to_string();
    let variables = [
        ("DATABASE_URL", url.as_str()),
        ("FAIRWAY_LISTEN", "127.0.0.1:0"),
        ("FAIRWAY_METRICS_LISTEN", "off"),
    ];
    let (well, said) = run(&folder, &["doctor"], &variables);
    assert!(well, "{said}");
    assert!(
        said.contains("– GitHub webhook") && said.contains("Fairway can start."),
        "{said}"
    );
}

#[test]
fn a_database_that_cannot_be_used_is_named_for_what_it_is_with_the_next_step() {
    let refuses = |code, message| FakePostgres::Refuses { code, message };
    let cases = [
        (
            refuses("28P01", "password authentication failed for user \"fairway\""),
            "does not let this role in",
            "Correct user and password",
        ),
        (
            refuses("28000", "no pg_hba.conf entry for host"),
            "does not let this role in",
            "pg_hba.conf",
        ),
        (
            refuses("3D000", "database \"fairway\" does not exist"),
            "no database of this name",
            "createdb",
        ),
        (
            refuses("42501", "permission denied for database \"fairway\""),
            "may not use this database",
            "Grant the role",
        ),
        (
            refuses("57P03", "the database system is starting up"),
            "starting or stopping",
            "Wait until it is up",
        ),
        (
            refuses("53300", "sorry, too many clients already"),
            "no more connections",
            "max_connections",
        ),
        (
            FakePostgres::Welcomes { version: "14.9" },
            "its version 14 is older than 15",
            "Use PostgreSQL 15 or newer",
        ),
        (FakePostgres::Babbles, "is no PostgreSQL", "Correct host and port"),
        (FakePostgres::Keeps, "does not answer within 5 s", "firewall"),
    ];
    for (postgres, wrong, next) in cases {
        let database = format!("postgres://fairway:canary@{}/fairway", postgres.start());
        let said = said_of(&database);
        let finding = finding(&said, "✕ database");
        assert!(
            finding.contains(wrong) && finding.contains(next),
            "{postgres:?}: {finding}"
        );
        if let FakePostgres::Refuses { message, .. } = postgres {
            assert_eq!(
                finding.matches(message).count(),
                1,
                "what the server said, once: {finding}"
            );
        }
        assert!(!said.contains("canary") && !said.contains("in use"), "{said}");
    }
}

#[sqlx::test(migrations = false)]
async fn nobody_listening_an_unknown_host_and_a_database_that_is_not_there_are_told_apart(pool: PgPool) {
    let closed = said_of(&format!("postgres://nobody@{}/none", a_free_port()));
    let refused = finding(&closed, "✕ database");
    assert!(
        refused.contains("nothing listens at its address") && refused.contains("Start PostgreSQL"),
        "{refused}"
    );
    let nowhere = said_of("postgres://nobody@nowhere.invalid/none");
    let nowhere = finding(&nowhere, "✕ database");
    assert!(
        nowhere.contains("host is not found") && nowhere.contains("Correct the host"),
        "{nowhere}"
    );
    let mut url = pool.connect_options().to_url_lossy();
    url.set_path("no_such_database");
    let absent = said_of(url.as_str());
    let absent = finding(&absent, "✕ database");
    assert!(
        absent.contains("no database of this name") && absent.contains("\"no_such_database\""),
        "{absent}"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn ports_that_this_fairway_holds_are_no_fault(pool: PgPool) {
    let folder = Folder::new("doctor").with_site();
    let url = pool.connect_options().to_url_lossy();
    let metrics = a_free_port().to_string();
    let own = [
        ("DATABASE_URL", url.as_str()),
        ("FAIRWAY_METRICS_LISTEN", &*metrics),
    ];
    let fairway = Fairway::serve(&folder, &own).await;
    let listen = fairway.address.to_string();
    let asked = |database: &str, listen: &str, metrics: &str| {
        let variables = [
            ("DATABASE_URL", database),
            ("FAIRWAY_LISTEN", listen),
            ("FAIRWAY_METRICS_LISTEN", metrics),
        ];
        run(&folder, &["doctor"], &variables)
    };
    let (well, said) = asked(url.as_str(), &listen, &metrics);
    assert!(well, "{said}");
    for port in ["✓ port for pages", "✓ port for metrics"] {
        let finding = finding(&said, port);
        assert!(finding.contains("Fairway is already running here"), "{finding}");
    }
    assert!(
        said.contains("Fairway runs, and nothing is to be put right."),
        "{said}"
    );

    let mut other = url.clone();
    other.set_path("postgres");
    let (well, said) = asked(other.as_str(), &listen, &metrics);
    assert!(!well);
    assert!(
        finding(&said, "✕ port for pages").contains("a Fairway with another database"),
        "{said}"
    );
    assert!(
        finding(&said, "✕ port for metrics").contains("another Fairway process"),
        "{said}"
    );

    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let held = stranger.local_addr().unwrap().to_string();
    let (well, said) = asked(url.as_str(), &held, "off");
    assert!(!well);
    assert!(
        finding(&said, "✕ port for pages").contains("Stop the program that holds it"),
        "{said}"
    );

    let (_, said) = asked(&format!("postgres://nobody@{held}/none"), &listen, &metrics);
    assert!(
        finding(&said, "✓ port for pages").contains("only the database could say"),
        "{said}"
    );
    assert!(
        said.contains("✕ database") && said.contains("Fairway runs; 1"),
        "{said}"
    );
}
