//! Which services of a repository a fact may concern. In a repository of many, deriving all of them for each push would cost
//! more than the push; deriving one too few would leave a wrong figure. So whatever is not certain concerns them all.

use domain::{
    changes::owns_any,
    facts::PushFact,
    ids::{RepositoryId, ServiceId},
};
use store::Tx;

use super::events::LISTED_COMMITS;
use crate::Result;

/// Services with the globs of their paths.
type Paths = Vec<(ServiceId, Vec<String>)>;

/// The services that a push concerns; asked before it is stored.
///
/// A push that only adds to the end of the branch concerns the services whose paths it touches, and those that deployed one
/// of its commits before it came. One that comes late or again may close a gap under the history of any of them.
pub(crate) async fn by_push(
    tx: &mut Tx,
    repository: RepositoryId,
    push: &PushFact,
) -> Result<Vec<ServiceId>> {
    let services = tx.services_with_paths(repository).await?;
    let Some(paths) = touched(push).filter(|_| has_several(&services)) else {
        return Ok(all(services));
    };
    let own: Vec<String> = push.commits.iter().map(|commit| commit.sha.clone()).collect();
    if !tx.is_news(repository, push, &own).await? {
        return Ok(all(services));
    }
    touching(tx, repository, (services, own, paths)).await
}

/// The services that a merged pull request concerns; asked after it is stored. While its commits have not landed, that is
/// who deployed them; their push will concern the others.
pub(crate) async fn by_pull_request(
    tx: &mut Tx,
    repository: RepositoryId,
    merge_sha: Option<&str>,
) -> Result<Vec<ServiceId>> {
    let services = tx.services_with_paths(repository).await?;
    let Some(merge_sha) = merge_sha.filter(|_| has_several(&services)) else {
        return Ok(all(services));
    };
    let landed = tx.paths_landed_with(repository, merge_sha).await?;
    let Some(paths) = landed.into_iter().collect::<Option<Vec<_>>>() else {
        return Ok(all(services));
    };
    touching(
        tx,
        repository,
        (services, vec![merge_sha.to_owned()], paths.concat()),
    )
    .await
}

/// The services whose version may be the tag of a release: those that deployed a commit that it stands or stood for.
pub(crate) async fn by_release(
    tx: &mut Tx,
    repository: RepositoryId,
    targets: impl IntoIterator<Item = String>,
) -> Result<Vec<ServiceId>> {
    let targets: Vec<String> = targets.into_iter().collect();
    Ok(tx.services_that_deployed(repository, &targets).await?)
}

/// The services that own one of some paths, and those that deployed one of some commits under any name of theirs.
async fn touching(
    tx: &mut Tx,
    repository: RepositoryId,
    (services, shas, paths): (Paths, Vec<String>, Vec<String>),
) -> Result<Vec<ServiceId>> {
    let shas = tx.with_own_commits(repository, shas).await?;
    // A compared range tells of commits without their paths, and those count as everybody's until their push comes.
    if tx.is_compared(repository, &shas).await? {
        return Ok(all(services));
    }
    let mut concerned = tx.services_that_deployed(repository, &shas).await?;
    let owners = services.into_iter().filter(|(_, globs)| owns_any(globs, &paths));
    concerned.extend(owners.map(|(service, _)| service));
    Ok(concerned)
}

/// Whether paths could leave any service out.
fn has_several(services: &Paths) -> bool {
    services.iter().any(|(_, globs)| !globs.is_empty())
}

fn all(services: Paths) -> Vec<ServiceId> {
    services.into_iter().map(|(service, _)| service).collect()
}

/// Every path that a push touches; `None` where it does not say them all.
fn touched(push: &PushFact) -> Option<Vec<String>> {
    let listed = push.commits.last().is_some_and(|head| head.sha == push.after);
    if push.forced || !listed || push.commits.len() >= LISTED_COMMITS {
        return None;
    }
    let paths = push.commits.iter().map(|commit| commit.paths.clone());
    Some(paths.collect::<Option<Vec<_>>>()?.concat())
}
