//! Conditions on facts, and what follows by itself where they hold. What is unknown satisfies none.

use std::{cmp::Ordering, fmt};

use super::{FactName, FactValue, Facts};

/// Whether something holds, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// Nobody knows.
    Unknown,
}

impl Truth {
    /// Whether both hold: a `No` decides whatever the other is.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// How a fact is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// It is this.
    Is,
    /// It is anything else.
    IsNot,
    /// It is more.
    Above,
    /// It is this or more.
    AtLeast,
    /// It is less.
    Below,
    /// It is this or less.
    AtMost,
}

impl Compare {
    /// Whether it needs an order, which only numbers have.
    pub fn is_ordered(self) -> bool {
        !matches!(self, Self::Is | Self::IsNot)
    }
}

/// One thing that a policy asks of the facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Which fact.
    pub fact: FactName,
    /// How it is compared.
    pub compare: Compare,
    /// With what.
    pub value: FactValue,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let compare = match self.compare {
            Compare::Is => "is",
            Compare::IsNot => "is not",
            Compare::Above => "above",
            Compare::AtLeast => "at least",
            Compare::Below => "below",
            Compare::AtMost => "at most",
        };
        write!(f, "{} {compare} {}", self.fact, self.value)
    }
}

impl Condition {
    /// Whether it holds. What is unknown, and what has no order, never does.
    pub fn holds(&self, facts: &Facts) -> Truth {
        let Some(known) = facts.value(self.fact) else {
            return Truth::Unknown;
        };
        let Some(order) = order(known, &self.value) else {
            return Truth::Unknown;
        };
        let holds = match self.compare {
            Compare::Is => order == Ordering::Equal,
            Compare::IsNot => order != Ordering::Equal,
            Compare::Above => order == Ordering::Greater,
            Compare::AtLeast => order != Ordering::Less,
            Compare::Below => order == Ordering::Less,
            Compare::AtMost => order != Ordering::Greater,
        };
        holds.into()
    }
}

/// How two values of one kind stand to each other; nothing for two kinds, and for what is no number.
fn order(known: &FactValue, value: &FactValue) -> Option<Ordering> {
    match (known, value) {
        (FactValue::Flag(known), FactValue::Flag(value)) => Some(known.cmp(value)),
        (FactValue::Number(known), FactValue::Number(value)) => known.partial_cmp(value),
        (FactValue::Text(known), FactValue::Text(value)) => Some(known.cmp(value)),
        _ => None,
    }
}

/// What follows by itself where conditions hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Automatic {
    /// All of them must hold; never empty.
    pub when: Vec<Condition>,
    /// What follows.
    pub then: Then,
}

/// What a policy does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nobody needs to decide.
    Approve,
    /// More is asked for.
    Require {
        /// At least so many approvals.
        approvals: u8,
        /// Whether each needs a reason.
        reason: bool,
    },
    /// It cannot be approved.
    Refuse,
}

impl Automatic {
    /// Whether all conditions hold.
    pub fn holds(&self, facts: &Facts) -> Truth {
        self.when
            .iter()
            .map(|condition| condition.holds(facts))
            .fold(Truth::Yes, Truth::and)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(fact: FactName, compare: Compare, value: FactValue) -> Condition {
        Condition { fact, compare, value }
    }

    #[test]
    fn numbers_are_compared_and_the_unknown_satisfies_nothing() {
        let budget = |compare, value| condition(FactName::ErrorBudgetLeft, compare, FactValue::Number(value));
        let half = Facts::default().with(FactName::ErrorBudgetLeft, FactValue::Number(0.5));
        let cases = [
            (Compare::Is, [Truth::No, Truth::Yes, Truth::No]),
            (Compare::IsNot, [Truth::Yes, Truth::No, Truth::Yes]),
            (Compare::Above, [Truth::Yes, Truth::No, Truth::No]),
            (Compare::AtLeast, [Truth::Yes, Truth::Yes, Truth::No]),
            (Compare::Below, [Truth::No, Truth::No, Truth::Yes]),
            (Compare::AtMost, [Truth::No, Truth::Yes, Truth::Yes]),
        ];
        for (compare, expected) in cases {
            let found = [0.4, 0.5, 0.6].map(|value| budget(compare, value).holds(&half));
            assert_eq!(found, expected, "{compare:?}");
            let no_number = Facts::default().with(FactName::ErrorBudgetLeft, FactValue::Number(f64::NAN));
            for unknown in [Facts::default(), no_number] {
                assert_eq!(
                    budget(compare, 0.5).holds(&unknown),
                    Truth::Unknown,
                    "{compare:?}"
                );
            }
        }
    }

    #[test]
    fn one_no_decides_and_one_unknown_keeps_from_yes() {
        use Truth::{No, Unknown, Yes};
        for (one, other, both) in [
            (Yes, Yes, Yes),
            (Yes, No, No),
            (Yes, Unknown, Unknown),
            (No, Unknown, No),
            (Unknown, Unknown, Unknown),
            (No, No, No),
        ] {
            assert_eq!(one.and(other), both);
            assert_eq!(other.and(one), both);
        }
    }
}
