//! Whether it is known what production does not have, and if not, why and what helps.

use domain::{
    catalog::Service,
    deploys::read::{ChannelFacts, WaitingChange},
};
use leptos::prelude::*;

use crate::{
    paths,
    ui::{Empty, LinkButton},
};

/// What production does not have.
pub(super) enum Waiting {
    /// These changes; none of them means that it has everything.
    Known(Vec<WaitingChange>),
    /// Nobody knows, and this is why.
    Unknown(Missing),
}

/// What is missing to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// No repository is named.
    Repository,
    /// Nothing was seen of its default branch.
    Push,
    /// No deploy to production was seen.
    Deploy,
    /// The commit that runs in production was not seen on the default branch.
    Commit,
}

impl Waiting {
    /// What is known of a service.
    pub fn of(service: &Service, channel: &ChannelFacts, changes: Vec<WaitingChange>) -> Self {
        match why(service, channel) {
            Some(why) => Self::Unknown(why),
            None => Self::Known(changes),
        }
    }
}

/// What is missing to know what production does not have; `None` where it is.
pub(super) fn why(service: &Service, channel: &ChannelFacts) -> Option<Missing> {
    if service.summary.state.undelivered_changes.is_some() {
        None
    } else if service.repository.is_none() {
        Some(Missing::Repository)
    } else if channel.head.is_none() {
        Some(Missing::Push)
    } else if channel.production.is_none() {
        Some(Missing::Deploy)
    } else {
        Some(Missing::Commit)
    }
}

impl Missing {
    /// In a few words, for a list of facts.
    pub fn words(self) -> &'static str {
        match self {
            Self::Repository => "no repository is named",
            Self::Push => "no push seen yet",
            Self::Deploy => "no deploy to production seen yet",
            Self::Commit => "what runs there is no known commit",
        }
    }

    /// What it is and what helps.
    pub fn view(self) -> AnyView {
        match self {
            Self::Repository => view! {
                <Empty title="Not known: no repository is named">
                    "Name it in the catalog file by the annotation "<code>"github.com/project-slug"</code>"."
                </Empty>
            }
            .into_any(),
            Self::Push => view! {
                <Empty title="Not known: no push seen yet">
                    "Nothing was seen of its default branch. Let GitHub send push events, or read its history."
                    <LinkButton href=paths::admin_repositories()>"Read history"</LinkButton>
                </Empty>
            }
            .into_any(),
            Self::Deploy => view! {
                <Empty title="Not known: no deploy to production seen yet">
                    "Let GitHub send deployment events, or report deploys from CI through "<code>"POST /api/v1/deploys"</code>
                    ". An environment that is named otherwise is given its class by hand."
                    <LinkButton href=paths::admin_environments()>"See the environments"</LinkButton>
                </Empty>
            }
            .into_any(),
            Self::Commit => view! {
                <Empty title="Not known: what runs there is no known commit">
                    "The commit in production was not seen on the default branch. Reading its history may bring it."
                    <LinkButton href=paths::admin_repositories()>"Read history"</LinkButton>
                </Empty>
            }
            .into_any(),
        }
    }
}
