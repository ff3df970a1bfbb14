//! The feed of what changed, by which open pages know that they are old: its events, the places in it, and what a page
//! asks to hear of.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};

use crate::{
    ids::{DeployId, ServiceId},
    sight::Audience,
};

/// A place in the feed: what stands after it is new to whoever remembers it. Written as `transaction.number`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// The transaction that wrote the event, as the database numbers them.
    pub transaction: i64,
    /// The event's number; 0 stands before every event of the transaction.
    pub number: i64,
}

impl Mark {
    /// The place before every event of a transaction.
    pub fn before(transaction: i64) -> Self {
        Self {
            transaction,
            number: 0,
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.transaction, self.number)
    }
}

impl FromStr for Mark {
    type Err = LiveError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.parse::<u64>().ok().and_then(|n| i64::try_from(n).ok());
        text.split_once('.')
            .and_then(|(transaction, within)| {
                Some(Self {
                    transaction: number(transaction)?,
                    number: number(within)?,
                })
            })
            .ok_or(LiveError::Mark)
    }
}

/// What kind of thing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// A deploy: its state, its changes, what came of it.
    Deploy,
    /// The history of a service was derived again: facts about it arrived.
    Service,
    /// How well a service is, or how many incidents it has open.
    Health,
    /// The catalogue: entities came, went or are described otherwise.
    Catalog,
    /// A pull request.
    PullRequest,
    /// A delivery was processed.
    Delivery,
    /// A request for a decision: it was opened, somebody decided about it or looked through it, it ended.
    Approval,
}

impl ChangeKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Deploy,
        Self::Service,
        Self::Health,
        Self::Catalog,
        Self::PullRequest,
        Self::Delivery,
        Self::Approval,
    ];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Service => "service",
            Self::Health => "health",
            Self::Catalog => "catalog",
            Self::PullRequest => "pull_request",
            Self::Delivery => "delivery",
            Self::Approval => "approval",
        }
    }

    /// The kind that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What changed: no more than an open page needs to know that it is old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Change {
    /// What kind of thing.
    pub kind: ChangeKind,
    /// The service that it is about.
    pub service: Option<ServiceId>,
    /// The deploy, where it is one.
    pub deploy: Option<DeployId>,
}

impl Change {
    /// A change of no service in particular.
    pub fn of(kind: ChangeKind) -> Self {
        Self {
            kind,
            service: None,
            deploy: None,
        }
    }

    /// A change of a service.
    pub fn of_service(kind: ChangeKind, service: ServiceId) -> Self {
        Self {
            service: Some(service),
            ..Self::of(kind)
        }
    }

    /// A change of a deploy.
    pub fn of_deploy(service: ServiceId, deploy: DeployId) -> Self {
        Self {
            deploy: Some(deploy),
            ..Self::of_service(ChangeKind::Deploy, service)
        }
    }
}

/// The most deploys that one unit of work names one by one. Whoever derives a year at once changes every list anyway.
const NAMED_DEPLOYS: usize = 50;

/// The changes of a service after it was derived: each deploy that is another now, or that many are; and the service.
pub fn derived(service: ServiceId, deploys: &[DeployId], health: bool) -> Vec<Change> {
    let mut changes: Vec<Change> = if deploys.len() > NAMED_DEPLOYS {
        vec![Change::of_service(ChangeKind::Deploy, service)]
    } else {
        let each = deploys.iter().map(|deploy| Change::of_deploy(service, *deploy));
        each.collect()
    };
    changes.push(Change::of_service(ChangeKind::Service, service));
    changes.extend(health.then(|| Change::of_service(ChangeKind::Health, service)));
    changes
}

/// A change at its place in the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Where it stands.
    pub mark: Mark,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What changed.
    pub change: Change,
    /// Who may hear of it.
    pub audience: Audience,
}

/// What a page asks to hear of: a kind of change anywhere, or everything of one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Every change of one kind.
    Kind(ChangeKind),
    /// Every change of one service.
    Of(ServiceId),
}

impl Topic {
    fn covers(self, change: &Change) -> bool {
        match self {
            Self::Kind(kind) => change.kind == kind,
            Self::Of(service) => change.service == Some(service),
        }
    }
}

/// The topics of one stream. Written with commas: `deploy,health`, `service:0192…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics(Vec<Topic>);

/// The most topics that one stream may have: no page needs more than six.
const MOST_TOPICS: usize = 16;

