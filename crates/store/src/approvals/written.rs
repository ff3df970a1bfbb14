//! Who wrote what a release brings, as they are called now: evidence keeps no names, since people may be erased.

use domain::{
    approvals::{EvidenceCard, Written},
    ids::ServiceId,
    people::PersonRef,
};
use uuid::Uuid;

use crate::{Reads, Result};

fn person(id: Option<Uuid>, name: String, is_bot: bool) -> PersonRef {
    PersonRef {
        id: id.map(Into::into),
        name,
        is_bot,
    }
}

impl Reads {
    /// Where the changes of a card are, and who wrote them.
    pub async fn release_written(&self, service: ServiceId, card: &EvidenceCard) -> Result<Written> {
        let repository = sqlx::query!(
            r#"select r.id, r.owner || '/' || r.name as "name!" from services s join repositories r on r.id = s.repository_id
               where s.id = $1"#,
            service.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(repository) = repository else {
            return Ok(Written::default());
        };
        let numbers: Vec<i64> = card.pull_requests.iter().map(|seen| seen.number).collect();
        let pull_requests = sqlx::query!(
            r#"select q.number, p.id as "person?", p.display_name as "name!", p.is_bot
               from pull_requests q join people p on p.id = person_root(q.author_person_id)
               where q.repository_id = $1 and q.number = any($2)"#,
            repository.id,
            &numbers
        )
        .fetch_all(&self.pool)
        .await?;
        let shas: Vec<String> = card.commits.iter().map(|seen| seen.sha.clone()).collect();
        let commits = sqlx::query!(
            r#"select c.sha, p.id as "person?", coalesce(p.display_name, c.author_name) as "name?",
                   coalesce(p.is_bot, false) as "is_bot!"
               from commits c left join people p on p.id = person_root(c.author_person_id)
               where c.repository_id = $1 and c.sha = any($2)"#,
            repository.id,
            &shas
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(Written {
            repository: Some(repository.name),
            pull_requests: pull_requests
                .into_iter()
                .map(|row| (row.number, person(row.person, row.name, row.is_bot)))
                .collect(),
            commits: commits
                .into_iter()
                .filter_map(|row| Some((row.sha, person(row.person, row.name?, row.is_bot))))
                .collect(),
        })
    }
}
