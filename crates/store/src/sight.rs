//! The one predicate of what somebody sees: `hidden_services` of the database, asked with the teams of whoever reads.
//!
//! A list leaves out what is hidden in the statement that reads it, so that pages, counts and cursors know nothing of it. What is
//! hidden is as if it were not there: an id of it is answered as one that never was.

use domain::{
    ids::{RepositoryId, ServiceId},
    sight::Sight,
};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::{Reads, Result, Tx, teams::uuids};

/// Sets of hidden things: functions of the database.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Hidden {
    /// Ids of services.
    Services,
    /// Ids of repositories in which a hidden service lives.
    Repositories,
    /// The names of those, in lower case.
    RepositoryNames,
}

impl Hidden {
    fn function(self) -> &'static str {
        match self {
            Self::Services => "hidden_services",
            Self::Repositories => "hidden_repositories",
            Self::RepositoryNames => "hidden_repository_names",
        }
    }
}

impl Reads {
    /// The same reads as somebody sees them. Without this nothing is hidden: for commands and jobs, which ask the rule
    /// themselves.
    #[must_use]
    pub fn seen_by(self, sight: Sight) -> Self {
        Self { sight, ..self }
    }

    /// What is seen.
    pub fn sight(&self) -> &Sight {
        &self.sight
    }

    /// What `hidden_services` is asked with: whether everything is seen, and the teams of what is.
    pub(crate) fn seeing(&self) -> (bool, Vec<Uuid>) {
        seeing(&self.sight)
    }

    /// Narrows a query that has a `where` to rows whose column is none of what is hidden. The column is never null.
    pub(crate) fn push_seen(&self, query: &mut QueryBuilder<Postgres>, column: &str, hidden: Hidden) {
        if !self.sight.is_everything() {
            query.push(" and ").push(column).push(" not in ");
            self.push_hidden(query, hidden);
        }
    }

    /// The same for a column that may be null: such rows are seen.
    pub(crate) fn push_seen_or_null(&self, query: &mut QueryBuilder<Postgres>, column: &str, hidden: Hidden) {
        if !self.sight.is_everything() {
            query.push(" and (").push(column).push(" is null or ");
            query.push(column).push(" not in ");
            self.push_hidden(query, hidden);
            query.push(")");
        }
    }

    /// What is hidden, as a subquery. It stands alone, so it is read once whatever is compared with it.
    pub(crate) fn push_hidden(&self, query: &mut QueryBuilder<Postgres>, hidden: Hidden) {
        let (everything, teams) = self.seeing();
        query.push("(select hidden.id from ").push(hidden.function());
        query.push("(").push_bind(everything).push(", ");
        query.push_bind(teams).push(") as hidden (id))");
    }
}

impl Tx {
    /// Whether somebody sees a service.
    pub async fn is_seen(&mut self, service: ServiceId, sight: &Sight) -> Result<bool> {
        let (everything, teams) = seeing(sight);
        Ok(sqlx::query_scalar!(
            r#"select $3::uuid not in (select hidden.id from hidden_services($1, $2) as hidden (id)) as "seen!""#,
            everything,
            &teams,
            service.0
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }

    /// Whether somebody sees what is in a repository.
    pub async fn is_repository_seen(&mut self, repository: RepositoryId, sight: &Sight) -> Result<bool> {
        let (everything, teams) = seeing(sight);
        Ok(sqlx::query_scalar!(
            r#"select $3::uuid not in (select hidden.id from hidden_repositories($1, $2) as hidden (id)) as "seen!""#,
            everything,
            &teams,
            repository.0
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }

    /// Says by hand whether only its team and admins see a service; gives what was said before, or `None` where there is none.
    pub async fn set_private_by_hand(&mut self, service: ServiceId, private: bool) -> Result<Option<bool>> {
        Ok(sqlx::query_scalar!(
            r#"update services s set private_by_hand = $2, private = $2 or s.private_in_file
               from (select id, private_by_hand from services where id = $1 for update) before
               where s.id = before.id returning before.private_by_hand as "before!""#,
            service.0,
            private
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }
}

fn seeing(sight: &Sight) -> (bool, Vec<Uuid>) {
    (sight.is_everything(), uuids(sight.teams()))
}
