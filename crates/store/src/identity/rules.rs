//! Rules that give a provider's groups roles, and the grants that follow from them.

use chrono::{DateTime, Utc};
use domain::{
    access::Grant,
    ids::{GrantId, PersonId, SignInRuleId},
    sign_in::{SignInRule, Way},
};
use uuid::Uuid;

use super::grants::GrantRow;
use crate::{Reads, Result, StoreError, Tx};

struct RuleRow {
    id: Uuid,
    provider: String,
    group_name: String,
    role: String,
    team_id: Option<Uuid>,
    slug: Option<String>,
    title: Option<String>,
    tiers: Vec<i16>,
    classes: Vec<String>,
}

impl TryFrom<RuleRow> for SignInRule {
    type Error = StoreError;

    fn try_from(row: RuleRow) -> Result<Self> {
        let way = Way::parse(&row.provider);
        Ok(Self {
            id: row.id.into(),
            way: way.ok_or_else(|| StoreError::corrupt("sign_in_rules", "provider", row.id))?,
            group: row.group_name,
            grant: GrantRow {
                id: row.id,
                // No person's yet.
                person_id: Uuid::nil(),
                role: row.role,
                team_id: row.team_id,
                slug: row.slug,
                title: row.title,
                tiers: row.tiers,
                classes: row.classes,
            }
            .try_into()?,
        })
    }
}

impl Reads {
    /// Every rule, by provider and group.
    pub async fn sign_in_rules(&self) -> Result<Vec<SignInRule>> {
        let rows = sqlx::query_as!(
            RuleRow,
            r#"select r.id, r.provider, r.group_name, r.role, r.team_id, t.slug as "slug?", t.title as "title?", r.tiers, r.classes
               from sign_in_rules r left join teams t on t.id = r.team_id order by r.provider, r.group_name, r.made_at, r.id"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(SignInRule::try_from).collect()
    }

    /// The groups of a provider that rules name.
    pub async fn ruled_groups(&self, way: Way) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar!(
            "select distinct group_name from sign_in_rules where provider = $1 order by 1",
            way.as_str()
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// What rules gave a person by groups that an OpenID provider named, and has not named since. GitHub is asked by a job.
    pub async fn grants_not_named_since(
        &self,
        person: PersonId,
        since: DateTime<Utc>,
    ) -> Result<Vec<GrantId>> {
        let rows = sqlx::query_scalar!(
            r#"select g.id as "id!" from grants g where g.person_id = $1 and g.by_rule and not exists (
                   select from sign_in_rules r
                   join identity_groups m on m.provider = r.provider and m.group_name = r.group_name
                   join identities i on i.provider = m.provider and i.subject = m.subject
                   where i.person_id = $1 and r.role = g.role and r.team_id is not distinct from g.team_id
                     and r.tiers = g.tiers and r.classes = g.classes and (r.provider <> 'oidc' or i.signed_in_at > $2))"#,
            person.0,
            since
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

impl Tx {
    /// Makes a rule; `false` where there is just this one.
    pub async fn insert_sign_in_rule(
        &mut self,
        rule: &SignInRule,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let (grant, (tiers, classes)) = (&rule.grant, narrowing(&rule.grant));
        let made = sqlx::query!(
            "insert into sign_in_rules (id, provider, group_name, role, team_id, tiers, classes, made_at, made_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
            rule.id.0,
            rule.way.as_str(),
            rule.group,
            grant.role.as_str(),
            grant.team.as_ref().map(|team| team.id.0),
            &tiers,
            &classes,
            at,
            by
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(made.rows_affected() == 1)
    }

    /// Takes a rule away; gives whether there was one.
    pub async fn delete_sign_in_rule(&mut self, rule: SignInRuleId) -> Result<bool> {
        let gone = sqlx::query!("delete from sign_in_rules where id = $1", rule.0)
            .execute(&mut *self.inner)
            .await?;
        Ok(gone.rows_affected() == 1)
    }

    /// People with an account who are, or were by a rule, in one of a provider's groups.
    pub async fn people_of_rules(&mut self, way: Way) -> Result<Vec<PersonId>> {
        let rows = sqlx::query_scalar!(
            r#"select distinct a.person_id as "id!" from accounts a join identities i on i.person_id = a.person_id
               where i.provider = $1 and i.signed_in_at is not null order by 1"#,
            way.as_str()
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Takes away what rules gave and give no more; gives what that was.
    pub async fn drop_unruled_grants(&mut self, person: PersonId) -> Result<Vec<Grant>> {
        let rows = sqlx::query_as!(
            GrantRow,
            r#"with gone as (
                   delete from grants g where g.person_id = $1 and g.by_rule and not exists (
                       select from sign_in_rules r
                       join identity_groups m on m.provider = r.provider and m.group_name = r.group_name
                       join identities i on i.provider = m.provider and i.subject = m.subject
                       where i.person_id = $1 and r.role = g.role and r.team_id is not distinct from g.team_id
                         and r.tiers = g.tiers and r.classes = g.classes)
                   returning g.id, g.person_id, g.role, g.team_id, g.tiers, g.classes)
               select gone.id as "id!", gone.person_id as "person_id!", gone.role as "role!", gone.team_id, t.slug as "slug?",
                      t.title as "title?", gone.tiers as "tiers!", gone.classes as "classes!"
               from gone left join teams t on t.id = gone.team_id"#,
            person.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(Grant::try_from).collect()
    }

    /// What rules give a person who has not just that yet. The ids are the rules'.
    pub async fn missing_ruled_grants(&mut self, person: PersonId) -> Result<Vec<Grant>> {
        let rows = sqlx::query_as!(
            GrantRow,
            r#"select distinct on (r.role, r.team_id, r.tiers, r.classes) r.id as "id!", i.person_id as "person_id!",
                      r.role as "role!", r.team_id, t.slug as "slug?", t.title as "title?", r.tiers as "tiers!", r.classes as "classes!"
               from sign_in_rules r
               join identity_groups m on m.provider = r.provider and m.group_name = r.group_name
               join identities i on i.provider = m.provider and i.subject = m.subject
               left join teams t on t.id = r.team_id
               where i.person_id = $1 and not exists (
                   select from grants g where g.person_id = $1 and g.role = r.role and g.team_id is not distinct from r.team_id
                     and g.tiers = r.tiers and g.classes = r.classes)"#,
            person.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(Grant::try_from).collect()
    }

    /// Gives a role because a rule says so.
    pub async fn insert_ruled_grant(
        &mut self,
        person: PersonId,
        grant: &Grant,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let (tiers, classes) = narrowing(grant);
        sqlx::query!(
            "insert into grants (id, person_id, role, team_id, tiers, classes, granted_at, granted_by, by_rule)
             values ($1, $2, $3, $4, $5, $6, $7, 'a rule', true) on conflict do nothing",
            grant.id.0,
            person.0,
            grant.role.as_str(),
            grant.team.as_ref().map(|team| team.id.0),
            &tiers,
            &classes,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Whether a person has any role, as this unit of work leaves it.
    pub async fn has_grants(&mut self, person: PersonId) -> Result<bool> {
        let has = sqlx::query_scalar!(
            r#"select exists (select from grants where person_id = $1) as "has!""#,
            person.0
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(has)
    }
}

/// Tiers and classes as they are stored.
fn narrowing(grant: &Grant) -> (Vec<i16>, Vec<String>) {
    let tiers = grant.tiers.iter().map(|tier| tier.number().into()).collect();
    let classes = grant
        .classes
        .iter()
        .map(|class| class.as_str().to_owned())
        .collect();
    (tiers, classes)
}
