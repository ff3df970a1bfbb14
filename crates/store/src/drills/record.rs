//! The row of a drill: beginning it, its legs, its end.

use chrono::{DateTime, Utc};
use domain::{
    deploys::{
        drills::{LegEnd, Outcome},
        drive::End,
    },
    ids::{DeployId, DrillId, EnvironmentId, ServiceId},
};

use crate::{Result, StoreError, Tx};

/// A drill that begins, or is skipped.
#[derive(Clone, Debug)]
pub struct DrillToStore {
    /// Which.
    pub id: DrillId,
    /// Whose, and where.
    pub of: (ServiceId, EnvironmentId),
    /// When the window opened whose turn it is; none where a person asked for it.
    pub slot: Option<DateTime<Utc>>,
    /// When.
    pub at: DateTime<Utc>,
    /// What runs there, and the drive of the first leg; else why it is skipped.
    pub begun: std::result::Result<(DeployId, DeployId), String>,
}

/// A drill on its way, locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenDrill {
    /// Which.
    pub id: DrillId,
    /// What ran before, and is to come again.
    pub ran_before: DeployId,
}

impl Tx {
    /// Stores a drill that begins or is skipped; false where its window had its turn, or another drill of the service is on its
    /// way.
    pub async fn insert_drill(&mut self, new: &DrillToStore) -> Result<bool> {
        let (service, environment) = new.of;
        let (ran_before, back, skipped) = match &new.begun {
            Ok((ran_before, back)) => (Some(ran_before.0), Some(back.0), None),
            Err(why) => (None, None, Some(why.as_str())),
        };
        let put = sqlx::query!(
            "insert into drills (id, service_id, environment_id, slot, ran_before, back_deploy_id, begun_at, outcome, why, ended_at)
             values ($1, $2, $3, $4, $5, $6, $7::timestamptz, case when $8::text is not null then 'skipped' end, $8,
                 case when $8::text is not null then $7 end)
             on conflict do nothing",
            new.id.0,
            service.0,
            environment.0,
            new.slot,
            ran_before,
            back,
            new.at,
            skipped
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(put.rows_affected() > 0)
    }

    /// The drill on its way that a drive is a leg of, locked until this unit of work ends.
    pub async fn open_drill_of(&mut self, leg: DeployId) -> Result<Option<OpenDrill>> {
        let row = sqlx::query!(
            r#"select id, ran_before as "ran_before!" from drills
               where (back_deploy_id = $1 or again_deploy_id = $1) and outcome is null for update"#,
            leg.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(|row| OpenDrill {
            id: row.id.into(),
            ran_before: row.ran_before.into(),
        }))
    }

    /// Notes when the last good release ran, watched and good.
    pub async fn note_drill_stable(&mut self, drill: DrillId, at: DateTime<Utc>) -> Result<()> {
        sqlx::query!("update drills set stable_at = $2 where id = $1", drill.0, at)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Notes the drive that brings again what ran before.
    pub async fn put_drill_again(&mut self, drill: DrillId, again: DeployId) -> Result<()> {
        sqlx::query!(
            "update drills set again_deploy_id = $2 where id = $1",
            drill.0,
            again.0
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// How the legs of a drill ended; `None` while the first one is on its way, or the second where there is none or it is.
    pub async fn legs_of_drill(&mut self, drill: DrillId) -> Result<(Option<LegEnd>, Option<LegEnd>)> {
        let row = sqlx::query!(
            r#"select b.ended as back, b.why as back_why, a.ended as "again?", a.why as "again_why?"
               from drills x join drives b on b.deploy_id = x.back_deploy_id
               left join drives a on a.deploy_id = x.again_deploy_id where x.id = $1"#,
            drill.0
        )
        .fetch_one(&mut *self.inner)
        .await?;
        let back = leg_end(row.back, row.back_why, drill)?;
        Ok((back, leg_end(row.again, row.again_why, drill)?))
    }

    /// Ends a drill.
    pub async fn end_drill(
        &mut self,
        drill: DrillId,
        (outcome, why): (Outcome, &str),
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "update drills set outcome = $2, why = $3, ended_at = $4 where id = $1 and outcome is null",
            drill.0,
            outcome.as_str(),
            why,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

fn leg_end(ended: Option<String>, why: Option<String>, drill: DrillId) -> Result<Option<LegEnd>> {
    let Some(word) = ended else { return Ok(None) };
    let end = End::parse(&word).ok_or_else(|| StoreError::corrupt("drives", "ended", drill))?;
    Ok(Some(LegEnd {
        end,
        why: why.unwrap_or_default(),
    }))
}
