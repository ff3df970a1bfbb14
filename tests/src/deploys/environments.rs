//! What environments are for: by their names, by a person, and again when another version reads names otherwise.

use domain::{environments::EnvironmentClass, names::written_out};
use sqlx::PgPool;

use super::{commands, deployment, made, observe, operator, service, status, timeline};

async fn class(pool: &PgPool, name: &str) -> String {
    sqlx::query_scalar("select class from environments where name = $1")
        .bind(name)
        .fetch_one(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn what_another_version_classed_follows_the_names_again(pool: PgPool) {
    let commands = commands(&pool).await;
    let shop = service(&commands, "shop").await;
    for (id, name) in [(1, "prod-test"), (2, "prod-eu"), (3, "not production")] {
        let made_there = deployment(id, name, 2, 100 + id);
        observe(
            &commands,
            &[
                made(&made_there),
                status(10 + id, &made_there, "success", 110 + id),
            ],
        )
        .await;
    }
    let hidden = "prod\u{202e}";
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "update environments set class = 'production';
         insert into environments (id, name, class, created_at) values (gen_random_uuid(), '{hidden}', 'production', now());
         delete from graphile_worker._private_jobs;"
    )))
    .execute(&pool)
    .await
    .unwrap();
    commands
        .set_environment_class(
            &operator(),
            "not production",
            EnvironmentClass::Preview,
            "a person said so",
        )
        .await
        .unwrap();
    commands.derive_service(shop).await.unwrap();
    assert_eq!(
        timeline(&commands)
            .await
            .iter()
            .filter(|deploy| deploy.counted)
            .count(),
        1
    );
    assert_eq!(commands.apply_default_classes().await.unwrap(), 2);
    assert_eq!(class(&pool, "prod-test").await, "development");
    assert_eq!(class(&pool, "prod-eu").await, "production");
    assert_eq!(
        class(&pool, "not production").await,
        "preview",
        "a person's word stays"
    );
    assert_eq!(class(&pool, &written_out(hidden)).await, "development");
    let waiting: i64 = sqlx::query_scalar(
        "select count(*) from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
         where t.identifier = 'derive_service'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(waiting, 1);
    assert_eq!(commands.apply_default_classes().await.unwrap(), 0, "again");
}
