//! Pull requests by number and by the words of their titles.

use chrono::{DateTime, Utc};
use domain::{
    people::PersonRef,
    search::{DeliveredBy, PullRequestHit, PullRequestQuote, SearchQuery},
};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use crate::{Reads, Result, sight::Hidden};

/// Newest pull requests that are looked through first: common words are found among them at once.
const NEWEST: i64 = 300;
/// Titles that are looked at for words that are not common.
const LOOKED_AT: i64 = 1000;

impl Reads {
    /// The pull requests that the text quotes, else those whose titles hold its words; newest first.
    pub(super) async fn fitting_pull_requests(&self, query: &SearchQuery, limit: i64) -> Result<Vec<Uuid>> {
        let mut found = match &query.pull_request {
            Some(quote) => self.quoted_pull_requests(quote, limit).await?,
            None => Vec::new(),
        };
        if found.is_empty() {
            found = self
                .titled_pull_requests(&title_query(&query.words), limit)
                .await?;
        }
        Ok(found)
    }

    async fn quoted_pull_requests(&self, quote: &PullRequestQuote, limit: i64) -> Result<Vec<Uuid>> {
        let mut query = QueryBuilder::new(
            "select p.id from pull_requests p join repositories r on r.id = p.repository_id where p.number = ",
        );
        query.push_bind(quote.number);
        self.push_seen(&mut query, "r.id", Hidden::Repositories);
        if let Some(name) = &quote.repository {
            query.push(" and lower(r.name) = ").push_bind(name.clone());
        }
        if let Some(owner) = &quote.owner {
            // Written as in the index of names, so that the one repository is found first.
            query
                .push(" and r.deleted_at is null and lower(r.owner) = ")
                .push_bind(owner.clone());
        }
        query.push(" order by p.opened_at desc limit ").push_bind(limit);
        Ok(query.build_query_scalar().fetch_all(&self.pool).await?)
    }

    async fn titled_pull_requests(&self, words: &str, limit: i64) -> Result<Vec<Uuid>> {
        let (everything, teams) = self.seeing();
        let newest: Vec<Uuid> = sqlx::query_scalar(
            "select id from (select id, opened_at, title from pull_requests
                             where repository_id not in (select hidden.id from hidden_repositories($4, $5) as hidden (id))
                             order by opened_at desc, id desc limit $3) newest
             where to_tsvector('simple', search_text(title)) @@ to_tsquery('simple', $1)
             order by opened_at desc, id desc limit $2",
        )
        .bind(words)
        .bind(limit)
        .bind(NEWEST)
        .bind(everything)
        .bind(&teams)
        .fetch_all(&self.pool)
        .await?;
        if i64::try_from(newest.len()).is_ok_and(|count| count >= limit) {
            return Ok(newest);
        }
        Ok(sqlx::query_scalar(
            "select id from (select id, opened_at from pull_requests
                             where to_tsvector('simple', search_text(title)) @@ to_tsquery('simple', $1)
                               and repository_id not in (select hidden.id from hidden_repositories($4, $5) as hidden (id))
                             limit $3) titled
             order by opened_at desc, id desc limit $2",
        )
        .bind(words)
        .bind(limit)
        .bind(LOOKED_AT)
        .bind(everything)
        .bind(&teams)
        .fetch_all(&self.pool)
        .await?)
    }

    /// Pull requests by id, in this order, with the deploy that first took each to production.
    pub(super) async fn pull_requests_found(&self, ids: &[Uuid]) -> Result<Vec<PullRequestHit>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (everything, teams) = self.seeing();
        let rows: Vec<HitRow> = sqlx::query_as(
            "select r.owner || '/' || r.name as repository, p.number, p.title, p.state, p.opened_at,
                    a.id as author_id, a.display_name as author, coalesce(a.is_bot, false) as by_bot,
                    d.id as deploy_id, coalesce(d.version, left(d.sha, 7)) as release, l.promoted_at
             from pull_requests p join repositories r on r.id = p.repository_id
             left join people a on a.id = p.author_person_id
             left join lateral (select deploy_id, promoted_at from lead_times where pull_request_id = p.id
                                order by promoted_at limit 1) l on true
             left join deploys d on d.id = l.deploy_id
               and d.service_id not in (select hidden.id from hidden_services($2, $3) as hidden (id))
             where p.id = any($1) order by array_position($1, p.id)",
        )
        .bind(ids)
        .bind(everything)
        .bind(teams)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(HitRow::into_hit).collect())
    }
}

/// Words as `to_tsquery` reads them, each as the beginning of a word.
fn title_query(words: &[String]) -> String {
    let quoted = |word: &String| format!("'{}':*", word.replace('\\', "\\\\").replace('\'', "''"));
    words.iter().map(quoted).collect::<Vec<_>>().join(" & ")
}

#[derive(FromRow)]
struct HitRow {
    repository: String,
    number: i64,
    title: String,
    state: String,
    opened_at: DateTime<Utc>,
    author_id: Option<Uuid>,
    author: Option<String>,
    by_bot: bool,
    deploy_id: Option<Uuid>,
    release: Option<String>,
    promoted_at: Option<DateTime<Utc>>,
}

impl HitRow {
    fn into_hit(self) -> PullRequestHit {
        let author = self.author.map(|name| PersonRef {
            id: self.author_id.map(Into::into),
            name,
            is_bot: self.by_bot,
        });
        let delivered = match (self.deploy_id, self.promoted_at) {
            (Some(deploy), Some(at)) => {
                let release = self.release.unwrap_or_else(|| "a deploy".to_owned());
                Some(DeliveredBy {
                    deploy: deploy.into(),
                    release,
                    at,
                })
            }
            _ => None,
        };
        PullRequestHit {
            repository: self.repository,
            number: self.number,
            title: self.title,
            state: self.state,
            author,
            opened_at: self.opened_at,
            delivered,
        }
    }
}
