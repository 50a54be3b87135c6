//! Conversations with the whole assistant in this process, on a chain whose endpoint breaks one call
//! in five; and what must hold of each of them afterwards.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use attendant::agent::driver::Assistant;
use attendant::app::App;
use attendant::clock::Clock;
use attendant::config::{Config, DemoScale};
use attendant::domain::customer::Customer;
use attendant::domain::event::{
    Channel, EventBody, IdentityProved, ShopperWords, ShopperWrote, ToolOutcome,
};
use attendant::domain::identity::{Proof, ProofMethod};
use attendant::domain::ids::{ConversationId, CustomerId, MessageId, OrderNumber, Random};
use attendant::domain::money::Currency;
use attendant::domain::order::Order;
use attendant::model::Model;
use attendant::model::builtin::Builtin;
use attendant::model::chain::{Chain, ChainParts, ChainSettings, Named};
use attendant::model::openai::{OpenAi, OpenAiSettings};
use attendant::shop::demo;
use attendant::shop::money::MoneyLimits;
use attendant::shop::terms::Terms;
use attendant::store::Store;
use attendant::store::customers::NewCustomer;
use attendant::store::ledger::LedgerState;
use attendant::store::log::{Append, Writer};
use attendant::store::orders::Buyer;
use futures_util::future::try_join_all;

use super::endpoint::Endpoint;

pub type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What each shopper writes: four turns with one effect.
const LINES: [&str; 4] = [
    "hello",
    "where is order N please",
    "I want to return the second item of order N , too small",
    "yes",
];
/// The longest that anybody may wait: nothing in this world takes so long unless it is stuck.
const STUCK_AFTER: Duration = Duration::from_secs(60);

/// The product's chain, with an endpoint whose hangs are noticed sooner.
fn chain(endpoint: &Endpoint) -> Fallible<Chain> {
    let model = OpenAi::new(&OpenAiSettings::new(&endpoint.url, "", "scripted"))?;
    Ok(Chain::new(ChainParts {
        endpoints: vec![Named {
            endpoint: "scripted at loopback".to_owned(),
            model: Arc::new(model),
        }],
        last: Some(Arc::new(Builtin) as Arc<dyn Model>),
        summarise: None,
        judge: None,
        settings: ChainSettings {
            first_event: Duration::from_millis(1_500),
            silence: Duration::from_millis(1_500),
            pause: Duration::from_millis(20),
            ..ChainSettings::standard()
        },
        clock: Clock::System,
        random: Random::Os,
    }))
}

pub struct World {
    assistant: Arc<Assistant>,
    store: Store,
    endpoint: Endpoint,
    customer: Customer,
    order: Order,
    next: AtomicUsize,
}

/// What a number of turns came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub turns: usize,
    pub effects: usize,
    /// By their reason.
    pub hand_offs: BTreeMap<String, usize>,
    /// Answers by the model that gave them.
    pub answers: BTreeMap<String, usize>,
    pub model_failures: usize,
    pub slowest: Duration,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.turns += other.turns;
        self.effects += other.effects;
        self.model_failures += other.model_failures;
        self.slowest = self.slowest.max(other.slowest);
        for (model, count) in other.answers {
            *self.answers.entry(model).or_default() += count;
        }
        for (reason, count) in other.hand_offs {
            *self.hand_offs.entry(reason).or_default() += count;
        }
    }
}

impl World {
    pub async fn new(folder: &Path, seed: u64) -> Fallible<Self> {
        let mut config = Config::read(folder, [])?;
        config.demo = DemoScale::Small;
        let url = "http://127.0.0.1:1".to_owned();
        let mut app = App::open_at(config, url, Clock::System, Random::Os).await?;
        // Thousands who send the same thing back on one day would be for a person to look at.
        let mut terms = Terms::embedded();
        terms.money = Some(MoneyLimits::none(Currency::EUR));
        app.shop.terms = Arc::new(terms);
        let endpoint = Endpoint::start(seed).await?;
        let assistant = app.assistant_with(Arc::new(chain(&endpoint)?)).await?;
        let store = app.store().clone();
        let shoppers = demo::shoppers(&store).await?;
        let shopper = shoppers
            .iter()
            .find(|shopper| shopper.situation.starts_with("delivered_two_items"))
            .ok_or("no such demo shopper")?;
        let number = shopper.orders.first().ok_or("no order")?;
        let order = store.order(&OrderNumber::new(number)).await?;
        let customer = store.customer_by_email(&shopper.email).await?;
        Ok(Self {
            assistant,
            store,
            endpoint,
            customer: customer.ok_or("no customer")?,
            order: order.ok_or("no order")?,
            next: AtomicUsize::new(100_000),
        })
    }

    pub fn calls(&self) -> (u64, u64) {
        self.endpoint.calls()
    }

