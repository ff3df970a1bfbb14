//! What was heard of a release before.

use domain::deploys::drive::{Drive, Heard};

use crate::{Result, Tx};

impl Tx {
    /// Whether the commit and the image of a drive's release are known apart from the drive itself.
    pub async fn heard_of(&mut self, drive: &Drive) -> Result<Heard> {
        let row = sqlx::query!(
            r#"select exists (select from services s join commits c on c.repository_id = s.repository_id
                              where s.id = $1 and c.sha = lower($3::text)) as "commit!",
                   exists (select from deploys d
                           where d.service_id = $1 and d.id <> $2 and d.digest = $4) as "image!""#,
            drive.service.0,
            drive.deploy.0,
            drive.release.sha,
            drive.release.digest
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(Heard {
            commit: drive.release.sha.is_some().then_some(row.commit),
            image: drive.release.digest.is_some().then_some(row.image),
        })
    }
}
