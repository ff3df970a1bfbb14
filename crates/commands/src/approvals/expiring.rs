//! Urging people to decide before it is too late: once for each request, and nobody who could do nothing about it.

use domain::{
    approvals::{ApprovalState, Case, Involved, Part, URGED_EARLIEST, may_decide, urged_at},
    ids::PersonId,
    notifications::{Notice, Topic},
};

use super::news::urging;
use crate::{Commands, Result, intake::system};

/// Requests of which is told in one unit of work; more wait for the next.
const AT_ONCE: usize = 200;

impl Commands {
    /// Tells of the requests that are about to expire, each once; gives how many. Run by the clock.
    pub async fn tell_of_expiring(&self) -> Result<usize> {
        let now = self.now();
        let mut tx = self.store.begin(&system("fairway")).await?;
        let near = tx.approvals_expiring(now, now + URGED_EARLIEST).await?;
        let due = near
            .into_iter()
            .filter(|near| urged_at(near.opened_at, near.deadline).is_some_and(|at| at <= now));
        let due: Vec<_> = due.map(|near| (near.id, urging(near.id))).collect();
        let keys: Vec<String> = due.iter().map(|(_, key)| key.clone()).collect();
        let told = tx.wanted_already(&keys).await?;
        let untold = due.iter().filter(|(_, key)| !told.contains(key));
        let mut count = 0;
        for (id, _) in untold.take(AT_ONCE) {
            self.tell_of(&mut tx, *id, (Topic::ApprovalExpiring, None))
                .await?;
            count += 1;
        }
        tx.commit().await?;
        Ok(count)
    }

    /// Whether news are for somebody, or for a channel, as far as they urge to decide: what waits no more urges nobody, and of
    /// people it concerns those who can still decide by the rule itself, and whoever asked.
    pub(crate) async fn is_urged(&self, notice: &Notice, person: Option<PersonId>) -> Result<bool> {
        let Some(id) = notice.urges else {
            return Ok(true);
        };
        let (reads, now) = (self.reads(), self.now());
        let Some(detail) = reads.approval(id).await? else {
            return Ok(false);
        };
        let request = &detail.request;
        if request.state != ApprovalState::Pending || request.deadline <= now {
            return Ok(false);
        }
        let Some(person) = person else {
            return Ok(true);
        };
        let about = reads.approval_subject(request.service, request.environment);
        let (Some(subject), Some(decider)) = (about.await?, reads.decider(person).await?) else {
            return Ok(false);
        };
        let case = Case {
            request,
            subject: &subject,
            decisions: &detail.decisions,
            decided: &[],
        };
        let asked = request.parties.iter().any(|party| {
            let is_them = matches!(party.who, Involved::Person { id, .. } if id == decider.person);
            party.part == Part::Initiator && is_them
        });
        Ok(asked || may_decide(&case, &decider, now).is_ok())
    }
}
