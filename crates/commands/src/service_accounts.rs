//! Service accounts, and which workflows are trusted to act as one.

use domain::{
    access::Action,
    actor::Viewer,
    error::FieldErrors,
    ids::{ServiceAccountId, TrustRuleId},
    tokens::{NewServiceAccount, ServiceAccount, TrustRule, TrustTerms},
};
use serde_json::{Value, json};
use store::{AuditEntry, StoreError, Tx};

use crate::{CommandError, Commands, Result, access::whole};

impl Commands {
    /// Makes a service account.
    pub async fn create_service_account(
        &self,
        by: &Viewer,
        new: NewServiceAccount,
    ) -> Result<ServiceAccountId> {
        whole(by, Action::ManageTokens)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let team = match &new.team {
            None => None,
            Some(slug) => Some(
                tx.team_of_slug(slug)
                    .await?
                    .ok_or_else(|| FieldErrors::one("team", format!("there is no team {slug}")))?,
            ),
        };
        let account = ServiceAccount {
            id: self.id(),
            name: new.name,
            about: new.about,
            role: new.role,
            team,
            created_at: self.now(),
            disabled_at: None,
        };
        tx.insert_service_account(&account).await.map_err(taken)?;
        let after =
            json!({ "name": account.name, "about": account.about, "role": account.grant().to_string() });
        self.audit_account(&mut tx, (account.id, "service_account.create"), None, Some(after))
            .await?;
        tx.commit().await?;
        Ok(account.id)
    }

    /// Disables a service account, none of whose tokens works from now on, or enables it again.
    pub async fn set_service_account_disabled(
        &self,
        by: &Viewer,
        id: ServiceAccountId,
        disabled: bool,
    ) -> Result<()> {
        whole(by, Action::ManageTokens)?;
        let account = self.service_account(id).await?;
        let mut tx = self.store.begin(by.actor()).await?;
        tx.disable_service_account(id, disabled.then(|| self.now()))
            .await?;
        let action = if disabled {
            "service_account.disable"
        } else {
            "service_account.enable"
        };
        let before = json!({ "disabled": account.disabled_at.is_some() });
        let after = json!({ "disabled": disabled });
        self.audit_account(&mut tx, (id, action), Some(before), Some(after))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Trusts workflows to act as a service account.
    pub async fn trust_workflows(
        &self,
        by: &Viewer,
        account: ServiceAccountId,
        terms: TrustTerms,
    ) -> Result<TrustRuleId> {
        whole(by, Action::ManageTokens)?;
        self.working_account(account).await?;
        let rule = TrustRule {
            id: self.id(),
            account,
            terms,
            repository_id: None,
            created_at: self.now(),
        };
        let mut tx = self.store.begin(by.actor()).await?;
        tx.insert_trust_rule(&rule).await?;
        self.audit_account(
            &mut tx,
            (account, "service_account.trust"),
            None,
            Some(json!(rule)),
        )
        .await?;
        tx.commit().await?;
        Ok(rule.id)
    }

    /// Trusts them no more, and ends the tokens that they got by it.
    pub async fn distrust_workflows(
        &self,
        by: &Viewer,
        account: ServiceAccountId,
        rule: TrustRuleId,
    ) -> Result<()> {
        whole(by, Action::ManageTokens)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let removed = tx.remove_trust_rule(account, rule, self.now()).await?;
        let removed =
            removed.ok_or_else(|| CommandError::not_found(format!("rule {rule} of this account")))?;
        self.audit_account(
            &mut tx,
            (account, "service_account.distrust"),
            Some(json!(removed)),
            None,
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// A service account that is there.
    async fn service_account(&self, id: ServiceAccountId) -> Result<ServiceAccount> {
        let found = self.reads().service_account(id).await?;
        found.ok_or_else(|| CommandError::not_found(format!("service account {id}")))
    }

    /// A service account whose tokens work.
    pub(crate) async fn working_account(&self, id: ServiceAccountId) -> Result<ServiceAccount> {
        let account = self.service_account(id).await?;
        if account.disabled_at.is_some() {
            return Err(CommandError::Conflict {
                why: format!(
                    "the service account {} is disabled; enable it first",
                    account.name
                ),
            });
        }
        Ok(account)
    }

    async fn audit_account(
        &self,
        tx: &mut Tx,
        (account, action): (ServiceAccountId, &'static str),
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<()> {
        Ok(tx
            .audit(AuditEntry {
                id: self.id(),
                at: self.now(),
                action,
                subject: format!("service_account:{account}"),
                reason: None,
                before,
                after,
            })
            .await?)
    }
}

fn taken(error: StoreError) -> CommandError {
    match error {
        StoreError::Duplicate { constraint } if constraint == "service_accounts_by_name" => {
            FieldErrors::one("name", "there is a service account of this name already").into()
        }
        other => other.into(),
    }
}
