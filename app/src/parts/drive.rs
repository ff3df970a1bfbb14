//! How what is known of a driven release reads.

use domain::deploys::drive::evidence::{Finding, Item};

use crate::ui::Status;

/// What is looked at, as it is called.
pub fn item_words(item: Item) -> &'static str {
    match item {
        Item::Checks => "Checks",
        Item::Digest => "Image",
        Item::Scan => "Scan",
        Item::Signature => "Signature",
        Item::RollbackTarget => "Way back",
        Item::Promotion => "Before this",
        Item::Backup => "Backup",
    }
}

/// How a finding looks and is called.
pub fn finding_status(finding: &Finding) -> Status {
    match finding {
        Finding::Good { by_hand: true, .. } => Status::warn("said by hand"),
        Finding::Good { .. } => Status::ok("good"),
        Finding::Bad { .. } => Status::danger("not good"),
        Finding::Unknown { .. } => Status::idle("not known"),
        Finding::Waived { known: Some(_), .. } => Status::danger("not good, waived"),
        Finding::Waived { .. } => Status::warn("waived"),
    }
}

/// What was found, who would say, or why it goes on without.
pub fn finding_words(finding: &Finding) -> String {
    match finding {
        Finding::Good {
            what: said,
            by_hand: true,
        }
        | Finding::Bad {
            why: said,
            by_hand: true,
            ..
        } => {
            format!("{said}: said by hand by whoever asked, and by no source")
        }
        Finding::Good { what, .. } => what.clone(),
        Finding::Bad { why, .. } => why.clone(),
        Finding::Unknown { source } => source.clone(),
        Finding::Waived {
            reason,
            known: Some(known),
        } => format!(
            "{}; whoever asked goes on without it: “{reason}”",
            finding_words(known)
        ),
        Finding::Waived { reason, .. } => format!("“{reason}”"),
    }
}
