//! Who asks for a deploy, and so does not decide about it: whoever asks here, also through a token, and whom they name.

use domain::{
    actor::Viewer,
    approvals::{Involved, Part, Party, each_party},
};
use store::Tx;

use crate::{Commands, Result};

impl Commands {
    /// Everybody who asks for something: who does it here, also through a token of theirs, and whom they say started it. Somebody
    /// named whom nobody is known by may be anybody. They are called `otherwise` then: a request keeps what it calls people, also
    /// when they are erased.
    pub(crate) async fn initiators(
        &self,
        tx: &mut Tx,
        by: &Viewer,
        (named, otherwise): (Option<&str>, &str),
    ) -> Result<Vec<Party>> {
        let mut all = vec![tx.initiator(by.actor()).await?];
        if let Some(named) = named {
            all.push(self.initiator_named(named, otherwise).await?);
        }
        Ok(each_party(all))
    }

    async fn initiator_named(&self, named: &str, otherwise: &str) -> Result<Party> {
        let known = self.reads().person_named(named).await?;
        let (who, name) = match known {
            Some((id, name)) => {
                let has_account = true;
                (Involved::Person { id, has_account }, name)
            }
            None if named.ends_with("[bot]") => (Involved::Machine, named.to_owned()),
            None => (Involved::Unmapped, otherwise.to_owned()),
        };
        Ok(Party {
            part: Part::Initiator,
            who,
            name,
        })
    }
}
