//! What people are told of decisions and deploys, where they want it, and in which words.
//!
//! The words are pure functions of what happened: plain text, blocks for chat, and mail. Whatever others wrote (titles, reasons) is
//! escaped for where it goes; no secret is ever among it.

mod mail;
mod notice;
mod slack;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::{
    mail::{Mail, mail},
    notice::{Notice, NoticeBy},
    slack::slack,
};
use crate::{
    error::FieldErrors,
    executors::web_address,
    ids::{NotificationTargetId, PersonId, TeamId},
    names,
};

/// What can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Somebody has to decide.
    ApprovalRequested,
    /// It was decided.
    ApprovalDecided,
    /// Nobody decided yet, and soon it is too late.
    ApprovalExpiring,
    /// An admin went ahead without approval.
    BreakGlass,
    /// A deploy waits for a person: too little is known of it, or somebody confirms it.
    DeployWaits,
    /// A deploy was watched, and is good.
    DeploySucceeded,
    /// A deploy failed.
    DeployFailed,
    /// A deploy was rolled back.
    DeployRolledBack,
}

impl Topic {
    /// All, in the order of the settings.
    pub const ALL: [Self; 8] = [
        Self::ApprovalRequested,
        Self::ApprovalDecided,
        Self::ApprovalExpiring,
        Self::BreakGlass,
        Self::DeployWaits,
        Self::DeploySucceeded,
        Self::DeployFailed,
        Self::DeployRolledBack,
    ];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApprovalRequested => "approval_requested",
            Self::ApprovalDecided => "approval_decided",
            Self::ApprovalExpiring => "approval_expiring",
            Self::BreakGlass => "break_glass",
            Self::DeployWaits => "deploy_waits",
            Self::DeploySucceeded => "deploy_succeeded",
            Self::DeployFailed => "deploy_failed",
            Self::DeployRolledBack => "deploy_rolled_back",
        }
    }

    /// The topic that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == text)
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::ApprovalRequested => "Approval requested",
            Self::ApprovalDecided => "Approval decided",
            Self::ApprovalExpiring => "Approval about to expire",
            Self::BreakGlass => "Gone ahead without approval",
            Self::DeployWaits => "Deploy waits for a person",
            Self::DeploySucceeded => "Deploy succeeded",
            Self::DeployFailed => "Deploy failed",
            Self::DeployRolledBack => "Deploy rolled back",
        }
    }

    /// Whether somebody has to hear it, also where nobody chose to.
    pub fn is_page(self) -> bool {
        self == Self::DeployFailed
    }
}

/// Where news go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetKind {
    /// A webhook that takes what Slack takes.
    Slack,
    /// An address of e-mail.
    Mail,
}

impl TargetKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Slack, Self::Mail];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Mail => "mail",
        }
    }

    /// The kind that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A place where news go, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Which.
    pub id: NotificationTargetId,
    /// Whose; `None`: the organisation's.
    pub person: Option<PersonId>,
    /// What it is.
    pub kind: TargetKind,
    /// What people call it.
    pub name: String,
    /// Of mail: the address.
    pub address: Option<String>,
    /// What is told there.
    pub choices: Vec<Choice>,
    /// Since when it is there.
    pub created_at: DateTime<Utc>,
}

/// One thing that is told somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Choice {
    /// What.
    pub topic: Topic,
    /// Only of services of this team; `None`: of all that may be seen there.
    pub team: Option<TeamId>,
}

/// A new place where news go, as a form sends it.
#[derive(Clone, Default)]
pub struct RawTarget {
    /// `slack` or `mail`.
    pub kind: String,
    /// What people shall call it.
    pub name: String,
    /// The webhook's address, which is a secret, or the address of e-mail.
    pub address: String,
}

/// A new place where news go.
#[derive(Clone, PartialEq, Eq)]
pub struct NewTarget {
    /// What it is.
    pub kind: TargetKind,
    /// What people call it.
    pub name: String,
    /// The webhook's address, or that of e-mail in lower case.
    pub address: String,
}

impl fmt::Debug for NewTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewTarget")
            .field("kind", &self.kind)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl NewTarget {
    /// Reads a new place where news go.
    ///
    /// # Errors
    /// What is wrong with each field; never with what stands in an address.
    pub fn parse(raw: &RawTarget) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let Some(kind) = TargetKind::parse(raw.kind.trim()) else {
            return Err(FieldErrors::one("kind", "choose slack or mail"));
        };
        let address = match kind {
            TargetKind::Slack => web_address("address", raw.address.trim(), &mut errors),
            TargetKind::Mail => mail_address(raw.address.trim(), &mut errors),
        };
        let name = match (kind, raw.name.trim()) {
            (TargetKind::Mail, "") => address.clone(),
            (_, name) => name.to_owned(),
        };
        if name.is_empty() || name.chars().count() > 200 {
            errors.add(
                "name",
                "give it a name of at most 200 characters, for example #releases",
            );
        } else if let Some(c) = names::unseen(&name) {
            errors.add("name", names::leave_out(c));
        }
        errors.or(Self { kind, name, address })
    }
}

/// Only what every mail server takes without quotes, so that no header can be written into it.
fn mail_address(text: &str, errors: &mut FieldErrors) -> String {
    let plain = |part: &str, more: &[u8]| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !part.contains("..")
    };
    let is_address = text.len() <= 254
        && text
            .split_once('@')
            .is_some_and(|(local, domain)| plain(local, b".!#$%&'*+-/=?^_`{|}~") && plain(domain, b".-"));
    if !is_address {
        errors.add("address", "write an address such as ada@example.com");
    }
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(kind: &str, name: &str, address: &str) -> RawTarget {
        RawTarget {
            kind: kind.into(),
            name: name.into(),
            address: address.into(),
        }
    }

    #[test]
    fn words_name_topics_and_kinds() {
        for topic in Topic::ALL {
            assert_eq!(Topic::parse(topic.as_str()), Some(topic));
            assert_eq!(serde_json::to_value(topic).unwrap(), topic.as_str());
        }
        for kind in TargetKind::ALL {
            assert_eq!(TargetKind::parse(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn a_target_is_a_webhook_or_an_address_of_mail() {
        let mail = NewTarget::parse(&raw("mail", "", " Ada@Example.com ")).unwrap();
        assert_eq!(
            (&*mail.name, &*mail.address),
            ("ada@example.com", "ada@example.com")
        );
        let slack = NewTarget::parse(&raw("slack", "#releases", "https://hooks.example/canary")).unwrap();
        assert!(!format!("{slack:?}").contains("canary"));
        for (kind, name, address, field) in [
            ("fax", "", "", "kind"),
            ("slack", "", "https://hooks.example/x", "name"),
            ("slack", "a\u{202e}b", "https://hooks.example/x", "name"),
            ("slack", "#releases", "hooks.example", "address"),
            ("mail", "", "ada", "address"),
            ("mail", "", "ada@example.com\r\nBcc: eve@example.com", "address"),
            ("mail", "", "ada@example.com, eve@example.com", "address"),
            ("mail", "", "\"ada\"@example.com", "address"),
            ("mail", "", "ada@", "address"),
        ] {
            let errors = NewTarget::parse(&raw(kind, name, address)).unwrap_err();
            assert_eq!(errors.0[0].field, field, "{kind} {name} {address}");
        }
    }
}
