//! The catalog through its commands: whole files or nothing, moves and conflicts.

mod command_line;
mod pushes;
mod registering;

use std::{fs, path::PathBuf, sync::Arc};

use commands::{
    Commands, SystemClock,
    catalog::{CatalogFile, CatalogImport, FileReport},
};
use domain::{
    actor::{Actor, Viewer},
    catalog::{EntityChange, ProjectSlug, RelationKind, ServiceFilter, SourceKind},
    ids::RepositoryId,
};
use sqlx::PgPool;
use store::Store;
use uuid::Uuid;

async fn commands(pool: &PgPool) -> Commands {
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    Commands::new(store, Arc::new(SystemClock))
}

fn operator() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

fn component(name: &str, owner: &str) -> String {
    format!(
        "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n\
         spec: {{type: service, lifecycle: production, owner: {owner}}}\n"
    )
}

fn file(location: &str, content: impl Into<Vec<u8>>) -> CatalogFile {
    CatalogFile {
        location: location.to_owned(),
        content: content.into(),
        problems: Vec::new(),
    }
}

async fn import(commands: &Commands, files: Vec<CatalogFile>, directory: Option<&str>) -> Vec<FileReport> {
    let import = CatalogImport {
        files,
        directory: directory.map(ToOwned::to_owned),
    };
    commands.import_catalog(&operator(), &import).await.unwrap().files
}

fn changes(report: &FileReport) -> Vec<(String, EntityChange)> {
    report
        .changes
        .iter()
        .map(|(reference, change)| (reference.name().to_owned(), *change))
        .collect()
}

async fn slugs(commands: &Commands) -> Vec<String> {
    let page = commands
        .reads()
        .services(&ServiceFilter::default())
        .await
        .unwrap();
    page.rows.into_iter().map(|row| row.slug).collect()
}

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/catalog")
}

