//! `exchange_items`: delivered items for the same products in another colour or size. The new ones
//! are set aside when it is registered; a difference in price moves when the old ones are back.

mod judged;
mod words;

use minijinja::context;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aftersales::{self, Facts, Not, View, buyer, not_done, receipt_number};
use super::covered_order::{broken, return_rules};
use super::order_action::{self, Came, carry_out, decision, needs_agent, own_order, seen};
use super::{ConfirmTool, Proposal, ToolContext, ToolError, ToolOutput};
use crate::clock::long_date;
use crate::domain::aftersale::{Aftersale, Exchange};
use crate::domain::effect::{Made, Receipt};
use crate::domain::evidence::{Fact, FactValue};
use crate::domain::ids::{IdempotencyKey, OrderNumber, Sku};
use crate::domain::limits::RETURN_ITEMS_MAX;
use crate::domain::money::Money;
use crate::domain::order::Order;
use crate::domain::policy::ExchangeRules;
use crate::shop::exchanges::{Decision, Wanted};
use crate::shop::fresh_number;
use judged::{Asked, change, moves};
use words::{Refusing, lines, said, say};

pub struct ExchangeItems;

/// Arguments of `exchange_items`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The number of the order that the items are from.
    order_number: String,
    /// What is exchanged, all of it in one call.
    items: Vec<Item>,
    /// One of the ways to pay that lookup_order lists, by id or name, when the shopper has named
    /// one for a difference in price.
    payment_method: Option<String>,
}

/// One thing that is exchanged. Of colour, size and variant what is left out stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The line of the order, as lookup_order numbers it.
    line: u32,
    /// How many pieces; left out for all that can still be exchanged.
    quantity: Option<u32>,
    /// The new colour.
    color: Option<String>,
    /// The new size.
    size: Option<String>,
    /// The new variant's own number, where it is known.
    sku: Option<String>,
}

/// What the shopper says yes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    order_number: OrderNumber,
    items: Vec<Wanted>,
    payment_method: Option<String>,
    decision: Decision,
}

#[derive(Serialize)]
struct Own {
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    items: Vec<PairView>,
    hand_over_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    slip_a4: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slip_a6: Option<String>,
}

#[derive(Serialize)]
struct PairView {
    line: u32,
    title: String,
    quantity: u32,
    from: String,
    to: String,
    paid: String,
    price: String,
}

impl ConfirmTool for ExchangeItems {
    const NAME: &'static str = "exchange_items";
    type Args = Args;
    type Resolved = Resolved;

    async fn propose(
        &self,
        context: &ToolContext<'_>,
        args: Args,
    ) -> Result<Proposal<Resolved>, ToolError> {
        if args.items.len() > RETURN_ITEMS_MAX {
            let values = context! { limit => RETURN_ITEMS_MAX };
            return Err(aftersales::retry("too_long", values));
        }
        let order = own_order(context, &args.order_number).await?;
        let items = args.items.into_iter().map(Item::wanted).collect();
        let asked = asked(context, &order, items, args.payment_method)?;
        let now = seen(context, &order, skus(&order)).await?;
        let decision = asked
            .judge(&now)
            .map_err(|why| Refusing::new(&order, &asked, why).words())?;
        let summary = said("summary", &order, &decision, None);
        let lines = lines(&decision);
        Ok(Proposal {
            order: Some(order.number.clone()),
            amount: Some(Money::new(
                decision.difference.minor.abs(),
                decision.difference.currency,
            )),
            weighed: None,
            needs_agent: needs_agent(context, &now, &moves(&decision)),
            title: say("title", context! { order => order.number.as_str() }),
            content: aftersales::json(&View {
                proposal: Some("open"),
                action: Some(Self::NAME),
                lines: Some(&lines),
                ..view(&order, &summary, &decision, own(&decision))
            })?,
            lines,
            facts: facts(Facts::of(&order, touched(&decision)), &decision).done(),
            resolved: Resolved {
                order_number: order.number.clone(),
                // The variants that were found are meant from here on.
                items: pinned(&asked.items, &decision),
                payment_method: asked.payment_method.clone(),
                decision,
            },
        })
    }

