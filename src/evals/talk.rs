//! One conversation of a case: writes and presses what the shopper does, lets the assistant work
//! until it rests, and keeps what each step brought.
//!
//! Design: the conversation's lease is taken before the shopper writes and the run is awaited
//! here, so that a burst is one burst and a seed gives the same conversation each time.

use anyhow::Context as _;
use futures_util::future::join_all;
use serde_json::Value;

use super::case::Act;
use super::mailbox::Mailbox;
use super::stage::Stage;
use super::world::World;
use crate::agent::session::Session;
use crate::channels::chat::{Decision, Incoming, PageSaid};
use crate::domain::card::Card;
use crate::domain::event::{Channel, Event, EventBody, ProposalMade};
use crate::domain::identity::{Identity, Proof, ProofMethod};
use crate::domain::ids::{ConversationId, CustomerId};
use crate::domain::letter::Letter;
use crate::store::lease::Lease;

/// Between two things that the shopper does.
const PAUSE_MS: i64 = 30_000;
const MINUTE_MS: i64 = 60_000;
/// How a message names the code of the newest mail.
const MAIL_CODE: &str = "{=mail.code}";
/// One grey dot, as PNG.
const PICTURE: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\
\0\0\0\nIDATx\xdac\x68\0\0\0\x82\0\x81\xdd\x43\x6a\xf4\0\0\0\0IEND\xaeB`\x82";
const NO_CODE: &str = "no mail with a code has come";

/// What a step brought.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What the shopper wrote, paths filled in.
    pub wrote: Vec<String>,
    /// The assistant's messages, and the channel's words on what it did not take.
    pub words: Vec<String>,
    pub cards: Vec<Card>,
    /// Tools called, in order.
    pub tools: Vec<String>,
    /// What each was called with; nothing where that is no JSON.
    pub arguments: Vec<Value>,
    /// Sentences that were not let through, each with the reason.
    pub stopped: Vec<String>,
    /// Mails that left.
    pub letters: Vec<Letter>,
    /// What is proved afterwards.
    pub identity: Identity,
    /// What waits for a yes afterwards.
    pub open: Option<ProposalMade>,
    /// Policies that the answer rests on.
    pub policies: Vec<String>,
    /// What kept the step from being played as it is written.
    pub problem: Option<&'static str>,
}

impl Seen {
    /// Everything that the shopper sees: the words, and the cards' texts a line each.
    pub fn all(&self) -> String {
        let mut all = self.words.join("\n");
        all.push_str(&self.all_cards());
        all
    }

    /// The cards' texts a line each.
    pub fn all_cards(&self) -> String {
        let mut all = String::new();
        for card in &self.cards {
            // A card is written by this program and always has a JSON form.
            let value = serde_json::to_value(card).unwrap_or_default();
            texts(&value, &mut all);
        }
        all
    }
}

impl Seen {
    /// The same without titles and prices of the products that are shown as products: what anybody
    /// finds in the catalogue tells nothing of an order.
    pub fn all_but_products(&self) -> String {
        let mut all = self.all();
        for card in &self.cards {
            if let Card::Products(card) = card {
                for product in &card.products {
                    all = all.replace(&product.title, "(a product)");
                    all = all.replace(&product.price, "(its price)");
                }
            }
        }
        all
    }
}

pub(super) fn texts(value: &serde_json::Value, into: &mut String) {
    match value {
        serde_json::Value::String(text) => {
            into.push('\n');
            into.push_str(text);
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| texts(field, into)),
        _ => {}
    }
}

fn token(customer: CustomerId) -> Proof {
    Proof::Customer {
        customer,
        method: ProofMethod::Token,
    }
}

/// One conversation on a stage.
pub struct Talk<'a> {
    stage: &'a Stage,
    pub id: ConversationId,
    /// Newest event that an earlier step has taken in.
    after: u64,
    /// The newest proposal whose card the shopper has seen.
    card: Option<ProposalMade>,
    mailbox: Mailbox,
}

impl<'a> Talk<'a> {
    /// Starts it as the world's shopper, or as nobody.
    pub async fn start(stage: &'a Stage, world: &World) -> anyhow::Result<Self> {
        let me = world.me.as_ref().filter(|_| world.signed_in);
        Self::begin(stage, me.map(|me| token(me.customer.id.clone()))).await
    }

    /// Starts it as a customer who is signed in.
    pub async fn signed_in(stage: &'a Stage, customer: CustomerId) -> anyhow::Result<Self> {
        Self::begin(stage, Some(token(customer))).await
    }

    /// The same as whoever is vouched for.
    pub async fn begin(stage: &'a Stage, proof: Option<Proof>) -> anyhow::Result<Self> {
        let started = stage.chat.start(Channel::Eval, proof).await?;
        Ok(Self {
            stage,
            id: started.id,
            after: 0,
            card: None,
            mailbox: Mailbox::default(),
        })
    }

    pub async fn take(&mut self, act: Act, world: &World) -> anyhow::Result<Seen> {
        self.stage.clock.advance_ms(PAUSE_MS);
        match act {
            Act::Wait { minutes } => {
                self.stage.clock.advance_ms(minutes * MINUTE_MS);
                Ok(Seen::default())
            }
            Act::Write(lines) => {
                let mut filled = Vec::new();
                for line in &lines {
                    match self.with_code(line) {
                        Some(line) => filled.push(world.fill(&line)?),
                        None => return Ok(Seen::not_played(NO_CODE)),
                    }
                }
                self.write(filled).await
            }
            Act::WriteFrom { page, line } => {
                let incoming = Incoming {
                    page: Some(PageSaid {
                        product: Some(page),
                        ..PageSaid::default()
                    }),
                    ..Incoming::text(world.fill(&line)?)
                };
                self.receive(vec![incoming]).await
            }
            Act::WriteWithPicture(line) => {
                let picture = self.stage.chat.attach(&self.id, PICTURE.to_vec()).await;
                let picture = picture.context("the picture was not taken")?;
                let incoming = Incoming {
                    attachments: vec![picture.attachment.to_string()],
                    ..Incoming::text(world.fill(&line)?)
                };
                self.receive(vec![incoming]).await
            }
            Act::CallPerson => self.call_person().await,
            Act::Code { wrong } => match self.mailbox.code(wrong) {
                Some(code) => self.write(vec![code]).await,
                None => Ok(Seen::not_played(NO_CODE)),
            },
            Act::Confirm { twice } => {
                let times = if twice { 2 } else { 1 };
                self.confirm(times).await
            }
            Act::Cancel => self.press(1, |_| Decision::Cancel).await,
            Act::Change(change) => {
                let (stage, now_ms) = (self.stage, self.stage.clock.now_ms());
                change
                    .apply(&stage.store, world, &stage.random, now_ms)
                    .await?;
                Ok(Seen::default())
            }
        }
    }

    /// A message with the newest mail's code in its place.
    pub fn with_code(&mut self, line: &str) -> Option<String> {
        if !line.contains(MAIL_CODE) {
            return Some(line.to_owned());
        }
        Some(line.replace(MAIL_CODE, &self.mailbox.code(false)?))
    }

    pub async fn write(&mut self, lines: Vec<String>) -> anyhow::Result<Seen> {
        self.receive(lines.into_iter().map(Incoming::text).collect())
            .await
    }

    /// Presses the button under the newest proposal, so many times at once.
    pub async fn confirm(&mut self, times: usize) -> anyhow::Result<Seen> {
        self.press(times, |made| Decision::Confirm {
            hash: made.hash.clone(),
        })
        .await
    }

    async fn receive(&mut self, messages: Vec<Incoming>) -> anyhow::Result<Seen> {
        let lines = messages
            .iter()
            .map(|incoming| incoming.text.clone())
            .collect();
        let lease = self.lease().await?;
        let mut refused = Vec::new();
        for incoming in messages {
            if let Err(error) = self.stage.chat.receive(&self.id, incoming).await {
                refused.push(error.words());
            }
        }
        self.stage.assistant.run(lease).await?;
        self.seen(lines, refused).await
    }

    async fn call_person(&mut self) -> anyhow::Result<Seen> {
        let lease = self.lease().await?;
        let head = self.stage.store.head(&self.id).await?;
        self.stage.chat.ask_person(&self.id, &head, None).await?;
        self.stage.assistant.run(lease).await?;
        self.seen(Vec::new(), Vec::new()).await
    }

    /// Decides the newest proposal that was shown, open or not; so many times at once.
    pub async fn press(
        &mut self,
        times: usize,
        decision: impl Fn(&ProposalMade) -> Decision,
    ) -> anyhow::Result<Seen> {
        let Some(made) = self.card.clone() else {
            let problem = "there is no proposal to press a button under";
            return Ok(Seen::not_played(problem));
        };
        let lease = self.lease().await?;
        let chat = &self.stage.chat;
        let pressed =
            (0..times).map(|_| chat.decide(&self.id, made.proposal.as_str(), decision(&made)));
        let decided = join_all(pressed).await;
        self.stage.assistant.run(lease).await?;
        let refused = decided.into_iter().filter_map(Result::err);
        let refused = refused.map(|error| error.words()).collect();
        self.seen(Vec::new(), refused).await
    }

    pub async fn lease(&self) -> anyhow::Result<Lease> {
        let now_ms = self.stage.clock.now_ms();
        let lease = self.stage.store.acquire(&self.id, "evals", now_ms).await?;
        lease.context("somebody else still holds the conversation")
    }

    /// What has happened since the step before.
    pub async fn seen(&mut self, wrote: Vec<String>, refused: Vec<String>) -> anyhow::Result<Seen> {
        let head = self.stage.store.head(&self.id).await?;
        let session = Session::load(&self.stage.store, &self.id).await?;
        let mut seen = Seen {
            wrote,
            words: refused,
            ..Seen::default()
        };
        for event in session.events.iter().filter(|event| event.seq > self.after) {
            seen.note(event);
        }
        self.after = session.last_seq;
        seen.problem = head
            .has_work()
            .then_some("the assistant rests although there is work");
        seen.open = session.turn.proposal().cloned();
        seen.identity = session.turn.identity().clone();
        let now_ms = self.stage.clock.now_ms();
        seen.letters = self
            .mailbox
            .take(&self.stage.store, &self.id, now_ms)
            .await?;
        self.card = seen.open.clone().or(self.card.take());
        Ok(seen)
    }
}

impl Seen {
    fn not_played(problem: &'static str) -> Self {
        Self {
            problem: Some(problem),
            ..Self::default()
        }
    }

    fn note(&mut self, event: &Event) {
        match &event.body {
            EventBody::Replied(replied) => {
                let text = replied.private.as_ref().map(|words| words.text.clone());
                self.words.push(text.unwrap_or_default());
            }
            EventBody::Shown(shown) => {
                if let Some(Card::Sources(sources)) = &shown.private {
                    self.policies
                        .extend(sources.sources.iter().map(|s| s.policy.clone()));
                }
                self.cards.extend(shown.private.clone());
            }
            EventBody::GuardStopped(stopped) => {
                let words = stopped.private.iter();
                self.stopped
                    .extend(words.map(|words| format!("{} ({})", words.sentence, words.reason)));
            }
            EventBody::ModelAnswered(answered) => {
                self.tools
                    .extend(answered.calls.iter().map(|head| head.tool.clone()));
                let words = answered.private.iter();
                let arguments = words.flat_map(|words| &words.arguments);
                self.arguments
                    .extend(arguments.map(|text| serde_json::from_str(text).unwrap_or_default()));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::card::ProductsCard;
    use crate::evals::products::fixture::card;

    #[test]
    fn what_is_in_the_catalogue_tells_nothing_of_an_order() {
        let words = "The Sleet Rain Jacket costs €149.00. Order 10482 came to €153.90.";
        let products = vec![card()];
        let mut seen = Seen {
            words: vec![words.to_owned()],
            cards: vec![Card::Products(ProductsCard { products })],
            ..Seen::default()
        };
        let rest = seen.all_but_products();
        assert!(
            !rest.contains("Sleet") && !rest.contains("149.00"),
            "{rest}"
        );
        assert!(rest.contains("10482") && rest.contains("153.90"), "{rest}");
        seen.cards.clear();
        assert_eq!(seen.all_but_products(), words);
    }
}
