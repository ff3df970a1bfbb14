//! What an executor is told: the body of its webhook, and what the placeholders of a workflow's inputs stand for.

use serde::{Deserialize, Serialize};

use crate::{deploys::drive::TargetRelease, ids::DeployId};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Back up what the deploy may break.
    BackUp,
    /// Bring the release there.
    Deploy,
    /// Send so much of the traffic to the release.
    SetWeight,
    /// Send all traffic from the one colour to the other.
    Switch,
    /// Bring the release before back.
    RollBack,
    /// Stop what is being done, take away what users do not see, and send the share of a canary back to what runs beside it.
    Stop,
    /// Tag the release as one that is good.
    MarkStable,
}

impl Act {
    /// The word in orders.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BackUp => "back_up",
            Self::Deploy => "deploy",
            Self::SetWeight => "set_weight",
            Self::Switch => "switch",
            Self::RollBack => "roll_back",
            Self::Stop => "stop",
            Self::MarkStable => "mark_stable",
        }
    }
}

/// An order. It holds no secret: it is stored, and its receiver may log it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What is to be done.
    pub act: Act,
    /// What the order is of: whoever carries it out names it in reports.
    pub key: String,
    /// Grows whenever the environment goes to another deploy: an order with a smaller one than was seen is an old one.
    pub fence: i64,
    /// The deploy that it is a part of.
    pub deploy: DeployId,
    /// Slug of the service.
    pub service: String,
    /// Name of the environment.
    pub environment: String,
    /// The version of the release.
    pub version: Option<String>,
    /// Its commit.
    pub commit: Option<String>,
    /// Its image.
    pub digest: Option<String>,
    /// Hash of the configuration that people decided on with it.
    pub config: Option<String>,
    /// Hash of the Terraform plan that they decided on.
    pub plan: Option<String>,
    /// `rolling`, `blue_green` or `canary`.
    pub strategy: Option<String>,
    /// How much of the traffic, in percent.
    pub weight: Option<u8>,
    /// Of a rollback: the deploy that it undoes.
    pub undoes: Option<DeployId>,
    /// Of a backup: the release that runs and is good, which a rollback would bring back. It is tagged so that it stays.
    pub previous: Option<TargetRelease>,
}

/// What placeholders are called.
pub const PLACEHOLDERS: [&str; 15] = [
    "act",
    "key",
    "fence",
    "deploy",
    "service",
    "environment",
    "version",
    "commit",
    "digest",
    "config",
    "plan",
    "strategy",
    "weight",
    "undoes",
    "previous",
];

impl Order {
    /// A text of the settings with what its placeholders stand for; nothing where the order does not say it. Braces that hold no
    /// placeholder stay, and what is put in is not looked at again.
    pub fn fill(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, name, after)) = next_braces(rest) {
            out.push_str(before);
            if let Some(value) = self.value(name) {
                out.push_str(&value);
            } else {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn value(&self, placeholder: &str) -> Option<String> {
        let or_nothing = |text: Option<&String>| text.cloned().unwrap_or_default();
        Some(match placeholder {
            "act" => self.act.as_str().to_owned(),
            "key" => self.key.clone(),
            "fence" => self.fence.to_string(),
            "deploy" => self.deploy.to_string(),
            "service" => self.service.clone(),
            "environment" => self.environment.clone(),
            "version" => or_nothing(self.version.as_ref()),
            "commit" => or_nothing(self.commit.as_ref()),
            "digest" => or_nothing(self.digest.as_ref()),
            "config" => or_nothing(self.config.as_ref()),
            "plan" => or_nothing(self.plan.as_ref()),
            "strategy" => or_nothing(self.strategy.as_ref()),
            "weight" => self.weight.map(|weight| weight.to_string()).unwrap_or_default(),
            "undoes" => self.undoes.map(|deploy| deploy.to_string()).unwrap_or_default(),
            "previous" => self.previous.as_ref().and_then(named).unwrap_or_default(),
            _ => return None,
        })
    }
}

/// A release in one word: its image, else its commit, else its version.
fn named(release: &TargetRelease) -> Option<String> {
    let TargetRelease { sha, version, digest } = release;
    digest.clone().or_else(|| sha.clone()).or_else(|| version.clone())
}

/// The first name in braces of a text that is none of the placeholders.
pub(super) fn unknown_placeholder(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some((_, name, after)) = next_braces(rest) {
        if !PLACEHOLDERS.contains(&name) {
            return Some(name);
        }
        rest = after;
    }
    None
}

/// What stands before the next braces, in them, and after them.
fn next_braces(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn order() -> Order {
        Order {
            act: Act::SetWeight,
            key: "drive:1".into(),
            fence: 3,
            deploy: DeployId(Uuid::from_u128(7)),
            service: "shop".into(),
            environment: "production".into(),
            version: Some("{commit}".into()),
            commit: None,
            digest: None,
            config: Some("c1".into()),
            plan: None,
            strategy: Some("canary".into()),
            weight: Some(25),
            undoes: None,
            previous: Some(TargetRelease {
                sha: Some("b".repeat(40)),
                version: Some("1.4.1".into()),
                digest: None,
            }),
        }
    }

    #[test]
    fn placeholders_stand_for_what_the_order_says() {
        let order = order();
        assert_eq!(order.fill("eu-{environment}: {weight} %"), "eu-production: 25 %");
        assert_eq!(order.fill("{commit}|{act}"), "|set_weight");
        assert_eq!(order.fill("{key} {fence}"), "drive:1 3");
        assert_eq!(order.fill("{config}|{plan}"), "c1|");
        assert_eq!(order.fill("{previous}"), "b".repeat(40));
        assert_eq!(
            order.fill("{version}"),
            "{commit}",
            "what is put in stays as it is"
        );
        assert_eq!(order.fill("{other} {"), "{other} {");
        for name in PLACEHOLDERS {
            assert!(order.value(name).is_some(), "{name}");
            assert_eq!(unknown_placeholder(&format!("{{{name}}}")), None);
        }
        assert_eq!(unknown_placeholder("{version} {other}"), Some("other"));
    }

    #[test]
    fn an_order_is_read_as_it_is_written() {
        let written = serde_json::to_value(order()).unwrap();
        assert_eq!(written["act"], "set_weight");
        assert_eq!(serde_json::from_value::<Order>(written).unwrap(), order());
    }
}