async fn repository(commands: &Commands, name: &str) -> RepositoryId {
    let mut tx = commands
        .store()
        .begin_observation(&Actor::CommandLine)
        .await
        .unwrap();
    let project = ProjectSlug::parse(name).unwrap();
    let id = tx
        .ensure_named_repository(Uuid::from_u128(7).into(), &project, commands.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_broken_file_keeps_its_last_good_version(pool: PgPool) {
    let commands = commands(&pool).await;
    let good = component("orders", "team-a");
    assert!(import(&commands, vec![file("/c/a.yaml", good.clone())], None).await[0].taken_over);
    let broken = format!(
        "{}{}",
        component("orders", "team-b"),
        component("not a name", "team-b")
    );
    let report = import(&commands, vec![file("/c/a.yaml", broken)], None)
        .await
        .remove(0);
    assert!(!report.taken_over && report.changes.is_empty());
    let problem = &report.problems[0];
    assert_eq!(
        (problem.place.line, problem.place.column, problem.field.as_str()),
        (9, 18, "metadata.name")
    );

    let reads = commands.reads();
    let service = reads.service("orders").await.unwrap().unwrap();
    assert_eq!(service.summary.owner.unwrap().slug, "team-a");
    let source = reads
        .catalog_source_of(service.summary.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(source.kind, SourceKind::File);
    assert_eq!(source.good_text.as_deref(), Some(good.as_str()));
    assert_eq!(source.problems, report.problems);
    assert!(source.checked_at > source.good_at.unwrap());

    assert!(import(&commands, vec![file("/c/a.yaml", good)], None).await[0].taken_over);
    let source = reads
        .catalog_source_of(service.summary.id)
        .await
        .unwrap()
        .unwrap();
    assert!(source.problems.is_empty());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn importing_twice_changes_nothing_and_each_import_is_audited(pool: PgPool) {
    let commands = commands(&pool).await;
    let files = || {
        let paths = fs::read_dir(corpus().join("good"))
            .unwrap()
            .map(|entry| entry.unwrap().path());
        paths
            .map(|path| file(&path.to_string_lossy(), fs::read(&path).unwrap()))
            .collect::<Vec<_>>()
    };
    let first = import(&commands, files(), Some("/c")).await;
    assert!(first.iter().all(|file| file.taken_over), "{first:#?}");
    assert!(
        first
            .iter()
            .flat_map(|file| &file.changes)
            .all(|(_, change)| *change == EntityChange::Created)
    );
    let second = import(&commands, files(), Some("/c")).await;
    assert!(
        second
            .iter()
            .flat_map(|file| &file.changes)
            .all(|(_, change)| *change == EntityChange::Unchanged)
    );
    assert_eq!(slugs(&commands).await.len(), 5);
    let trail: Vec<(String, String, i64)> =
        sqlx::query_as("select action, actor_kind, (after ->> 'created')::bigint from audit order by at, id")
            .fetch_all(&pool)
            .await
            .unwrap();
    let created = i64::try_from(first.iter().map(|file| file.changes.len()).sum::<usize>()).unwrap();
    let row = |created| ("catalog.import".to_owned(), "command_line".to_owned(), created);
    assert_eq!(trail, [row(created), row(0)]);

    let service = commands
        .reads()
        .service("billing~invoices")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(service.path_globs, ["services/invoices/**", "libs/money/**"]);
    assert_eq!(service.repository.unwrap().full_name, "acme-music/mono");
    assert_eq!(service.summary.owner.unwrap().slug, "payments-team");
    let related = commands.reads().relations_of(&service.reference).await.unwrap();
    let kinds: Vec<RelationKind> = related.iter().map(|end| end.relation).collect();
    assert_eq!(kinds, [RelationKind::OwnedBy, RelationKind::DependencyOf]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn entities_move_between_files_and_leave_with_them(pool: PgPool) {
    let commands = commands(&pool).await;
    let (a, b) = (component("a", "team"), component("b", "team"));
    import(
        &commands,
        vec![
            file("/c/1.yaml", format!("{a}{b}")),
            file("/c/2.yaml", component("c", "team")),
        ],
        Some("/c"),
    )
    .await;
    let id = commands.reads().service("b").await.unwrap().unwrap().summary.id;
    let moved = vec![
        file("/c/1.yaml", a.clone()),
        file("/c/2.yaml", format!("{b}{}", component("c", "team"))),
    ];
    let report = import(&commands, moved, Some("/c")).await;
    assert_eq!(changes(&report[0]), [("a".to_owned(), EntityChange::Unchanged)]);
    assert_eq!(
        changes(&report[1]),
        [
            ("b".to_owned(), EntityChange::Changed),
            ("c".to_owned(), EntityChange::Unchanged)
        ]
    );
    assert_eq!(
        commands.reads().service("b").await.unwrap().unwrap().summary.id,
        id
    );
    let report = import(&commands, vec![file("/c/1.yaml", a)], Some("/c")).await;
    assert_eq!(report[1].location, "/c/2.yaml");
    assert_eq!(
        changes(&report[1]),
        [
            ("b".to_owned(), EntityChange::Removed),
            ("c".to_owned(), EntityChange::Removed)
        ]
    );
    assert_eq!(slugs(&commands).await, ["a"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn one_entity_has_one_home(pool: PgPool) {
    let commands = commands(&pool).await;
    let repository = repository(&commands, "acme/orders").await;
    let orders = component("orders", "team-a");
    let twice = vec![
        file("/c/1.yaml", orders.clone()),
        file("/c/2.yaml", orders.to_uppercase().to_lowercase()),
    ];
    let report = import(&commands, twice, None).await;
    assert!(report[0].taken_over && !report[1].taken_over);
    assert!(
        report[1]
            .problems
            .iter()
            .any(|problem| problem.message.contains("also described in /c/1.yaml"))
    );

    // The repository's own file waits until the import lets go, and is then replaced by no import.
    let path = (repository, "catalog-info.yaml");
    let pushed = commands
        .sync_catalog_file(&operator(), path, "c1", Some(orders.as_bytes()))
        .await
        .unwrap();
    assert!(
        !pushed.taken_over && pushed.problems[0].message.contains("described in /c/1.yaml"),
        "{pushed:?}"
    );
    import(
        &commands,
        vec![file("/c/1.yaml", component("other", "team-a"))],
        None,
    )
    .await;
    let pushed = commands
        .sync_catalog_file(&operator(), path, "c1", Some(orders.as_bytes()))
        .await
        .unwrap();
    assert_eq!(changes(&pushed), [("orders".to_owned(), EntityChange::Revived)]);
    let report = import(&commands, vec![file("/c/3.yaml", orders)], None).await;
    assert!(
        report[0].problems[0]
            .message
            .contains("described in acme/orders:catalog-info.yaml"),
        "{report:?}"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_refused_file_takes_nothing_away(pool: PgPool) {
    let commands = commands(&pool).await;
    let repository = repository(&commands, "acme/orders").await;
    let (orders, mine) = (component("orders", "team-a"), component("mine", "team-a"));
    let path = (repository, "catalog-info.yaml");
    commands
        .sync_catalog_file(&operator(), path, "c1", Some(orders.as_bytes()))
        .await
        .unwrap();
    import(&commands, vec![file("/c/1.yaml", mine)], None).await;
    let report = import(&commands, vec![file("/c/1.yaml", orders)], None).await;
    assert!(!report[0].taken_over && report[0].changes.is_empty());
    assert_eq!(slugs(&commands).await, ["mine", "orders"]);
}
