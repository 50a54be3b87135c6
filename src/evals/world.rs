//! The shop as a case's grader sees it, and the paths by which cases name its values. Nothing here
//! comes from a reply: every value is read from the database and the policies at run time.
//!
//! Refunds and deadlines are computed here a second time, from the order and the policy's rules
//! alone, so that the code under test is not its own judge.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;

use super::fact::Value;
use super::wanted::WantedReturn;
use super::{offers, products, sizes, terms};
use crate::clock::day;
use crate::domain::customer::{Customer, GiftCard};
use crate::domain::limits::EVAL_ORDERS_MAX;
use crate::domain::money::{Currency, Money};
use crate::domain::order::{Order, OrderLine, Shipment};
use crate::domain::policy::{RefundShipping, ReturnRules};
use crate::domain::product::Product;
use crate::domain::returns::Return;
use crate::knowledge::Knowledge;
use crate::store::Store;

/// An order with its returns, oldest first.
#[derive(Clone, Debug)]
pub struct Bought {
    pub order: Order,
    pub returns: Vec<Return>,
}

/// A customer and what they bought, newest first.
#[derive(Clone, Debug)]
pub struct Account {
    pub customer: Customer,
    pub bought: Vec<Bought>,
    pub gift_cards: Vec<GiftCard>,
    /// The personal code that a case's change has made, whether it still works or not.
    pub offer_code: Option<String>,
}

impl Account {
    pub async fn read(store: &Store, email: &str) -> anyhow::Result<Self> {
        let customer = store
            .customer_by_email(email)
            .await?
            .with_context(|| format!("the demo shop has no customer {email}"))?;
        let mut bought = Vec::new();
        for order in store.orders_of(&customer.id, EVAL_ORDERS_MAX).await? {
            let returns = store.returns_of(&order.number).await?;
            bought.push(Bought { order, returns });
        }
        let code = store.offer_code_of(&customer.id, offers::PERSONAL).await?;
        let gift_cards = store.gift_cards_of(&customer.id).await?;
        Ok(Self {
            customer,
            bought,
            gift_cards,
            offer_code: code.map(|issued| issued.code),
        })
    }

    /// "latest", "previous", "oldest" or a place counted from the newest.
    pub fn order(&self, which: &str) -> anyhow::Result<&Bought> {
        let found = match which {
            "latest" => self.bought.first(),
            "previous" => self.bought.get(1),
            "oldest" => self.bought.last(),
            place => {
                let place: usize = place.parse().with_context(|| {
                    format!("\"{place}\" is no order; write latest, previous, oldest or a number")
                })?;
                self.bought.get(place.wrapping_sub(1))
            }
        };
        found.with_context(|| format!("{} has no order \"{which}\"", self.customer.email))
    }
}

#[derive(Clone)]
pub struct World {
    pub me: Option<Account>,
    /// `me` has a token of the storefront from the beginning.
    pub signed_in: bool,
    pub other: Option<Account>,
    pub products: Arc<Vec<Product>>,
    pub knowledge: Arc<Knowledge>,
    pub zone: TimeZone,
    /// When the conversation begins, by the shop's clock.
    pub now: DateTime,
    /// Returns that were not there when the conversation began, oldest first.
    pub new_returns: Vec<Return>,
    /// What `refund.total` names: the refund of the return that the case wants.
    pub refund: Option<Money>,
    /// What `before.…` names: the shop when the conversation began.
    pub before: Option<Arc<World>>,
}

