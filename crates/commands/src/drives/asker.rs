//! Who asks for a rollback.

use domain::{
    actor::Viewer,
    approvals::{Involved, Part, Party},
    deploys::drive::{
        Reason,
        inputs::{Asked, Told},
    },
    ids::{DeployId, PersonId},
};
use store::Tx;

use super::begin::asked_by;
use crate::Result;

/// A person by id, whatever else by its name; nobody where a rollback follows from a rule.
#[derive(Default)]
pub(super) struct Asker {
    pub(super) person: Option<PersonId>,
    pub(super) name: Option<String>,
    /// The same, as they have a part in the rollback.
    pub(super) parties: Vec<Party>,
}

impl Asker {
    /// Whoever asks now.
    pub(super) async fn of(tx: &mut Tx, by: &Viewer) -> Result<Self> {
        let person = by.signed_in();
        Ok(Self {
            person,
            name: person.is_none().then(|| by.actor().name().to_owned()),
            parties: asked_by(tx, Some(by)).await?,
        })
    }

    /// Whoever asked a drive on its way to be undone, where that is why it is.
    pub(super) async fn told(tx: &mut Tx, undone: DeployId, why: &Reason) -> Result<Self> {
        let Reason::Person { .. } = why else {
            return Ok(Self::default());
        };
        let told = tx.told(undone).await?;
        let asked = told.into_iter().find_map(|(_, told)| match told {
            Told::Asked(asked) => Some(asked),
            _ => None,
        });
        Ok(asked.map_or_else(Self::default, Self::who_asked))
    }

    fn who_asked(asked: Asked) -> Self {
        let who = match (asked.person, &asked.name) {
            (Some(id), _) => Some(Involved::Person {
                id,
                has_account: true,
            }),
            (None, Some(_)) => Some(Involved::Machine),
            // It was asked before who asks was kept.
            (None, None) => None,
        };
        let parties = who.map(|who| Party {
            part: Part::Initiator,
            who,
            name: asked.name.clone().unwrap_or_default(),
        });
        Self {
            person: asked.person,
            parties: parties.into_iter().collect(),
            name: asked.name,
        }
    }
}
