//! What happens in the month, day by day: three services of two teams, and a repository that nobody described.

use chrono::{DateTime, TimeDelta, Utc};
use tests::fakes::github::{Delivery, MergeMethod, NewCommit, NewPull, World};

use crate::{expected::Expected, lane::Lane};

const METHODS: [MergeMethod; 3] = [MergeMethod::Squash, MergeMethod::Merge, MergeMethod::Rebase];

/// Plays the month that begins at `start`; returns what GitHub sent and what must be seen.
pub fn play(world: &World, start: DateTime<Utc>) -> (Vec<Delivery>, Expected) {
    world.ping();
    let mut month = Month {
        start,
        payments: Lane::new(world, "acme/payments-api", 2),
        ledger: Lane::new(world, "acme/ledger", 0),
        shop: Lane::new(world, "acme/shop", 0),
        world: world.clone(),
    };
    month.begins();
    month.usual_week(0);
    month.a_rollback_and_the_revert_after_it(6);
    month.usual_week(1);
    month.a_hotfix(13);
    month.a_broken_pipeline(14);
    month.usual_week(2);
    month.a_rename_and_a_revert(20);
    month.usual_week(3);
    month.loose_ends(28);
    let mut expected = Expected {
        unmatched: 1,
        ..Expected::default()
    };
    for (slug, lane) in [
        ("payments-api", month.payments),
        ("ledger", month.ledger),
        ("shop", month.shop),
    ] {
        let (repository, waiting) = (lane.repo.full_name(), lane.left());
        let seen = crate::expected::Service {
            repository,
            waiting,
            ..lane.seen
        };
        expected.total.add(&seen.figures);
        expected.services.insert(slug.to_owned(), seen);
    }
    let mut deliveries = world.take_deliveries();
    // The script tells of one service after another; GitHub sends what happens as it happens.
    deliveries.sort_by_key(|delivery| delivery.at);
    expected.deliveries = deliveries.len();
    (deliveries, expected)
}

struct Month {
    world: World,
    start: DateTime<Utc>,
    payments: Lane,
    ledger: Lane,
    shop: Lane,
}

impl Month {
    fn at(&self, day: i64, hour: i64) {
        self.world
            .at(self.start + TimeDelta::days(day) + TimeDelta::hours(hour));
    }

    /// Everything that exists is deployed once: the baselines.
    fn begins(&mut self) {
        for (hour, lane) in [&mut self.payments, &mut self.ledger, &mut self.shop]
            .into_iter()
            .enumerate()
        {
            let hour = i64::try_from(hour).expect("three");
            self.world.at(self.start + TimeDelta::hours(hour * 4));
            self.world.act_as("ada");
            lane.repo.announce();
            let first = lane.commit("Start");
            lane.ship(&first);
        }
    }

    /// Payments ships each change on its day, the ledger two at a time, the shop with one that nobody reviewed.
    fn usual_week(&mut self, week: i64) {
        for (number, method) in METHODS.into_iter().enumerate() {
            let day = week * 7 + 1 + i64::try_from(number).expect("three");
            self.at(day, 1);
            let title = format!("Payments change {week} {number}");
            let (_, sha) = self.payments.change("ada", &title, method);
            self.payments.ship(&sha);
        }
        self.at(week * 7 + 1, 14);
        self.ledger
            .change("grace", &format!("Ledger change {week} a"), MergeMethod::Merge);
        self.at(week * 7 + 2, 14);
        let (_, sha) = self.ledger.change(
            "dependabot[bot]",
            &format!("Ledger change {week} b"),
            MergeMethod::Squash,
        );
        self.ledger.ship(&sha);
        self.at(week * 7 + 3, 10);
        self.shop.change(
            "edsger",
            &format!("Shop change {week}"),
            METHODS[usize::try_from(week % 3).expect("small")],
        );
        self.world.wait(TimeDelta::minutes(20));
        let sha = self.shop.commit(&format!("Shop wording {week}"));
        self.shop.ship(&sha);
    }

    /// Payments: a release makes trouble, the one before takes its place, the change is taken back.
    fn a_rollback_and_the_revert_after_it(&mut self, day: i64) {
        self.at(day, 0);
        let (_, good) = self
            .payments
            .change("ada", "Cache the rates", MergeMethod::Squash);
        let good = self.payments.ship(&good);
        self.at(day, 9);
        let title = "Retry every charge";
        let (number, bad) = self.payments.change("alan", title, MergeMethod::Squash);
        let bad = self.payments.ship(&bad);
        self.payments.roll_back(&bad, &good);
        self.at(day + 1, 8);
        let fixed = self.payments.revert("ada", number, title);
        self.payments.ship(&fixed);
        // It names what failed already: another unplanned deployment, and still one failure.
        self.payments.seen.figures.rework += 1;
    }

    /// The shop: a bug in production is mended by a hotfix that names the release.
    fn a_hotfix(&mut self, day: i64) {
        self.at(day, 2);
        let (_, bad) = self.shop.change("edsger", "New basket", MergeMethod::Merge);
        let bad = self.shop.ship(&bad);
        self.at(day, 12);
        let new = NewPull::new("hotfix/basket", "Hotfix: count the basket once")
            .label("hotfix")
            .body(&format!(
                "Orders of two are charged as three.\n\nFixes-Deploy: {}",
                bad.version
            ));
        let (_, fix) = self.shop.merged("grace", new, MergeMethod::Squash);
        self.shop.ship(&fix);
        let restored = self.world.now() - TimeDelta::seconds(1);
        self.shop.seen.figures.rework += 1;
        self.shop.seen.figures.fail(bad.exposed, restored);
    }

    /// The shop: the first attempt fails before anybody sees it, which is no failed deployment.
    fn a_broken_pipeline(&mut self, day: i64) {
        self.at(day, 3);
        let (_, sha) = self.shop.change("edsger", "Faster search", MergeMethod::Rebase);
        self.shop.ship_at_the_second_attempt(&sha);
    }

    /// The ledger: another name from now on, and a change that is reverted the day after.
    fn a_rename_and_a_revert(&mut self, day: i64) {
        self.at(day, 1);
        self.world.act_as("grace");
        self.ledger.repo.rename("general-ledger");
        let title = "Close books by night";
        let (number, bad) = self.ledger.change("grace", title, MergeMethod::Rebase);
        let bad = self.ledger.ship(&bad);
        self.at(day + 1, 2);
        let fixed = self.ledger.revert("grace", number, title);
        self.ledger.ship(&fixed);
        let restored = self.world.now() - TimeDelta::seconds(1);
        self.ledger.seen.figures.rework += 1;
        self.ledger.seen.figures.fail(bad.exposed, restored);
    }

    /// What is begun and not finished; a release with its tag; and a repository that no catalog file names.
    fn loose_ends(&mut self, day: i64) {
        self.at(day, 1);
        self.shop.change("edsger", "Wish list", MergeMethod::Squash);
        let draft = NewPull::new("idea", "An idea").draft();
        let idea = self
            .shop
            .repo
            .propose(draft, vec![NewCommit::new("An idea").file("idea", "1")]);
        self.world.wait(TimeDelta::hours(2));
        self.shop.repo.close(idea);
        let head = self.payments.repo.head("main");
        self.payments.repo.release("v1.0.0", &head);
        let sandbox = self.world.act_as("alan").repo("acme/sandbox");
        let sha = sandbox.commit(NewCommit::new("Try things"));
        sandbox.deploy_through("production", &sha, 2, "success");
    }
}