    async fn execute(
        &self,
        context: &ToolContext<'_>,
        resolved: Resolved,
        key: &IdempotencyKey,
    ) -> Result<ToolOutput, ToolError> {
        let order = own_order(context, resolved.order_number.as_str()).await?;
        let asked = asked(context, &order, resolved.items, resolved.payment_method)?;
        let subject = order_action::subject(context, &order, skus(&order));
        let confirmed = resolved.decision;
        let (ship_by, until) = (confirmed.ship_by, confirmed.until);
        let (judge, then, receipt_key) = (asked.clone(), asked.clone(), key.clone());
        let number = fresh_number("EX", &context.shop.random);
        let slip_token = context.shop.random.secret();
        let came = carry_out(
            context,
            key,
            Self::NAME,
            subject,
            confirmed,
            // The days are those that were shown, although a night may lie between.
            move |now| {
                judge.judge(now).map(|decision| Decision {
                    ship_by,
                    until,
                    ..decision
                })
            },
            move |now, decision| change(now, &then, decision, &receipt_key, (number, slip_token)),
        );
        match came.await? {
            Came::Done(receipt) => done(context, &order, &receipt).await,
            Came::Not(not) => Err(match not_done(not) {
                Not::Said(error) => error,
                Not::Changed(_) => aftersales::refused("changed", ()),
                Not::Rules(why) => Refusing::new(&order, &asked, why).words(),
            }),
        }
    }
}

impl Item {
    fn wanted(self) -> Wanted {
        Wanted {
            line: self.line,
            quantity: self.quantity,
            color: self.color,
            size: self.size,
            sku: self.sku,
        }
    }
}

/// The variants that are given out are among the products of these.
fn skus(order: &Order) -> Vec<Sku> {
    order.lines.iter().map(|line| line.sku.clone()).collect()
}

fn asked(
    context: &ToolContext<'_>,
    order: &Order,
    items: Vec<Wanted>,
    payment_method: Option<String>,
) -> Result<Asked, ToolError> {
    let no_rules = || aftersales::no_rules(order);
    let (rules, policy) =
        aftersales::rules::<ExchangeRules>(context, order, "exchanges")?.ok_or_else(no_rules)?;
    let (return_rules, return_policy) = return_rules(context, order)?.ok_or_else(no_rules)?;
    Ok(Asked {
        items,
        payment_method,
        rules,
        policy,
        return_rules,
        return_policy,
        zone: context.shop.profile.zone.clone(),
        currency: context.shop.profile.currency,
        now_ms: context.clock.now_ms(),
    })
}

fn pinned(items: &[Wanted], decision: &Decision) -> Vec<Wanted> {
    let pairs = decision.pairs.iter().zip(items);
    pairs
        .map(|(pair, _)| Wanted {
            line: pair.line,
            quantity: Some(pair.quantity),
            color: None,
            size: None,
            sku: Some(pair.to.to_string()),
        })
        .collect()
}

fn touched(decision: &Decision) -> impl Iterator<Item = u32> {
    decision.pairs.iter().map(|pair| pair.line)
}

fn own(decision: &Decision) -> Own {
    let reading = super::lookup_order::reading_text;
    Own {
        number: None,
        items: decision
            .pairs
            .iter()
            .map(|pair| PairView {
                line: pair.line,
                title: reading(&pair.title),
                quantity: pair.quantity,
                from: reading(&pair.from_variant),
                to: reading(&pair.to_variant),
                paid: pair.paid.to_string(),
                price: pair.price.to_string(),
            })
            .collect(),
        hand_over_by: long_date(decision.ship_by),
        slip_a4: None,
        slip_a6: None,
    }
}

