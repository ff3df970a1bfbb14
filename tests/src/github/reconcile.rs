//! What a lost push changed, moved or removed is found; CODEOWNERS is read and says who owns what.

use commands::Commands;
use domain::catalog::{OwnerSource, Ownership};
use sqlx::PgPool;
use tests::fakes::github::{FakeGithub, NewCommit, RepoHandle};

use super::{acme, component, group, repository, tell};

async fn told(pool: &PgPool) -> (Commands, FakeGithub, RepoHandle) {
    let (commands, github, repo) = acme(pool).await;
    tell(&commands, &github).await;
    (commands, github, repo)
}

/// A push whose delivery nobody ever sees.
fn lost(github: &FakeGithub, repo: &RepoHandle, commit: NewCommit) -> String {
    let head = repo.commit(commit);
    github.take_deliveries();
    head
}

async fn services(pool: &PgPool) -> Vec<(String, bool)> {
    sqlx::query_as("select slug, removed_at is not null from services order by slug")
        .fetch_all(pool)
        .await
        .unwrap()
}

fn asked(github: &FakeGithub) -> usize {
    let ours = |path: &&String| path.contains("/repos/");
    github.requests().iter().filter(ours).count()
}

#[sqlx::test(migrations = false)]
async fn what_a_lost_push_changed_is_found_and_what_did_not_change_is_not_read(pool: PgPool) {
    let (commands, github, repo) = told(&pool).await;
    let id = repository(&pool).await;
    let file =
        |owner: &str| NewCommit::new("Describe").file("pay/catalog-info.yaml", component("pay", owner));
    lost(&github, &repo, file("one"));
    commands.reconcile_repository(id).await.unwrap();
    assert_eq!(services(&pool).await, [("pay".to_owned(), false)]);

    let before = asked(&github);
    commands.reconcile_repository(id).await.unwrap();
    assert_eq!(
        asked(&github) - before,
        2,
        "the head, which is known already, and its files"
    );
    lost(&github, &repo, file("two"));
    commands.reconcile_repository(id).await.unwrap();
    let owner: String = sqlx::query_scalar("select t.slug from services s join teams t on t.id = s.team_id")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(owner, "two");
    assert_eq!(commands.reconcile_all().await.unwrap(), 1);
}

#[sqlx::test(migrations = false)]
async fn a_moved_file_keeps_its_service_and_a_removed_one_leaves_a_tombstone(pool: PgPool) {
    let (commands, github, repo) = told(&pool).await;
    let id = repository(&pool).await;
    let text = component("pay", "one");
    lost(
        &github,
        &repo,
        NewCommit::new("Describe").file("a/catalog-info.yaml", text.as_str()),
    );
    commands.reconcile_repository(id).await.unwrap();
    let service = commands
        .reads()
        .service("pay")
        .await
        .unwrap()
        .expect("a service")
        .summary
        .id;

    let moved = NewCommit::new("Move")
        .without("a/catalog-info.yaml")
        .file("0/catalog-info.yaml", text.as_str());
    lost(&github, &repo, moved);
    commands.reconcile_repository(id).await.unwrap();
    let there = commands
        .reads()
        .service("pay")
        .await
        .unwrap()
        .expect("the same service");
    assert_eq!((there.summary.id, there.removed_at), (service, None));
    assert_eq!(commands.reads().tombstone(service).await.unwrap(), None);

    let head = lost(
        &github,
        &repo,
        NewCommit::new("Remove").without("0/catalog-info.yaml"),
    );
    commands.reconcile_repository(id).await.unwrap();
    let gone = commands
        .reads()
        .service("pay")
        .await
        .unwrap()
        .expect("its row stays");
    assert!(gone.removed_at.is_some());
    let tombstone = commands
        .reads()
        .tombstone(service)
        .await
        .unwrap()
        .expect("a tombstone");
    assert_eq!(tombstone.location, "acme/mono:0/catalog-info.yaml");
    assert_eq!(tombstone.commit.as_deref(), Some(head.as_str()));

    lost(
        &github,
        &repo,
        NewCommit::new("Again").file("0/catalog-info.yaml", text.as_str()),
    );
    commands.reconcile_repository(id).await.unwrap();
    assert_eq!(services(&pool).await, [("pay".to_owned(), false)]);
    assert_eq!(commands.reads().tombstone(service).await.unwrap(), None);
}

