//! Who lets a drive go on that waits for a person.

use domain::{
    access::{Action, authorize},
    actor::Viewer,
    approvals::Involved,
    deploys::drive::{Drive, acts::takes_another},
};
use store::Tx;

use crate::{Commands, Result, approvals::subject};

impl Commands {
    /// Why somebody may not let a drive go on, whatever it waits for, as a clause for them; `None` where they may.
    pub(super) async fn why_not_confirm(&self, by: &Viewer, drive: &Drive) -> Result<Option<String>> {
        let mut tx = self.store.begin_observation(by.actor()).await?;
        kept_from_confirming(&mut tx, by, drive).await
    }
}

/// The same in a unit of work.
pub(super) async fn kept_from_confirming(tx: &mut Tx, by: &Viewer, drive: &Drive) -> Result<Option<String>> {
    let about = subject(tx, (drive.service, drive.environment)).await?;
    if !takes_another(drive, about.class_for_policy()) {
        return Ok(None);
    }
    // The command line of the server is nobody's.
    let Involved::Person { id, .. } = tx.initiator(by.actor()).await?.who else {
        return Ok(None);
    };
    let person = tx.root_of_person(id).await?;
    let known = tx.deciders_of(&[person]).await?;
    let Some(decider) = known.first() else {
        return Ok(Some(
            "only who can sign in confirms a deploy in production".to_owned(),
        ));
    };
    // By the roles of the person: their token confirms too, and decides about no request.
    if let Err(denial) = authorize(&decider.viewer(), Action::Approve, &about.resource()) {
        return Ok(Some(clause(format!(
            "in production an approver confirms. {denial}"
        ))));
    }
    let parties = tx.asked_for(drive.deploy).await?.initiators;
    let excluded = parties.iter().find_map(|party| party.excludes(decider));
    Ok(excluded.map(|why| clause(why.to_string())))
}

/// A sentence without its end.
fn clause(mut sentence: String) -> String {
    if sentence.ends_with('.') {
        sentence.pop();
    }
    sentence
}
