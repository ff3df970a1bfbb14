//! What findings are for policies. What only a person says is no reason to let anything go on; what is wrong is wrong whoever says
//! it, and whoever goes on without it.

use super::{FactName, FactValue, Facts};
use crate::deploys::drive::evidence::{Finding, Item};

impl Facts {
    /// The same with what was found of an item; unchanged where no policy looks at that, or nothing is said.
    #[must_use]
    pub fn with_finding(self, item: Item, finding: &Finding) -> Self {
        let Some(name) = fact_of(item) else {
            return self;
        };
        if let Some(wrong) = finding.wrong() {
            return self.with(name, bad(name, wrong));
        }
        match finding {
            // The checks are counted where the card is made.
            Finding::Good { by_hand: false, .. } if name == FactName::ChecksGreen => self,
            Finding::Good { by_hand: false, .. } => self.with(name, good(name)),
            Finding::Good { what, .. } => {
                let missing = format!("it was said by hand by whoever asked, who is no source of it: {what}");
                self.without(name, missing)
            }
            Finding::Waived { reason, .. } => {
                self.without(name, format!("whoever asked goes on without it: {reason}"))
            }
            Finding::Unknown { .. } | Finding::Bad { .. } => self,
        }
    }
}

/// The fact that an item is for policies. What the environments upstream say is one whatever was waived.
fn fact_of(item: Item) -> Option<FactName> {
    match item {
        Item::Checks => Some(FactName::ChecksGreen),
        Item::Digest => Some(FactName::Pinned),
        Item::Scan => Some(FactName::CriticalFindings),
        Item::Signature => Some(FactName::Signed),
        Item::RollbackTarget | Item::Promotion | Item::Backup => None,
    }
}

fn good(name: FactName) -> FactValue {
    match name {
        FactName::CriticalFindings => FactValue::Number(0.0),
        _ => FactValue::Flag(true),
    }
}

/// Where nobody said how many critical findings there are, there is one at least.
fn bad(name: FactName, wrong: &Finding) -> FactValue {
    match (name, wrong) {
        (FactName::CriticalFindings, Finding::Bad { critical, .. }) => {
            FactValue::Number(f64::from(critical.unwrap_or(1).max(1)))
        }
        _ => FactValue::Flag(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_known_whatever_is_gone_on_without() {
        let waived = |found: Finding| Finding::Waived {
            reason: "trust me".into(),
            known: Some(Box::new(found)),
        };
        let number = |finding: &Finding| {
            let facts = Facts::default().with_finding(Item::Scan, finding);
            facts.value(FactName::CriticalFindings).cloned()
        };
        let (some, many) = (
            Finding::bad("CVE-2026-1"),
            Finding::bad("Trivy").with_critical(Some(7)),
        );
        assert_eq!(number(&Finding::good("Trivy")), Some(FactValue::Number(0.0)));
        assert_eq!(number(&some), Some(FactValue::Number(1.0)));
        assert_eq!(number(&waived(many)), Some(FactValue::Number(7.0)));
        for nobody in [
            Finding::unknown("send it"),
            Finding::waived("it is slow"),
            Finding::good("trust me").said_by_hand(),
        ] {
            assert_eq!(number(&nobody), None, "{nobody:?}");
        }
        for (item, name) in [
            (Item::Signature, FactName::Signed),
            (Item::Checks, FactName::ChecksGreen),
            (Item::Digest, FactName::Pinned),
        ] {
            let facts = Facts::default().with_finding(item, &waived(some.clone()));
            assert_eq!(facts.value(name), Some(&FactValue::Flag(false)), "{name}");
        }
        let facts = Facts::default().with_finding(Item::Scan, &Finding::waived("it is slow"));
        assert_eq!(
            facts.missing(FactName::CriticalFindings),
            Some("whoever asked goes on without it: it is slow")
        );
    }
}
