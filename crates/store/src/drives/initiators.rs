//! Who asked for a drive, and for what.

use domain::{
    approvals::{Involved, Part, Party},
    deploys::DeployKind,
    ids::DeployId,
};

use uuid::Uuid;

use super::AskedFor;
use crate::{Result, StoreError, Tx};

impl Tx {
    /// Notes who asked for a drive that begins.
    pub(super) async fn put_initiators(&mut self, deploy: DeployId, initiators: &[Party]) -> Result<()> {
        for (ordinal, party) in (0_i16..).zip(initiators) {
            let (who, person) = party.who.columns();
            let person = person.map(|id| id.0);
            let name = person.is_none().then_some(&*party.name);
            sqlx::query!(
                "insert into drive_initiators (deploy_id, ordinal, who, person_id, name) values ($1, $2, $3, $4, $5)",
                deploy.0,
                ordinal,
                who,
                person,
                name
            )
            .execute(&mut *self.inner)
            .await?;
        }
        Ok(())
    }

    /// Who asked for a drive.
    pub async fn asked_for(&mut self, deploy: DeployId) -> Result<AskedFor> {
        let kind = sqlx::query_scalar!("select stated_kind from deploys where id = $1", deploy.0)
            .fetch_one(&mut *self.inner)
            .await?;
        let rows = sqlx::query!(
            r#"select i.who, i.person_id, coalesce(p.display_name, i.name, 'somebody') as "name!",
                   exists (select from accounts a where a.person_id = i.person_id) as "has_account!"
               from drive_initiators i left join people p on p.id = i.person_id where i.deploy_id = $1 order by i.ordinal"#,
            deploy.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let party = |who: &str, person: Option<Uuid>, has_account: bool, name: String| -> Result<Party> {
            let who = Involved::of_columns(who, person.map(Into::into), has_account);
            Ok(Party {
                part: Part::Initiator,
                who: who.ok_or_else(|| StoreError::corrupt("drive_initiators", "who", deploy))?,
                name,
            })
        };
        let initiators = rows
            .into_iter()
            .map(|row| party(&row.who, row.person_id, row.has_account, row.name));
        Ok(AskedFor {
            initiators: initiators.collect::<Result<Vec<Party>>>()?,
            kind: kind.as_deref().and_then(DeployKind::parse),
        })
    }
}
