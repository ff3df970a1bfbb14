//! `fairway demo --drop`: gone whole, but never from under a process that uses it.

use sqlx::{AssertSqlSafe, ConnectOptions, PgPool};

use crate::process::{Folder, run};

#[sqlx::test(migrations = false)]
async fn a_demo_that_is_in_use_is_not_dropped(pool: PgPool) {
    let mut url = pool.connect_options().to_url_lossy();
    let name = format!("d{}_demo", uuid::Uuid::now_v7().simple());
    let create = format!("create database \"{name}\" template template0");
    sqlx::raw_sql(AssertSqlSafe(create)).execute(&pool).await.unwrap();
    url.set_path(&name);
    let url = url.to_string();
    let folder = Folder::new("demo-drop");
    let drop_demo = || run(&folder, &["demo", "--drop"], &[("DATABASE_URL", url.as_str())]);
    let exists = async || {
        let query = "select exists (select from pg_database where datname = $1)";
        let exists: bool = sqlx::query_scalar(query)
            .bind(&name)
            .fetch_one(&pool)
            .await
            .unwrap();
        exists
    };

    let serving = PgPool::connect(&url).await.unwrap();
    let (well, said) = drop_demo();
    assert!(
        !well && said.contains("Stop the Fairway that serves it"),
        "{said}"
    );
    assert!(exists().await, "{said}");
    sqlx::query("select 1")
        .execute(&serving)
        .await
        .expect("its session was left alone");

    serving.close().await;
    let (well, said) = drop_demo();
    assert!(well && said.contains("The demo organisation is gone."), "{said}");
    assert!(!exists().await);
}
