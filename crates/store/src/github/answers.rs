//! Answers of GitHub by caller and address, shared by all replicas.

use chrono::{DateTime, Utc};

use crate::{Result, Store};

/// An answer as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// GitHub's name for this version.
    pub etag: String,
    /// The body.
    pub body: Vec<u8>,
    /// The header that says whether there is another page.
    pub link: Option<String>,
}

impl Store {
    /// The answer kept for a caller and an address. One that was not used for a day is marked as used.
    pub async fn github_answer(
        &self,
        caller: &str,
        url: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<StoredAnswer>> {
        let row = sqlx::query!(
            r#"select etag, body, link, used_at < $3::timestamptz - interval '1 day' as "unused!"
               from github_answers where caller = $1 and url = $2"#,
            caller,
            url,
            at
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        if row.unused {
            sqlx::query!(
                "update github_answers set used_at = $3 where caller = $1 and url = $2",
                caller,
                url,
                at
            )
            .execute(&self.pool)
            .await?;
        }
        Ok(Some(StoredAnswer {
            etag: row.etag,
            body: row.body,
            link: row.link,
        }))
    }

    /// Keeps an answer instead of the last one.
    pub async fn keep_github_answer(
        &self,
        (caller, url): (&str, &str),
        answer: &StoredAnswer,
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "insert into github_answers (caller, url, etag, body, link, used_at) values ($1, $2, $3, $4, $5, $6)
             on conflict (caller, url) do update
                 set etag = excluded.etag, body = excluded.body, link = excluded.link, used_at = excluded.used_at",
            caller,
            url,
            answer.etag,
            answer.body,
            answer.link,
            at
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Drops what was not used for longest, down to `most` answers; gives how many went.
    pub async fn drop_github_answers(&self, most: i64) -> Result<u64> {
        let dropped = sqlx::query!(
            "delete from github_answers where (caller, url) in
                 (select caller, url from github_answers order by used_at desc offset $1)",
            most
        )
        .execute(&self.pool)
        .await?;
        Ok(dropped.rows_affected())
    }
}
