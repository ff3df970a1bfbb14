//! Runs at GitHub that a protection rule holds: letting one wait for a decision, and having it told.

use chrono::{DateTime, Utc};
use domain::{
    approvals::{
        ApprovalState, BoundRelease, Facts, GateKind, HeldRun, Involved, NewApproval, NewGate, Party,
        RuleReply, RuleWord, each_party,
    },
    facts::ProtectionRuleFact,
    ids::{EnvironmentId, RepositoryId, ServiceId},
    names,
};
use serde_json::json;
use store::Tx;

use super::{initiators::initiator, shared::subject};
use crate::{CommandError, Commands, Result};

/// What a run is told whose deployment belongs to no service.
const NO_SERVICE: &str = "Fairway does not know which service this deploys, so nobody can be asked. Say so on its page of deployments \
                          without a service, then run it again.";
/// What a run is told that would take two releases through one gate.
const ANOTHER: &str = "Another service, or another commit, waits for this environment in this run, and GitHub lets both go together. \
                       Give each service an environment of its own.";
/// What a run is told that nobody known started, and for whose commit others wait.
const STRANGER: &str = "Nobody is known by whoever started this run, and others wait for the same commit: nobody could decide for them any \
                        more. Have an admin say whose account that is, or somebody whom Fairway knows start it.";

impl Commands {
    /// Lets a run wait for a decision about its commit. One request covers all of its jobs, and whatever else waits for that; each
    /// that comes after the decision is told at once. Nobody is asked about a run that a drive ordered: they decided on the drive.
    pub(crate) async fn hold_run(
        &self,
        tx: &mut Tx,
        (repository, run): (RepositoryId, i64),
        fact: &ProtectionRuleFact,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let deployment = fact.deployment.github_id;
        let missing = || CommandError::internal("a deployment that waits is not there");
        let stored = tx.held_deployment(deployment, run).await?.ok_or_else(missing)?;
        if !self.names_it(tx, fact, stored.environment).await? {
            return Ok(());
        }
        let mut held = HeldRun {
            repository,
            run,
            attempt: stored.attempt,
            environment: fact.environment.clone(),
            deployment,
        };
        if let Some(order) = tx.order_of_deployment(deployment).await? {
            let key = held.late_answer();
            return self.reply_ordered(tx, &key, (held, order)).await;
        }
        if !stored.knows_attempt {
            held.attempt = self.attempt_of(tx, &held).await?;
        }
        let Some(service) = stored.service else {
            return self.refuse_run(tx, (held, None), NO_SERVICE).await;
        };
        let asked = self
            .asked_by_run(tx, (service, stored.environment), (&held, fact), at)
            .await?;
        self.hold(tx, asked, held).await
    }

    /// Whether a rule asks about the environment that its deployment is for. What would be decided about one and answered for another
    /// is held: GitHub asks so of nothing.
    async fn names_it(
        &self,
        tx: &mut Tx,
        fact: &ProtectionRuleFact,
        environment: EnvironmentId,
    ) -> Result<bool> {
        let named = names::written_out(fact.environment.trim());
        if tx.environment_of_name(&named).await? == Some(environment) {
            return Ok(true);
        }
        let detail = json!({ "environment": named, "deployment": fact.deployment.github_id });
        self.note_security_event("protection_rule_mismatch", "github", &detail)
            .await?;
        Ok(false)
    }

    /// The attempt of a run that is not known to be another one than the last that was heard of: what waited in that is over, so
    /// that what comes to wait now is of one after it, whose event is still on its way.
    async fn attempt_of(&self, tx: &mut Tx, held: &HeldRun) -> Result<i32> {
        let mut held = held.clone();
        while let (Some(first), Some(request)) = (
            tx.held_at(&held.gate()).await?,
            tx.request_of_gate(&held.gate()).await?,
        ) {
            let stored = tx.approval(request).await?;
            let is_over = stored.is_some_and(|stored| stored.request.is_over(self.now()));
            if first.deployment == held.deployment || !is_over {
                break;
            }
            held.attempt += 1;
        }
        Ok(held.attempt)
    }

