//! What must be known of a release before people decide, and again before it is deployed.

use serde::{Deserialize, Serialize};

use super::Drive;
use crate::{
    deploys::report::{is_digest, tag_of},
    environments::EnvironmentClass,
    error::FieldErrors,
};

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// The checks of its commit are green.
    Checks,
    /// The image is pinned by its digest, and no mutable tag stands for it.
    Digest,
    /// The scan of the image has no critical finding.
    Scan,
    /// The image is signed.
    Signature,
    /// There is a release to go back to.
    RollbackTarget,
    /// It succeeded in the environments upstream.
    Promotion,
    /// The database is backed up before it is deployed.
    Backup,
}

impl Item {
    /// Everything that is looked at.
    pub const ALL: [Self; 7] = [
        Self::Checks,
        Self::Digest,
        Self::Scan,
        Self::Signature,
        Self::RollbackTarget,
        Self::Promotion,
        Self::Backup,
    ];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checks => "checks",
            Self::Digest => "digest",
            Self::Scan => "scan",
            Self::Signature => "signature",
            Self::RollbackTarget => "rollback_target",
            Self::Promotion => "promotion",
            Self::Backup => "backup",
        }
    }

    /// The item that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|item| item.as_str() == text)
    }

    /// Whether somebody may go on without it, with a reason. What an image is nobody can waive.
    pub fn can_be_waived(self) -> bool {
        self != Self::Digest
    }
}

/// Whoever asked for the deploy goes on without an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// Without which.
    pub item: Item,
    /// Why.
    pub reason: String,
}

/// What is known of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Finding {
    /// As it should be.
    Good {
        /// What was found.
        what: String,
        /// Whether only a person says so, who is no source of it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_hand: bool,
    },
    /// Not as it should be.
    Bad {
        /// What was found, and what to do.
        why: String,
        /// Whether only a person says so, who is no source of it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_hand: bool,
        /// Of a scan: how many critical findings, where that was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        critical: Option<u32>,
    },
    /// Nobody said.
    Unknown {
        /// Who would.
        source: String,
    },
    /// Somebody goes on without it.
    Waived {
        /// Why.
        reason: String,
        /// What is known to be wrong with it all the same; a waiver stands beside that, and takes none of it away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        known: Option<Box<Finding>>,
    },
}

impl Finding {
    /// A good one.
    pub fn good(what: impl Into<String>) -> Self {
        Self::Good {
            what: what.into(),
            by_hand: false,
        }
    }

    /// A bad one.
    pub fn bad(why: impl Into<String>) -> Self {
        Self::Bad {
            why: why.into(),
            by_hand: false,
            critical: None,
        }
    }

    /// One that nobody tells.
    pub fn unknown(source: impl Into<String>) -> Self {
        Self::Unknown {
            source: source.into(),
        }
    }

    /// One that somebody goes on without, where nothing is known to be wrong with it.
    pub fn waived(reason: impl Into<String>) -> Self {
        Self::Waived {
            reason: reason.into(),
            known: None,
        }
    }

    /// A bad one with how many critical findings that are.
    #[must_use]
    pub fn with_critical(mut self, count: Option<u32>) -> Self {
        if let Self::Bad { critical, .. } = &mut self {
            *critical = count;
        }
        self
    }

    /// What is known to be wrong, also where somebody goes on all the same.
    pub fn wrong(&self) -> Option<&Self> {
        match self {
            Self::Bad { .. } => Some(self),
            Self::Waived { known, .. } => known.as_deref(),
            Self::Good { .. } | Self::Unknown { .. } => None,
        }
    }

    /// The same where only a person says it.
    #[must_use]
    pub fn said_by_hand(mut self) -> Self {
        if let Self::Good { by_hand, .. } | Self::Bad { by_hand, .. } = &mut self {
            *by_hand = true;
        }
        self
    }

