//! Policies in Git: a push changes them, a broken file keeps what its last good version said, and whatever becomes of the
//! repository, what is in force stays.

use std::time::Duration;

use commands::{Commands, PolicyForm};
use domain::{
    approvals::{Origin, PolicyFile, PolicyPlace, PolicySource, Risk, Target, choose},
    catalog::ProjectSlug,
    environments::EnvironmentClass,
    ids::RepositoryId,
};
use sqlx::PgPool;
use tests::fakes::github::{FakeGithub, NewCommit, RepoHandle};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::github::{acme, tell};

const FILE: &str = "policies/production.yaml";

/// How long a push may take until it is in force.
const SOON: Duration = Duration::from_secs(10);

/// A document of a policy for production.
fn policy(name: &str, approvals: u8) -> String {
    format!(
        "apiVersion: fairway.dev/v1\nkind: Policy\nmetadata: {{name: {name}}}\n\
         spec:\n  match: {{environments: [production]}}\n  minApprovals: {approvals}\n"
    )
}

fn place(repository: &str) -> PolicyPlace {
    PolicyPlace::at(ProjectSlug::parse(repository).unwrap(), "policies").unwrap()
}

/// Fairway that reads policies of `acme/mono`, which it was told of.
struct InGit {
    pool: PgPool,
    commands: Commands,
    github: FakeGithub,
    repo: RepoHandle,
}

impl InGit {
    async fn new(pool: PgPool) -> Self {
        let (commands, github, repo) = acme(&pool).await;
        let commands = commands.with_policies_in(Some(place("acme/mono")));
        tell(&commands, &github).await;
        Self {
            pool,
            commands,
            github,
            repo,
        }
    }

    /// Pushes a commit, and lets Fairway hear of it.
    async fn push(&self, commit: NewCommit) -> String {
        let head = self.repo.commit(commit);
        tell(&self.commands, &self.github).await;
        head
    }

    async fn write(&self, path: &str, text: &str) -> String {
        self.push(NewCommit::new("Change a policy").file(path, text))
            .await
    }

    /// Compares as the job does that the clock or a push made.
    async fn compare(&self) {
        assert!(self.commands.compare_policies().await.unwrap());
        let repository = self.source().await.repository_id;
        self.commands.reconcile_repository(repository).await.unwrap();
    }

    async fn source(&self) -> PolicySource {
        let source = self.commands.reads().policy_source().await.unwrap();
        source.expect("a repository of policies")
    }

    async fn files(&self) -> Vec<PolicyFile> {
        self.commands.reads().policy_files().await.unwrap()
    }

    /// Name and approvals of what is in Git, in the order in which it is looked at.
    async fn in_force(&self) -> Vec<(String, u8)> {
        let policies = self.commands.reads().policies().await.unwrap();
        let in_git = policies.into_iter().filter(|stored| stored.origin == Origin::Git);
        in_git
            .map(|stored| (stored.policy.name, stored.policy.approvals))
            .collect()
    }

    /// How often GitHub was asked about a repository.
    fn asked(&self) -> usize {
        let requests = self.github.requests();
        requests.iter().filter(|path| path.contains("/repos/")).count()
    }

    /// Jobs that wait to compare the repository.
    async fn waiting(&self) -> i64 {
        sqlx::query_scalar(
            "select count(*) from graphile_worker.jobs where task_identifier = 'reconcile_repository'",
        )
        .fetch_one(&self.pool)
        .await
        .unwrap()
    }

    async fn forget_jobs(&self) {
        sqlx::query("delete from graphile_worker._private_jobs")
            .execute(&self.pool)
            .await
            .unwrap();
    }

    /// Who did what to policies, in order.
    async fn trail(&self) -> Vec<(String, String)> {
        sqlx::query_as(
            "select actor_kind || ' ' || actor_name, action from audit where subject like 'polic%' order by at, id",
        )
        .fetch_all(&self.pool)
        .await
        .unwrap()
    }
}

fn said(name: &str, approvals: u8) -> (String, u8) {
    (name.to_owned(), approvals)
}