#[sqlx::test(migrations = false)]
async fn a_broken_file_keeps_the_last_good_version(pool: PgPool) {
    let (commands, github, repo) = told(&pool).await;
    let id = repository(&pool).await;
    lost(
        &github,
        &repo,
        NewCommit::new("Describe").file("catalog-info.yaml", component("pay", "one")),
    );
    commands.reconcile_repository(id).await.unwrap();
    lost(
        &github,
        &repo,
        NewCommit::new("Break").file("catalog-info.yaml", "kind: [\n"),
    );
    commands.reconcile_repository(id).await.unwrap();
    assert_eq!(services(&pool).await, [("pay".to_owned(), false)]);
    let broken = commands.reads().catalog_sources_with_problems().await.unwrap();
    assert_eq!(broken.len(), 1);
}

async fn ownership(commands: &Commands, slug: &str) -> Ownership {
    let service = commands.reads().service(slug).await.unwrap().expect("a service");
    let source = commands
        .reads()
        .catalog_source_of(service.summary.id)
        .await
        .unwrap();
    let relations = commands.reads().relations_of(&service.reference).await.unwrap();
    let owner = relations
        .iter()
        .find(|related| related.relation == domain::catalog::RelationKind::OwnedBy);
    commands
        .ownership(
            &service,
            source.map(|source| source.kind),
            owner.map(|related| &related.reference),
        )
        .await
        .unwrap()
}

#[sqlx::test(migrations = false)]
async fn codeowners_says_who_owns_a_service_and_contests_its_file(pool: PgPool) {
    let (commands, github, repo) = told(&pool).await;
    let id = repository(&pool).await;
    let search = component("search", "user:ada");
    let files = NewCommit::new("Describe")
        .file("catalog-info.yaml", component("pay", "payments"))
        .file(
            "teams/catalog-info.yaml",
            format!(
                "{}---\n{}",
                group("payments", "acme/pay"),
                group("platform", "acme/Platform")
            ),
        )
        .file("search/catalog-info.yaml", search.as_str())
        .file("docs/CODEOWNERS", "* @acme/pay\n");
    lost(&github, &repo, files);
    commands.reconcile_repository(id).await.unwrap();
    let pay = ownership(&commands, "pay").await;
    assert_eq!((pay.source, pay.is_contested()), (Some(OwnerSource::File), false));
    assert_eq!(pay.codeowners.as_ref().expect("a file").path, "docs/CODEOWNERS");

    // The place that GitHub looks at first wins, and the last rule that matches.
    let other = "* @acme/pay\n* @acme/platform @ada\n";
    lost(
        &github,
        &repo,
        NewCommit::new("Own").file(".github/CODEOWNERS", other),
    );
    commands.reconcile_repository(id).await.unwrap();
    let pay = ownership(&commands, "pay").await;
    assert!(pay.is_contested());
    let says = pay.codeowners.expect("a file");
    assert_eq!(
        (says.path.as_str(), says.rule.expect("a rule").line),
        (".github/CODEOWNERS", 2)
    );
    assert_eq!(says.owners[0].team.as_ref().expect("mapped").slug, "platform");
    assert_eq!(says.owners[1].team, None);

    // A person owns it by its file, so figures of teams use the team that CODEOWNERS names.
    let found = ownership(&commands, "search").await;
    assert_eq!(found.owner.expect("a team").slug, "platform");
    assert_eq!(found.source, Some(OwnerSource::Codeowners));

    let none = NewCommit::new("Disown")
        .without(".github/CODEOWNERS")
        .without("docs/CODEOWNERS");
    lost(&github, &repo, none);
    commands.reconcile_repository(id).await.unwrap();
    assert_eq!(ownership(&commands, "pay").await.codeowners, None);
    assert_eq!(ownership(&commands, "search").await.owner, None);
}

#[sqlx::test(migrations = false)]
async fn a_push_that_touches_codeowners_has_it_read(pool: PgPool) {
    let (commands, github, repo) = told(&pool).await;
    repo.commit(NewCommit::new("Own").file("CODEOWNERS", "* @acme/pay\n"));
    tell(&commands, &github).await;
    let waiting: i64 = sqlx::query_scalar(
        "select count(*) from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
         where t.identifier = 'reconcile_repository'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(waiting, 1);
}