impl Topics {
    /// These topics.
    pub fn of(topics: impl IntoIterator<Item = Topic>) -> Self {
        Self(topics.into_iter().collect())
    }

    /// Whether the page wants to hear of a change.
    pub fn cover(&self, change: &Change) -> bool {
        self.0.iter().any(|topic| topic.covers(change))
    }
}

impl fmt::Display for Topics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, topic) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            match topic {
                Topic::Kind(kind) => f.write_str(kind.as_str())?,
                Topic::Of(service) => write!(f, "service:{service}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Topics {
    type Err = LiveError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let topic = |word: &str| match word.strip_prefix("service:") {
            Some(id) => id.parse().map(Topic::Of).map_err(|_| LiveError::Topic),
            None => ChangeKind::parse(word).map(Topic::Kind).ok_or(LiveError::Topic),
        };
        let topics = text
            .split(',')
            .take(MOST_TOPICS + 1)
            .map(topic)
            .collect::<Result<Vec<_>, _>>()?;
        if topics.len() > MOST_TOPICS {
            return Err(LiveError::TooMany);
        }
        Ok(Self(topics))
    }
}

/// Why a stream cannot be asked for like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// Not a place in the feed.
    #[error("a place in the feed is written as two numbers with a point between them, for example 7421.3")]
    Mark,
    /// Not a topic.
    #[error(
        "a topic is deploy, service, health, catalog, pull_request, delivery, approval, or service: with a service's id"
    )]
    Topic,
    /// More topics than a page needs.
    #[error("a stream has at most {MOST_TOPICS} topics")]
    TooMany,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn service(number: u128) -> ServiceId {
        ServiceId(Uuid::from_u128(number))
    }

    #[test]
    fn a_mark_is_read_as_it_is_written() {
        let mark = Mark {
            transaction: 7421,
            number: 3,
        };
        assert_eq!(mark.to_string(), "7421.3");
        assert_eq!("7421.3".parse(), Ok(mark));
        for wrong in [
            "",
            "7421",
            "7421.",
            ".3",
            "-1.3",
            "1.2.3",
            "99999999999999999999.1",
        ] {
            assert_eq!(wrong.parse::<Mark>(), Err(LiveError::Mark), "{wrong}");
        }
    }

    #[test]
    fn marks_are_ordered_by_transaction_and_then_by_number() {
        let mark = |transaction, number| Mark { transaction, number };
        assert!(mark(7, 900) < mark(8, 1));
        assert!(mark(8, 1) < mark(8, 2));
        assert!(
            Mark::before(8) < mark(8, 1),
            "the place before a transaction is before its first event"
        );
    }

    #[test]
    fn topics_cover_a_kind_anywhere_or_everything_of_a_service() {
        let topics: Topics = format!("health,service:{}", service(1)).parse().unwrap();
        assert!(topics.cover(&Change::of_service(ChangeKind::Health, service(2))));
        assert!(topics.cover(&Change::of_deploy(service(1), DeployId(Uuid::from_u128(9)))));
        assert!(!topics.cover(&Change::of_deploy(service(2), DeployId(Uuid::from_u128(9)))));
        assert!(!topics.cover(&Change::of(ChangeKind::Catalog)));
    }

    #[test]
    fn topics_are_read_as_they_are_written() {
        let topics = Topics::of(
            ChangeKind::ALL
                .map(Topic::Kind)
                .into_iter()
                .chain([Topic::Of(service(5))]),
        );
        assert_eq!(topics.to_string().parse(), Ok(topics));
        assert_eq!("".parse::<Topics>(), Err(LiveError::Topic));
        assert_eq!("deploys".parse::<Topics>(), Err(LiveError::Topic));
        assert_eq!("service:x".parse::<Topics>(), Err(LiveError::Topic));
        assert_eq!(
            vec!["deploy"; 17].join(",").parse::<Topics>(),
            Err(LiveError::TooMany)
        );
    }

    #[test]
    fn a_year_derived_at_once_is_one_change_of_deploys() {
        let deploys: Vec<_> = (0..400).map(|n| DeployId(Uuid::from_u128(n))).collect();
        let changes = derived(service(1), &deploys, true);
        assert_eq!(changes.len(), 3);
        assert_eq!(changes[0].deploy, None);
        let few = derived(service(1), &deploys[..2], false);
        assert_eq!(
            few.iter().map(|change| change.kind).collect::<Vec<_>>(),
            [ChangeKind::Deploy, ChangeKind::Deploy, ChangeKind::Service]
        );
    }
}
