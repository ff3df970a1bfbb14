//! Runs at GitHub that carry out what drives order: what GitHub tells of them is the drive's.

use std::collections::BTreeSet;

use domain::{
    approvals::{ApprovalState, HeldRun, RuleReply, RuleWord},
    deploys::drive::stopped_by,
    executors::deliveries_in,
    ids::{EffectId, RepositoryId, ServiceId},
};
use store::{RunOrder, Tx};

use crate::{Commands, Result};

/// Why people are not asked any more about a run that a drive ordered.
const DRIVEN: &str = "a deploy that Fairway drives ordered this run, and people decide on that deploy";

impl Commands {
    /// Notes that a run carries out an order. Deployments of it that GitHub told of already become the drive's, and where people
    /// were asked about them they are not any more. Gives the services whose history may be another now. The caller holds the
    /// run's repository.
    pub(crate) async fn take_run(
        &self,
        tx: &mut Tx,
        run: i64,
        order: (EffectId, &str),
    ) -> Result<BTreeSet<ServiceId>> {
        let mut touched = BTreeSet::new();
        let (effect, key) = order;
        if !tx
            .put_drive_run(run, (effect, stopped_by(key).unwrap_or(key)))
            .await?
        {
            return Ok(touched);
        }
        for deployment in tx.all_deployments_of_run(run).await? {
            touched.extend(self.place_deployment(tx, deployment).await?);
        }
        for held in tx.held_by_run(run).await? {
            if let Some(order) = tx.order_of_deployment(held.deployment).await? {
                self.let_drive_answer(tx, held, order).await?;
            }
        }
        Ok(touched)
    }

    /// The same of a run whose name holds the id of an order's delivery: where GitHub did not say which run it made, or nobody heard
    /// it. Only the executor's own repository says so.
    pub(crate) async fn recognise_run(
        &self,
        tx: &mut Tx,
        repository: RepositoryId,
        (run, title): (i64, &str),
    ) -> Result<BTreeSet<ServiceId>> {
        let named = deliveries_in(title);
        match tx.order_for_repository(repository, &named).await? {
            Some((effect, key)) => self.take_run(tx, run, (effect, &key)).await,
            None => Ok(BTreeSet::new()),
        }
    }

    /// Has a run told that it goes on, which waits for a protection rule and whose order a drive gave. `key`: of the answer.
    pub(crate) async fn reply_ordered(
        &self,
        tx: &mut Tx,
        key: &str,
        (run, order): (HeldRun, RunOrder),
    ) -> Result<()> {
        let reply = RuleReply {
            run,
            service: Some(order.service),
            says: RuleWord::Ordered {
                deploy: order.deploy,
                key: order.key,
            },
        };
        self.reply(tx, key, &reply).await.map(drop)
    }

    /// The answer stands before the request ends, which would be one too.
    async fn let_drive_answer(&self, tx: &mut Tx, held: HeldRun, order: RunOrder) -> Result<()> {
        let (gate, key) = (held.gate(), held.answer());
        self.reply_ordered(tx, &key, (held, order)).await?;
        self.end_gate(tx, &gate, (DRIVEN, true)).await
    }

    /// Ends what people were asked at a gate. Where only the gate is over (`ends`), what others wait for and what was approved stays;
    /// a change leaves nothing.
    pub(super) async fn end_gate(&self, tx: &mut Tx, gate: &str, (why, ends): (&str, bool)) -> Result<()> {
        let Some(id) = tx.request_of_gate(gate).await? else {
            return Ok(());
        };
        let Some(stored) = tx.approval(id).await? else {
            return Ok(());
        };
        let request = &stored.request;
        let is_open = request.state == ApprovalState::Pending;
        let holds = if ends {
            is_open && !tx.others_wait(id, gate).await?
        } else {
            is_open || request.state.lets_go_on()
        };
        if holds {
            self.end_request(tx, request, (ApprovalState::Void, why), self.now())
                .await?;
        }
        Ok(())
    }
}
