//! Telling people about requests: that somebody is asked, what was decided, and who went on without that. Whom, everybody chose for
//! themselves.

use domain::{
    actor::Actor,
    approvals::ApprovalState,
    deploys::report::NamedRelease,
    ids::ApprovalId,
    notifications::{Notice, NoticeBy, Topic},
};
use store::Tx;

use crate::{Commands, Result, drives::called};

impl Commands {
    /// Tells of a request as it stands in this unit of work, once for each way in which it can stand; and that it is about to
    /// expire, once and only while it waits.
    pub(super) async fn tell_of(
        &self,
        tx: &mut Tx,
        id: ApprovalId,
        (topic, reason): (Topic, Option<&str>),
    ) -> Result<()> {
        let Some(stored) = tx.approval(id).await? else {
            return Ok(());
        };
        let key = if topic == Topic::ApprovalExpiring {
            urging(id)
        } else {
            format!("approval:{id}:{}", stored.request.state.as_str())
        };
        self.tell_as(tx, id, (&key, topic, reason)).await
    }

    /// The same once for each key.
    pub(super) async fn tell_as(
        &self,
        tx: &mut Tx,
        id: ApprovalId,
        (key, topic, reason): (&str, Topic, Option<&str>),
    ) -> Result<()> {
        let Some(stored) = tx.approval(id).await? else {
            return Ok(());
        };
        let request = stored.request;
        let names = tx.names_of_place(request.service, request.environment).await?;
        let is_open = request.state == ApprovalState::Pending;
        let is_urging = topic == Topic::ApprovalExpiring;
        if is_urging && !is_open {
            return Ok(());
        }
        let notice = Notice {
            topic,
            service: request.service,
            title: names.title,
            environment: names.environment,
            release: called(&NamedRelease {
                sha: request.release.sha,
                version: request.release.version,
                digest: request.release.digest,
            }),
            outcome: (!is_open).then(|| request.state.as_str().to_owned()),
            by: whoever(tx.actor()),
            reason: reason.map(str::to_owned),
            deadline: is_open.then_some(request.deadline),
            urges: is_urging.then_some(id),
            path: format!("/approvals/{id}"),
        };
        self.notify(tx, key, &notice).await.map(drop)
    }
}

/// What telling that a request is about to expire is the one effect of.
pub(super) fn urging(id: ApprovalId) -> String {
    format!("approval:{id}:expiring")
}

/// Whoever does it; Fairway itself is nobody.
fn whoever(actor: &Actor) -> Option<NoticeBy> {
    let id = match actor {
        Actor::System { .. } => return None,
        Actor::Person { id, .. } => Some(*id),
        Actor::Token { .. } | Actor::CommandLine => None,
    };
    Some(NoticeBy {
        id,
        name: actor.name().to_owned(),
    })
}
