//! What effects are sent with, and the ways to want one.

use std::sync::Arc;

use domain::{
    approvals::RuleReply,
    executors::Order,
    ids::{EnvironmentId, PersonId, ServiceId},
    notifications::Notice,
    outbox::{EffectKind, EffectTarget},
};
use integrations::{hooks::HookClient, mail::Mailer};
use serde::Serialize;
use serde_json::Value;
use store::{NewEffect, Tx};

use crate::{CommandError, Commands, Result};

/// What effects are sent with, beside GitHub.
#[derive(Debug)]
pub struct Outward {
    /// Fairway's address for people, to which news link.
    pub public_url: String,
    /// Webhooks that admins named: orders, and the organisation's chat.
    pub hooks: HookClient,
    /// Chats that people named for themselves: whoever signs in may name any address, and is not to reach what the operator
    /// allows inside.
    pub personal: HookClient,
    /// Mail; `None` where no server is set.
    pub mail: Option<Mailer>,
}

impl Outward {
    /// What posts to a chat of a person, or of the organisation where it is nobody's.
    pub(super) fn chat(&self, person: Option<PersonId>) -> &HookClient {
        person.map_or(&self.hooks, |_| &self.personal)
    }
}

impl Commands {
    /// The same commands, which send effects. Without it they wait.
    #[must_use]
    pub fn with_outward(self, outward: Outward) -> Self {
        Self {
            outward: Some(Arc::new(outward)),
            ..self
        }
    }

    /// What effects are sent with.
    pub fn outward(&self) -> Option<&Outward> {
        self.outward.as_deref()
    }

    /// An effect to be put into a decision's transaction (`tx.put_effect`): the same key gives one effect, however often it is
    /// wanted. The payload holds no secret.
    pub fn effect<'a>(
        &self,
        key: &'a str,
        kind: EffectKind,
        target: EffectTarget,
        payload: &'a Value,
    ) -> NewEffect<'a> {
        let service = match target {
            EffectTarget::Executor(service, _) => Some(service),
            // News, answers and what is shown name the service that they are about.
            EffectTarget::Chosen
            | EffectTarget::Place(_)
            | EffectTarget::Person(_)
            | EffectTarget::Runs(_)
            | EffectTarget::Drive(_) => {
                let named = payload.get("service").and_then(Value::as_str);
                named.and_then(|id| id.parse().ok())
            }
        };
        NewEffect {
            id: self.id(),
            key,
            kind,
            target,
            payload,
            service,
            at: self.now(),
        }
    }

    /// Wants an order to whoever carries out the deploys of a service to an environment; `false` where it is wanted already.
    pub async fn order(
        &self,
        tx: &mut Tx,
        key: &str,
        (service, environment): (ServiceId, EnvironmentId),
        order: &Order,
    ) -> Result<bool> {
        let payload = written(order)?;
        let target = EffectTarget::Executor(service, environment);
        let effect = self.effect(key, EffectKind::Execute, target, &payload);
        Ok(tx.put_effect(&effect).await?)
    }

    /// Wants whoever chose it to be told something; `false` where that is wanted already. Who that is, is looked up when it is
    /// sent, so a decision waits for nobody's settings.
    pub async fn notify(&self, tx: &mut Tx, key: &str, notice: &Notice) -> Result<bool> {
        let payload = written(notice)?;
        let effect = self.effect(key, EffectKind::Tell, EffectTarget::Chosen, &payload);
        Ok(tx.put_effect(&effect).await?)
    }

    /// Wants a run at GitHub that waits to be told something; `false` where that is wanted already.
    pub(crate) async fn reply(&self, tx: &mut Tx, key: &str, reply: &RuleReply) -> Result<bool> {
        let payload = written(reply)?;
        let target = EffectTarget::Runs(reply.run.repository);
        let effect = self.effect(key, EffectKind::Answer, target, &payload);
        Ok(tx.put_effect(&effect).await?)
    }
}

pub(super) fn written(payload: &impl Serialize) -> Result<Value> {
    serde_json::to_value(payload).map_err(CommandError::internal)
}