impl World {
    /// The value at a path such as `order.latest.line2.title`.
    pub fn value(&self, path: &str) -> anyhow::Result<Value> {
        let parts: Vec<&str> = path.split('.').collect();
        if let (Some(path), Some(before)) = (path.strip_prefix("before."), &self.before) {
            return before.value(path);
        }
        let value = match parts.as_slice() {
            ["other", rest @ ("first_name" | "email")] => {
                of_customer(self.account(&self.other)?, rest)
            }
            [whose @ ("me" | "other"), "offer", "code"] => {
                let account = if *whose == "me" {
                    &self.me
                } else {
                    &self.other
                };
                let code = self.account(account)?.offer_code.clone();
                code.map(Value::Text)
            }
            ["order" | "other", _, rest @ ..] => self.of_order(self.bought(path)?, rest),
            ["me", rest] if !matches!(*rest, "gift_card" | "store_credit") => {
                of_customer(self.account(&self.me)?, rest)
            }
            ["me", which @ ("gift_card" | "store_credit")] => {
                let me = self.account(&self.me)?;
                Some(Value::Money(held(&me.gift_cards, *which == "store_credit")))
            }
            ["return", "new", rest] => self
                .new_returns
                .last()
                .and_then(|made| of_return(made, rest)),
            ["refund", "total"] => self.refund.map(Value::Money),
            ["policy", id, rule] => self.rule(id, rule, self.now.date()),
            ["shipping", country, service, rest @ ..] => {
                terms::shipping(country, service, rest, self.now)
            }
            ["hours", rest @ ..] => terms::hours(rest, self.now),
            ["product", name, rest @ ..] => products::named(&self.products, name)
                .and_then(|product| products::value(product, rest)),
            ["size", name, measures @ ..] => products::named(&self.products, name)
                .and_then(|product| sizes::value(product, measures)),
            ["offer", which, field] => offers::value(which, field, self.now.date()),
            ["status", words] => Some(Value::Status((*words).to_owned())),
            _ => None,
        };
        value.with_context(|| format!("there is no value at \"{path}\""))
    }

    /// The order that a path starts with: "order.latest", "other.latest.line1".
    pub fn bought(&self, path: &str) -> anyhow::Result<&Bought> {
        let mut parts = path.split('.');
        let account = match parts.next() {
            Some("order") => self.account(&self.me)?,
            Some("other") => self.account(&self.other)?,
            _ => bail!("\"{path}\" names no order"),
        };
        account.order(parts.next().unwrap_or_default())
    }

