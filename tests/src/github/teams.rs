//! Teams and people of organisations.

use commands::jobs::SyncOrganisation;
use sqlx::PgPool;
use tests::fakes::github::{Failure, FakeGithub, NewCommit};

use super::{RIGHTS, connected, group, repository, tell};

#[sqlx::test(migrations = false)]
async fn teams_and_people_are_read_and_mapped_to_groups(pool: PgPool) {
    let github = FakeGithub::start().await;
    github.install("acme", &RIGHTS);
    let commands = connected(&pool, &github).await;
    for login in ["ada", "grace", "renovate[bot]"] {
        github.join("acme", login);
    }
    github.team("acme", "pay", &["ada", "grace"]);
    github.team("acme", "old", &["ada"]);
    let repo = github.world().repo("acme/mono");
    repo.commit(NewCommit::new("Start").file("catalog-info.yaml", group("payments", "acme/pay")));
    tell(&commands, &github).await;
    commands
        .reconcile_repository(repository(&pool).await)
        .await
        .unwrap();

    assert_eq!(commands.sync_organisations().await.unwrap(), 1);
    let job = SyncOrganisation { login: "acme".into() };
    commands.sync_organisation(&job).await.unwrap();
    let [acme] = &commands.reads().github_organisations().await.unwrap()[..] else {
        panic!("one organisation")
    };
    assert_eq!(
        (acme.members, acme.teams, acme.mapped, &acme.problem),
        (3, 2, 1, &None)
    );

    github.disband("acme", "old");
    github.team("acme", "pay", &["grace"]);
    commands.sync_organisation(&job).await.unwrap();
    let [acme] = &commands.reads().github_organisations().await.unwrap()[..] else {
        panic!("one organisation")
    };
    assert_eq!((acme.teams, acme.mapped), (1, 1));
    let kept: i64 = sqlx::query_scalar("select count(*) from github_teams where removed_at is not null")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(kept, 2, "what is gone keeps its row");

    let read_at = acme.fetched_at;
    github.fail(Failure::NoAccess);
    commands.sync_organisation(&job).await.unwrap();
    let [acme] = &commands.reads().github_organisations().await.unwrap()[..] else {
        panic!("one organisation")
    };
    assert_eq!(
        (acme.members, acme.fetched_at),
        (3, read_at),
        "the last reading stays"
    );
    assert!(acme.problem.is_some());
    github.heal();
    github.fail(Failure::Status(503));
    let away = commands.sync_organisation(&job).await.unwrap_err();
    assert!(away.is_passing(), "{away}");
}
