//! Tool calls of one step: the gate first, then all of them at once.

use futures_util::future::join_all;
use serde_json::json;
use tracing::{error, info};

use super::Run;
use super::parts::{self, Prepared};
use crate::agent::gate::{self, Pass};
use crate::agent::prompt::Prompts;
use crate::agent::turn::PendingCall;
use crate::domain::bundle::HandOffReason;
use crate::domain::card::{Card, ProposalCard, ProposalPartCard};
use crate::domain::event::{
    Approver, ClosedWhy, EventBody, IdentityDropped, IdentityProved, ProposalClosed, ProposalMade,
    ToolOutcome, ToolReturned, ToolWords,
};
use crate::domain::identity::Proof;
use crate::domain::ids::ProposalId;
use crate::domain::limits;
use crate::domain::parts::ProposalPart;
use crate::store::feed::Live;
use crate::tools::answering;
use crate::tools::manifest::{Confirm, Effect};
use crate::tools::registry::Run as Runs;
use crate::tools::{Proposal, ToolContext, ToolError, ToolOutput};

/// What a call came to.
pub(super) enum Came {
    Output(Box<ToolOutput>),
    Proposal(Box<Proposal<serde_json::Value>>),
    /// On this channel a person does what it asks for.
    Left,
}

impl Run<'_> {
    pub(super) async fn run_tools(&mut self, calls: Vec<PendingCall>) {
        let results = {
            let this = &*self;
            join_all(
                calls
                    .iter()
                    .enumerate()
                    .map(|(i, call)| this.run_tool(i, call)),
            )
            .await
        };
        let mut prepared: Vec<Prepared<'_>> = Vec::new();
        let wall = results
            .iter()
            .position(|result| self.is_by_somebody_else(result));
        for (i, (call, result)) in calls.iter().zip(results).enumerate() {
            match result {
                // Made for who was there before.
                _ if wall.is_some_and(|wall| wall != i) => {
                    let words = self.gate_words("somebody_else", json!({}));
                    self.failed(call, ToolError::Retry(words));
                }
                Ok(Came::Output(output)) => self.returned(call, ToolOutcome::Done, *output),
                Ok(Came::Left) => {
                    let left = self.left_to_a_person();
                    self.returned(call, ToolOutcome::Refused, left);
                }
                Ok(Came::Proposal(proposal)) => {
                    let tool = call.tool.clone();
                    let next = Prepared {
                        call,
                        tool,
                        proposal: *proposal,
                    };
                    match parts::why_not(&prepared, &next) {
                        Some(why) => self.failed(call, why),
                        None => prepared.push(next),
                    }
                }
                Err(error) => self.failed(call, error),
            }
        }
        if !prepared.is_empty() {
            self.proposed(prepared);
        }
    }

    /// Does this result prove that somebody else is here than was before?
    fn is_by_somebody_else(&self, result: &Result<Came, ToolError>) -> bool {
        let Ok(Came::Output(output)) = result else {
            return false;
        };
        output.proof.as_ref().is_some_and(|proof| {
            let proved = proved(proof.clone());
            self.session.turn.identity().is_replaced_by(&proved)
        })
    }

    /// Notes a proof. When it is of somebody else, a wall comes before it: only the messages of
    /// this turn are theirs, and nothing of what was said in it before.
    fn prove(&mut self, proof: Proof) {
        let proved = proved(proof);
        if self.session.turn.identity().is_replaced_by(&proved) {
            if !self.session.turn.released().is_empty() {
                let message = self.session.message();
                self.publish(Live::Reset { message });
            }
            let through = Some(self.session.before_turn());
            self.note(EventBody::IdentityDropped(IdentityDropped { through }));
        }
        self.note(proved);
    }

    async fn run_tool(&self, index: usize, call: &PendingCall) -> Result<Came, ToolError> {
        if index >= limits::CALLS_PER_STEP_MAX {
            let data = json!({ "limit": limits::CALLS_PER_STEP_MAX });
            return Err(ToolError::Retry(self.gate_words("too_many", data)));
        }
        let Some(tool) = self.offered(&call.tool) else {
            let names: Vec<&str> = self
                .parts
                .tools
                .iter()
                .map(|tool| tool.manifest.name.as_str())
                .filter(|name| self.offered(name).is_some())
                .collect();
            let data = json!({ "tool": call.tool, "tools": names.join(", ") });
            return Err(ToolError::Retry(self.gate_words("unknown", data)));
        };
        #[cfg(test)]
        if crate::domain::unguarded::is_on() {
            return self.run_unguarded(tool, call).await;
        }
        let pass = gate::check(&self.session.turn, &tool.manifest, call, Prompts::get())?;
        let mut context = self.tool_context(pass);
        context.refund_limit = tool.manifest.refund_limit(self.parts.shop.profile.currency);
        let work = async {
            match &tool.run {
                Runs::Read(_) if self.is_held(&tool.manifest) => Ok(Came::Left),
                Runs::Read(tool) => tool
                    .call(&context, &call.arguments)
                    .await
                    .map(|output| Came::Output(Box::new(output))),
                Runs::Confirm(tool) => tool
                    .propose(&context, &call.arguments)
                    .await
                    .map(|proposal| Came::Proposal(Box::new(proposal))),
            }
        };
        tokio::time::timeout(tool.manifest.limits.timeout(), work)
            .await
            .unwrap_or_else(|_| {
                Err(ToolError::Failed(
                    "it took longer than its time limit".to_owned(),
                ))
            })
    }

    /// What a call may use, from what the gate allowed.
    pub(super) fn tool_context(&self, pass: Pass) -> ToolContext<'_> {
        ToolContext {
            shop: &self.parts.shop,
            knowledge: &self.parts.knowledge,
            customers: &self.parts.customers,
            catalog: &self.parts.catalog,
            clock: &self.parts.clock,
            secret: &self.parts.secret,
            conversation: &self.session.id,
            turn: self.session.turn.first_input(),
            orders: pass.orders,
            customer: pass.customer,
            shopper_wrote: self.session.evidence.shopper_words(),
            pictures: self.session.evidence.pictures(),
            approved_by: None,
            refund_limit: None,
        }
    }

    fn returned(&mut self, call: &PendingCall, outcome: ToolOutcome, output: ToolOutput) {
        info!(tool = %call.tool, ?outcome, "tool call");
        #[cfg(test)]
        if crate::domain::unguarded::is_on() {
            self.mail_unguarded(call, &output);
        }
        let acted = outcome == ToolOutcome::Done
            && !only_asks(&output.content)
            && self.parts.tools.get(&call.tool).is_some_and(|tool| {
                tool.manifest.effect != Effect::Read && tool.manifest.confirm == Confirm::None
            });
        // Before the result: what is known of somebody else must not outlive the proof, and what
        // the result says of the proved one must.
        if let Some(proof) = output.proof {
            self.prove(proof);
        }
        self.note(EventBody::ToolReturned(ToolReturned {
            call: call.call.clone(),
            tool: call.tool.clone(),
            outcome,
            tainted: output.tainted,
            acted,
            hand_off: output.hand_off.as_ref().map(|request| request.reason),
            private: Some(ToolWords {
                content: output.content,
                facts: output.facts,
                cards: output.cards,
            }),
        }));
    }

    fn failed(&mut self, call: &PendingCall, error: ToolError) {
        let (outcome, content) = match error {
            ToolError::Refused(words) | ToolError::Person(words) => (ToolOutcome::Refused, words),
            ToolError::Retry(hint) => (ToolOutcome::Retry, hint),
            ToolError::Failed(detail) => {
                error!(tool = %call.tool, %detail, "a tool failed");
                (ToolOutcome::Failed, self.gate_words("failed", json!({})))
            }
        };
        let output = ToolOutput {
            content,
            ..ToolOutput::default()
        };
        self.returned(call, outcome, output);
    }

    /// Writes were resolved: together they wait for the shopper's one yes, or, when one of them is
    /// above the manifest's limit or held by the channel, go to a person as they are.
    fn proposed(&mut self, mut prepared: Vec<Prepared<'_>>) {
        let currency = self.parts.shop.profile.currency;
        let drafted = self.is_drafted(&prepared);
        let for_agent = drafted || parts::need_agent(&prepared, &self.parts.tools, currency);
        if let (false, Some(open)) = (for_agent, self.session.turn.proposal()) {
            let closed = ProposalClosed {
                proposal: open.proposal.clone(),
                why: ClosedWhy::Replaced,
                by: None,
            };
            self.note(EventBody::ProposalClosed(closed));
        }
        let Some(made) = self.proposal_made(&prepared, for_agent) else {
            return;
        };
        let parked = for_agent.then(|| {
            let raised = prepared
                .iter()
                .any(|one| one.proposal.needs_agent.is_some());
            let amounts = parts::amounts(&prepared).filter(|_| !raised);
            let key = if drafted { "drafted" } else { "needs_approval" };
            let words = self.gate_words(key, json!({ "amount": amounts }));
            let said = answering::said(self.parts.shop.terms.hours.as_ref(), self.now_ms());
            (said.behind(&words), said.facts)
        });
        if let (Some(fact), Some(last)) = (parts::sum_fact(&prepared), prepared.last_mut()) {
            last.proposal.facts.push(fact);
        }
        for one in &mut prepared {
            let mut output = ToolOutput {
                content: one.proposal.content.clone(),
                facts: std::mem::take(&mut one.proposal.facts),
                ..ToolOutput::default()
            };
            let mut outcome = ToolOutcome::Done;
            if let Some((words, facts)) = &parked {
                outcome = ToolOutcome::Refused;
                output.content.clone_from(words);
                output.facts.extend(facts.iter().cloned());
                output.hand_off = Some(crate::tools::HandOffRequest {
                    reason: HandOffReason::NeedsApproval,
                    summary: one.proposal.title.clone(),
                });
            }
            self.returned(one.call, outcome, output);
        }
        if for_agent {
            self.replace_the_same(&made.hash);
        }
        self.note(EventBody::ProposalMade(made));
    }

    fn proposal_made(&self, prepared: &[Prepared<'_>], for_agent: bool) -> Option<ProposalMade> {
        let first = prepared.first()?;
        let ttl = i64::try_from(limits::PROPOSAL_TTL.as_millis()).unwrap_or(i64::MAX);
        Some(ProposalMade {
            proposal: ProposalId::new(self.parts.random.id("p")),
            call: first.call.call.clone(),
            tool: first.tool.clone(),
            hash: parts::hash(prepared),
            order: first.proposal.order.clone(),
            amount: parts::sum(prepared),
            // Of several nobody could say whose money is set.
            bounds: first.proposal.bounds.filter(|_| prepared.len() == 1),
            drafted: self.is_drafted(prepared),
            approver: if for_agent {
                Approver::Agent
            } else {
                Approver::Shopper
            },
            expires_ms: self.now_ms() + ttl,
            tainted: self.has_read_foreign_text(),
            private: Some(parts::words(prepared)),
        })
    }

    /// Does something that a third party wrote stand before the model, read in this turn or in one
    /// before? A text may have its way later than it was read: results stay in the prompt.
    fn has_read_foreign_text(&self) -> bool {
        let foreign = |tool: &str| {
            let tool = self.parts.tools.get(tool);
            tool.is_some_and(|tool| tool.manifest.foreign)
        };
        self.session.events.iter().any(|event| match &event.body {
            EventBody::ToolReturned(returned) => returned.tainted || foreign(&returned.tool),
            _ => false,
        })
    }

    pub(super) fn gate_words(&self, key: &str, data: serde_json::Value) -> String {
        Prompts::get().reply("gate", key, data).unwrap_or_default()
    }
}

/// A call that came back with a question for the shopper has done nothing yet.
fn only_asks(content: &str) -> bool {
    let result: Option<serde_json::Value> = serde_json::from_str(content).ok();
    result.is_some_and(|result| result["ask"].is_string())
}

fn proved(proof: Proof) -> EventBody {
    EventBody::IdentityProved(IdentityProved { proof })
}

/// The card that shows an open proposal.
pub(super) fn proposal_card(made: &ProposalMade) -> Option<Card> {
    let words = made.private.as_ref()?;
    let part = |part: &ProposalPart| ProposalPartCard {
        title: part.title.clone(),
        lines: part.lines.clone(),
    };
    Some(Card::Proposal(ProposalCard {
        proposal: made.proposal.clone(),
        hash: made.hash.clone(),
        title: words.title.clone(),
        lines: words.lines.clone(),
        parts: words.parts.iter().map(part).collect(),
        expires_ms: made.expires_ms,
    }))
}
