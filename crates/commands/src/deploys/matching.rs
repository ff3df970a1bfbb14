//! Placing GitHub deployments: which service each belongs to, and which deploy of it.

use domain::{
    deploys::matching::{GithubDeployment, decide},
    ids::{DeployId, RepositoryId, ServiceId},
};
use store::Tx;

use crate::{
    Commands, Result,
    jobs::{DeriveService, Job},
};

impl Commands {
    /// Places a stored GitHub deployment (with all its statuses) in the history of its service; `None` while nothing says
    /// which service that is. One that belongs to a drive becomes part of that and is no deploy of its own. Safe to repeat
    /// whenever a fact about it arrives. The caller enqueues the derivation of the service; a service that it leaves is
    /// enqueued here.
    pub async fn place_deployment(&self, tx: &mut Tx, github_id: i64) -> Result<Option<ServiceId>> {
        let Some(deployment) = tx.github_deployment_to_place(github_id).await? else {
            return Ok(None);
        };
        let service = if let Some((drive, service)) = tx.drive_of_deployment(&deployment).await? {
            tx.join_drive(&deployment, (drive, service)).await?;
            service
        } else {
            let Some(service) = self.service_of(tx, &deployment).await? else {
                return Ok(None);
            };
            tx.place_github_deployment(&deployment, service, self.id())
                .await?;
            service
        };
        if let Some(left) = deployment.service.filter(|left| *left != service) {
            tx.enqueue(DeriveService { service: left }.enqueued()?).await?;
        }
        Ok(Some(service))
    }

    /// A person's word stands; else the rules decide again with what is known now; else it stays where it is.
    async fn service_of(&self, tx: &mut Tx, deployment: &GithubDeployment) -> Result<Option<ServiceId>> {
        if deployment.by_hand {
            return Ok(deployment.service);
        }
        let (rules, services) = tx.matching_rules(deployment.repository).await?;
        Ok(decide(&deployment.texts, &rules, &services).or(deployment.service))
    }

    /// Notes the run that an order of a drive started, and takes what that run deployed meanwhile into the drive.
    pub(crate) async fn join_run(&self, tx: &mut Tx, run: i64, deploy: DeployId) -> Result<()> {
        if !tx.note_run_of_drive(run, deploy).await? {
            return Ok(());
        }
        for github_id in tx.deployments_of_run(run, 1).await? {
            if let Some(service) = self.place_deployment(tx, github_id).await? {
                tx.enqueue(DeriveService { service }.enqueued()?).await?;
            }
        }
        Ok(())
    }

    /// Places every waiting deployment of a repository and enqueues the derivation of the services that got some: for a
    /// newly registered service or a new rule.
    pub async fn place_repository(&self, tx: &mut Tx, repository: RepositoryId) -> Result<Vec<ServiceId>> {
        let mut touched = std::collections::BTreeSet::new();
        for github_id in tx.waiting_deployments(repository).await? {
            touched.extend(self.place_deployment(tx, github_id).await?);
        }
        for service in &touched {
            tx.enqueue(DeriveService { service: *service }.enqueued()?)
                .await?;
        }
        Ok(touched.into_iter().collect())
    }
}
