//! Who asks for a deploy, and so does not decide about it: whoever asks here, also through a token, whoever GitHub says started the
//! run, and whom they name.
//!
//! A service account's own token that names nobody is a program's, which keeps nobody from deciding. One that is nobody's says of
//! nobody who used it, so that whoever it names may be anybody, and whoever it does not name too.

use domain::{
    actor::Viewer,
    approvals::{Involved, Part, Party, each_party},
    tokens::RunClaims,
};
use store::Tx;

use crate::Result;

/// Everybody who asks for something. Somebody named whom nobody is known by may be anybody; they are called `otherwise` then:
/// a request keeps what it calls people, also when they are erased.
pub(crate) async fn initiators(
    tx: &mut Tx,
    by: &Viewer,
    (named, otherwise): (Option<&str>, &str),
) -> Result<Vec<Party>> {
    let mut all = vec![tx.initiator(by.actor()).await?];
    let holding = tx.holding(by.actor()).await?;
    if let Some(run) = holding.as_ref().and_then(|holding| holding.run.as_ref()) {
        all.push(starter_of_run(tx, run, otherwise).await?);
    }
    match named {
        Some(named) => all.push(initiator_named(tx, named, otherwise).await?),
        None if holding.is_some_and(|holding| holding.is_nobodys) => {
            all.push(initiator(Involved::Unmapped, otherwise.to_owned()));
        }
        None => {}
    }
    Ok(each_party(all))
}

/// Whether what somebody says of an image is a source's word: a program's is; what a person says, with a token of theirs too, is said
/// by hand.
pub(crate) async fn is_source(tx: &mut Tx, by: &Viewer) -> Result<bool> {
    Ok(tx.initiator(by.actor()).await?.who == Involved::Machine)
}

/// Whoever started a run, by the number that GitHub knows them by; by their login where it says no number.
async fn starter_of_run(tx: &mut Tx, run: &RunClaims, otherwise: &str) -> Result<Party> {
    let login = run.actor.as_deref().unwrap_or_default();
    let Some(number) = run.actor_id.filter(|_| !is_bot(login)) else {
        return initiator_named(tx, login, otherwise).await;
    };
    let known = tx.initiator_at_github(number).await?;
    Ok(known.unwrap_or_else(|| initiator(Involved::Unmapped, otherwise.to_owned())))
}

async fn initiator_named(tx: &mut Tx, named: &str, otherwise: &str) -> Result<Party> {
    if is_bot(named) {
        return Ok(initiator(Involved::Machine, named.to_owned()));
    }
    let known = tx.person_named(named).await?;
    Ok(match known {
        Some((id, name)) => {
            let has_account = true;
            initiator(Involved::Person { id, has_account }, name)
        }
        None => initiator(Involved::Unmapped, otherwise.to_owned()),
    })
}

/// Only bots have brackets in their logins.
fn is_bot(login: &str) -> bool {
    login.ends_with("[bot]")
}

/// Somebody who asks for a deploy.
pub(super) fn initiator(who: Involved, name: String) -> Party {
    Party {
        part: Part::Initiator,
        who,
        name,
    }
}