    /// Whether only a person says so: people who decide look at it, and no policy takes it for known.
    pub fn is_by_hand(&self) -> bool {
        matches!(
            self,
            Self::Good { by_hand: true, .. } | Self::Bad { by_hand: true, .. }
        )
    }

    /// What stands of something that is said and of what was known before: a source's word, unless it knew nothing wrong and a
    /// person says since then that something is.
    #[must_use]
    pub fn over(self, before: Option<Self>) -> Self {
        let is_worse = |before: &Self| matches!(self, Self::Bad { .. }) && before.wrong().is_none();
        match before {
            Some(before) if self.is_by_hand() && !before.is_by_hand() && !is_worse(&before) => before,
            _ => self,
        }
    }
}

/// Everything that was found, one finding for each item but the backup, which is made later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Evidence(Vec<(Item, Finding)>);

/// What the sources say of a drive's release, before waivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// Of its checks.
    pub checks: Finding,
    /// Of its scan.
    pub scan: Finding,
    /// Of its signature.
    pub signature: Finding,
    /// Of a release to go back to.
    pub target: Finding,
    /// Of the environments upstream.
    pub promotion: Finding,
    /// Whether a person typed the image's digest, and no source told of that image of the commit.
    pub typed: bool,
}

/// What evidence allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// Go on.
    Enough,
    /// Something is not known yet.
    Missing(String),
    /// Something is wrong.
    Wrong(String),
}

impl Evidence {
    /// The evidence of a drive: what the sources say, and what was waived where it is not good. What is wrong stays beside the
    /// waiver.
    pub fn of(drive: &Drive, sources: Sources) -> Self {
        let waive = |item: Item, found: Finding| {
            let is_good = matches!(found, Finding::Good { .. });
            let waiver = drive.waivers.iter().find(|waiver| waiver.item == item);
            let finding = match waiver.filter(|_| !is_good && item.can_be_waived()) {
                Some(waiver) => Finding::Waived {
                    reason: waiver.reason.clone(),
                    known: found.wrong().cloned().map(Box::new),
                },
                None => found,
            };
            (item, finding)
        };
        Self(vec![
            waive(Item::Checks, sources.checks),
            waive(Item::Digest, digest(drive, sources.typed)),
            waive(Item::Scan, sources.scan),
            waive(Item::Signature, sources.signature),
            waive(Item::RollbackTarget, sources.target),
            waive(Item::Promotion, sources.promotion),
        ])
    }

    /// The same with the backup where that was waived: it is made later, and people decide before.
    #[must_use]
    pub fn with_waived_backup(mut self, drive: &Drive) -> Self {
        let mut waivers = drive.waivers.iter();
        if let Some(waiver) = waivers.find(|waiver| waiver.item == Item::Backup) {
            self.0
                .push((Item::Backup, Finding::waived(waiver.reason.as_str())));
        }
        self
    }

    /// What it allows in an environment of a class. The first that is wrong is named, else the first that is missing. Outside of
    /// production only what is known to be bad stops a deploy.
    pub fn judge(&self, class: EnvironmentClass) -> Judged {
        let wrong = self.0.iter().find_map(|(item, finding)| match finding {
            Finding::Bad { why, .. } => Some(format!("{}: {why}", item.as_str())),
            _ => None,
        });
        if let Some(why) = wrong {
            return Judged::Wrong(why);
        }
        let missing = self.0.iter().find_map(|(item, finding)| match finding {
            Finding::Unknown { source } => Some(format!("{}: {source}", item.as_str())),
            _ => None,
        });
        let missing = missing.filter(|_| class == EnvironmentClass::Production);
        missing.map_or(Judged::Enough, Judged::Missing)
    }

    /// What differs from what people decided on; `None` where nothing does.
    pub fn difference(&self, decided: &Self) -> Option<String> {
        let differing = |(item, finding): &(Item, Finding)| {
            let before = decided.finding(*item);
            (before != Some(finding)).then(|| format!("{} is not what was decided on", item.as_str()))
        };
        self.0.iter().find_map(differing)
    }