    /// So many turns, this many conversations at once.
    pub async fn play(&self, turns: usize, at_once: usize) -> Fallible<Tally> {
        let left = AtomicUsize::new(turns.div_ceil(LINES.len()));
        let shoppers = (0..at_once).map(|_| async {
            let mut tally = Tally::default();
            let take = |left| usize::checked_sub(left, 1);
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
                .is_ok()
            {
                tally.add(self.conversation().await?);
            }
            Fallible::Ok(tally)
        });
        let mut all = Tally::default();
        for tally in try_join_all(shoppers).await? {
            all.add(tally);
        }
        let stuck = self.store.unfinished(i64::MAX, 1).await?;
        if !stuck.is_empty() {
            return Err(format!("{stuck:?} is stuck").into());
        }
        Ok(all)
    }

    /// A customer of their own with an order of their own, in a new conversation.
    async fn shopper(&self) -> Fallible<(ConversationId, OrderNumber)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let customer = Customer {
            id: CustomerId::new(format!("u_{number}")),
            email: format!("u{number}@example.org"),
            ..self.customer.clone()
        };
        let order = Order {
            number: OrderNumber::new(number.to_string()),
            customer: customer.id.clone(),
            ..self.order.clone()
        };
        let (buyer, order_number) = (customer.id.clone(), order.number.clone());
        let proof = Proof::Customer {
            customer: buyer.clone(),
            method: ProofMethod::Terminal,
        };
        let new = NewCustomer {
            customer,
            known_by_email: false,
        };
        self.store.put_customers(vec![new]).await?;
        self.store
            .put_orders(vec![(Buyer::Id(buyer), order)])
            .await?;
        let id = ConversationId::new(self.assistant.parts.random.id("c"));
        let proved = EventBody::IdentityProved(IdentityProved { proof });
        let now = self.assistant.parts.clock.now_ms();
        self.store
            .create_conversation(&id, "hash", Channel::Chat, now, vec![proved])
            .await?;
        Ok((id, order_number))
    }

    async fn conversation(&self) -> Fallible<Tally> {
        let (id, order) = self.shopper().await?;
        let mut slowest = Duration::ZERO;
        for (at, line) in LINES.iter().enumerate() {
            let begun = Instant::now();
            self.writes(&id, &line.replace('N', order.as_str())).await?;
            slowest = slowest.max(begun.elapsed());
            let log = self.store.events(&id, 0).await?;
            let replies = log
                .iter()
                .filter(|event| matches!(event.body, EventBody::Replied(_)))
                .count();
            if replies != at + 1 {
                return Err(format!("{id}: {replies} replies to {} messages", at + 1).into());
            }
        }
        let mut tally = self.judge(&id, &order).await?;
        tally.slowest = slowest;
        Ok(tally)
    }

    async fn writes(&self, id: &ConversationId, text: &str) -> Fallible<()> {
        let parts = &self.assistant.parts;
        let wrote = EventBody::ShopperWrote(ShopperWrote {
            message: MessageId::new(parts.random.id("s")),
            client_id: None,
            private: Some(ShopperWords::new(text)),
        });
        let writer = Writer::Shopper {
            holder: parts.holder.clone(),
        };
        let append = Append::new(writer, parts.clock.now_ms(), vec![wrote]);
        let lease = self.store.append(id, append).await?.lease;
        let lease = lease.ok_or_else(|| format!("{id}: somebody else holds the conversation"))?;
        let run = Box::pin(self.assistant.run(lease));
        let ended = tokio::time::timeout(STUCK_AFTER, run).await;
        ended.map_err(|_| format!("{id}: stuck at {text:?}"))??;
        Ok(())
    }

    /// Every reply says something; what was confirmed was done once; nothing else was done.
    async fn judge(&self, id: &ConversationId, order: &OrderNumber) -> Fallible<Tally> {
        let mut tally = Tally {
            turns: LINES.len(),
            ..Tally::default()
        };
        let mut confirmed = 0;
        let mut done = 0;
        for event in self.store.events(id, 0).await? {
            match &event.body {
                EventBody::Replied(replied) => {
                    let text = replied.private.as_ref().map_or("", |words| &words.text);
                    if text.trim().is_empty() {
                        return Err(format!("{id}: an empty reply").into());
                    }
                }
                EventBody::ModelAnswered(answered) => {
                    *tally.answers.entry(answered.model.clone()).or_default() += 1;
                }
                EventBody::ModelFailed(_) => tally.model_failures += 1,
                EventBody::HandedOff(handed) => {
                    let reason = format!("{:?}", handed.reason);
                    *tally.hand_offs.entry(reason).or_default() += 1;
                }
                EventBody::ProposalConfirmed(_) => confirmed += 1,
                EventBody::EffectFinished(finished) if finished.outcome == ToolOutcome::Done => {
                    done += 1;
                }
                _ => {}
            }
        }
        let returns = self.store.returns_of(order).await?.len();
        let receipts = self.store.receipts_of(order).await?.len();
        let ledger = self.store.ledger(id).await?;
        let ended = ledger.iter().filter(|row| row.state == LedgerState::Done);
        if [returns, receipts, ended.count(), confirmed] != [done; 4] || done > 1 {
            return Err(format!(
                "{id}: {confirmed} confirmed, {done} done, {returns} returns, {receipts} receipts"
            )
            .into());
        }
        tally.effects = done;
        Ok(tally)
    }
}
