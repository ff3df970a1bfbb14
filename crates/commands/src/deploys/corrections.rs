//! Corrections of the record: what a person says about a deploy, and which service a deployment is of.

use domain::{
    access::Action,
    actor::Viewer,
    deploys::{
        DeployKind,
        corrections::{Correction, NewCorrection, Statement},
        life::Life,
        matching::{MatchField, MatchingRule},
    },
    environments::EnvironmentClass,
    error::FieldErrors,
    ids::{CorrectionId, DeployId, RepositoryId, ServiceId},
};
use serde_json::json;
use store::{AuditEntry, Tx};

use super::report::{known_deploy, known_service};
use crate::{
    CommandError, Commands, Result,
    access::{anywhere, on_deploy, on_service, seen_service_of_deploy, sees, sees_repository},
};

impl Commands {
    /// Corrects a deploy with a reason; the figures follow before this returns. Undone with [`Self::undo_correction`].
    pub async fn correct_deploy(
        &self,
        by: &Viewer,
        deploy: DeployId,
        new: NewCorrection,
    ) -> Result<CorrectionId> {
        anywhere(by, Action::CorrectDeploy)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let service = seen_service_of_deploy(&mut tx, by, deploy)
            .await?
            .ok_or_else(|| CommandError::not_found(format!("deploy {deploy}")))?;
        on_deploy(&mut tx, by, Action::CorrectDeploy, (deploy, service)).await?;
        self.check_statement(&mut tx, by, (deploy, service), &new.statement)
            .await?;
        let correction = Correction {
            id: self.id(),
            deploy,
            statement: new.statement,
            reason: new.reason,
            made_by: by.actor().name().to_owned(),
            made_at: self.now(),
            undone: None,
        };
        tx.insert_correction(&correction).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: correction.made_at,
            action: "deploy.correct",
            subject: format!("deploy:{deploy}"),
            reason: Some(&correction.reason),
            before: None,
            after: Some(json!({ "correction": correction.id, "statement": correction.statement })),
        })
        .await?;
        tx.remember(correction.id).await?;
        self.commit_and_derive(tx, [service]).await?;
        Ok(correction.id)
    }

    /// What is said must be possible, and say something.
    async fn check_statement(
        &self,
        tx: &mut Tx,
        by: &Viewer,
        (deploy, service): (DeployId, ServiceId),
        statement: &Statement,
    ) -> Result<()> {
        match statement {
            Statement::Planned => self.is_rollback(deploy).await,
            Statement::Failed(true) => self.is_production(deploy, "field").await,
            Statement::Fixes(fixed) => {
                if *fixed == deploy {
                    return Err(FieldErrors::one("value", "a deploy cannot fix itself").into());
                }
                known_deploy(tx, by, ("value", *fixed), Some(service)).await??;
                self.is_production(deploy, "field").await?;
                self.is_production(*fixed, "value").await?;
                let fix = life(tx, deploy).await?;
                Ok(fix.check_fixes(&life(tx, *fixed).await?)?)
            }
            Statement::ExposedAt(at) => Ok(life(tx, deploy).await?.check_exposure(*at, self.now())?),
            Statement::Kind(_) | Statement::Exclude | Statement::NeverExposed | Statement::Failed(false) => {
                Ok(())
            }
        }
    }

    /// Only a rollback can be planned: what it replaced did not fail. Said of the deploy that it undoes, it would do nothing.
    async fn is_rollback(&self, deploy: DeployId) -> Result<()> {
        let summary = self.reads().deploy_summary(deploy).await?;
        let undoing = summary.as_ref().and_then(|summary| summary.rolled_back_by);
        if summary.is_some_and(|summary| summary.kind == DeployKind::Rollback) {
            return Ok(());
        }
        let message = match undoing {
            Some(rollback) => format!("say this of the rollback that undid this deploy: {rollback}"),
            None => "this deploy is no rollback; reclassify it first".to_owned(),
        };
        Err(FieldErrors::one("field", message).into())
    }

    /// Only what users have can fail or be fixed: of any other deploy this would say nothing.
    async fn is_production(&self, deploy: DeployId, field: &str) -> Result<()> {
        let summary = self.reads().deploy_summary(deploy).await?;
        match summary.filter(|summary| summary.class != EnvironmentClass::Production) {
            Some(summary) => {
                let message = format!(
                    "this is about a deploy to {}, which is not production; only those fail or fix one that did",
                    summary.environment
                );
                Err(FieldErrors::one(field, message).into())
            }
            None => Ok(()),
        }
    }

    /// Takes a correction back, with a reason; both stay in the record.
    pub async fn undo_correction(&self, by: &Viewer, id: CorrectionId, reason: &str) -> Result<DeployId> {
        anywhere(by, Action::CorrectDeploy)?;
        let reason = reason.trim();
        if !(3..=2000).contains(&reason.chars().count()) || reason.contains('\0') {
            let message = "say why in 3 to 2,000 characters; it stands in the audit trail";
            return Err(FieldErrors::one("reason", message).into());
        }
        let mut tx = self.store.begin(by.actor()).await?;
        let missing = || CommandError::not_found(format!("correction {id}"));
        let (correction, service) = tx.correction(id).await?.ok_or_else(missing)?;
        if !sees(&mut tx, by, service).await? {
            return Err(missing());
        }
        on_deploy(&mut tx, by, Action::CorrectDeploy, (correction.deploy, service)).await?;
        if let Some((who, _)) = &correction.undone {
            return Err(CommandError::Conflict {
                why: format!(
                    "{who} has taken this correction back already; it stands among the corrections with their reason"
                ),
            });
        }
        let now = self.now();
        tx.undo_correction(id, by.actor().name(), reason, now).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "deploy.undo_correction",
            subject: format!("deploy:{}", correction.deploy),
            reason: Some(reason),
            before: Some(json!({ "correction": id, "statement": correction.statement })),
            after: None,
        })
        .await?;
        self.commit_and_derive(tx, [service]).await?;
        Ok(correction.deploy)
    }

    /// Says which service a GitHub deployment belongs to. With `rule`, every deployment of the repository whose text in
    /// that field is the same belongs there too, those that wait and those to come. Gives how many were placed.
    pub async fn match_deployment(
        &self,
        by: &Viewer,
        github_id: i64,
        service: &str,
        rule: Option<MatchField>,
    ) -> Result<usize> {
        anywhere(by, Action::MatchDeployment)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let (service, _) = known_service(&mut tx, by, ("service", service)).await??;
        on_service(&mut tx, by, Action::MatchDeployment, (service, None)).await?;
        let missing = || CommandError::not_found(format!("deployment {github_id}"));
        let deployment = tx
            .github_deployment_to_place(github_id)
            .await?
            .ok_or_else(missing)?;
        if !sees_repository(&mut tx, by, deployment.repository).await? {
            return Err(missing());
        }
        if let Some(other) = deployment.service.filter(|other| *other != service) {
            if !sees(&mut tx, by, other).await? {
                return Err(missing());
            }
            // Whoever moves a deployment to their service takes it from another.
            on_service(&mut tx, by, Action::MatchDeployment, (other, None)).await?;
        }
        if rule.is_some() {
            may_rule(&mut tx, by, deployment.repository).await?;
        }
        let mut placed = 1;
        let mut touched = vec![service];
        touched.extend(deployment.service);
        tx.match_by_hand(github_id, service).await?;
        self.place_deployment(&mut tx, github_id).await?;
        if let Some(field) = rule {
            let Some(pattern) = deployment.texts.text(field) else {
                let message = format!(
                    "this deployment says nothing about its {}; choose another rule",
                    field.label()
                );
                return Err(FieldErrors::one("rule", message).into());
            };
            let rule = MatchingRule {
                field,
                pattern: pattern.to_owned(),
                service,
            };
            tx.put_matching_rule(self.id(), deployment.repository, &rule, self.now())
                .await?;
            placed += self
                .place_waiting(&mut tx, deployment.repository, &mut touched)
                .await?;
        }
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "deployment.match",
            subject: format!("deployment:{github_id}"),
            reason: None,
            before: deployment.service.map(|service| json!({ "service": service })),
            after: Some(json!({ "service": service, "rule": rule, "placed": placed })),
        })
        .await?;
        self.commit_and_derive(tx, touched).await?;
        Ok(placed)
    }

    async fn place_waiting(
        &self,
        tx: &mut Tx,
        repository: RepositoryId,
        touched: &mut Vec<ServiceId>,
    ) -> Result<usize> {
        let mut placed = 0;
        for github_id in tx.waiting_deployments(repository).await? {
            if let Some(service) = self.place_deployment(tx, github_id).await? {
                touched.push(service);
                placed += 1;
            }
        }
        Ok(placed)
    }
}

/// A rule decides about every deployment of the repository that is yet to come, so it needs the right on each service that has
/// deployments or rules of it.
async fn may_rule(tx: &mut Tx, by: &Viewer, repository: RepositoryId) -> Result<()> {
    for service in tx.services_placed(repository).await? {
        on_service(tx, by, Action::MatchDeployment, (service, None)).await?;
    }
    Ok(())
}

async fn life(tx: &mut Tx, deploy: DeployId) -> Result<Life> {
    let life = tx.life_of_deploy(deploy).await?;
    life.ok_or_else(|| CommandError::not_found(format!("deploy {deploy}")))
}
