//! What a policy asks for, given what is known. What nobody knows satisfies no condition, and lets nothing through.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Automatic, FactName, Facts, Frozen, Needs, Policy, Then, Truth, frozen};

/// What a policy asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// What is needed.
    pub needs: Needs,
    /// The freeze that holds now; nothing is approved while it does.
    pub frozen: Option<Frozen>,
    /// Facts that the policy looks at and nobody knows, each with the source that is missing.
    pub unknown: Vec<(FactName, String)>,
}

impl Evaluation {
    /// Whether it may go on at once.
    pub fn lets_go_on(&self) -> bool {
        self.needs.asks_nobody() && self.frozen.is_none()
    }

    /// Whether it is stopped, whatever people think of it: refused, or frozen now.
    pub fn stops(&self) -> bool {
        self.needs.refused.is_some() || self.frozen.is_some()
    }

    /// Whether people are asked.
    pub fn asks(&self) -> bool {
        self.needs.people() > 0
    }
}

/// What a policy asks for at a time, by what is known. Refusing goes before asking for more, which goes before letting through;
/// nothing is let through while nobody knows whether something would refuse it or ask for more: a policy that asks nobody asks
/// somebody then.
pub fn evaluate(policy: &Policy, facts: &Facts, now: DateTime<Utc>) -> Evaluation {
    let mut needs = Needs {
        approvals: policy.approvals,
        reason: false,
        rules: policy.rules.clone(),
        refused: None,
    };
    let (mut let_through, mut in_doubt) = (false, false);
    // What is asked in doubt, where nobody would be.
    let mut in_doubt_asks = 1;
    for automatic in &policy.automatic {
        match (automatic.then, automatic.holds(facts)) {
            (_, Truth::No) | (Then::Approve, Truth::Unknown) => {}
            (Then::Approve, Truth::Yes) => let_through = true,
            (Then::Refuse, Truth::Unknown) => in_doubt = true,
            (Then::Require { approvals, .. }, Truth::Unknown) => {
                in_doubt = true;
                in_doubt_asks = in_doubt_asks.max(approvals);
            }
            (Then::Refuse, Truth::Yes) => needs.refused = Some(in_words(automatic)),
            (Then::Require { approvals, reason }, Truth::Yes) => {
                in_doubt = true;
                needs.approvals = needs.approvals.max(approvals);
                needs.reason |= reason;
            }
        }
    }
    if let_through && !in_doubt && needs.refused.is_none() {
        needs.approvals = 0;
        needs.rules.clear();
    }
    if in_doubt && needs.people() == 0 {
        needs.approvals = in_doubt_asks;
    }
    Evaluation {
        needs,
        frozen: frozen(&policy.freezes, now),
        unknown: unknown(policy, facts),
    }
}

fn unknown(policy: &Policy, facts: &Facts) -> Vec<(FactName, String)> {
    let asked: BTreeSet<FactName> = policy
        .automatic
        .iter()
        .flat_map(|automatic| &automatic.when)
        .map(|condition| condition.fact)
        .collect();
    asked
        .into_iter()
        .filter_map(|name| Some((name, facts.missing(name)?.to_owned())))
        .collect()
}

