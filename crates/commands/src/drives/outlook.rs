//! What would come of asking for a drive, before anybody asks: the evidence, the policy, and what stands in the way.

use domain::{
    access::Action,
    actor::Viewer,
    approvals::{Evaluation, Policy, Risk, Target, choose, evaluate},
    deploys::drive::{
        Drive,
        evidence::{Evidence, Judged},
        inputs::Lease,
        request::NewDrive,
    },
    environments::EnvironmentClass,
    executors::Reach,
    ids::{DeployId, PolicyId},
};
use store::{AskedFor, Begun, DeployPlace, StoredExecutor, Tx};

use super::{
    approval::asking,
    begin::{begin, driven, tell_facts},
    known::evidence_of,
};
use crate::{Commands, Result, access::anywhere, approvals::subject};

/// What follows where nothing says what an environment is for.
const UNCLASSED: &str = "Nobody has said what class this environment is, and its name does not: people are asked as in production. An \
                         admin sets its class under Environments.";

/// What would come of a drive if it was asked for now.
#[derive(Clone, Debug)]
pub struct DriveOutlook {
    /// What the environment is for.
    pub class: EnvironmentClass,
    /// What is known of the release.
    pub evidence: Evidence,
    /// What that allows there.
    pub judged: Judged,
    /// How risky it is.
    pub risk: Risk,
    /// The policy that decides; `None` where none is written for it.
    pub policy_id: Option<PolicyId>,
    /// What that policy says.
    pub policy: Policy,
    /// What it asks for, as far as is known.
    pub asked: Evaluation,
    /// What Fairway never heard of, and what follows, a sentence for each.
    pub unknown: Vec<String>,
    /// The drive that has the environment now.
    pub holder: Option<DeployId>,
    /// Another drive that takes the same release there.
    pub same: Option<DeployId>,
    /// Whether somebody carries out deploys there.
    pub has_executor: bool,
    /// Whether that is a workflow, and no GitHub is set that would start it.
    pub lacks_github: bool,
}

impl Commands {
    /// What would come of a drive. It is asked for in a unit of work that is given up, so that the answer is by the same rules and
    /// leaves nothing behind.
    pub async fn drive_outlook(&self, by: &Viewer, new: &NewDrive) -> Result<DriveOutlook> {
        anywhere(by, Action::RequestDeploy)?;
        let now = self.now();
        let mut tx = self.store.begin(by.actor()).await?;
        let (drive, repository) = self.drive_of(&mut tx, by, new).await?;
        let key = format!("drive:{}", drive.deploy);
        let place = DeployPlace {
            service: drive.service,
            repository,
            environment: drive.environment,
            key: &key,
        };
        tx.put_driven_deploy(drive.deploy, place, &driven(by, new, &drive), now)
            .await?;
        let begun = Begun {
            drive: &drive,
            reason: None,
            failure_seen_at: None,
            initiators: &[],
            at: now,
        };
        begin(&mut tx, begun).await?;
        tell_facts(&mut tx, by, (&drive, new), now).await?;
        self.looked_at(&mut tx, (&drive, new)).await
    }

    async fn looked_at(&self, tx: &mut Tx, (drive, new): (&Drive, &NewDrive)) -> Result<DriveOutlook> {
        let now = self.now();
        let asked = AskedFor {
            initiators: Vec::new(),
            kind: new.deploy.kind,
        };
        let asking = asking(tx, drive, (asked, 0)).await?;
        let card = tx.evidence(&asking, now).await?.card;
        let about = subject(tx, (drive.service, drive.environment)).await?;
        let target = Target {
            tier: about.owned.tier,
            class: about.class_for_policy(),
            risk: card.risk,
        };
        let policies = tx.policies().await?;
        let chosen = choose(&policies, &target);
        let policy = chosen.map_or_else(Policy::unwritten, |stored| stored.policy.clone());
        let evidence = evidence_of(tx, drive).await?;
        let heard = tx.heard_of(drive).await?;
        let mut unknown = heard.unknown(&drive.release, policy.excludes_authors);
        unknown.extend(about.is_unclassed.then(|| UNCLASSED.to_owned()));
        let executor = tx.executor((drive.service, drive.environment)).await?;
        Ok(DriveOutlook {
            class: drive.class,
            judged: evidence.judge(drive.class),
            evidence,
            risk: card.risk,
            policy_id: chosen.map(|stored| stored.id),
            asked: evaluate(&policy, &card.facts, now),
            unknown,
            policy,
            holder: match tx.lease_of(drive).await? {
                Lease::Of(other) => Some(other),
                Lease::Free | Lease::Own => None,
            },
            same: tx.same_on_its_way(drive).await?,
            has_executor: executor.is_some(),
            lacks_github: !self.asks_github() && executor.is_some_and(|stored| is_workflow(&stored)),
        })
    }
}

fn is_workflow(stored: &StoredExecutor) -> bool {
    matches!(stored.executor.reach, Reach::GithubActions { .. })
}
