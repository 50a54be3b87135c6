//! What a call comes to when nothing guards the shop (see `domain::unguarded`): in tests of this library
//! alone.

use serde_json::Value;

use super::Run;
use super::effects::effect_key;
use super::tool_calls::Came;
use crate::agent::gate::Pass;
use crate::agent::turn::PendingCall;
use crate::domain::identity::Identity;
use crate::domain::ids::{OrderNumber, ProposalId};
use crate::store::outbox::NewOutbox;
use crate::tools::registry::{Run as Runs, Tool};
use crate::tools::{ToolError, ToolOutput};

impl Run<'_> {
    /// Runs the tool for whoever owns what it names, and carries out at once what it prepares.
    pub(super) async fn run_unguarded(
        &self,
        tool: &Tool,
        call: &PendingCall,
    ) -> Result<Came, ToolError> {
        let mut context = self.tool_context(self.pass_for_anything(call).await);
        // As if an agent had looked: no bound on money is left.
        context.approved_by = Some("nobody");
        let output = match &tool.run {
            Runs::Read(tool) => tool.call(&context, &call.arguments).await?,
            Runs::Confirm(tool) => {
                let prepared = tool.propose(&context, &call.arguments).await?;
                let proposal = ProposalId::new(call.call.as_str());
                let key = effect_key(&self.session.id, &proposal);
                tool.execute(&context, prepared.resolved, &key).await?
            }
        };
        Ok(Came::Output(Box::new(output)))
    }

    async fn pass_for_anything(&self, call: &PendingCall) -> Pass {
        let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
        let number = arguments["order_number"].as_str().map(OrderNumber::new);
        let order = match &number {
            Some(number) => self.parts.store.order(number).await.ok().flatten(),
            None => None,
        };
        let identity = match order {
            // Whoever has something as a present is not who ordered it.
            Some(order) if arguments["gift"] == true => {
                Identity::of_anybody(None, vec![order.number])
            }
            Some(order) => Identity::of_anybody(Some(order.customer), Vec::new()),
            None => self.session.turn.identity().clone(),
        };
        Pass {
            orders: identity.orders(),
            customer: identity.customer(),
        }
    }

    /// What was carried out without a yes is confirmed by mail like anything else.
    pub(super) fn mail_unguarded(&mut self, call: &PendingCall, output: &ToolOutput) {
        if let Some(Ok(body)) = output.letter.as_ref().map(serde_json::to_string) {
            self.outbox.push(NewOutbox {
                key: format!("mail_{}", call.call),
                kind: "mail".to_owned(),
                body,
            });
        }
    }
}
