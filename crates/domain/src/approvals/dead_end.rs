//! Whether a request can be approved at all by the people who are there: nobody should wait for what never comes.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{ApprovalState, Case, Decider, Exclusion, Party, who_can_still_decide};

/// Why a request is never approved as people stand now, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadEnd {
    /// Somebody with a part in it may be anybody: no other approver helps.
    Anybody {
        /// The first of those.
        first: Exclusion,
        /// How many there are besides.
        more: usize,
    },
    /// Fewer people can approve it than must.
    TooFew {
        /// How many must.
        needed: usize,
        /// How many have, or still can.
        could: usize,
        /// Whom the policy asks; where it names nobody, every approver.
        asked: Vec<String>,
    },
    /// Too few of those can whom the policy asks in any case.
    Missing {
        /// Its rules that nobody can satisfy.
        rules: Vec<String>,
    },
}

/// Why nobody can bring a request through, where that is so; `None` once it is over too.
pub fn dead_end(case: &Case<'_>, all: &[Decider], now: DateTime<Utc>) -> Option<DeadEnd> {
    let request = case.request;
    if request.state != ApprovalState::Pending || now >= request.deadline {
        return None;
    }
    if let Some(anybody) = anybody(&request.parties) {
        return Some(anybody);
    }
    let at_best = case.tally_with(&who_can_still_decide(case, all, now));
    if at_best.given < at_best.needed {
        return Some(DeadEnd::TooFew {
            needed: at_best.needed,
            could: at_best.given,
            asked: request.needs.rules.iter().map(|rule| rule.name.clone()).collect(),
        });
    }
    let rules = at_best.missing;
    (!rules.is_empty()).then_some(DeadEnd::Missing { rules })
}

fn anybody(parties: &[Party]) -> Option<DeadEnd> {
    let mut all = parties.iter().filter_map(Party::may_be_anybody);
    let first = all.next()?;
    Some(DeadEnd::Anybody {
        first,
        more: all.count(),
    })
}

/// What is left where nobody can approve.
const BREAK: &str = "an admin can go on without a decision";

impl fmt::Display for DeadEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anybody { first, more } => {
                let more = match more {
                    0 => String::new(),
                    more => format!(" So it is with {more} more."),
                };
                let (deed, then) = (first.deed(), to_do(first));
                write!(
                    f,
                    "Nobody can: {deed}, and it may be anybody.{more} {then}; until then {BREAK}."
                )
            }
            Self::TooFew { needed, could, asked } => {
                let people = if *needed == 1 { "person" } else { "people" };
                let (left, whom) = (left(*could), another(asked));
                write!(
                    f,
                    "It can never be approved so: {needed} {people} must approve, and {left}. An admin can {whom} who has no part in it; \
                     else {BREAK}."
                )
            }
            Self::Missing { rules } => {
                let rules = rules.join(" and as ");
                write!(
                    f,
                    "It can never be approved so: too few can decide as {rules}. An admin can make somebody one of them who has no part \
                     in it; else {BREAK}."
                )
            }
        }
    }
}

/// What makes it known who has a part: no other approver would help.
fn to_do(first: &Exclusion) -> &'static str {
    if matches!(first, Exclusion::Unread(_)) {
        "Fairway has not read all that it changes, and another approver would not help. Have an operator look at Integrations, and ask \
         for the deploy again, by its commit, when this request is over"
    } else {
        "Nobody knows who that is, and another approver would not help. Have an admin say whose it is, and ask for the deploy again when \
         this request is over"
    }
}

fn left(could: usize) -> String {
    match could {
        0 => "nobody is left who may decide and has no part in it".to_owned(),
        1 => "only one can, or has".to_owned(),
        could => format!("only {could} can, or have"),
    }
}

/// Whom the right to decide has to be given to.
fn another(asked: &[String]) -> String {
    if asked.is_empty() {
        return "grant the role approver to somebody".to_owned();
    }
    format!("give the right to decide to another of {}", asked.join(" or "))
}