/// The conditions that hold, as the end of a sentence.
fn in_words(automatic: &Automatic) -> String {
    let conditions = automatic.when.iter().map(ToString::to_string);
    conditions.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        access::Role,
        approvals::{Compare, Condition, Eligible, FactValue, Freeze, Rule, Span},
    };

    fn budget(compare: Compare, value: f64) -> Condition {
        Condition {
            fact: FactName::ErrorBudgetLeft,
            compare,
            value: FactValue::Number(value),
        }
    }

    /// The example of the definitions: over half the budget nobody decides, under a tenth two with a reason, none left only a hotfix.
    fn by_budget() -> Policy {
        let not_a_hotfix = Condition {
            fact: FactName::Kind,
            compare: Compare::IsNot,
            value: FactValue::Text("hotfix".into()),
        };
        let automatic = |when, then| Automatic { when, then };
        let two = Then::Require {
            approvals: 2,
            reason: true,
        };
        Policy {
            rules: vec![Rule {
                name: "leads".into(),
                any_of: vec![Eligible::Role(Role::Approver)],
                required: true,
                approvals: 1,
            }],
            automatic: vec![
                automatic(vec![budget(Compare::Above, 0.5)], Then::Approve),
                automatic(vec![budget(Compare::Below, 0.1)], two),
                automatic(vec![budget(Compare::AtMost, 0.0), not_a_hotfix], Then::Refuse),
            ],
            ..Policy::unwritten()
        }
    }

    fn asked(left: Option<f64>, kind: &str) -> Evaluation {
        let mut facts = Facts::default().with(FactName::Kind, FactValue::Text(kind.into()));
        if let Some(left) = left {
            facts = facts.with(FactName::ErrorBudgetLeft, FactValue::Number(left));
        }
        evaluate(&by_budget(), &facts, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn the_error_budget_decides_how_many_decide() {
        assert!(asked(Some(0.6), "normal").lets_go_on());
        let some = asked(Some(0.3), "normal");
        assert_eq!(
            (some.needs.people(), some.needs.reason, some.stops()),
            (1, false, false)
        );
        let little = asked(Some(0.05), "normal");
        assert_eq!((little.needs.people(), little.needs.reason), (2, true));
        let none = asked(Some(-0.2), "normal");
        assert!(none.stops() && !none.lets_go_on());
        assert_eq!(
            none.needs.refused.as_deref(),
            Some("errorBudgetLeft at most 0, kind is not hotfix")
        );
        let hotfix = asked(Some(-0.2), "hotfix");
        assert_eq!((hotfix.stops(), hotfix.needs.people()), (false, 2));
    }

    #[test]
    fn what_nobody_knows_lets_nothing_through_and_is_named() {
        let blind = asked(None, "normal");
        assert_eq!((blind.needs.people(), blind.lets_go_on()), (1, false));
        let missing = FactName::ErrorBudgetLeft.source().to_owned();
        assert_eq!(blind.unknown, [(FactName::ErrorBudgetLeft, missing)]);
        assert!(asked(Some(0.3), "normal").unknown.is_empty());
        // One condition lets through, and whether another asks for more is not known.
        let mut policy = by_budget();
        policy.automatic[1].when = vec![Condition {
            fact: FactName::TerraformDestroys,
            compare: Compare::Above,
            value: FactValue::Number(0.0),
        }];
        let facts = Facts::default().with(FactName::ErrorBudgetLeft, FactValue::Number(0.9));
        assert!(!evaluate(&policy, &facts, DateTime::UNIX_EPOCH).lets_go_on());
    }

    #[test]
    fn a_policy_that_asks_nobody_asks_somebody_in_doubt() {
        let mut policy = Policy {
            approvals: 0,
            rules: Vec::new(),
            ..by_budget()
        };
        let knowing = |policy: &Policy, left: Option<f64>| {
            let kind = Facts::default().with(FactName::Kind, FactValue::Text("normal".into()));
            let facts = match left {
                Some(left) => kind.with(FactName::ErrorBudgetLeft, FactValue::Number(left)),
                None => kind,
            };
            evaluate(policy, &facts, DateTime::UNIX_EPOCH)
        };
        assert!(knowing(&policy, Some(0.3)).lets_go_on());
        let blind = knowing(&policy, None);
        assert_eq!((blind.lets_go_on(), blind.needs.people()), (false, 2));
        policy
            .automatic
            .retain(|automatic| automatic.then == Then::Refuse);
        let blind = knowing(&policy, None);
        assert_eq!((blind.lets_go_on(), blind.needs.people()), (false, 1));
        policy.automatic.clear();
        assert!(knowing(&policy, None).lets_go_on());
    }

    #[test]
    fn a_freeze_holds_back_what_nobody_decides_about() {
        let policy = Policy {
            approvals: 0,
            freezes: vec![Freeze {
                name: "Then".into(),
                zone: chrono_tz::UTC,
                span: Span::Once {
                    from: "1970-01-01T00:00:00".parse().unwrap(),
                    to: "1970-01-02T00:00:00".parse().unwrap(),
                },
            }],
            ..Policy::unwritten()
        };
        let then = evaluate(&policy, &Facts::default(), DateTime::UNIX_EPOCH);
        assert!(then.stops() && !then.lets_go_on());
        let later = "1970-01-02T00:00:00Z".parse().unwrap();
        assert!(evaluate(&policy, &Facts::default(), later).lets_go_on());
    }

    proptest! {
        /// Forgetting a fact never lets through what was held back.
        #[test]
        fn knowing_less_never_lets_more_through(
            left in -1.0_f64..1.0,
            kind in prop::sample::select(vec!["normal", "hotfix"]),
            approvals in 0_u8..4,
            has_rules in any::<bool>(),
            conditions in prop::collection::vec(
                (prop::sample::select(FactName::ALL.to_vec()), -1.0_f64..1.0, 0_usize..4, 0_u8..4), 0..5),
        ) {
            let compare = [Compare::Above, Compare::AtLeast, Compare::Below, Compare::AtMost];
            let mut policy = Policy { approvals, ..by_budget() };
            if !has_rules {
                policy.rules.clear();
            }
            policy.automatic.extend(conditions.iter().map(|(fact, value, how, then)| Automatic {
                when: vec![Condition { fact: *fact, compare: compare[*how], value: FactValue::Number(*value) }],
                then: match then {
                    0 => Then::Approve,
                    1 => Then::Refuse,
                    more => Then::Require { approvals: *more, reason: false },
                },
            }));
            let known = Facts::default()
                .with(FactName::ErrorBudgetLeft, FactValue::Number(left))
                .with(FactName::Changes, FactValue::Number(left * 2.0))
                .with(FactName::Kind, FactValue::Text(kind.into()));
            let all = evaluate(&policy, &known, DateTime::UNIX_EPOCH);
            for forgotten in FactName::ALL {
                let less = evaluate(&policy, &known.clone().without(forgotten, "away"), DateTime::UNIX_EPOCH);
                prop_assert!(!less.lets_go_on() || all.lets_go_on(), "{forgotten}");
            }
        }
    }
}
