//! What happened on GitHub before anybody listened.

use chrono::TimeDelta;
use tests::fakes::github::{MergeMethod, NewCommit, NewPull, RepoHandle, World};

/// Some months of one repository with everything that history can hold: drafts and back, bots, closed and open pull
/// requests, runs of several jobs, further attempts, gates, failures, rollbacks and releases. Merged by these methods in
/// turn.
pub fn eventful(world: &World, days: usize, methods: &[MergeMethod]) -> RepoHandle {
    let repo = world.act_as("ada").repo("acme/payments");
    repo.commit(NewCommit::new("Start"));
    let mut before = repo.head("main");
    for day in 0..days {
        world
            .act_as(["ada", "grace", "alan", "dependabot[bot]"][day % 4])
            .wait(TimeDelta::hours(7));
        let sha = change(world, &repo, (day, methods[day % methods.len()]));
        ship(world, &repo, (day, &sha));
        if day % 11 == 10 {
            let rollback = repo.deploy("production", &before, None);
            repo.set_status(rollback, "success");
        }
        if day % 10 == 9 {
            repo.release(&format!("v{day}"), &sha);
        }
        before = sha;
    }
    repo
}

/// A pull request through its life; gives the commit that it left on the default branch.
fn change(world: &World, repo: &RepoHandle, (day, method): (usize, MergeMethod)) -> String {
    let file =
        |n: usize| NewCommit::new(&format!("Step {n} of {day}")).file(&format!("src/{day}-{n}.rs"), "x");
    let new = NewPull::new(&format!("work-{day}"), &format!("Change {day}"));
    let new = if day % 3 == 0 { new.draft() } else { new };
    let number = repo.propose(new, (0..=day % 3).map(file).collect());
    world.wait(TimeDelta::hours(2));
    if day % 3 == 0 {
        repo.ready_for_review(number);
    }
    if day % 6 == 1 {
        repo.convert_to_draft(number);
        world.wait(TimeDelta::hours(5));
        repo.ready_for_review(number);
    }
    if day % 7 == 0 {
        repo.label(number, "hotfix");
    }
    if day % 13 == 5 {
        repo.propose(
            NewPull::new(&format!("open-{day}"), "Not yet").draft(),
            vec![file(9)],
        );
    }
    if day % 17 == 3 {
        let refused = repo.propose(NewPull::new(&format!("no-{day}"), "Never"), vec![file(8)]);
        repo.close(refused);
    }
    repo.merge(number, method)
}

/// A run that takes a commit to staging and production; sometimes in two jobs, sometimes at the second attempt.
fn ship(world: &World, repo: &RepoHandle, (day, sha): (usize, &str)) {
    let run = repo.start_run("deploy", sha);
    let staging = repo.deploy("staging", sha, Some(&run));
    repo.set_status(staging, "in_progress");
    repo.set_status(staging, "success");
    let first = repo.deploy("production", sha, Some(&run));
    if day % 4 == 0 {
        repo.set_status(first, "waiting");
        world.wait(TimeDelta::minutes(90));
    }
    repo.set_status(first, "in_progress");
    world.wait(TimeDelta::minutes(4));
    if day % 5 == 2 {
        let second = repo.deploy("production", sha, Some(&run));
        repo.set_status(second, "success");
    }
    if day % 7 == 4 {
        repo.set_status(first, "failure");
        repo.finish_run(&run, "failure");
        world.wait(TimeDelta::minutes(20));
        let again = repo.rerun(&run);
        let retried = repo.deploy("production", sha, Some(&again));
        repo.set_status(retried, "in_progress");
        repo.set_status(retried, "success");
        repo.finish_run(&again, "success");
    } else {
        repo.set_status(first, "success");
        repo.finish_run(&run, "success");
    }
}

/// Many repositories with so many deployments each (two statuses a deployment) and a pull request for every tenth.
pub fn many(world: &World, repositories: usize, deployments: usize) -> Vec<RepoHandle> {
    let repo = |number: usize| {
        let repo = world.act_as("ada").repo(&format!("acme/service-{number:03}"));
        repo.commit(NewCommit::new("Start"));
        for index in 0..deployments {
            world.wait(TimeDelta::minutes(2));
            if index % 10 == 0 {
                let commit = NewCommit::new("Work").file(&format!("src/{index}.rs"), "x");
                let number = repo.propose(NewPull::new(&format!("w-{index}"), "Work"), vec![commit]);
                repo.merge(number, MergeMethod::Squash);
            }
            if index % 50 == 49 {
                repo.release(&format!("v{index}"), &repo.head("main"));
            }
            let head = repo.head("main");
            repo.deploy_through("production", &head, 1, "success");
        }
        repo
    };
    (0..repositories).map(repo).collect()
}
