//! What environments are for: what a person says, and what names say by default.

use std::collections::BTreeSet;

use domain::{access::Action, actor::Viewer, audit::parse_reason, environments::EnvironmentClass};
use serde_json::json;
use store::AuditEntry;

use crate::{
    CommandError, Commands, Result,
    access::whole,
    intake::system,
    jobs::{DeriveService, Job},
};

impl Commands {
    /// Says what an environment is for, and why; every service that deployed there is derived again. Gives how many those
    /// are.
    pub async fn set_environment_class(
        &self,
        by: &Viewer,
        name: &str,
        class: EnvironmentClass,
        reason: &str,
    ) -> Result<usize> {
        whole(by, Action::SetEnvironmentClass)?;
        let reason = parse_reason(reason)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let environment = tx
            .environment_of_name(name)
            .await?
            .ok_or_else(|| CommandError::not_found(format!("environment {name}")))?;
        let before = tx.set_environment_class(environment, class).await?;
        let services = tx.services_of_environment(environment).await?;
        for service in &services {
            tx.enqueue(DeriveService { service: *service }.enqueued()?)
                .await?;
        }
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "environment.set_class",
            subject: format!("environment:{name}"),
            reason: Some(&reason),
            before: before.map(|class| json!({ "class": class })),
            after: Some(json!({ "class": class })),
        })
        .await?;
        tx.commit().await?;
        Ok(services.len())
    }

    /// Gives every environment that no person classed the name and class that this version reads from what its sender
    /// calls it, and derives again the services that deployed to one that changed. Run by the clock, so that other
    /// defaults hold for what is stored too. Gives how many environments changed.
    pub async fn apply_default_classes(&self) -> Result<usize> {
        let mut tx = self.store.begin(&system("fairway")).await?;
        let (mut changed, mut services) = (0, BTreeSet::new());
        for environment in self.reads().environments().await? {
            let written_out = domain::names::written_out_again(&environment.name);
            let class = EnvironmentClass::of_name(&written_out);
            let class = if environment.class_by_hand {
                environment.class
            } else {
                class
            };
            if (written_out == environment.name && class == environment.class)
                || !tx.put_default_class(environment.id, &written_out, class).await?
            {
                continue;
            }
            changed += 1;
            services.extend(tx.services_of_environment(environment.id).await?);
        }
        for service in services {
            tx.enqueue(DeriveService { service }.enqueued()?).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }
}
