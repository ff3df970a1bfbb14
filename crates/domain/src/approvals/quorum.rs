//! Counting approvals: each person once, whatever they are called by, and the required rules each for itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Decider, Eligible, Rule, Subject, document::RawRule};
use crate::{error::FieldErrors, ids::PersonId};

/// What is needed for one request, after the policy looked at the facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "NeedsText", try_from = "NeedsText")]
pub struct Needs {
    /// How many people.
    pub approvals: u8,
    /// Whether each must say why.
    pub reason: bool,
    /// Who may; without a rule everybody who may decide about the service.
    pub rules: Vec<Rule>,
    /// Why it cannot be approved at all, where the policy refuses it.
    pub refused: Option<String>,
}

/// How it is stored: the rules as policies write them.
#[derive(Clone, Serialize, Deserialize)]
struct NeedsText {
    approvals: u8,
    reason: bool,
    rules: Vec<RawRule>,
    refused: Option<String>,
}

impl From<Needs> for NeedsText {
    fn from(needs: Needs) -> Self {
        Self {
            approvals: needs.approvals,
            reason: needs.reason,
            rules: needs.rules.iter().map(RawRule::of).collect(),
            refused: needs.refused,
        }
    }
}

impl TryFrom<NeedsText> for Needs {
    type Error = FieldErrors;

    fn try_from(text: NeedsText) -> Result<Self, FieldErrors> {
        Ok(Self {
            approvals: text.approvals,
            reason: text.reason,
            rules: RawRule::read_all(text.rules)?,
            refused: text.refused,
        })
    }
}

/// How far a request has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// People who approved and count.
    pub given: usize,
    /// People who must.
    pub needed: usize,
    /// Required rules that are not satisfied yet.
    pub missing: Vec<String>,
}

impl Tally {
    /// Whether nothing is missing.
    pub fn is_complete(&self) -> bool {
        self.given >= self.needed && self.missing.is_empty()
    }
}

impl Needs {
    /// How many people must approve in all: what the policy says, and no less than its largest required rule.
    pub fn people(&self) -> u8 {
        let required = self.rules.iter().filter(|rule| rule.required);
        required.map(|rule| rule.approvals).fold(self.approvals, u8::max)
    }

    /// Whether nobody is asked.
    pub fn asks_nobody(&self) -> bool {
        self.people() == 0 && self.refused.is_none()
    }

    /// Whether whoever gave all of this gave all that others ask, by the same policy.
    pub fn cover(&self, others: &Self) -> bool {
        let asks_nobody = others.people() == 0;
        let asked_enough = self.people() >= others.people() && (asks_nobody || self.rules == others.rules);
        others.refused.is_none() && asked_enough && (self.reason || !others.reason)
    }

    /// Names of the rules by which somebody may approve; `None` where they may not.
    pub fn rules_of(&self, decider: &Decider, subject: &Subject) -> Option<Vec<String>> {
        if self.rules.is_empty() {
            return Some(Vec::new());
        }
        let meant = |rule: &&Rule| {
            rule.any_of
                .iter()
                .any(|who: &Eligible| who.means(decider, subject))
        };
        let rules: Vec<String> = self
            .rules
            .iter()
            .filter(meant)
            .map(|rule| rule.name.clone())
            .collect();
        Some(rules).filter(|rules| !rules.is_empty())
    }

