//! What happens on GitHub in these tests: a short life with everything in it, and a long one with much of the usual.

use chrono::TimeDelta;
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use tests::fakes::github::{Delivery, MergeMethod, NewCommit, NewDeployment, NewPull, World};

/// A few weeks of three repositories: drafts, squashes, renames, a name that moves, a rollback, a release withdrawn.
pub fn short() -> Vec<Delivery> {
    let world = World::default();
    let repo = world.act_as("ada").repo("acme/payments");
    let first = repo.commit(NewCommit::new("Start").file("src/main.rs", "1"));
    repo.deploy_through("production", &first, 4, "success");

    let draft = repo.propose(
        NewPull::new("pay", "Pay").draft(),
        vec![NewCommit::new("One").file("a", "1")],
    );
    world.wait(TimeDelta::hours(3));
    repo.ready_for_review(draft);
    world.wait(TimeDelta::hours(1));
    repo.convert_to_draft(draft);
    repo.retitle(draft, "Pay at once");
    world.wait(TimeDelta::hours(20));
    repo.ready_for_review(draft);
    repo.label(draft, "hotfix");
    let merge = repo.merge(draft, MergeMethod::Squash);
    let staged = repo.deploy_through("staging", &merge, 3, "success");
    repo.set_status(staged, "inactive");
    repo.deploy_through("production", &merge, 6, "failure");
    repo.deploy_through("production", &merge, 6, "success");

    world.act_as("grace").wait(TimeDelta::days(1));
    let second = repo.propose(
        NewPull::new("more", "More"),
        vec![NewCommit::new("Two").file("b", "2")],
    );
    repo.close(second);
    repo.reopen(second);
    let merged = repo.merge(second, MergeMethod::Merge);
    let release = repo.release("v2.0.0", &merged);
    let gone = repo.release("v2.0.1", &merged);
    repo.delete_release(gone);
    repo.deploy_through("production", &merged, 5, "success");
    repo.deploy_with(
        NewDeployment::new("production", &merge)
            .task("rollback")
            .description("back"),
    );
    let _ = release;

    let tool = world.repo("acme/old-tool");
    let sha = tool.commit(NewCommit::new("Tool"));
    tool.rename("tool");
    world.wait(TimeDelta::hours(2));
    let heir = world.repo("acme/old-tool");
    heir.announce();
    heir.commit(NewCommit::new("Another tool").by(world.user("dependabot[bot]")));
    tool.deploy_through("production", &sha, 1, "success");
    tool.archive();
    repo.transfer("umbrella");
    repo.commit(NewCommit::new("After the move").file("c", "3"));
    world.take_deliveries()
}

/// At least `size` deliveries of one service's working days, the same for the same size.
pub fn long(size: usize) -> Vec<Delivery> {
    // Early enough that even the longest life lies in the past.
    let world = World::starting("2025-06-01T08:00:00Z".parse().unwrap());
    let mut rng = StdRng::seed_from_u64(7);
    let repo = world.act_as("ada").repo("acme/payments");
    let mut deliveries = Vec::new();
    repo.commit(NewCommit::new("Start"));
    let mut before = repo.head("main");
    for day in 0.. {
        world
            .act_as(["ada", "grace", "alan", "edsger"][day % 4])
            .wait(TimeDelta::hours(rng.random_range(1..9)));
        let branch = format!("work-{day}");
        let file = NewCommit::new(&format!("Change {day}")).file(&format!("src/{day}.rs"), day.to_string());
        let new = NewPull::new(&branch, &format!("Change {day}"));
        let number = repo.propose(if day % 3 == 0 { new.draft() } else { new }, vec![file]);
        if day % 3 == 0 {
            world.wait(TimeDelta::minutes(rng.random_range(1..300)));
            repo.ready_for_review(number);
        }
        let method = [MergeMethod::Squash, MergeMethod::Merge, MergeMethod::Rebase][day % 3];
        let sha = repo.merge(number, method);
        repo.deploy_through("staging", &sha, 2, "success");
        let outcome = if rng.random_range(0..10) == 0 {
            "failure"
        } else {
            "success"
        };
        repo.deploy_through("production", &sha, rng.random_range(2..30), outcome);
        if day % 11 == 10 {
            repo.deploy_through("production", &before, 2, "success");
        }
        before = sha;
        deliveries.append(&mut world.take_deliveries());
        if deliveries.len() >= size {
            return deliveries;
        }
    }
    unreachable!("days do not end")
}

/// The deliveries in another order, some of them (in percent) more than once.
pub fn shuffled(deliveries: &[Delivery], repeated: usize, seed: u64) -> Vec<Delivery> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut all = deliveries.to_vec();
    for _ in 0..deliveries.len() * repeated / 100 {
        all.push(deliveries[rng.random_range(0..deliveries.len())].clone());
    }
    all.shuffle(&mut rng);
    all
}