    async fn hold(&self, tx: &mut Tx, asked: NewApproval, held: HeldRun) -> Result<()> {
        let (service, environment) = (asked.release.service, asked.release.environment);
        let about = subject(tx, (service, environment)).await?;
        let known = tx.held_at(&held.gate()).await?;
        let opened = match self.open_gate_in(tx, &asked, &about).await {
            Ok(Some(opened)) => opened,
            Ok(None) => return self.refuse_run(tx, (held, Some(service)), STRANGER).await,
            Err(CommandError::Conflict { .. }) => {
                return self.refuse_run(tx, (held, Some(service)), ANOTHER).await;
            }
            Err(error) => return Err(error),
        };
        let is_pending = opened.state == ApprovalState::Pending;
        let (key, says) = match known {
            Some(_) if is_pending => return Ok(()),
            None if is_pending => (format!("waits:{}", held.gate()), RuleWord::Waits),
            Some(first) if first.deployment != held.deployment => (held.late_answer(), RuleWord::Decided),
            _ => (held.answer(), RuleWord::Decided),
        };
        let reply = RuleReply {
            run: held,
            service: Some(service),
            says,
        };
        self.reply(tx, &key, &reply).await.map(drop)
    }

    async fn asked_by_run(
        &self,
        tx: &mut Tx,
        (service, environment): (ServiceId, EnvironmentId),
        (held, fact): (&HeldRun, &ProtectionRuleFact),
        at: DateTime<Utc>,
    ) -> Result<NewApproval> {
        Ok(NewApproval {
            release: BoundRelease {
                service,
                environment,
                sha: Some(fact.deployment.sha.clone()),
                digest: None,
                config: None,
                terraform_plan: None,
                terms: None,
            },
            version: None,
            kind: None,
            initiators: self.starters(tx, fact, (held.run, at)).await?,
            run: Some(held.run),
            course: None,
            is_typed: false,
            facts: Facts::default(),
            gate: NewGate {
                kind: GateKind::Github,
                key: held.gate(),
                details: json!(held),
            },
        })
    }

    /// Whoever started a run: whoever made its deployment, which Actions does in the name of whoever started the run or in its own,
    /// and whoever the rule was asked by, which is another one where somebody ran it again. Where GitHub names nobody, it may be
    /// anybody.
    async fn starters(
        &self,
        tx: &mut Tx,
        fact: &ProtectionRuleFact,
        (run, at): (i64, DateTime<Utc>),
    ) -> Result<Vec<Party>> {
        let unknown = || (Involved::Unmapped, format!("Whoever started run {run}"));
        let mut all = Vec::new();
        for person in [&fact.deployment.creator, &fact.asked_by].into_iter().flatten() {
            let login = person.login.clone();
            all.push(if person.is_bot {
                (Involved::Machine, login)
            } else if let Some(id) = self.person(tx, Some(person), at).await? {
                let has_account = true;
                (Involved::Person { id, has_account }, login)
            } else {
                unknown()
            });
        }
        if all.is_empty() {
            all.push(unknown());
        }
        let parties = all.into_iter().map(|(who, name)| initiator(who, name));
        Ok(each_party(parties.collect()))
    }

    /// Has a run told that it does not go on, since nobody can be asked.
    async fn refuse_run(
        &self,
        tx: &mut Tx,
        (run, service): (HeldRun, Option<ServiceId>),
        why: &str,
    ) -> Result<()> {
        let key = format!("refused:{}", run.late_answer());
        let reply = RuleReply {
            run,
            service,
            says: RuleWord::Refused(why.to_owned()),
        };
        self.reply(tx, &key, &reply).await.map(drop)
    }

    /// Has the run told that waits at a gate which is decided; nothing where something else waits there.
    pub(super) async fn tell_run(&self, tx: &mut Tx, gate: &str, service: ServiceId) -> Result<()> {
        if !HeldRun::waits_at(gate) {
            return Ok(());
        }
        let Some(run) = tx.held_at(gate).await? else {
            return Ok(());
        };
        let key = run.answer();
        let reply = RuleReply {
            run,
            service: Some(service),
            says: RuleWord::Decided,
        };
        self.reply(tx, &key, &reply).await.map(drop)
    }
}
