//! What happened, in plain words.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Topic;
use crate::{
    ids::{ApprovalId, PersonId, ServiceId},
    moments::moment,
    names,
};

/// The longest text of others that is repeated; whoever wants all of it opens the page.
const MOST_CHARACTERS: usize = 300;

/// Something that people are told. It holds no secret and is stored until it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What it is about.
    pub topic: Topic,
    /// The service.
    pub service: ServiceId,
    /// Its title.
    pub title: String,
    /// The environment's name.
    pub environment: String,
    /// The release: its version, or the beginning of its commit.
    pub release: String,
    /// How it was decided: `approved`, `rejected`; why it was rolled back, in words.
    pub outcome: Option<String>,
    /// Who did it.
    pub by: Option<NoticeBy>,
    /// Why, as somebody wrote it.
    pub reason: Option<String>,
    /// Until when something has to be done.
    pub deadline: Option<DateTime<Utc>>,
    /// The request that people are urged to decide about. It is told while that waits, and of people only to those who can still
    /// decide or who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urges: Option<ApprovalId>,
    /// The path of the page that shows all of it; it begins with a slash.
    pub path: String,
}

/// Somebody, by the name that they had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeBy {
    /// Who; nobody for tokens and Fairway itself.
    pub id: Option<PersonId>,
    /// Their name.
    pub name: String,
}

impl Notice {
    /// All in one line.
    pub fn headline(&self) -> String {
        format!(
            "{}: {} {} to {}",
            self.topic.title(),
            shown(&self.title),
            shown(&self.release),
            shown(&self.environment)
        )
    }

    /// What else is known: what each thing is called, and what it is.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        let by = self.by.as_ref().map(|by| ("By", shown(&by.name)));
        let outcome = self.outcome.as_deref().map(|text| ("Outcome", shown(text)));
        let reason = self.reason.as_deref().map(|text| ("Reason", shown(text)));
        let deadline = self.deadline.map(|at| ("Until", moment(at)));
        [outcome, by, reason, deadline].into_iter().flatten().collect()
    }

    /// What whoever reads it can do.
    pub fn next(&self) -> &'static str {
        match self.topic {
            Topic::ApprovalRequested => "See what would be deployed, and decide",
            Topic::ApprovalExpiring => {
                "Decide before it expires, or ask those who can; nothing is approved by waiting"
            }
            Topic::ApprovalDecided => "See what was decided, and on what",
            Topic::BreakGlass => "A second person reviews it within 24 hours",
            Topic::DeployWaits => "See what is known of it, and confirm it or roll it back",
            Topic::DeploySucceeded => "See how it went",
            Topic::DeployFailed => "See what failed",
            Topic::DeployRolledBack => "See the samples that it was rolled back for",
        }
    }

    /// The whole address of its page.
    pub fn link(&self, public_url: &str) -> String {
        format!("{}{}", public_url.trim_end_matches('/'), self.path)
    }
}

/// A text of others: one line in which everything can be seen, cut where it is long.
fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut chars = line.chars();
    let mut cut: String = chars.by_ref().take(MOST_CHARACTERS).collect();
    if chars.next().is_some() {
        cut.push('…');
    }
    names::title_written_out(&cut)
}

#[cfg(test)]
pub(super) mod tests {
    use uuid::Uuid;

    use super::*;

    /// News with everything in it that others write.
    pub fn notice() -> Notice {
        Notice {
            topic: Topic::ApprovalRequested,
            service: ServiceId(Uuid::from_u128(1)),
            title: "Shop <script>alert(1)</script> & more".into(),
            environment: "production".into(),
            release: "1.4.2".into(),
            outcome: None,
            by: Some(NoticeBy {
                id: None,
                name: "Ada <!channel>".into(),
            }),
            reason: Some("Because\r\nBcc: eve@example.com".into()),
            deadline: DateTime::from_timestamp(1_800_000_000, 0),
            urges: None,
            path: "/approvals/7?a=1&b=2".into(),
        }
    }

    #[test]
    fn a_headline_is_one_line_in_which_everything_can_be_seen() {
        let notice = Notice {
            title: "Shop\n\u{202e}evil".into(),
            release: "x".repeat(400),
            ..notice()
        };
        let line = notice.headline();
        assert!(
            line.starts_with("Approval requested: Shop ⟨U+202E⟩evil xxx"),
            "{line}"
        );
        assert!(
            line.ends_with("… to production") && !line.contains('\n'),
            "{line}"
        );
    }

    #[test]
    fn details_are_what_is_known() {
        let details = notice().details();
        let names: Vec<&str> = details.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["By", "Reason", "Until"]);
        assert_eq!(details[1].1, "Because Bcc: eve@example.com");
        assert_eq!(details[2].1, "2027-01-15 08:00 UTC");
        assert_eq!(
            notice().link("https://fairway.example/"),
            "https://fairway.example/approvals/7?a=1&b=2"
        );
    }

    #[test]
    fn every_topic_says_what_to_do() {
        for topic in Topic::ALL {
            let notice = Notice { topic, ..notice() };
            assert!(!notice.next().is_empty() && notice.headline().starts_with(topic.title()));
        }
    }
}
