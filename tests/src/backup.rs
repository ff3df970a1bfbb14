//! `fairway backup`: what is written can be brought back, and what cannot is said.

use sqlx::{ConnectOptions, PgPool};

use crate::process::{Folder, run};

async fn with_rows(pool: &PgPool) -> String {
    server::migrate(&store::Store::on(pool.clone())).await.unwrap();
    sqlx::raw_sql(
        "create table backup_try (id bigint primary key, at timestamptz, body bytea, note text);
         insert into backup_try select n, now(), decode(md5(n::text), 'hex'), 'row ' || n from generate_series(1, 500) n",
    )
    .execute(pool)
    .await
    .unwrap();
    pool.connect_options().to_url_lossy().to_string()
}

async fn new_database(pool: &PgPool) -> String {
    let mut url = pool.connect_options().to_url_lossy();
    let name = format!("backup_{}", uuid::Uuid::now_v7().simple());
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "create database \"{name}\" template template0"
    )))
    .execute(pool)
    .await
    .unwrap();
    url.set_path(&name);
    url.to_string()
}

async fn drop_database(pool: &PgPool, url: &str) {
    let name = url::Url::parse(url)
        .unwrap()
        .path()
        .trim_start_matches('/')
        .to_owned();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "drop database \"{name}\" with (force)"
    )))
    .execute(pool)
    .await
    .unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_rehearsal_compares_every_row_and_leaves_nothing(pool: PgPool) {
    let url = with_rows(&pool).await;
    let folder = Folder::new("rehearsal");
    let (succeeded, said) = run(&folder, &["backup", "rehearse"], &[("DATABASE_URL", &url)]);
    assert!(succeeded, "{said}");
    assert!(said.contains("all equal"), "{said}");
    let left: i64 = sqlx::query_scalar(
        "select count(*) from pg_database where left(datname, 53) = left(current_database(), 53) and datname <> current_database()",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(left, 0, "the copy is dropped");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_backup_is_restored_whole_into_an_empty_database_only(pool: PgPool) {
    let url = with_rows(&pool).await;
    let folder = Folder::new("backup");
    let file = folder.0.join("fairway.dump");
    let file = file.to_str().unwrap();
    let (succeeded, said) = run(&folder, &["backup", "create", file], &[("DATABASE_URL", &url)]);
    assert!(succeeded, "{said}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "only its owner reads a backup");

    let (succeeded, said) = run(&folder, &["backup", "create", file], &[("DATABASE_URL", &url)]);
    assert!(
        !succeeded && said.contains("cannot write"),
        "an older backup is never overwritten: {said}"
    );
    let (succeeded, said) = run(&folder, &["backup", "restore", file], &[("DATABASE_URL", &url)]);
    assert!(!succeeded && said.contains("nothing was restored"), "{said}");

    let empty = new_database(&pool).await;
    let (succeeded, said) = run(&folder, &["backup", "restore", file], &[("DATABASE_URL", &empty)]);
    assert!(succeeded, "{said}");
    let copy = PgPool::connect(&empty).await.unwrap();
    let of = async |pool: &PgPool| {
        store::Store::on(pool.clone())
            .snapshot()
            .await
            .unwrap()
            .contents()
            .await
            .unwrap()
    };
    assert_eq!(of(&pool).await, of(&copy).await);
    copy.close().await;
    drop_database(&pool, &empty).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_broken_file_restores_nothing(pool: PgPool) {
    let url = with_rows(&pool).await;
    let folder = Folder::new("broken-backup");
    let file = folder.0.join("fairway.dump");
    let (succeeded, said) = run(
        &folder,
        &["backup", "create", file.to_str().unwrap()],
        &[("DATABASE_URL", &url)],
    );
    assert!(succeeded, "{said}");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() * 2 / 3]).unwrap();

    let empty = new_database(&pool).await;
    let (succeeded, said) = run(
        &folder,
        &["backup", "restore", file.to_str().unwrap()],
        &[("DATABASE_URL", &empty)],
    );
    assert!(!succeeded && said.contains("pg_restore"), "{said}");
    let copy = PgPool::connect(&empty).await.unwrap();
    let tables: i64 = sqlx::query_scalar("select count(*) from pg_tables where schemaname = 'public'")
        .fetch_one(&copy)
        .await
        .unwrap();
    assert_eq!(tables, 0);
    copy.close().await;
    drop_database(&pool, &empty).await;
}