    /// What was found of an item.
    pub fn finding(&self, item: Item) -> Option<&Finding> {
        self.0
            .iter()
            .find(|(of, _)| *of == item)
            .map(|(_, finding)| finding)
    }

    /// Every item with what was found.
    pub fn findings(&self) -> &[(Item, Finding)] {
        &self.0
    }
}

/// A digest names one image for ever; a tag does not.
fn digest(drive: &Drive, typed: bool) -> Finding {
    let release = &drive.release;
    if let Err(mutable) = check_tag(release.version.as_deref(), drive.class) {
        return Finding::bad(mutable.to_string());
    }
    match &release.digest {
        Some(digest) if is_digest(digest) && typed => Finding::good(digest.clone()).said_by_hand(),
        Some(digest) if is_digest(digest) => Finding::good(digest.clone()),
        Some(other) => Finding::bad(format!("{other} is no digest; pin the image by `sha256:…`")),
        None => Finding::unknown("name the image by its digest when the deploy is asked for"),
    }
}

/// Refuses a tag that can change under a running service for production.
///
/// # Errors
/// Of the field `version`.
pub fn check_tag(version: Option<&str>, class: EnvironmentClass) -> Result<(), FieldErrors> {
    const MUTABLE: [&str; 6] = ["latest", "stable", "edge", "main", "master", "nightly"];
    let is_mutable = |tag: &str| MUTABLE.iter().any(|mutable| tag.eq_ignore_ascii_case(mutable));
    let mutable = version.is_some_and(|version| is_mutable(tag_of(version)));
    if mutable && class == EnvironmentClass::Production {
        let message = "this tag can change under a running service; give the version that it stands for, and the digest";
        return Err(FieldErrors::one("version", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{
        super::world::{drive, good},
        *,
    };

    fn waiver(item: Item) -> Waiver {
        Waiver {
            item,
            reason: "the scanner is down".into(),
        }
    }

    #[test]
    fn production_needs_to_know_and_others_only_refuse_what_is_bad() {
        let mut drive = drive(1);
        let unknown = Sources {
            scan: Finding::unknown("send the scan's result"),
            ..good()
        };
        let evidence = Evidence::of(&drive, unknown.clone());
        assert!(
            matches!(evidence.judge(EnvironmentClass::Production), Judged::Missing(why) if why.contains("scan"))
        );
        assert_eq!(evidence.judge(EnvironmentClass::Staging), Judged::Enough);
        drive.waivers.push(waiver(Item::Scan));
        assert_eq!(evidence.clone().with_waived_backup(&drive), evidence);
        let waived = Evidence::of(&drive, unknown);
        assert_eq!(waived.judge(EnvironmentClass::Production), Judged::Enough);
        drive.waivers.push(waiver(Item::Backup));
        let shown = waived.with_waived_backup(&drive);
        assert!(matches!(
            shown.finding(Item::Backup),
            Some(Finding::Waived { .. })
        ));
        let bad = Evidence::of(
            &drive,
            Sources {
                checks: Finding::bad("2 checks failed"),
                ..good()
            },
        );
        assert!(matches!(bad.judge(EnvironmentClass::Preview), Judged::Wrong(_)));
    }

    #[test]
    fn production_takes_an_image_that_is_pinned_and_nobody_waives_that() {
        let mut drive = drive(1);
        drive.release.digest = None;
        drive.waivers.push(waiver(Item::Digest));
        let evidence = Evidence::of(&drive, good());
        assert!(matches!(
            evidence.judge(EnvironmentClass::Production),
            Judged::Missing(_)
        ));
        drive.release.version = Some("Latest".into());
        let evidence = Evidence::of(&drive, good());
        assert!(matches!(
            evidence.judge(EnvironmentClass::Production),
            Judged::Wrong(_)
        ));
    }

    #[test]
    fn a_finding_that_changed_is_a_difference() {
        let drive = drive(1);
        let decided = Evidence::of(&drive, good());
        assert_eq!(decided.difference(&decided), None);
        let now = Evidence::of(
            &drive,
            Sources {
                signature: Finding::unknown("the registry does not answer"),
                ..good()
            },
        );
        assert!(now.difference(&decided).unwrap().contains("signature"));
    }

    #[test]
    fn what_a_person_says_is_enough_to_ask_people_and_stays_marked() {
        let drive = drive(1);
        let said = Sources {
            scan: Finding::good("trust me").said_by_hand(),
            typed: true,
            ..good()
        };
        let evidence = Evidence::of(&drive, said);
        assert_eq!(evidence.judge(EnvironmentClass::Production), Judged::Enough);
        for item in [Item::Scan, Item::Digest] {
            assert!(evidence.finding(item).unwrap().is_by_hand(), "{item:?}");
        }
        assert!(evidence.difference(&Evidence::of(&drive, good())).is_some());
        let stored = serde_json::to_value(&evidence).unwrap();
        assert_eq!(serde_json::from_value::<Evidence>(stored).unwrap(), evidence);
        let before = serde_json::json!({ "is": "good", "what": "trivy" });
        let read: Finding = serde_json::from_value(before.clone()).unwrap();
        assert_eq!(read, Finding::good("trivy"));
        assert_eq!(serde_json::to_value(read).unwrap(), before);
    }

    #[test]
    fn a_source_is_not_talked_over() {
        let (source, found) = (Finding::good("trivy"), Finding::bad("CVE-2026-1"));
        let well = Finding::good("trust me").said_by_hand();
        let wrong = Finding::bad("I saw something").said_by_hand();
        assert_eq!(well.clone().over(Some(found.clone())), found);
        assert_eq!(well.clone().over(Some(source.clone())), source);
        assert_eq!(well.clone().over(Some(wrong.clone())), well);
        assert_eq!(well.clone().over(None), well);
        assert_eq!(wrong.clone().over(Some(source.clone())), wrong);
        assert_eq!(found.clone().over(Some(source)), found);
    }

    #[test]
    fn a_waiver_takes_nothing_away_of_what_is_known() {
        let mut drive = drive(1);
        drive.waivers.push(waiver(Item::Scan));
        let of = |scan: Finding| Evidence::of(&drive, Sources { scan, ..good() });
        let found = Finding::bad("CVE-2026-1 is critical").with_critical(Some(2));
        let (unknown, bad) = (of(Finding::unknown("send it")), of(found.clone()));
        assert_eq!(
            unknown.finding(Item::Scan),
            Some(&Finding::waived("the scanner is down"))
        );
        let shown = bad.finding(Item::Scan).unwrap();
        assert!(matches!(shown, Finding::Waived { reason, .. } if reason == "the scanner is down"));
        assert_eq!(shown.wrong(), Some(&found));
        assert_eq!(bad.judge(EnvironmentClass::Production), Judged::Enough);
        for (now, before) in [
            (&bad, &unknown),
            (&of(Finding::bad("CVE-2026-2 is critical")), &bad),
            (&of(found.with_critical(Some(3))), &bad),
        ] {
            assert!(now.difference(before).unwrap().contains("scan"));
        }
        let stored = serde_json::to_value(&bad).unwrap();
        assert_eq!(serde_json::from_value::<Evidence>(stored).unwrap(), bad);
        let before = serde_json::json!({ "is": "waived", "reason": "the scanner is down" });
        let read: Finding = serde_json::from_value(before.clone()).unwrap();
        assert_eq!(read, Finding::waived("the scanner is down"));
        assert_eq!(serde_json::to_value(read).unwrap(), before);
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for item in Item::ALL {
            assert_eq!(Item::parse(item.as_str()), Some(item));
        }
    }
}
