//! The story of the demo organisation: how each team works, and what happened to it in the last 180 days.

/// Days of history.
pub(super) const DAYS: i64 = 180;

/// How a team works in a given week.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Merged pull requests per service and working day.
    pub merges: f64,
    /// Typical hours from the first commit to review.
    pub coding: f64,
    /// Typical hours of review.
    pub review: f64,
    /// Typical hours at the gate; 0 is no gate.
    pub approval: f64,
    /// Days between production deploys; 0 deploys each merge.
    pub train: i64,
    /// Share of production deploys that are rolled back.
    pub bad: f64,
    /// Share of pipelines that fail before users see anything.
    pub broken: f64,
}

/// A repository with the services in it.
pub(super) struct Repository {
    pub name: &'static str,
    pub team: &'static str,
    pub services: &'static [&'static str],
    /// How much of the team's pace this one has.
    pub share: f64,
    /// Whether it never deploys through GitHub (a library, or a team that has not connected it).
    pub silent: bool,
}

const fn one(services: &'static [&'static str], team: &'static str, share: f64) -> Repository {
    Repository {
        name: services[0],
        team,
        services,
        share,
        silent: false,
    }
}

/// Every repository. `search` is a monorepo of two services.
pub(super) const REPOSITORIES: [Repository; 29] = [
    one(&["payments-api"], "payments", 1.3),
    one(&["ledger"], "payments", 0.8),
    one(&["risk-engine"], "payments", 0.9),
    one(&["payout-worker"], "payments", 0.5),
    one(&["invoice-renderer"], "payments", 0.3),
    one(&["checkout-web"], "checkout", 1.4),
    one(&["cart-api"], "checkout", 1.0),
    one(&["pricing"], "checkout", 0.9),
    one(&["promotions"], "checkout", 0.7),
    one(&["tax-calculator"], "checkout", 0.3),
    one(&["storefront"], "discovery", 1.3),
    one(&["product-catalog"], "discovery", 1.0),
    Repository {
        name: "search",
        team: "discovery",
        services: &["search-api", "search-indexer"],
        share: 1.2,
        silent: false,
    },
    one(&["recommendations"], "discovery", 0.7),
    one(&["orders"], "logistics", 1.2),
    one(&["warehouse-gateway"], "logistics", 0.7),
    one(&["shipping-rates"], "logistics", 0.6),
    one(&["tracking"], "logistics", 0.5),
    one(&["returns"], "logistics", 0.5),
    one(&["accounts"], "identity", 1.0),
    one(&["sessions"], "identity", 0.8),
    one(&["consent"], "identity", 0.3),
    one(&["notifications"], "identity", 0.8),
    Repository {
        name: "email-templates",
        team: "identity",
        services: &["email-templates"],
        share: 0.4,
        silent: true,
    },
    one(&["edge-router"], "platform", 0.7),
    one(&["event-bus"], "platform", 0.7),
    one(&["feature-flags"], "platform", 0.6),
    one(&["media-resizer"], "platform", 0.4),
    Repository {
        name: "batch-runner",
        team: "platform",
        services: &["batch-runner"],
        share: 0.3,
        silent: true,
    },
];

/// Repositories whose newest deploy waits for approval now.
pub(super) const WAITING: [&str; 3] = ["payments-api", "orders", "accounts"];

/// People by team: login and GitHub's numeric id.
pub(super) fn people(team: &str) -> &'static [(&'static str, i64)] {
    match team {
        "payments" => &[("lena", 1001), ("marco", 1002), ("ines", 1003), ("omar", 1004)],
        "checkout" => &[("sofia", 1011), ("tomas", 1012), ("priya", 1013), ("jonas", 1014)],
        "discovery" => &[("yuki", 1021), ("emma", 1022), ("diego", 1023), ("hanna", 1024)],
        "logistics" => &[("piotr", 1031), ("amara", 1032), ("lucas", 1033)],
        "identity" => &[("noor", 1041), ("felix", 1042), ("clara", 1043)],
        _ => &[("ravi", 1051), ("maja", 1052), ("sam", 1053)],
    }
}

/// The pace of a team on a day, counted from the start of the history (0) to today ([`DAYS`]).
pub(super) fn pace(team: &str, day: i64) -> Pace {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred days")]
    let done = day as f64 / DAYS as f64;
    let from_to = |from: f64, to: f64| from + (to - from) * done;
    match team {
        // Pays for every charge with two pairs of eyes; one bad week, five weeks ago.
        "payments" => {
            let bad_week = (DAYS - 38..DAYS - 31).contains(&day);
            Pace {
                merges: 0.5,
                coding: 9.0,
                review: 6.0,
                approval: 3.0,
                train: 0,
                bad: if bad_week { 0.55 } else { 0.05 },
                broken: 0.05,
            }
        }
        // Came from a weekly train and now deploys each merge.
        "checkout" => Pace {
            merges: from_to(0.3, 0.75),
            coding: from_to(46.0, 8.0),
            review: from_to(38.0, 4.0),
            approval: from_to(16.0, 0.5),
            train: if done < 0.35 {
                7
            } else if done < 0.65 {
                2
            } else {
                0
            },
            bad: from_to(0.2, 0.03),
            broken: from_to(0.15, 0.04),
        },
        "discovery" => Pace {
            merges: 0.75,
            coding: 5.0,
            review: 2.5,
            approval: 0.0,
            train: 0,
            bad: 0.04,
            broken: 0.06,
        },
        // A change board on Wednesdays.
        "logistics" => Pace {
            merges: 0.4,
            coding: 20.0,
            review: 18.0,
            approval: 22.0,
            train: 7,
            bad: 0.12,
            broken: 0.08,
        },
        // Approvals grow slower.
        "identity" => Pace {
            merges: 0.45,
            coding: 12.0,
            review: 9.0,
            approval: from_to(2.0, 14.0),
            train: 0,
            bad: 0.07,
            broken: 0.05,
        },
        _ => Pace {
            merges: 0.45,
            coding: 10.0,
            review: 7.0,
            approval: 1.0,
            train: 1,
            bad: 0.05,
            broken: 0.07,
        },
    }
}