#[sqlx::test(migrations = false)]
async fn a_push_is_in_force_within_ten_seconds(pool: PgPool) {
    let ground = InGit::new(pool).await;
    ground
        .repo
        .commit(NewCommit::new("Begin").file(FILE, policy("Production", 2)));
    let stop = CancellationToken::new();
    let workers = server::jobs::start(ground.commands.clone(), 1, Duration::from_secs(5), stop.clone()).await;
    let workers = workers.unwrap();
    let in_force = async |expected: u8| {
        let waited = tokio::time::timeout(SOON, async {
            while ground.in_force().await != [said("Production", expected)] {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        waited.await.expect("in force in time");
    };
    // What stood there before the first start is read by itself.
    in_force(2).await;
    ground.write(FILE, &policy("Production", 3)).await;
    in_force(3).await;
    stop.cancel();
    server::jobs::finish(workers).await;
}

#[sqlx::test(migrations = false)]
async fn what_git_says_goes_before_the_page_and_stands_in_the_trail(pool: PgPool) {
    let ground = InGit::new(pool).await;
    let two = format!("{}---\n{}", policy("production", 4), policy("Rest", 1));
    let head = ground.write(FILE, &two).await;
    ground.compare().await;
    assert_eq!(ground.in_force().await, [said("production", 4), said("Rest", 1)]);
    let policies = ground.commands.reads().policies().await.unwrap();
    let target = Target {
        tier: Some(3.try_into().unwrap()),
        class: EnvironmentClass::Production,
        risk: Risk::Low,
    };
    assert_eq!(choose(&policies, &target).unwrap().policy.approvals, 4);
    let files = ground.files().await;
    assert_eq!(files[0].path, FILE);
    assert_eq!(files[0].good.as_ref().unwrap().0, head);
    assert_eq!(files[0].policies.len(), 2);
    assert_eq!(ground.source().await.head.as_deref(), Some(head.as_str()));
    let system = |who: &str, action: &str| (format!("system {who}"), action.to_owned());
    assert_eq!(
        ground.trail().await,
        [
            system("fairway", "policies.read"),
            system("github", "policy.save"),
            system("github", "policy.save")
        ]
    );

    // What did not change is neither read nor written again.
    let asked = ground.asked();
    ground.compare().await;
    assert_eq!(ground.asked() - asked, 2, "the head and its files");
    assert_eq!(ground.trail().await.len(), 3);

    // Of two policies in a file one is written otherwise and one is taken away.
    ground.write(FILE, &policy("Production", 5)).await;
    ground.compare().await;
    assert_eq!(ground.in_force().await, [said("Production", 5)]);
    let trail = ground.trail().await;
    assert_eq!(
        trail[3..],
        [system("github", "policy.remove"), system("github", "policy.save")]
    );
    let after: serde_json::Value = sqlx::query_scalar(
        "select after from audit where action = 'policy.save' order by at desc, id desc limit 1",
    )
    .fetch_one(&ground.pool)
    .await
    .unwrap();
    assert_eq!(after["file"], FILE);
    assert_eq!(after["document"]["spec"]["minApprovals"], 5);
}

#[sqlx::test(migrations = false)]
async fn the_page_does_not_write_what_git_has(pool: PgPool) {
    let ground = InGit::new(pool).await;
    ground.write(FILE, &policy("Ours", 2)).await;
    ground.compare().await;
    let admin = operator();
    let stored = ground.commands.reads().policies().await.unwrap();
    let ours = stored.iter().find(|stored| stored.origin == Origin::Git).unwrap();
    let form = |name: &str, replaces| PolicyForm {
        document: policy(name, 0),
        position: 1,
        replaces,
    };
    let commands = &ground.commands;
    let over = form("Ours", Some((ours.id, ours.version)));
    assert!(why(commands.save_policy(&admin, &over).await).contains("is in Git"));
    assert!(why(commands.save_policy(&admin, &form("OURS", None)).await).contains("it wins"));
    let as_read = (ours.id, ours.version);
    let removed = commands.remove_policy(&admin, as_read, "nobody needs it").await;
    assert!(why(removed).contains("take it away there"));
    // Once none are read from Git any more, an admin cleans up.
    let unset = commands.clone().with_policies_in(None);
    assert!(!unset.compare_policies().await.unwrap());
    assert_eq!(
        ground.in_force().await,
        [said("Ours", 2)],
        "nothing goes by itself"
    );
    unset
        .remove_policy(&admin, as_read, "we write them on the page")
        .await
        .unwrap();
    assert!(ground.in_force().await.is_empty());
    assert!(ground.files().await[0].policies.is_empty());
}

#[sqlx::test(migrations = false)]
async fn a_broken_file_keeps_its_last_good_version_and_says_where(pool: PgPool) {
    let ground = InGit::new(pool).await;
    let good = ground.write(FILE, &policy("Production", 2)).await;
    ground.compare().await;
    for (text, line, column, field) in [
        ("kind: [\n".to_owned(), None, None, ""),
        (policy("Production", 99), Some(6), Some(17), "spec.minApprovals"),
        (String::new(), Some(1), Some(1), ""),
        (
            format!("{}---\n{}", policy("New", 1), policy("new", 1)),
            Some(10),
            Some(18),
            "metadata.name",
        ),
    ] {
        ground.write(FILE, &text).await;
        ground.compare().await;
        assert_eq!(ground.in_force().await, [said("Production", 2)], "{text}");
        let file = ground.files().await.remove(0);
        assert_eq!(file.good.as_ref().unwrap().0, good, "{text}");
        let problem = &file.problems[0];
        assert_eq!(problem.field, field, "{problem}");
        assert!(line.is_none_or(|line| line == problem.place.line), "{problem}");
        assert!(
            column.is_none_or(|column| column == problem.place.column),
            "{problem}"
        );
    }
    ground.write(FILE, &policy("Production", 1)).await;
    ground.compare().await;
    assert_eq!(ground.in_force().await, [said("Production", 1)]);
    assert!(ground.files().await[0].problems.is_empty());
}

#[sqlx::test(migrations = false)]
async fn a_name_is_in_one_file_and_moves_with_its_policy(pool: PgPool) {
    let ground = InGit::new(pool).await;
    let (first, second) = ("policies/a.yaml", "policies/deep/b.yml");
    ground.write(first, &policy("One", 1)).await;
    ground.write(second, &policy("one", 2)).await;
    ground.compare().await;
    assert_eq!(ground.in_force().await, [said("One", 1)]);
    let refused = &ground.files().await[1];
    assert!(
        refused.problems[0].message.contains(first),
        "{:?}",
        refused.problems
    );
    let id = async || ground.commands.reads().policies().await.unwrap()[0].id;
    let before = id().await;

    // The file that stood in its way is gone: the policy keeps its row, and says what the other file says.
    ground.push(NewCommit::new("Move").without(first)).await;
    ground.compare().await;
    assert_eq!(ground.in_force().await, [said("one", 2)]);
    assert_eq!(id().await, before);
    let paths: Vec<String> = ground.files().await.into_iter().map(|file| file.path).collect();
    assert_eq!(paths, [second]);

    // By the paths of their files, and as they stand in them.
    ground
        .write(
            "policies/0.yaml",
            &format!("{}---\n{}", policy("Z", 3), policy("A", 4)),
        )
        .await;
    ground.write("other/c.yaml", &policy("Elsewhere", 9)).await;
    ground.compare().await;
    assert_eq!(
        ground.in_force().await,
        [said("Z", 3), said("A", 4), said("one", 2)]
    );
    ground
        .push(NewCommit::new("End").without("policies/0.yaml").without(second))
        .await;
    ground.compare().await;
    assert!(
        ground.in_force().await.is_empty(),
        "files that are gone take their policies along"
    );
}

#[sqlx::test(migrations = false)]
async fn only_a_push_that_may_change_a_policy_has_them_read(pool: PgPool) {
    let ground = InGit::new(pool).await;
    ground.compare().await;
    ground.forget_jobs().await;
    ground.write("docs/policies.yaml", "x: 1\n").await;
    ground.write("policies/README.md", "About").await;
    assert_eq!(ground.waiting().await, 0);
    ground
        .repo
        .push("work", vec![NewCommit::new("Try").file(FILE, policy("X", 1))]);
    tell(&ground.commands, &ground.github).await;
    assert_eq!(ground.waiting().await, 0, "it is not on the default branch");
    let other = ground.github.world().repo("acme/other");
    other.commit(NewCommit::new("Theirs").file(FILE, policy("X", 1)));
    tell(&ground.commands, &ground.github).await;
    assert_eq!(ground.waiting().await, 0, "it is another repository");
    ground.write(FILE, &policy("X", 1)).await;
    assert_eq!(ground.waiting().await, 1);
}

#[sqlx::test(migrations = false)]
async fn a_lost_push_is_found_with_the_catalogs(pool: PgPool) {
    let ground = InGit::new(pool).await;
    ground.compare().await;
    ground
        .repo
        .commit(NewCommit::new("Lost").file(FILE, policy("Production", 2)));
    ground.github.take_deliveries();
    ground.commands.reconcile_all().await.unwrap();
    let repository: RepositoryId = ground.source().await.repository_id;
    ground.commands.reconcile_repository(repository).await.unwrap();
    assert_eq!(ground.in_force().await, [said("Production", 2)]);
}

#[sqlx::test(migrations = false)]
async fn comparisons_at_the_same_time_end_in_what_git_says(pool: PgPool) {
    let ground = InGit::new(pool).await;
    ground.compare().await;
    let repository = ground.source().await.repository_id;
    for approvals in 1..=5 {
        ground.write(FILE, &policy("Production", approvals)).await;
        ground.forget_jobs().await;
        let compared = (0..4).map(|_| ground.commands.reconcile_repository(repository));
        let compared = futures::future::join_all(compared).await;
        assert!(compared.iter().all(Result::is_ok), "{compared:?}");
        assert_eq!(ground.in_force().await, [said("Production", approvals)]);
    }
    assert!(
        ground.waiting().await <= 1,
        "those that came late ask once more, together"
    );
    let saved = ground.trail().await;
    let saved = saved.iter().filter(|(_, action)| action == "policy.save");
    assert_eq!(saved.count(), 5, "each version is written once");
}

#[sqlx::test(migrations = false)]
async fn whatever_becomes_of_the_repository_what_is_in_force_stays(pool: PgPool) {
    let ground = InGit::new(pool).await;
    ground.write(FILE, &policy("Production", 2)).await;
    ground.compare().await;
    ground.repo.hide();
    ground.compare().await;
    assert_eq!(ground.in_force().await, [said("Production", 2)]);
    let (problem, since) = ground.source().await.problem.expect("why it cannot be read");
    assert!(problem.contains("no branch main of acme/mono"), "{problem}");
    ground.compare().await;
    assert_eq!(
        ground.source().await.problem.expect("still").1,
        since,
        "since it first was so"
    );
    ground.repo.unhide();
    ground.compare().await;
    assert_eq!(ground.source().await.problem, None);

    ground.repo.delete();
    tell(&ground.commands, &ground.github).await;
    assert!(ground.source().await.is_deleted);
    let repository = ground.source().await.repository_id;
    assert!(ground.commands.reconcile_repository(repository).await.is_err());
    assert_eq!(ground.in_force().await, [said("Production", 2)]);
}

#[sqlx::test(migrations = false)]
async fn a_renamed_repository_is_followed_and_nobody_takes_its_name(pool: PgPool) {
    let ground = InGit::new(pool).await;
    ground.write(FILE, &policy("Production", 2)).await;
    ground.compare().await;
    let before = ground.source().await.repository_id;
    ground.repo.rename("rules");
    tell(&ground.commands, &ground.github).await;
    assert_eq!(ground.source().await.name, "acme/rules");
    // Somebody makes a repository under the name that the settings still have.
    let other = ground.github.world().repo("acme/mono");
    other.commit(NewCommit::new("Ours now").file(FILE, policy("Production", 0)));
    tell(&ground.commands, &ground.github).await;
    ground.compare().await;
    assert_eq!(ground.source().await.repository_id, before);
    assert_eq!(ground.in_force().await, [said("Production", 2)]);
    ground.write(FILE, &policy("Production", 3)).await;
    ground.compare().await;
    assert_eq!(
        ground.in_force().await,
        [said("Production", 3)],
        "it is read under its new name"
    );

    // An admin says that the name is meant, whoever has it.
    ground.commands.read_policies(&operator()).await.unwrap();
    assert_ne!(ground.source().await.repository_id, before);
    ground.compare().await;
    assert_eq!(ground.in_force().await, [said("Production", 0)]);
}

#[sqlx::test(migrations = false)]
async fn another_place_that_is_set_is_read_instead(pool: PgPool) {
    let ground = InGit::new(pool).await;
    ground.write(FILE, &policy("Production", 2)).await;
    ground.compare().await;
    let other = ground.github.world().repo("acme/rules");
    other.commit(NewCommit::new("Rules").file("policies/all.yaml", policy("Everything", 1)));
    let moved = InGit {
        commands: ground
            .commands
            .clone()
            .with_policies_in(Some(place("acme/rules"))),
        ..ground
    };
    moved.compare().await;
    assert_eq!(
        moved.in_force().await,
        [said("Everything", 1)],
        "nobody told of it before"
    );
    let paths: Vec<String> = moved.files().await.into_iter().map(|file| file.path).collect();
    assert_eq!(paths, ["policies/all.yaml"]);
}

#[sqlx::test(migrations = false)]
async fn without_github_nothing_is_read_and_an_admin_is_told(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let admin = ground.person("ada", Role::Admin).await;
    let eve = ground.person("eve", Role::Operator).await;
    let commands = &ground.commands;
    assert!(why(commands.read_policies(&admin).await).contains("FAIRWAY_POLICIES_REPOSITORY"));
    let set = commands.clone().with_policies_in(Some(place("acme/mono")));
    assert!(why(set.read_policies(&admin).await).contains("GitHub is not set up"));
    assert!(!set.compare_policies().await.unwrap());
    assert!(matches!(
        set.read_policies(&eve).await,
        Err(CommandError::Denied { .. })
    ));
}