fn view<'a>(order: &'a Order, summary: &'a str, decision: &Decision, own: Own) -> View<'a, Own> {
    let amount = decision.difference;
    let back = amount.minor < 0;
    let positive = Money::new(amount.minor.abs(), amount.currency).to_string();
    View {
        proposal: None,
        action: None,
        order_number: order.number.as_str(),
        summary,
        lines: None,
        receipt: None,
        pay: (amount.minor > 0).then(|| positive.clone()),
        back: back.then_some(positive),
        method: (amount.minor != 0).then(|| decision.method.clone()),
        days: back.then_some(decision.days),
        own,
    }
}

fn facts(mut facts: Facts, decision: &Decision) -> Facts {
    for pair in &decision.pairs {
        let mut add = |attribute: &str, value| facts.line(pair.line, attribute, value);
        add("exchanged", FactValue::Number(i64::from(pair.quantity)));
        add("exchanged_paid", FactValue::Money(pair.paid));
        add("exchanged_price", FactValue::Money(pair.price));
        // "navy, M": each part as a shopper may hear it.
        for part in pair
            .from_variant
            .split(", ")
            .chain(pair.to_variant.split(", "))
        {
            add(
                "size",
                FactValue::Code(super::lookup_order::reading_text(part)),
            );
        }
    }
    let amount = decision.difference;
    facts.money(
        "difference",
        Money::new(amount.minor.abs(), amount.currency),
    );
    facts.number("refund_days", decision.days);
    facts.add("hand_over_by", FactValue::Date(decision.ship_by));
    if let Some(until) = decision.until {
        facts.add("exchange_until", FactValue::Date(until));
    }
    facts.method(&decision.method);
    facts
}

/// What a receipt says was registered; the same whenever it is asked for.
async fn done(
    context: &ToolContext<'_>,
    order: &Order,
    receipt: &Receipt,
) -> Result<ToolOutput, ToolError> {
    let Some(Made::Aftersale(number)) = &receipt.made else {
        return Err(ToolError::Failed("a receipt names no exchange".to_owned()));
    };
    let found = context.shop.store.aftersale(number).await.map_err(broken)?;
    let Some(Aftersale::Exchange(exchange)) = found else {
        return Err(ToolError::Failed(
            "a registered exchange is gone".to_owned(),
        ));
    };
    let decision: Decision = decision(receipt)?;
    let Exchange { slip_token, .. } = &exchange;
    let (a4, a6) = context.shop.slip_links(slip_token);
    let summary = said("done", order, &decision, Some(number.as_str()));
    let called = receipt_number(&receipt.key);
    let view = View {
        receipt: Some(called.clone()),
        ..view(
            order,
            &summary,
            &decision,
            Own {
                number: Some(number.to_string()),
                slip_a4: Some(a4.clone()),
                slip_a6: Some(a6.clone()),
                ..own(&decision)
            },
        )
    };
    let letter = match buyer(context, order).await? {
        Some(customer) => Some(aftersales::letter(&customer, &view, &lines(&decision))?),
        None => None,
    };
    let by = long_date(decision.ship_by);
    Ok(ToolOutput {
        letter,
        content: aftersales::json(&view)?,
        facts: done_facts(order, &decision, number.as_str(), &called, [a4, a6]),
        cards: vec![aftersales::label(context, number.as_str(), slip_token, by)],
        ..ToolOutput::default()
    })
}

fn done_facts(
    order: &Order,
    decision: &Decision,
    number: &str,
    receipt: &str,
    slips: [String; 2],
) -> Vec<Fact> {
    let about = Facts::of(order, touched(decision)).made("exchange", number);
    let mut facts = facts(about, decision);
    facts.add("receipt", FactValue::Code(receipt.to_owned()));
    for slip in slips {
        facts.add("slip", FactValue::Link(slip));
    }
    facts.done()
}
