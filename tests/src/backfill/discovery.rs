//! Which repositories there are, and what becomes of each.

use commands::{CommandError, Commands};
use domain::{
    backfill::{FoundRepository, RepositoryFilter, RepositoryStanding, Visibility},
    page::Position,
};
use sqlx::PgPool;
use tests::fakes::github::{Failure, NewCommit, World};

use super::{connected, count, operator};

async fn found(commands: &Commands, standing: Option<RepositoryStanding>) -> Vec<FoundRepository> {
    let filter = RepositoryFilter { text: None, standing };
    let page = commands
        .reads()
        .found_repositories(&filter, &Position::Start, 200)
        .await;
    page.unwrap().rows
}

async fn named(commands: &Commands, full_name: &str) -> FoundRepository {
    let all = found(commands, None).await;
    all.into_iter()
        .find(|found| found.full_name == full_name)
        .unwrap()
}

#[sqlx::test(migrations = false)]
async fn every_page_of_the_list_is_read(pool: PgPool) {
    let world = World::default();
    for number in 0..230 {
        world.repo(&format!("acme/r{number:03}"));
    }
    world.repo("acme/r007").publicize();
    world.repo("acme/r008").archive();
    let (commands, github) = connected(&pool, world).await;
    assert_eq!(commands.discover_repositories().await.unwrap(), 230);
    assert_eq!(github.requests().len(), 3);
    let public = named(&commands, "acme/r007").await;
    assert_eq!((public.visibility, public.archived), (Visibility::Public, false));
    let archived = named(&commands, "acme/r008").await;
    assert_eq!(
        (archived.visibility, archived.archived),
        (Visibility::Private, true)
    );
    let filter = RepositoryFilter {
        text: Some("R01".into()),
        standing: Some(RepositoryStanding::Open),
    };
    let page = commands
        .reads()
        .found_repositories(&filter, &Position::Start, 4)
        .await
        .unwrap();
    let names: Vec<&str> = page.rows.iter().map(|found| &*found.full_name).collect();
    assert_eq!(names, ["acme/r010", "acme/r011", "acme/r012", "acme/r013"]);
    let next = Position::After(page.next.unwrap());
    let page = commands
        .reads()
        .found_repositories(&filter, &next, 4)
        .await
        .unwrap();
    assert_eq!(page.rows[0].full_name, "acme/r014");
    let standings = commands.reads().repository_standings(&filter).await.unwrap();
    assert_eq!(standings, [(RepositoryStanding::Open, 10)]);
}

#[sqlx::test(migrations = false)]
async fn renames_and_transfers_keep_the_history_and_removal_marks_it(pool: PgPool) {
    let world = World::default();
    let repo = world.repo("acme/payments");
    let sha = repo.commit(NewCommit::new("Start"));
    repo.deploy_through("production", &sha, 2, "success");
    let (commands, _github) = connected(&pool, world.clone()).await;
    commands.discover_repositories().await.unwrap();
    let before = named(&commands, "acme/payments").await;
    commands
        .make_services_of(&operator(), before.id, None)
        .await
        .unwrap();
    commands
        .start_backfill(&operator(), Some(before.id))
        .await
        .unwrap();
    super::read_all(&commands, &pool).await;

    repo.rename("wallet");
    repo.transfer("umbrella");
    world.take_deliveries();
    commands.discover_repositories().await.unwrap();
    let after = named(&commands, "umbrella/wallet").await;
    assert_eq!(
        (after.id, after.standing),
        (before.id, RepositoryStanding::Service)
    );
    assert_eq!(after.services[0].slug, "payments");
    assert_eq!(found(&commands, None).await.len(), 1, "it is one repository");
    assert_eq!(count(&pool, "select count(*) from github_deployments").await, 1);

    repo.hide();
    commands.discover_repositories().await.unwrap();
    let gone = named(&commands, "umbrella/wallet").await;
    assert_eq!(gone.standing, RepositoryStanding::Gone);
    assert!(gone.gone_at.is_some());
    assert_eq!(
        count(&pool, "select count(*) from deploys").await,
        1,
        "its history stays"
    );
    assert_eq!(
        commands.start_backfill(&operator(), Some(gone.id)).await.unwrap(),
        0
    );

    repo.unhide();
    commands.discover_repositories().await.unwrap();
    assert_eq!(
        named(&commands, "umbrella/wallet").await.standing,
        RepositoryStanding::Service
    );
}

