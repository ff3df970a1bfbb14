//! Which groups of providers have which roles.

use domain::{
    access::{Action, Grant},
    actor::Viewer,
    error::FieldErrors,
    ids::SignInRuleId,
    sign_in::{NewSignInRule, SignInRule, Way},
};
use serde_json::{Value, json};
use store::{AuditEntry, Tx};

use crate::{
    CommandError, Commands, Result,
    access::whole,
    jobs::{Job, RecheckGithubMembers},
};

impl Commands {
    /// Gives a group of a provider a role. Its people have it at once, as far as the provider named the group already.
    pub async fn make_sign_in_rule(&self, by: &Viewer, new: NewSignInRule) -> Result<()> {
        whole(by, Action::ManagePeople)?;
        let mut tx = self.begin_as(by).await?;
        let team = match &new.grant.team {
            None => None,
            Some(slug) => Some(
                tx.team_of_slug(slug)
                    .await?
                    .ok_or_else(|| FieldErrors::one("team", format!("there is no team {slug}")))?,
            ),
        };
        let id: SignInRuleId = self.id();
        let rule = SignInRule {
            id,
            way: new.way,
            group: new.group,
            grant: Grant {
                id: id.0.into(),
                role: new.grant.role,
                team,
                tiers: new.grant.tiers,
                classes: new.grant.classes,
            },
        };
        if !tx
            .insert_sign_in_rule(&rule, by.actor().name(), self.now())
            .await?
        {
            return Err(FieldErrors::one("group", "this group has just this role already").into());
        }
        self.follow_in(&mut tx, rule.way).await?;
        self.audit_rule(&mut tx, "sign_in_rule.make", (&rule, false))
            .await?;
        if rule.way == Way::Github {
            // Who is in the group is not known yet.
            tx.enqueue(RecheckGithubMembers {}.enqueued()?).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes a rule away, and what it alone gave; but not the last admin's role.
    pub async fn drop_sign_in_rule(&self, by: &Viewer, id: SignInRuleId) -> Result<()> {
        whole(by, Action::ManagePeople)?;
        let rules = self.reads().sign_in_rules().await?;
        let missing =
            || CommandError::not_found(format!("rule {id}; somebody may have taken it away already"));
        let rule = rules.into_iter().find(|rule| rule.id == id).ok_or_else(missing)?;
        let mut tx = self.begin_as(by).await?;
        tx.lock_admins().await?;
        let had_admins = tx.admins_left().await? > 0;
        if !tx.delete_sign_in_rule(id).await? {
            return Err(missing());
        }
        self.follow_in(&mut tx, rule.way).await?;
        if had_admins && tx.admins_left().await? == 0 {
            return Err(CommandError::Conflict {
                why:
                    "This rule makes the last admin; make somebody else one for the whole organisation first"
                        .to_owned(),
            });
        }
        self.audit_rule(&mut tx, "sign_in_rule.drop", (&rule, true))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn follow_in(&self, tx: &mut Tx, way: Way) -> Result<()> {
        for person in tx.people_of_rules(way).await? {
            self.follow_rules(tx, person).await?;
        }
        Ok(())
    }

    async fn audit_rule(
        &self,
        tx: &mut Tx,
        action: &'static str,
        (rule, is_gone): (&SignInRule, bool),
    ) -> Result<()> {
        let says: Value = json!({
            "provider": rule.way.as_str(), "group": rule.group, "role": rule.grant.to_string(),
        });
        let (before, after) = if is_gone {
            (Some(says), None)
        } else {
            (None, Some(says))
        };
        Ok(tx
            .audit(AuditEntry {
                id: self.id(),
                at: self.now(),
                action,
                subject: format!("sign_in_rule:{}", rule.id),
                reason: None,
                before,
                after,
            })
            .await?)
    }
}
