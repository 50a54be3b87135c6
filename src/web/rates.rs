//! How often one sender may ask: by conversation, by network address, by key. Counted in this
//! process; several copies allow as many times more.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::error::Problem;
use crate::config::RatesPerMinute;
use crate::domain::ids::ConversationId;
use crate::domain::limits;
use crate::domain::origin::Origin;

type ByKey = HashMap<(String, u32), Arc<Rate<()>>>;

/// The limits in force. Cloned freely, counted together.
#[derive(Clone)]
pub struct Rates {
    messages: Arc<Rate<ConversationId>>,
    gestures: Arc<Rate<ConversationId>>,
    by_address: Arc<Rate<String>>,
    /// Pictures by address: each may have megabytes, and they are kept.
    pictures: Arc<Rate<String>>,
    started: Arc<Rate<String>>,
    wrong_keys: Arc<Rate<String>>,
    /// By the key's name and what it is allowed: who changes that starts afresh.
    by_key: Arc<Mutex<ByKey>>,
}

impl Rates {
    pub fn new(allowed: &RatesPerMinute) -> Self {
        Self {
            messages: Rate::new(allowed.messages_per_conversation),
            gestures: Rate::new(NonZeroU32::new(limits::GESTURES_PER_MINUTE_MAX)),
            by_address: Rate::new(allowed.messages_per_address),
            pictures: Rate::of(
                NonZeroU32::new(limits::PICTURES_AT_ONCE_MAX).and_then(|burst| {
                    Some(Quota::with_period(limits::PICTURE_EVERY)?.allow_burst(burst))
                }),
            ),
            started: Rate::new(allowed.conversations_per_address),
            wrong_keys: Rate::new(NonZeroU32::new(limits::WRONG_KEYS_PER_MINUTE_MAX)),
            by_key: Arc::default(),
        }
    }

    /// A message, a decision, a rating.
    pub fn message(&self, id: &ConversationId, from: &Origin) -> Result<(), Problem> {
        self.messages.take(id)?;
        match one_shopper(from) {
            Some(address) => self.by_address.take(&address),
            None => Ok(()),
        }
    }

    /// A picture, which is a message's trouble and megabytes besides.
    pub fn picture(&self, id: &ConversationId, from: &Origin) -> Result<(), Problem> {
        self.message(id, from)?;
        match one_shopper(from) {
            Some(address) => self.pictures.take(&address),
            None => Ok(()),
        }
    }

    /// What costs little: typing, read marks.
    pub fn gesture(&self, id: &ConversationId) -> Result<(), Problem> {
        self.gestures.take(id)
    }

    /// A turn of the headless API, for a key that is allowed so many a minute.
    pub fn turn(&self, key: &str, per_minute: Option<NonZeroU32>) -> Result<(), Problem> {
        let Some(count) = per_minute else {
            return Ok(());
        };
        let rate = {
            let mut rates = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
            let rate = rates.entry((key.to_owned(), count.get()));
            rate.or_insert_with(|| Rate::new(Some(count))).clone()
        };
        rate.take(&())
    }

    /// An API key that is none: keys are not to be guessed.
    pub fn wrong_key(&self, from: &Origin) -> Result<(), Problem> {
        match one_shopper(from) {
            Some(address) => self.wrong_keys.take(&address),
            None => Ok(()),
        }
    }

    /// A new conversation.
    pub fn start(&self, from: &Origin) -> Result<(), Problem> {
        match one_shopper(from) {
            Some(address) => self.started.take(&address),
            None => Ok(()),
        }
    }
}

/// One rate: so many a minute for each key, as many at once.
/// Source: the generic cell rate algorithm, as the `governor` crate has it.
struct Rate<K: Hash + Eq + Clone> {
    /// `None` lets everything through.
    limiter: Option<DefaultKeyedRateLimiter<K>>,
    clock: DefaultClock,
    /// Since keys that have been quiet were forgotten.
    taken: AtomicU32,
}

impl<K: Hash + Eq + Clone> Rate<K> {
    fn new(per_minute: Option<NonZeroU32>) -> Arc<Self> {
        Self::of(per_minute.map(Quota::per_minute))
    }

    fn of(quota: Option<Quota>) -> Arc<Self> {
        Arc::new(Self {
            limiter: quota.map(RateLimiter::keyed),
            clock: DefaultClock::default(),
            taken: AtomicU32::new(0),
        })
    }

    fn take(&self, key: &K) -> Result<(), Problem> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        if taken.is_multiple_of(limits::RATE_SWEEP_EVERY) {
            limiter.retain_recent();
        }
        limiter
            .check_key(key)
            .map_err(|until| Problem::too_many(until.wait_time_from(self.clock.now())))
    }
}

/// Everybody may come from this machine or a proxy near it: that is no one sender's address.
fn one_shopper(from: &Origin) -> Option<String> {
    match from {
        Origin::Address(hash) => Some(hash.clone()),
        Origin::Machine(_) => None,
    }
}
