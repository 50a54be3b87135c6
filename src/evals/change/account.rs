//! What a case changes in an account: gift cards and ways to pay; and what an order was paid with.

use anyhow::{Context as _, bail, ensure};

use super::Change;
use crate::domain::customer::{Customer, GiftCard, SavedMethod};
use crate::domain::effect::Receipt;
use crate::domain::ids::{IdempotencyKey, PaymentMethodId, Random};
use crate::domain::money::{Currency, Money};
use crate::domain::order::{Order, Payment, PaymentMethod};
use crate::evals::world::Account;
use crate::store::Store;
use crate::store::effects::{self, CarriedOut, Subject};

/// The card of a shopper who has none.
const NEW_CARD: &str = "HP-case";
const CREDIT: &str = "HP-credit";

impl Change {
    pub(super) async fn alter_account(
        &self,
        store: &Store,
        account: &Account,
        random: &Random,
    ) -> anyhow::Result<()> {
        let mut customer = account.customer.clone();
        match self {
            Self::GiftCard {
                minor,
                currency,
                credit,
                ..
            } => {
                let currency = currency.as_deref().map_or(Ok(Currency::EUR), str::parse)?;
                let card = card(account, Money::new(*minor, currency), *credit);
                return Ok(store.put_gift_cards(vec![card]).await?);
            }
            Self::PaymentMethod {
                id, brand, last4, ..
            } => customer.payment_methods.push(SavedMethod {
                id: PaymentMethodId::new(id.clone()),
                method: match brand {
                    Some(brand) => PaymentMethod::Card {
                        brand: brand.clone(),
                        last4: last4.clone().unwrap_or_default(),
                    },
                    None => PaymentMethod::Paypal,
                },
            }),
            Self::NoPaymentMethods { .. } => customer.payment_methods.clear(),
            _ => bail!("this changes no account"),
        }
        put(store, customer, random).await
    }
}

fn card(account: &Account, balance: Money, credit: bool) -> GiftCard {
    let mut cards = account.gift_cards.iter();
    let known = cards.find(|card| card.credit == credit);
    let id = known.map_or_else(
        || PaymentMethodId::new(if credit { CREDIT } else { NEW_CARD }),
        |card| card.id.clone(),
    );
    GiftCard {
        id,
        customer: Some(account.customer.id.clone()),
        balance,
        credit,
    }
}

/// An import would leave a customer's ways to pay as they are; an effect changes them.
async fn put(store: &Store, customer: Customer, random: &Random) -> anyhow::Result<()> {
    let key = IdempotencyKey::new(format!("eval_{}", random.secret()));
    let subject = Subject {
        customer: customer.id.clone(),
        order: None,
        skus: Vec::new(),
        day_began_ms: 0,
        address_since_ms: 0,
    };
    let mut change = effects::Change::new(Receipt {
        key: key.clone(),
        tool: "case".to_owned(),
        order: None,
        customer: customer.id.clone(),
        at_ms: 0,
        moves: Vec::new(),
        made: None,
        decision: serde_json::Value::Null,
        approved_by: None,
    });
    change.customer = Some(customer);
    let done = store
        .carry_out(&key, "case", subject, move |_| {
            Ok::<_, std::convert::Infallible>(change)
        })
        .await?;
    ensure!(matches!(done, CarriedOut::Done(_)), "nothing was changed");
    Ok(())
}

/// The whole order was paid so, or this much of it.
pub fn paid_with(
    order: &mut Order,
    account: &Account,
    id: &str,
    minor: Option<i64>,
) -> anyhow::Result<()> {
    let saved = account.customer.payment_methods.iter();
    let saved = saved.map(|saved| (&saved.id, saved.method.clone()));
    let cards = account.gift_cards.iter();
    let mut all = saved.chain(cards.map(|card| (&card.id, card.method())));
    let (method_id, method) = all
        .find(|(known, _)| known.as_str() == id)
        .with_context(|| format!("{} has no way to pay {id}", account.customer.email))?;
    let first = order.payments.first_mut().context("nothing was paid")?;
    let paid = Payment {
        id: format!("pay-{id}"),
        method,
        method_id: Some(method_id.clone()),
        amount: Money::new(minor.unwrap_or(order.total.minor), order.currency),
        at_ms: first.at_ms,
    };
    match minor {
        Some(minor) => {
            first.amount.minor -= minor;
            order.payments.push(paid);
        }
        None => order.payments = vec![paid],
    }
    Ok(())
}