#[sqlx::test(migrations = false)]
async fn a_look_that_fails_marks_nothing_as_gone_and_says_why(pool: PgPool) {
    let world = World::default();
    for number in 0..150 {
        world.repo(&format!("acme/r{number:03}"));
    }
    let (commands, github) = connected(&pool, world).await;
    commands.discover_repositories().await.unwrap();
    github.fail(Failure::NoAccess);
    assert!(commands.discover_repositories().await.is_err());
    let scan = commands.reads().repository_scan().await.unwrap().unwrap();
    assert!(scan.problem.is_some() && scan.finished_at.is_none(), "{scan:?}");
    assert_eq!(scan.found, 150, "the last whole look");
    assert!(found(&commands, Some(RepositoryStanding::Gone)).await.is_empty());
    github.heal();
    commands.discover_repositories().await.unwrap();
    let scan = commands.reads().repository_scan().await.unwrap().unwrap();
    assert!(scan.problem.is_none() && scan.finished_at.is_some(), "{scan:?}");
}

#[sqlx::test(migrations = false)]
async fn one_click_makes_one_service_however_often(pool: PgPool) {
    let world = World::default();
    for name in ["acme/payments", "umbrella/payments", "acme/.github"] {
        world.repo(name).commit(NewCommit::new("Start"));
    }
    let (commands, _github) = connected(&pool, world).await;
    commands.discover_repositories().await.unwrap();
    let id = named(&commands, "acme/payments").await.id;
    let by = operator();
    let (first, second) = tokio::join!(
        commands.make_services_of(&by, id, Some("team-pay")),
        commands.make_services_of(&by, id, Some("team-pay"))
    );
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!(commands.make_services_of(&by, id, None).await.unwrap().len(), 1);
    let audits = count(
        &pool,
        "select count(*) from audit where action = 'service.register'",
    )
    .await;
    assert_eq!(audits, 1);
    let service = commands.reads().service("payments").await.unwrap().unwrap();
    assert_eq!(service.summary.owner.unwrap().slug, "team-pay");
    assert_eq!(service.repository.unwrap().id, id);

    let other = named(&commands, "umbrella/payments").await.id;
    let made = commands.make_services_of(&by, other, None).await.unwrap();
    assert_eq!(made[0].slug, "umbrella-payments", "the name was taken");
    let service = commands
        .reads()
        .service("umbrella-payments")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        service.summary.owner.unwrap().slug,
        "umbrella",
        "the account owns it until somebody says otherwise"
    );
    let dotted = named(&commands, "acme/.github").await.id;
    assert_eq!(
        commands.make_services_of(&by, dotted, None).await.unwrap()[0].slug,
        "github"
    );
}

#[sqlx::test(migrations = false)]
async fn a_catalog_file_says_which_services_there_are(pool: PgPool) {
    let world = World::default();
    let file = |name: &str| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n\
             spec: {{type: service, lifecycle: production, owner: team-pay}}\n"
        )
    };
    let both = format!("{}---\n{}", file("wallet"), file("ledger"));
    world
        .repo("acme/mono")
        .commit(NewCommit::new("Start").file("catalog-info.yaml", both));
    world
        .repo("acme/broken")
        .commit(NewCommit::new("Start").file("catalog-info.yaml", "kind: Component\n"));
    let (commands, _github) = connected(&pool, world).await;
    commands.discover_repositories().await.unwrap();
    let by = operator();
    let mono = named(&commands, "acme/mono").await.id;
    let made = commands.make_services_of(&by, mono, None).await.unwrap();
    let slugs: Vec<&str> = made.iter().map(|service| &*service.slug).collect();
    assert_eq!(slugs, ["ledger", "wallet"]);
    let audits = count(
        &pool,
        "select count(*) from audit where action = 'repository.follow_catalog_file'",
    )
    .await;
    assert_eq!(audits, 1);

    let broken = named(&commands, "acme/broken").await.id;
    let refused = commands.make_services_of(&by, broken, None).await.unwrap_err();
    assert!(
        matches!(&refused, CommandError::Conflict { why } if why.contains("line")),
        "{refused}"
    );
}

#[sqlx::test(migrations = false)]
async fn what_is_ignored_is_left_out_until_somebody_wants_it(pool: PgPool) {
    let world = World::default();
    world.repo("acme/docs").commit(NewCommit::new("Start"));
    let (commands, _github) = connected(&pool, world).await;
    commands.discover_repositories().await.unwrap();
    let by = operator();
    let id = named(&commands, "acme/docs").await.id;
    for _ in 0..2 {
        commands.ignore_repository(&by, id, true).await.unwrap();
    }
    assert_eq!(
        named(&commands, "acme/docs").await.standing,
        RepositoryStanding::Ignored
    );
    assert_eq!(commands.start_backfill(&by, None).await.unwrap(), 0);
    commands.ignore_repository(&by, id, false).await.unwrap();
    assert_eq!(
        named(&commands, "acme/docs").await.standing,
        RepositoryStanding::Open
    );
    let audits = count(
        &pool,
        "select count(*) from audit where action = 'repository.ignore'",
    )
    .await;
    assert_eq!(audits, 2, "one for each change");
    let nothing = commands
        .ignore_repository(&by, uuid::Uuid::nil().into(), true)
        .await;
    assert!(matches!(nothing, Err(CommandError::NotFound { .. })));
}