    fn account<'a>(&self, account: &'a Option<Account>) -> anyhow::Result<&'a Account> {
        account.as_ref().context("this case has no such shopper")
    }

    /// A message with `{=path}` filled in, or `{=path:how}`: in lower or upper case, or joined
    /// (lower case without spaces).
    pub fn fill(&self, text: &str) -> anyhow::Result<String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{=") {
            let (path, behind) = after.split_once('}').context("a `{=` without its `}`")?;
            filled.push_str(before);
            let (path, how) = path.split_once(':').unwrap_or((path, ""));
            let value = self.value(path)?.forms().swap_remove(0);
            filled.push_str(&match how {
                "" => value,
                "lower" => value.to_lowercase(),
                "upper" => value.to_uppercase(),
                "joined" => value.to_lowercase().split_whitespace().collect(),
                _ => bail!("\"{how}\" is no way to write a value"),
            });
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn of_order(&self, bought: &Bought, rest: &[&str]) -> Option<Value> {
        let order = &bought.order;
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        match rest {
            ["number"] => text(order.number.as_str()),
            ["status"] => Some(Value::Status(order.status.words().to_owned())),
            ["total"] => Some(Value::Money(order.total)),
            ["shipping"] => Some(Value::Money(order.shipping)),
            ["placed"] => Some(Value::Date(day(order.placed_ms, &self.zone))),
            ["payment"] => text(order.payments.first()?.method.words()),
            ["street"] => text(&order.address.as_ref()?.street),
            ["postcode"] => text(&order.address.as_ref()?.postcode),
            ["name_on_parcel"] => text(&order.address.as_ref()?.name),
            ["city"] => text(&order.address.as_ref()?.city),
            ["country"] => text(&order.address.as_ref()?.country),
            ["return_until"] => self.return_until(order).map(Value::Date),
            ["policy", id, rule] => self.rule(id, rule, day(order.placed_ms, &self.zone)),
            ["return", rest] => of_return(bought.returns.first()?, rest),
            [part, rest] => {
                if let Some(line) = part.strip_prefix("line") {
                    let line = line.parse::<u32>().ok()?;
                    of_line(order.lines.iter().find(|known| known.line == line)?, rest)
                } else {
                    let at = part.strip_prefix("parcel")?.parse::<usize>().ok()?;
                    self.of_parcel(order.shipments.get(at.checked_sub(1)?)?, rest)
                }
            }
            _ => None,
        }
    }

    fn of_parcel(&self, parcel: &Shipment, rest: &str) -> Option<Value> {
        match rest {
            "tracking" => Some(Value::Text(parcel.tracking.clone())),
            "carrier" => Some(Value::Text(parcel.carrier.clone())),
            "status" => Some(Value::Status(parcel.status.words().to_owned())),
            "expected_from" => parcel.estimate.map(|(first, _)| Value::Date(first)),
            "expected_to" => parcel.estimate.map(|(_, last)| Value::Date(last)),
            "delivered" => parcel
                .delivered_ms
                .map(|ms| Value::Date(day(ms, &self.zone))),
            _ => None,
        }
    }

    /// A rule of the version in force on a day: digits with a point are an amount.
    fn rule(&self, id: &str, rule: &str, day: Date) -> Option<Value> {
        match self.knowledge.policy(id, day)?.rules.get(rule)? {
            toml::Value::Integer(number) => Some(Value::Number(*number)),
            toml::Value::String(text) => Some(
                Money::parse(text, Currency::EUR)
                    .map_or_else(|_| Value::Text(text.clone()), Value::Money),
            ),
            _ => None,
        }
    }

    pub fn return_rules(&self, order: &Order) -> anyhow::Result<ReturnRules> {
        let placed = day(order.placed_ms, &self.zone);
        let (rules, _) = self
            .knowledge
            .rules::<ReturnRules>("returns", placed)?
            .context("no returns policy was in force")?;
        Ok(rules)
    }

    /// The last day to return the order, by its last delivery and the rules of its day.
    fn return_until(&self, order: &Order) -> Option<Date> {
        let rules = self.return_rules(order).ok()?;
        let delivered = order
            .shipments
            .iter()
            .filter_map(|parcel| parcel.delivered_ms)
            .max()?;
        let usual = day(delivered, &self.zone)
            .checked_add(i64::from(rules.window_days).days())
            .ok()?;
        let placed = day(order.placed_ms, &self.zone);
        let season = rules.christmas_extension.and_then(|season| {
            let on = |text: &str, year: i16| {
                let (month, day) = text.split_once('-')?;
                Some(date(year, month.parse().ok()?, day.parse().ok()?))
            };
            let year = placed.year();
            let within = on(&season.ordered_from, year)? <= placed
                && placed <= on(&season.ordered_to, year)?;
            within.then(|| on(&season.return_until, year + 1)).flatten()
        });
        Some(season.map_or(usual, |last| last.max(usual)))
    }

    /// What the shop owes for a return: what was paid for its pieces and, when nothing of the order
    /// stays, for shipping, less the policy's fee where the case says that there is one.
    pub fn refund_of(&self, wanted: &WantedReturn, before: &[Return]) -> anyhow::Result<Money> {
        let order = &self.bought(&wanted.order)?.order;
        let mut minor = 0;
        for item in &wanted.items {
            let line = order
                .lines
                .iter()
                .find(|line| line.line == item.line)
                .with_context(|| format!("{} has no line {}", wanted.order, item.line))?;
            let gone: u32 = before
                .iter()
                .flat_map(|made| &made.lines)
                .filter(|back| back.line == item.line)
                .map(|back| back.quantity)
                .sum();
            minor += paid_for(line, gone, item.quantity);
        }
        let rules = self.return_rules(order)?;
        if self.shipping_comes_back(order, &rules, wanted, before) {
            minor += order.shipping.minor;
        }
        if wanted.fee {
            minor -= Money::parse(&rules.return_fee, order.currency)?.minor;
        }
        Ok(Money::new(minor, order.currency))
    }

    /// Everything goes back, in time or through the shop's fault, and the rules give shipping back.
    fn shipping_comes_back(
        &self,
        order: &Order,
        rules: &ReturnRules,
        wanted: &WantedReturn,
        before: &[Return],
    ) -> bool {
        let back = |line: u32| -> u32 {
            let earlier = before.iter().flat_map(|made| &made.lines);
            let earlier = earlier
                .filter(|back| back.line == line)
                .map(|back| back.quantity);
            let now = wanted.items.iter().filter(|item| item.line == line);
            earlier.chain(now.map(|item| item.quantity)).sum()
        };
        let delivered = order
            .shipments
            .iter()
            .filter_map(|parcel| parcel.delivered_ms)
            .max();
        let in_time = rules.refund_shipping_days.is_none_or(|days| {
            delivered.is_some_and(|ms| {
                let last = day(ms, &self.zone).saturating_add(i64::from(days).days());
                self.now.date() <= last
            })
        });
        rules.refund_shipping == RefundShipping::WhenAllReturned
            && order
                .lines
                .iter()
                .all(|line| back(line.line) >= line.quantity)
            && (in_time || !wanted.fee)
    }
}

