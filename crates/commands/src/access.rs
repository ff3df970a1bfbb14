//! Asking the one rule of access, with what it needs to know of the thing that an act is about.

use domain::{
    access::{Action, Owned, Resource, authorize},
    actor::Viewer,
    environments::EnvironmentClass,
    ids::{DeployId, EnvironmentId, RepositoryId, ServiceId},
    sight::Sight,
};
use store::Tx;

use crate::{CommandError, Result, deploys::known_service};

/// Refuses an act that the viewer may do nowhere, before anything is looked up.
pub(crate) fn anywhere(by: &Viewer, action: Action) -> Result<()> {
    Ok(authorize(by, action, &Resource::Anything)?)
}

/// Refuses an act on the organisation as a whole.
pub(crate) fn whole(by: &Viewer, action: Action) -> Result<()> {
    Ok(authorize(by, action, &Resource::Organisation)?)
}

/// Whether the viewer sees a service. What somebody does not see is answered as if it were not there, in the same words.
pub(crate) async fn sees(tx: &mut Tx, by: &Viewer, service: ServiceId) -> Result<bool> {
    match Sight::of(by) {
        Sight::Everything => Ok(true),
        sight @ Sight::Teams(_) => Ok(tx.is_seen(service, &sight).await?),
    }
}

/// The service of a deploy that the viewer sees; `None` for any other, and for none.
pub(crate) async fn seen_service_of_deploy(
    tx: &mut Tx,
    by: &Viewer,
    deploy: DeployId,
) -> Result<Option<ServiceId>> {
    match tx.service_of_deploy(deploy).await? {
        Some(service) if sees(tx, by, service).await? => Ok(Some(service)),
        _ => Ok(None),
    }
}

/// Whether the viewer sees what is in a repository.
pub(crate) async fn sees_repository(tx: &mut Tx, by: &Viewer, repository: RepositoryId) -> Result<bool> {
    match Sight::of(by) {
        Sight::Everything => Ok(true),
        sight @ Sight::Teams(_) => Ok(tx.is_repository_seen(repository, &sight).await?),
    }
}

/// Name and class of the environment that an act is about.
pub(crate) type Place = (String, Option<EnvironmentClass>);

/// Refuses an act on a service, or on what runs in an environment.
pub(crate) async fn on_service(
    tx: &mut Tx,
    by: &Viewer,
    action: Action,
    (service, place): (ServiceId, Option<Place>),
) -> Result<()> {
    if !by.is_bounded() {
        return anywhere(by, action);
    }
    let (environment, class) = place.map_or((None, None), |(name, class)| (Some(name), class));
    let owned = Owned {
        environment,
        class,
        ..tx.owned_service(service).await?
    };
    Ok(authorize(by, action, &Resource::Owned(owned))?)
}

/// A service (by its slug) and an environment (by its name) that the viewer sees and may do something to.
pub(crate) async fn named_place(
    tx: &mut Tx,
    by: &Viewer,
    action: Action,
    (slug, name): (&str, &str),
) -> Result<(ServiceId, EnvironmentId)> {
    let missing = || CommandError::not_found(format!("service {slug}"));
    let known = known_service(tx, by, ("service", slug)).await?;
    let (service, _) = known.map_err(|_| missing())?;
    let environment = tx
        .environment_of_name(name)
        .await?
        .ok_or_else(|| CommandError::not_found(format!("environment {name}")))?;
    let class = tx.class_of_environment(environment).await?;
    let about = (service, Some((name.to_owned(), Some(class))));
    on_service(tx, by, action, about).await?;
    Ok((service, environment))
}

/// Refuses an act on a deploy of a service.
pub(crate) async fn on_deploy(
    tx: &mut Tx,
    by: &Viewer,
    action: Action,
    (deploy, service): (DeployId, ServiceId),
) -> Result<()> {
    let place = if by.is_bounded() {
        tx.environment_of_deploy(deploy).await?
    } else {
        None
    };
    on_service(tx, by, action, (service, place)).await
}