    /// Counts approvals: who gave each, and by which rules. An approval counts for every rule that its person is meant by, and
    /// for the whole once, however often the person stands in the list.
    pub fn tally<'a>(&self, approvals: impl IntoIterator<Item = (PersonId, &'a [String])>) -> Tally {
        let mut people: BTreeMap<PersonId, BTreeSet<&str>> = BTreeMap::new();
        for (person, rules) in approvals {
            people
                .entry(person)
                .or_default()
                .extend(rules.iter().map(String::as_str));
        }
        let missing = self.rules.iter().filter(|rule| rule.required).filter(|rule| {
            let given = people.values().filter(|rules| rules.contains(rule.name.as_str()));
            given.count() < usize::from(rule.approvals)
        });
        Tally {
            missing: missing.map(|rule| rule.name.clone()).collect(),
            given: people.len(),
            needed: self.people().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::access::Role;

    fn rule(name: &str, required: Option<u8>) -> Rule {
        Rule {
            name: name.to_owned(),
            any_of: vec![Eligible::Role(Role::Approver)],
            required: required.is_some(),
            approvals: required.unwrap_or(1),
        }
    }

    fn needs(approvals: u8, rules: Vec<Rule>) -> Needs {
        Needs {
            approvals,
            reason: false,
            rules,
            refused: None,
        }
    }

    fn person(number: u128) -> PersonId {
        Uuid::from_u128(number).into()
    }

    #[test]
    fn a_required_rule_is_satisfied_by_its_own_people_only() {
        let needs = needs(2, vec![rule("leads", None), rule("security", Some(1))]);
        let (lead, security) = (vec!["leads".to_owned()], vec!["security".to_owned()]);
        let both = vec!["leads".to_owned(), "security".to_owned()];
        let tally = |approvals: &[(u128, &Vec<String>)]| {
            let approvals = approvals
                .iter()
                .map(|(who, rules)| (person(*who), rules.as_slice()));
            needs.tally(approvals)
        };
        let two_leads = tally(&[(1, &lead), (2, &lead)]);
        assert_eq!(
            (two_leads.given, two_leads.missing.as_slice()),
            (2, ["security".to_owned()].as_slice())
        );
        assert!(!two_leads.is_complete());
        assert!(tally(&[(1, &lead), (2, &security)]).is_complete());
        assert!(tally(&[(1, &lead), (2, &both)]).is_complete());
        assert!(!tally(&[(1, &both)]).is_complete(), "one person is one");
        assert!(!tally(&[(1, &both), (1, &both)]).is_complete(), "however often");
    }

    #[test]
    fn a_required_rule_asks_for_people_by_itself() {
        let needs = needs(0, vec![rule("security", Some(2))]);
        assert_eq!(needs.people(), 2);
        assert!(!needs.asks_nobody());
        let refused = Needs {
            refused: Some("the error budget is spent".into()),
            ..super::tests::needs(0, Vec::new())
        };
        assert!(!refused.asks_nobody());
        let text = serde_json::to_string(&needs).unwrap();
        assert_eq!(serde_json::from_str::<Needs>(&text).unwrap(), needs);
    }

    #[test]
    fn what_was_given_covers_what_asks_no_more() {
        let leads = || vec![rule("leads", Some(1))];
        let with_reason = Needs {
            reason: true,
            ..needs(1, leads())
        };
        let refused = Needs {
            refused: Some("the error budget is spent".into()),
            ..needs(0, Vec::new())
        };
        let one = needs(1, leads());
        for others in [needs(1, leads()), needs(0, Vec::new())] {
            assert!(one.cover(&others), "{others:?}");
        }
        for others in [
            needs(2, leads()),
            needs(1, Vec::new()),
            with_reason.clone(),
            refused,
        ] {
            assert!(!one.cover(&others), "{others:?}");
        }
        assert!(with_reason.cover(&one));
        assert!(!needs(0, Vec::new()).cover(&one), "nobody was asked");
    }

    proptest! {
        /// Whatever is approved by whom and in which order: the same people give the same tally, one more never takes away, and
        /// nothing is complete with fewer people than were asked for.
        #[test]
        fn quorum_counts_people(
            asked in 0_u8..5,
            required in proptest::collection::vec(proptest::option::of(1_u8..4), 0..4),
            approvals in proptest::collection::vec((0_u128..6, proptest::collection::vec(0_usize..4, 0..4)), 0..12),
        ) {
            let rules = required.iter().enumerate().map(|(index, required)| rule(&index.to_string(), *required));
            let needs = needs(asked, rules.collect());
            let given: Vec<(PersonId, Vec<String>)> = approvals
                .iter()
                .map(|(who, rules)| (person(*who), rules.iter().map(usize::to_string).collect()))
                .collect();
            let tally = |some: &[(PersonId, Vec<String>)]| {
                needs.tally(some.iter().map(|(who, rules)| (*who, rules.as_slice())))
            };
            let all = tally(&given);
            let people: BTreeSet<PersonId> = given.iter().map(|(who, _)| *who).collect();
            prop_assert_eq!(all.given, people.len());
            if all.is_complete() {
                prop_assert!(people.len() >= usize::from(asked));
                for rule in needs.rules.iter().filter(|rule| rule.required) {
                    let of_rule: BTreeSet<PersonId> =
                        given.iter().filter(|(_, rules)| rules.contains(&rule.name)).map(|(who, _)| *who).collect();
                    prop_assert!(of_rule.len() >= usize::from(rule.approvals));
                }
            }
            let mut turned = given.clone();
            turned.reverse();
            turned.extend(given.clone());
            prop_assert_eq!(tally(&turned), all.clone());
            for count in 0..given.len() {
                let fewer = tally(&given[..count]);
                prop_assert!(fewer.given <= all.given);
                prop_assert!(!fewer.is_complete() || all.is_complete());
            }
        }
    }
}
