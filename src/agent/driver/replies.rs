//! The end of a turn: the reply, its cards, and the hand-off when there is one, in one append.

use super::Run;
use super::effects::fixed;
use super::sources;
use super::tool_calls::proposal_card;
use crate::agent::handoff::{self, Asked};
use crate::agent::prompt::Prompts;
use crate::domain::bundle::{Bundle, HandOffReason, SegmentNote};
use crate::domain::card::{Card, HandoffCard};
use crate::domain::conversation::Status;
use crate::domain::event::{EventBody, HandedOff, ProposalMade, Replied, Shown, Words};
use crate::domain::ids::BundleId;
use crate::domain::parts::ProposalPart;
use crate::store::StoreError;
use crate::tools::answering;

impl Run<'_> {
    /// Ends the turn with what was released; `give_up` says why the assistant cannot go on, and
    /// then a person is asked in code's own words.
    pub(super) async fn reply(&mut self, give_up: Option<HandOffReason>) -> Result<(), StoreError> {
        if self.drafts() {
            return self.draft(give_up).await;
        }
        let through = self.session.turn.through();
        self.end_turn(give_up, through).await
    }

    /// The same, answering as far as `through`.
    pub(super) async fn end_turn(
        &mut self,
        give_up: Option<HandOffReason>,
        through: u64,
    ) -> Result<(), StoreError> {
        let turn = &self.session.turn;
        let reason = give_up.or(turn.hand_off());
        // Whoever decides what is parked has not got the conversation.
        let waiting = turn.status() == Status::Waiting && !turn.waits_for_approval_only();
        let told = give_up.map(|_| self.person_words(if waiting { "again" } else { "words" }));
        let bundle = match reason {
            // A person has it already; only a new decision is worth a new bundle.
            Some(reason)
                if !waiting || reason == HandOffReason::NeedsApproval || self.has_parked() =>
            {
                let card = (!self.tool_has_told()).then(|| self.person_words("words"));
                let told = told.clone().or(card);
                Some(self.bundle(reason, told.as_deref()).await?)
            }
            _ => None,
        };
        if let Some(words) = told {
            self.say(words);
        }
        self.ask_in_own_words();
        let cards = self.cards(bundle.as_ref());
        let mut events = self.replied(through);
        events.extend(bundle.as_ref().map(handed_off));
        let message = self.session.message();
        events.extend(cards.into_iter().map(|card| {
            EventBody::Shown(Shown {
                message: message.clone(),
                private: Some(card),
            })
        }));
        self.restarts = 0;
        self.model_until = None;
        self.append(events, |append| {
            append.bundle = bundle;
            append.release = true;
        })
        .await
    }

    /// Code's own words that a person has it, and when people answer.
    fn person_words(&self, key: &str) -> String {
        let hours = self.parts.shop.terms.hours.as_ref();
        answering::said(hours, self.now_ms()).behind(&fixed("hand_off", key))
    }

    /// A yes must be a yes to what will be done. When the model's words do not name the amount of
    /// the proposal that they show, and do not hold the tool's summary of it, code's own words do.
    fn ask_in_own_words(&mut self) {
        let Some(made) = self.session.turn.proposal() else {
            return;
        };
        let parts = made.parts();
        if parts.is_empty() || !self.made_now(made) {
            return;
        }
        let said = self.session.turn.released();
        if names_all_amounts(said, &parts) || (parts.len() == 1 && self.summary_said(made, said)) {
            return;
        }
        let data = serde_json::json!({ "parts": parts });
        let ask = Prompts::get().reply("proposal", "ask", data);
        self.say(ask.unwrap_or_default());
    }

    /// Is the tool's own summary of what it has prepared among the words?
    fn summary_said(&self, made: &ProposalMade, said: &str) -> bool {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let said = plain(said);
        self.session.open_events().any(|event| match &event.body {
            EventBody::ToolReturned(returned) if returned.call == made.call => {
                let content = returned.private.as_ref().map_or("", |words| &words.content);
                let content: Option<serde_json::Value> = serde_json::from_str(content).ok();
                let summary = content
                    .as_ref()
                    .and_then(|content| content["summary"].as_str());
                summary.is_some_and(|summary| !summary.is_empty() && said.contains(&plain(summary)))
            }
            _ => false,
        })
    }

    /// Was this proposal made in the turn that is open?
    pub(super) fn made_now(&self, made: &ProposalMade) -> bool {
        self.session.open_events().any(|event| match &event.body {
            EventBody::ProposalMade(other) => other.proposal == made.proposal,
            _ => false,
        })
    }

    /// Only the button counts for this one: says so, and answers this input alone.
    pub(super) async fn ask_for_button(&mut self, through: u64) -> Result<(), StoreError> {
        self.say(fixed("proposal", "button"));
        let mut events = self.replied(through);
        if let Some(card) = self.session.turn.proposal().and_then(proposal_card) {
            let message = self.session.message();
            events.push(EventBody::Shown(Shown {
                message,
                private: Some(card),
            }));
        }
        self.append(events, |_| {}).await
    }

    /// The finished message. It holds the released sentences, so their own events are not kept.
    fn replied(&mut self, through: u64) -> Vec<EventBody> {
        self.session
            .pending
            .retain(|body| !matches!(body, EventBody::Released(_)));
        vec![EventBody::Replied(Replied {
            message: self.session.message(),
            through,
            private: Some(Words {
                text: self.session.turn.released().to_owned(),
            }),
        })]
    }

    /// Does a result of this turn bring the card that a person has it?
    fn tool_has_told(&self) -> bool {
        self.session.open_events().any(|event| match &event.body {
            EventBody::ToolReturned(returned) => {
                let mut cards = returned.private.iter().flat_map(|words| &words.cards);
                cards.any(|card| matches!(card, Card::Handoff(_)))
            }
            _ => false,
        })
    }

    /// `told` is what code says or shows at the end of this turn.
    pub(super) async fn bundle(
        &self,
        reason: HandOffReason,
        told: Option<&str>,
    ) -> Result<Bundle, StoreError> {
        let segment = self.segment().await?;
        let asked = Asked {
            reason,
            id: BundleId::new(self.parts.random.id("b")),
            now_ms: self.now_ms(),
            zone: &self.parts.shop.profile.zone,
            told,
            segment,
            used_up: self.is_used_up(),
        };
        handoff::build(&self.session, &self.parts.store, asked).await
    }

    /// What the proved customer's behaviour says they are now.
    async fn segment(&self) -> Result<Option<SegmentNote>, StoreError> {
        let Some(scope) = self.session.turn.identity().customer() else {
            return Ok(None);
        };
        let customers = &self.parts.customers;
        let profile = customers
            .profile(&self.parts.shop, scope.customer(), self.now_ms())
            .await?;
        Ok(profile.and_then(|profile| {
            Some(SegmentNote {
                name: profile.segment?.words().to_owned(),
                why: profile.why,
            })
        }))
    }

    /// Cards of this turn's results, each once, newest state last; the open proposal; the hand-off.
    fn cards(&self, bundle: Option<&Bundle>) -> Vec<Card> {
        let mut cards: Vec<Card> = Vec::new();
        let said = self.session.turn.released();
        for event in self.session.open_events() {
            let words = match &event.body {
                EventBody::ToolReturned(returned) => &returned.private,
                EventBody::EffectFinished(finished) => &finished.private,
                _ => continue,
            };
            for words in words.iter() {
                let shown = words
                    .cards
                    .iter()
                    .filter_map(|card| sources::cited(card, &words.content, said));
                cards.extend(
                    shown
                        .filter(|card| !cards.contains(card))
                        .collect::<Vec<_>>(),
                );
            }
        }
        let open = self.session.turn.proposal();
        cards.extend(
            open.filter(|made| self.made_now(made))
                .and_then(proposal_card),
        );
        let told = cards.iter().any(|card| matches!(card, Card::Handoff(_)));
        cards.extend(bundle.filter(|_| !told).map(|_| {
            Card::Handoff(HandoffCard {
                words: self.person_words("words"),
            })
        }));
        cards
    }
}

pub(super) fn handed_off(bundle: &Bundle) -> EventBody {
    EventBody::HandedOff(HandedOff {
        bundle: bundle.id.clone(),
        reason: bundle.reason,
        urgency: bundle.urgency,
    })
}

/// Does a text name the amount of each part, as often as parts have it?
fn names_all_amounts(said: &str, parts: &[ProposalPart]) -> bool {
    parts.iter().all(|part| {
        part.amount.is_some_and(|amount| {
            let same = parts.iter().filter(|other| other.amount == part.amount);
            said.matches(&amount.to_string()).count() >= same.count()
        })
    })
}
