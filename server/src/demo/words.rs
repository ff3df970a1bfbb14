//! Words for the demo's pull requests: believable, fictional, and never offensive.

/// Beginnings of titles.
const ACTS: [&str; 16] = [
    "Add", "Retry", "Cache", "Split", "Validate", "Log", "Bound", "Rename", "Measure", "Page", "Batch",
    "Drop", "Simplify", "Time out", "Index", "Document",
];

/// What the act is done to, by team.
const THINGS: [(&str, [&str; 10]); 6] = [
    (
        "payments",
        [
            "refund idempotency keys",
            "settlement lookups",
            "ledger writes on conflict",
            "payout batches",
            "acquirer errors",
            "the rate card",
            "chargeback events",
            "currency rounding",
            "duplicate captures",
            "invoice numbering",
        ],
    ),
    (
        "checkout",
        [
            "basket merges",
            "voucher rules",
            "address forms",
            "price lists",
            "tax rounding",
            "guest baskets",
            "the order summary",
            "campaign windows",
            "stock holds",
            "payment retries",
        ],
    ),
    (
        "discovery",
        [
            "facet counts",
            "synonyms",
            "category pages",
            "image placeholders",
            "the ranking model",
            "stock badges",
            "search suggestions",
            "index refreshes",
            "variant pickers",
            "breadcrumb links",
        ],
    ),
    (
        "logistics",
        [
            "carrier labels",
            "pick lists",
            "delivery promises",
            "return reasons",
            "parcel events",
            "warehouse retries",
            "order states",
            "customs forms",
            "split shipments",
            "address checks",
        ],
    ),
    (
        "identity",
        [
            "device lists",
            "session renewals",
            "mail bounces",
            "consent history",
            "address books",
            "push tokens",
            "password checks",
            "quiet hours",
            "unsubscribe links",
            "account merges",
        ],
    ),
    (
        "platform",
        [
            "route tables",
            "topic retention",
            "flag targeting",
            "image formats",
            "health checks",
            "connection pools",
            "replay tools",
            "certificate renewals",
            "rate limits",
            "trace sampling",
        ],
    ),
];

/// Ends of some titles.
const ENDS: [&str; 8] = [
    "",
    "",
    "",
    " in one query",
    " before they time out",
    " behind a flag",
    " for large sellers",
    " with a clear error",
];

/// The title of a team's n-th piece of work.
pub(super) fn title(team: &str, n: usize) -> String {
    let things = THINGS
        .iter()
        .find(|(name, _)| *name == team)
        .map_or(&THINGS[0].1, |(_, things)| things);
    format!(
        "{} {}{}",
        ACTS[n * 7 % ACTS.len()],
        things[n * 3 % things.len()],
        ENDS[n * 5 % ENDS.len()]
    )
}
