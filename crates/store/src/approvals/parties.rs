//! Who has a part in what is asked about, and must not decide.

use std::collections::HashMap;

use domain::{
    approvals::{Involved, Part, Party},
    ids::ApprovalId,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Result, StoreError, Tx};

/// Who must not decide about requests, each as the row that is left of them.
pub(super) async fn parties(db: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Party>>> {
    let rows = sqlx::query!(
        r#"select x.request_id as "request!", x.part as "part!", x.who as "who!", x.root as "root?",
               coalesce(q.display_name, x.name, 'somebody') as "name!",
               exists (select from accounts a where a.person_id = x.root) as "has_account!"
           from (select p.*, person_root(p.person_id) as root from approval_parties p where p.request_id = any($1)) x
           left join people q on q.id = x.root order by x.request_id, x.ordinal"#,
        ids
    )
    .fetch_all(db)
    .await?;
    let mut all: HashMap<Uuid, Vec<Party>> = HashMap::new();
    for row in rows {
        let wrong = |column| StoreError::corrupt("approval_parties", column, row.request);
        let party = Party {
            part: Part::parse(&row.part).ok_or_else(|| wrong("part"))?,
            who: Involved::of_columns(&row.who, row.root.map(Into::into), row.has_account)
                .ok_or_else(|| wrong("who"))?,
            name: row.name,
        };
        all.entry(row.request).or_default().push(party);
    }
    Ok(all)
}

impl Tx {
    /// Parties as they would be read once they were noted: each as the row that is left of them.
    pub async fn as_noted(&mut self, parties: &[Party]) -> Result<Vec<Party>> {
        let mut noted = parties.to_vec();
        for party in &mut noted {
            let Involved::Person { id, .. } = party.who else {
                continue;
            };
            let row = sqlx::query!(
                r#"select x.root as "root!", exists (select from accounts a where a.person_id = x.root) as "has_account!"
                   from (select person_root($1) as root) x"#,
                id.0
            )
            .fetch_one(&mut *self.inner)
            .await?;
            party.who = Involved::Person {
                id: row.root.into(),
                has_account: row.has_account,
            };
        }
        Ok(noted)
    }

    /// Notes who has a part in what a request is about, besides those who are noted.
    pub async fn put_parties(&mut self, id: ApprovalId, parties: &[Party]) -> Result<()> {
        for party in parties {
            let (who, person) = party.who.columns();
            let person = person.map(|id| id.0);
            let name = person.is_none().then_some(&*party.name);
            sqlx::query!(
                "insert into approval_parties (request_id, ordinal, part, who, person_id, name)
                 select $1, (select count(*) from approval_parties where request_id = $1)::int, $2, $3, $4, $5
                 where not exists (select from approval_parties p where p.request_id = $1 and p.part = $2 and p.who = $3
                                   and p.person_id is not distinct from $4 and p.name is not distinct from $5)",
                id.0,
                party.part.as_str(),
                who,
                person,
                name
            )
            .execute(&mut *self.inner)
            .await?;
        }
        Ok(())
    }
}