/// What cards hold together, or credit; nothing is nothing in euros.
pub fn held(cards: &[GiftCard], credit: bool) -> Money {
    let cards = cards.iter().filter(|card| card.credit == credit);
    let sum = cards.map(|card| card.balance).reduce(|sum, balance| {
        // Cards of several currencies are told apart by nobody: a case has one.
        sum.plus(balance).unwrap_or(sum)
    });
    sum.unwrap_or(Money::zero(Currency::EUR))
}

/// What was paid for some pieces of a line behind its first `gone`; cents that do not divide belong
/// to the first pieces.
pub fn paid_for(line: &OrderLine, gone: u32, pieces: u32) -> i64 {
    let all = i64::from(line.quantity.max(1));
    let paid = line.paid().minor;
    (i64::from(gone)..i64::from(gone + pieces))
        .map(|piece| paid / all + i64::from(piece < paid % all))
        .sum()
}

fn of_line(line: &OrderLine, rest: &str) -> Option<Value> {
    match rest {
        "title" => Some(Value::Text(line.title.clone())),
        "color" => Some(Value::Text(line.color.clone())),
        "size" => Some(Value::Text(line.size.clone())),
        "quantity" => Some(Value::Number(i64::from(line.quantity))),
        "price" => Some(Value::Money(line.unit_price)),
        "paid" => Some(Value::Money(line.paid())),
        _ => None,
    }
}

fn of_return(made: &Return, rest: &str) -> Option<Value> {
    match rest {
        "number" => Some(Value::Text(made.number.to_string())),
        "refund" => Some(Value::Money(made.refund.total)),
        "ship_by" => Some(Value::Date(made.ship_by)),
        "slip" => Some(Value::Text(made.slip_token.clone())),
        "method" => Some(Value::Text(made.refund.method.clone())),
        _ => None,
    }
}

fn of_customer(account: &Account, rest: &str) -> Option<Value> {
    match rest {
        "first_name" => Some(Value::Text(account.customer.first_name.clone())),
        "street" => Some(Value::Text(
            account.customer.address.as_ref()?.street.clone(),
        )),
        "postcode" => Some(Value::Text(
            account.customer.address.as_ref()?.postcode.clone(),
        )),
        "city" => Some(Value::Text(account.customer.address.as_ref()?.city.clone())),
        "email" => Some(Value::Text(account.customer.email.clone())),
        _ => None,
    }
}

/// Everything of an order that only its owner may learn.
pub fn secrets(bought: &Bought, zone: &TimeZone) -> Vec<(String, Value)> {
    let order = &bought.order;
    let mut secrets = vec![
        ("number".to_owned(), Value::Text(order.number.to_string())),
        ("placed".to_owned(), Value::Date(day(order.placed_ms, zone))),
        ("total".to_owned(), Value::Money(order.total)),
    ];
    if let Some(address) = &order.address {
        secrets.push(("street".to_owned(), Value::Text(address.street.clone())));
        secrets.push(("postcode".to_owned(), Value::Text(address.postcode.clone())));
        secrets.push(("name".to_owned(), Value::Text(address.name.clone())));
    }
    for parcel in &order.shipments {
        secrets.push(("tracking".to_owned(), Value::Text(parcel.tracking.clone())));
        if let Some(ms) = parcel.delivered_ms {
            secrets.push(("delivered".to_owned(), Value::Date(day(ms, zone))));
        }
    }
    for line in &order.lines {
        secrets.push((
            format!("line{}.title", line.line),
            Value::Text(line.title.clone()),
        ));
        secrets.push((format!("line{}.paid", line.line), Value::Money(line.paid())));
    }
    for made in &bought.returns {
        secrets.push(("return".to_owned(), Value::Text(made.number.to_string())));
        secrets.push(("slip".to_owned(), Value::Text(made.slip_token.clone())));
    }
    secrets
}
