//! The commerce back end: on the embedded database.

pub mod before;
pub mod books;
pub mod calendar;
pub mod changes;
pub mod checkout;
pub mod claims;
pub mod countries;
pub mod demo;
pub mod exchanges;
pub mod hours;
pub mod import;
pub mod links;
pub mod methods;
pub mod money;
pub mod parcels;
pub mod payouts;
pub mod refunds;
pub mod replacements;
pub mod returns;
pub mod shipping;
pub mod slip;
pub mod terms;
pub mod variants;

use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::{Clock, day};
use crate::domain::ids::{CustomerId, IdempotencyKey, OrderNumber, Random, Sku};
use crate::domain::money::{Currency, Money};
use crate::store::effects::{AsItIs, CarriedOut, Change, Subject};
use crate::store::{Store, StoreError};
use money::Raised;

/// What the shop is called and where it is; from `knowledge/demo.toml` or the configuration.
#[derive(Clone, Debug)]
pub struct ShopProfile {
    pub name: String,
    pub email: String,
    pub url: String,
    /// Lines of the return address as printed.
    pub return_address: Vec<String>,
    pub currency: Currency,
    pub zone: TimeZone,
    /// Where this server is reached by shoppers, without a slash at the end: slip links start so.
    pub public_url: String,
    /// Does this server show the shop's pages itself? Then links may lead into them.
    pub has_storefront: bool,
}

/// The shop. Cloned freely.
#[derive(Clone)]
pub struct Shop {
    pub store: Store,
    pub profile: Arc<ShopProfile>,
    /// What it says of shipping and of its hours.
    pub terms: Arc<terms::Terms>,
    pub clock: Clock,
    pub random: Random,
}

/// An order action that was confirmed.
#[derive(Clone, Debug)]
pub struct Action<D> {
    /// The tool that carries it out.
    pub tool: &'static str,
    pub subject: Subject,
    /// What was said yes to: another decision is another question.
    pub confirmed: D,
    /// The agent whose yes it was, where it was one's.
    pub approved_by: Option<String>,
    /// What the order may have back without one: weighed again, since others may have been at it.
    pub refund_limit: Option<Money>,
    pub now_ms: i64,
}

/// Why a confirmed action was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotDone<D, R> {
    /// The rules, or the shop as it is now, do not allow it.
    Refused(R),
    /// It would be something else by now.
    Changed(D),
    /// Above what may be settled without a person.
    NeedsAgent(Raised),
    /// Money effects are paused, and why.
    Paused(String),
}

impl Shop {
    /// The calendar day where the shop is.
    pub fn day(&self, ms: i64) -> Date {
        day(ms, &self.profile.zone)
    }

    /// What an effect on a customer's order, or on their account, reads.
    pub fn subject(
        &self,
        customer: CustomerId,
        order: Option<OrderNumber>,
        skus: Vec<Sku>,
        now_ms: i64,
    ) -> Subject {
        let midnight = self.day(now_ms).to_zoned(self.profile.zone.clone());
        let limits = self.terms.money.as_ref();
        Subject {
            customer,
            order,
            skus,
            day_began_ms: midnight.map_or(now_ms, |at| at.timestamp().as_millisecond()),
            address_since_ms: limits.map_or(now_ms, |limits| limits.address_since_ms(now_ms)),
        }
    }

    /// Carries out what was decided, once per key: judged again by the shop as it is then, compared
    /// with what was confirmed, held against the limits unless an agent has approved it, written
    /// whole or not at all. `change` makes the change that a decision comes to.
    pub async fn carry_out<D, R, J, C>(
        &self,
        key: &IdempotencyKey,
        action: Action<D>,
        decide: J,
        change: C,
    ) -> Result<CarriedOut<NotDone<D, R>>, StoreError>
    where
        D: PartialEq + Send + 'static,
        R: Send + 'static,
        J: FnOnce(&AsItIs) -> Result<D, R> + Send + 'static,
        C: FnOnce(&AsItIs, &D) -> Change + Send + 'static,
    {
        let limits = self.terms.money.clone();
        let Action {
            tool,
            subject,
            confirmed,
            approved_by,
            refund_limit,
            now_ms,
        } = action;
        self.store
            .carry_out(key, tool, subject, move |now| {
                let decision = decide(now).map_err(NotDone::Refused)?;
                if decision != confirmed {
                    return Err(NotDone::Changed(decision));
                }
                let mut change = change(now, &decision);
                let moves = &change.receipt.moves;
                if let Some(why) = now.paused.as_ref().filter(|_| !moves.is_empty()) {
                    return Err(NotDone::Paused(why.clone()));
                }
                let raised = money::raised(limits.as_ref(), now, moves, now_ms)
                    .or_else(|| money::above(refund_limit, now, moves));
                if let (Some(raised), None) = (raised, &approved_by) {
                    return Err(NotDone::NeedsAgent(raised));
                }
                change.receipt.approved_by = approved_by;
                Ok(change)
            })
            .await
    }

    /// Where the slip of a return is, in A4 and A6.
    pub fn slip_links(&self, slip_token: &str) -> (String, String) {
        let a4 = format!("{}/slips/{slip_token}.pdf", self.profile.public_url);
        let a6 = format!("{a4}?size=a6");
        (a4, a6)
    }
}

/// A prefix ("RT", "EX") and six characters that nobody confuses on paper or on the telephone. One
/// that is taken cannot be stored, and the next try has another.
pub fn fresh_number(prefix: &str, random: &Random) -> String {
    const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
    let mut wide = u64::from_le_bytes(random.bytes());
    let mut number = format!("{prefix}-");
    for _ in 0..6 {
        let at = usize::try_from(wide % ALPHABET.len() as u64).expect("smaller than the alphabet");
        number.push(char::from(ALPHABET[at]));
        wide /= ALPHABET.len() as u64;
    }
    number
}
