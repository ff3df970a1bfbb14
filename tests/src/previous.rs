//! The version before works on the tables of this one (docs/adr/0009, promise 26): while processes are replaced both run,
//! and whoever goes back finds the tables of the version that was left.
//!
//! `make release` notes what a version does in `tests/data/previous.json`: the statements that are described in .sqlx, and
//! its migrations. Statements that are put together at run time are not among them; for those the tables may only grow.

mod tables;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use sqlx::{AssertSqlSafe, Column, Either, Executor, PgConnection, PgPool, SqlSafeStr, Statement, TypeInfo};
use store::MIGRATOR;

use self::tables::Tables;

#[derive(Deserialize)]
struct Previous {
    commit: String,
    /// Checksum of each migration, by its version.
    migrations: BTreeMap<i64, String>,
    statements: Vec<Known>,
}

/// A statement of the version before.
#[derive(Deserialize)]
struct Known {
    sql: String,
    /// Types of the parameters.
    parameters: Vec<String>,
    /// Names and types of what it gives.
    columns: Vec<(String, String)>,
}

fn previous() -> Previous {
    let file = format!("{}/data/previous.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn name(info: &impl TypeInfo) -> String {
    info.name().to_lowercase()
}

/// What becomes of the statements on these tables: each that no longer does what it did, with how.
async fn changed(connection: &mut PgConnection, statements: &[Known]) -> Vec<String> {
    let mut changed = Vec::new();
    for known in statements {
        let sql = AssertSqlSafe(known.sql.clone()).into_sql_str();
        let prepared = match connection.prepare(sql).await {
            Ok(prepared) => prepared,
            Err(problem) => {
                changed.push(format!("{problem}\n    {}", known.sql));
                continue;
            }
        };
        let parameters: Vec<String> = match prepared.parameters() {
            Some(Either::Left(types)) => types.iter().map(name).collect(),
            _ => Vec::new(),
        };
        let columns = prepared.columns().iter();
        let columns: Vec<_> = columns
            .map(|column| (column.name().to_owned(), name(column.type_info())))
            .collect();
        if (&parameters, &columns) != (&known.parameters, &known.columns) {
            changed.push(format!(
                "takes {parameters:?} instead of {:?} and gives {columns:?} instead of {:?}\n    {}",
                known.parameters, known.columns, known.sql
            ));
        }
    }
    changed
}

/// Table and columns of the first insert of a statement.
fn inserted(sql: &str) -> Option<(&str, BTreeSet<&str>)> {
    let (_, rest) = sql.split_once("insert into ")?;
    let (table, rest) = rest.split_once(" (")?;
    let (columns, _) = rest.split_once(')')?;
    Some((table, columns.split(',').map(str::trim).collect()))
}

/// Inserts of the version before that leave out what a table now wants.
fn refused(statements: &[Known], tables: &Tables) -> Vec<String> {
    let inserts = statements.iter().filter_map(|known| inserted(&known.sql));
    inserts
        .flat_map(|(table, given)| {
            let wanted = tables.wanted(table).into_iter();
            wanted
                .filter(move |column| !given.contains(column.as_str()))
                .map(move |column| {
                    format!("{table}.{column} is wanted, and an insert of the version before leaves it out")
                })
        })
        .collect()
}

async fn migrate(pool: &PgPool, wanted: impl Fn(i64) -> bool) {
    for migration in MIGRATOR.iter().filter(|migration| wanted(migration.version)) {
        let ran = pool
            .execute(AssertSqlSafe(migration.sql.as_str().to_owned()))
            .await;
        ran.unwrap_or_else(|problem| panic!("{}: {problem}", migration.description));
    }
}

#[test]
fn migrations_that_were_released_are_as_they_were() {
    let now: BTreeMap<i64, String> = MIGRATOR
        .iter()
        .map(|migration| (migration.version, hex::encode(&migration.checksum)))
        .collect();
    for (version, checksum) in previous().migrations {
        assert_eq!(
            now.get(&version),
            Some(&checksum),
            "an installation that ran migration {version} would refuse to start; add a new one instead"
        );
    }
}

#[sqlx::test(migrations = false)]
async fn the_version_before_works_on_the_tables_of_this_one(pool: PgPool) {
    let previous = previous();
    let newest = *previous.migrations.keys().next_back().unwrap();
    // The queue's tables are its own, and both versions speak to them.
    server::migrate(&store::Store::on(pool.clone())).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    let after = Tables::read(&mut connection).await;
    let mut broken = changed(&mut connection, &previous.statements).await;
    broken.extend(refused(&previous.statements, &after));
    drop(connection);

    pool.execute("drop schema public cascade; create schema public")
        .await
        .unwrap();
    migrate(&pool, |version| version <= newest).await;
    let before = Tables::read(&mut pool.acquire().await.unwrap()).await;
    broken.extend(before.breaks(&after, &tables::kept_to(newest)));
    assert!(
        broken.is_empty(),
        "the version before ({}) cannot work on the tables of this one; expand now, contract in the next version \
         (docs/operations.md):\n  {}",
        previous.commit,
        broken.join("\n  ")
    );
    assert!(previous.statements.len() > 200, "the statements are there");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_would_break_the_version_before_is_noticed(pool: PgPool) {
    // A schema of its own kind of mistakes, each with what must be said of it.
    let mistakes = [
        (
            "alter table services drop column description",
            "services.description is gone",
        ),
        (
            "alter table services alter column description type varchar(100)",
            "services.description was text and is character varying(100)",
        ),
        (
            "alter table services add column colour text not null",
            "services.colour is wanted",
        ),
        (
            "alter table deploys alter column sha set not null",
            "deploys.sha must be there now",
        ),
        (
            "alter table services alter column title drop not null",
            "services.title may be null now",
        ),
        (
            "alter table services add check (length(title) < 10)",
            "services_title_check may refuse",
        ),
        (
            "create unique index one_title on services (title)",
            "one_title may refuse",
        ),
        ("drop table github_releases cascade", "github_releases is gone"),
        (
            "alter table deploy_events rename to deploy_steps",
            "deploy_events is gone",
        ),
        (
            "drop function ensure_month_partitions(regclass, date, int)",
            "ensure_month_partitions(regclass,date,integer) is gone",
        ),
    ];
    let before = Tables::read(&mut pool.acquire().await.unwrap()).await;
    for (mistake, said) in mistakes {
        let mut tx = pool.begin().await.unwrap();
        tx.execute(mistake).await.unwrap();
        let breaks = before.breaks(&Tables::read(&mut tx).await, &BTreeSet::new());
        assert!(
            breaks.iter().any(|line| line.contains(said)),
            "{mistake}: {breaks:#?}"
        );
    }
    let harmless = "alter table services add column colour text check (colour <> ''); create table colours (id int primary key);
        create index by_title on services (title); alter table services add column hue int not null default 0";
    let mut tx = pool.begin().await.unwrap();
    tx.execute(harmless).await.unwrap();
    assert_eq!(
        before.breaks(&Tables::read(&mut tx).await, &BTreeSet::new()),
        [""; 0]
    );
    tx.rollback().await.unwrap();

    let of = |sql: &str, parameters: &[&str], columns: &[(&str, &str)]| Known {
        sql: sql.to_owned(),
        parameters: parameters.iter().map(|one| (*one).to_owned()).collect(),
        columns: columns
            .iter()
            .map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned()))
            .collect(),
    };
    let statements = [
        of(
            "select slug from services where id = $1",
            &["uuid"],
            &[("slug", "text")],
        ),
        of(
            "select slug from services where id = $1",
            &["int8"],
            &[("slug", "text")],
        ),
        of("select title from services", &[], &[("title", "varchar")]),
        of("select nothing from services", &[], &[]),
        of("insert into teams (id) values ($1)", &["uuid"], &[]),
    ];
    let mut connection = pool.acquire().await.unwrap();
    assert_eq!(changed(&mut connection, &statements).await.len(), 3);
    let refused = refused(&statements, &Tables::read(&mut connection).await);
    assert!(
        refused.iter().any(|line| line.starts_with("teams.")),
        "{refused:?}"
    );
}
