//! What a drive orders. The one place that it leaves the drive by.

use domain::{
    changes::short,
    deploys::{
        DeployState, Strategy,
        drive::{Drive, Effect, PhaseRecord, Place},
        report::NamedRelease,
    },
    executors::{Act, Order},
    notifications::{Notice, Topic},
};
use store::{PlaceNames, Tx};

use super::jobs::WatchDrive;
use crate::{CommandError, Commands, Result, jobs::Job};

/// A phase that begins, and the drive as it stood before.
#[derive(Clone, Copy)]
struct Begins<'a> {
    drive: &'a Drive,
    record: &'a PhaseRecord,
    names: &'a PlaceNames,
}

impl Commands {
    /// Stores a phase of a drive with what it orders, in the transaction of the step; `drive` is how it stood before. A phase that
    /// began already orders nothing again, and neither does an effect whose key is there.
    pub(super) async fn order_phase(&self, tx: &mut Tx, drive: &Drive, record: &PhaseRecord) -> Result<()> {
        if !tx.insert_phase(drive.deploy, record).await? {
            tracing::warn!(
                key = record.key,
                "a phase began already; nothing is ordered again"
            );
            return Ok(());
        }
        let names = tx.names_of_place(drive.service, drive.environment).await?;
        let begins = Begins {
            drive,
            record,
            names: &names,
        };
        for effect in &record.effects {
            self.order_effect(tx, begins, effect).await?;
        }
        self.want_shown(tx, drive, &record.key).await
    }

    async fn order_effect(&self, tx: &mut Tx, begins: Begins<'_>, effect: &Effect) -> Result<()> {
        let Begins { drive, record, .. } = begins;
        let key = format!("{}:{}", record.key, effect.name());
        match effect {
            Effect::TakeBackup => self.execute_in(tx, begins, (&key, Act::BackUp, None)).await,
            Effect::Dispatch { weight } => {
                let act = dispatched(drive, record);
                self.execute_in(tx, begins, (&key, act, u8::try_from(*weight).ok()))
                    .await
            }
            Effect::Stop => self.execute_in(tx, begins, (&key, Act::Stop, None)).await,
            Effect::MarkStable => self.execute_in(tx, begins, (&key, Act::MarkStable, None)).await,
            Effect::Page { why } => {
                let notice = notice(drive, begins.names, (Topic::DeployFailed, why));
                self.notify(tx, &key, &notice).await.map(drop)
            }
            Effect::Tell { what } => {
                let topic = match record.state {
                    DeployState::Succeeded => Topic::DeploySucceeded,
                    DeployState::Confirm => Topic::DeployWaits,
                    _ => Topic::DeployRolledBack,
                };
                let notice = notice(drive, begins.names, (topic, what));
                self.notify(tx, &key, &notice).await.map(drop)
            }
            Effect::AskForApproval { .. } => self.ask_for_approval(tx, drive, record.round).await,
            Effect::VoidApproval { why } => match drive.standing.place() {
                Some(place) => {
                    let ends = record.state.is_final();
                    self.void_approval(tx, (drive, place), (why, ends)).await
                }
                None => Ok(()),
            },
            Effect::Watch { .. } => {
                let drive = drive.deploy;
                Ok(tx.enqueue(WatchDrive { drive }.enqueued()?).await?)
            }
        }
    }

    /// An order to whoever carries out the deploys there, under the fence by which the drive has the environment.
    async fn execute_in(
        &self,
        tx: &mut Tx,
        Begins { drive, record, names }: Begins<'_>,
        (key, act, weight): (&str, Act, Option<u8>),
    ) -> Result<()> {
        let fence = tx.fence_of(drive).await?;
        let fence =
            fence.ok_or_else(|| CommandError::internal("a drive ordered something without a lease"))?;
        let previous = if act == Act::BackUp {
            tx.last_good_release(drive.deploy).await?
        } else {
            None
        };
        let order = Order {
            weight,
            previous: previous.map(|target| target.release),
            ..order_of((drive, names), act, (record.key.clone(), fence))
        };
        let to = (drive.service, drive.environment);
        self.order(tx, key, to, &order).await.map(drop)
    }

    /// Has the executor stop what a phase ordered that waits for how far it came. However often, it is one order.
    pub(super) async fn order_stop(&self, tx: &mut Tx, drive: &Drive, place: &Place) -> Result<()> {
        // Without the environment it has nothing to stop there.
        let Some(fence) = tx.fence_of(drive).await? else {
            return Ok(());
        };
        let names = tx.names_of_place(drive.service, drive.environment).await?;
        let key = drive.key_of_stop(place);
        let order = order_of((drive, &names), Act::Stop, (key.clone(), fence));
        let to = (drive.service, drive.environment);
        self.order(tx, &key, to, &order).await.map(drop)
    }
}

/// An order about a drive's release.
fn order_of((drive, names): (&Drive, &PlaceNames), act: Act, (key, fence): (String, i64)) -> Order {
    Order {
        act,
        key,
        fence,
        deploy: drive.deploy,
        service: names.service.clone(),
        environment: names.environment.clone(),
        version: drive.release.version.clone(),
        commit: drive.release.sha.clone(),
        digest: drive.release.digest.clone(),
        config: drive.configuration.config.clone(),
        plan: drive.configuration.plan.clone(),
        strategy: Some(drive.strategy.as_str().to_owned()),
        weight: None,
        undoes: drive.undoes,
        previous: None,
    }
}

/// What bringing a release to a share of the traffic is for the executor.
fn dispatched(drive: &Drive, record: &PhaseRecord) -> Act {
    if drive.undoes.is_some() {
        return Act::RollBack;
    }
    match (record.step, drive.strategy) {
        (0, _) => Act::Deploy,
        (_, Strategy::BlueGreen) => Act::Switch,
        (_, Strategy::Canary | Strategy::Rolling) => Act::SetWeight,
    }
}

/// News of a drive.
pub(crate) fn notice(drive: &Drive, names: &PlaceNames, (topic, what): (Topic, &str)) -> Notice {
    Notice {
        topic,
        service: drive.service,
        title: names.title.clone(),
        environment: names.environment.clone(),
        release: called(&drive.release),
        outcome: Some(what.to_owned()),
        by: None,
        reason: None,
        deadline: None,
        urges: None,
        path: format!("/deploys/{}", drive.deploy),
    }
}

/// A release in a word: its version, the beginning of its commit, or its image.
pub(crate) fn called(release: &NamedRelease) -> String {
    let commit = || release.sha.as_deref().map(short).map(str::to_owned);
    let version = release.version.clone().or_else(commit);
    version.or_else(|| release.digest.clone()).unwrap_or_default()
}
