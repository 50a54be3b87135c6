//! What the tools share that cancel or change an order before it is sent: the dated rules, the words
//! of a refusal, and a result that is told the same way whether it is proposed, done or repeated.

mod refusing;

use std::sync::LazyLock;

use minijinja::context;
use serde::Serialize;
use serde_json::{Map, Value};

use super::covered_order::broken;
use super::lookup_order::{number, reading_text};
use super::order_action::receipt;
use super::words::Words;
use super::{Proposal, ToolContext, ToolError, ToolOutput, Touches};
use crate::domain::effect::Receipt;
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::ids::{CustomerId, IdempotencyKey, OrderNumber};
use crate::domain::letter::{Letter, Recipient};
use crate::domain::money::Money;
use crate::domain::order::{Order, PaymentMethod};
use crate::domain::policy::ChangeRules;
use crate::shop::books::Part;
use crate::shop::changes::Terms;
use crate::store::effects::AsItIs;

pub(super) use refusing::{Act, not_done, refusal};

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../prompts/reply/order_changes.toml")));

/// The rules in force on the day the order was placed.
pub(super) async fn terms(context: &ToolContext<'_>, order: &Order) -> Result<Terms, ToolError> {
    known_terms(context, order)?.ok_or_else(|| {
        ToolError::Refused(WORDS.say("no_rules", context! { order => order.number.as_str() }))
    })
}

pub(super) fn known_terms(
    context: &ToolContext<'_>,
    order: &Order,
) -> Result<Option<Terms>, ToolError> {
    let placed = context.shop.day(order.placed_ms);
    let rules = context
        .knowledge
        .rules::<ChangeRules>("order-changes", placed)
        .map_err(|error| ToolError::Failed(error.to_string()))?;
    Ok(rules.map(|(rules, policy)| Terms {
        rules,
        policy: policy.cite(),
        valid_from: policy.valid_from,
    }))
}

/// The receipt of something that is only proposed: for what it would move.
pub(super) fn draft(context: &ToolContext<'_>, tool: &str, now: &AsItIs) -> Receipt {
    let key = IdempotencyKey::new("");
    receipt(&key, tool, now, context.clock.now_ms(), &(), Vec::new())
}

/// What is told of an action, proposed or done.
pub(super) struct Told {
    pub action: &'static str,
    pub order: Option<OrderNumber>,
    pub title: String,
    /// What will happen, or has happened, in the shopper's words.
    pub summary: String,
    /// The same as statements.
    pub lines: Vec<String>,
    pub pay: Option<Money>,
    pub back: Option<Money>,
    pub method: Option<String>,
    pub days: Option<u32>,
    /// What only this action tells.
    pub own: Map<String, Value>,
    pub facts: Vec<Fact>,
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<&'static str>,
    action: &'static str,
    order_number: Option<&'a str>,
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    lines: &'a [String],
    pay: Option<String>,
    back: Option<String>,
    method: Option<&'a str>,
    days: Option<u32>,
    #[serde(flatten)]
    own: &'a Map<String, Value>,
}

impl Told {
    fn view(&self, receipt: Option<&Receipt>) -> View<'_> {
        View {
            proposal: receipt.is_none().then_some("open"),
            action: self.action,
            order_number: self.order.as_ref().map(OrderNumber::as_str),
            summary: &self.summary,
            receipt: receipt.map(Receipt::number),
            lines: &self.lines,
            pay: self.pay.map(|amount| amount.to_string()),
            back: self.back.map(|amount| amount.to_string()),
            method: self.method.as_deref(),
            days: self.days,
            own: &self.own,
        }
    }

    /// What the shopper is asked.
    pub fn proposal<R>(
        self,
        resolved: R,
        needs_agent: Option<String>,
    ) -> Result<Proposal<R>, ToolError> {
        let content = json(&self.view(None))?;
        Ok(Proposal {
            resolved,
            touches: self.touches(),
            bounds: None,
            order: self.order,
            amount: self.pay.or(self.back),
            weighed: None,
            needs_agent,
            title: self.title,
            lines: self.lines,
            content,
            facts: self.facts,
        })
    }

    /// What was done, with a mail to the address that the shop has.
    pub async fn output(
        mut self,
        context: &ToolContext<'_>,
        receipt: &Receipt,
    ) -> Result<ToolOutput, ToolError> {
        let about = self.subject();
        let code = FactValue::Code(receipt.number());
        self.facts.push(Fact::new(&about, "receipt", code));
        let view = serde_json::to_value(self.view(Some(receipt)))
            .map_err(|error| ToolError::Failed(error.to_string()))?;
        let letter = letter(context, &receipt.customer, &self.title, &view).await?;
        Ok(ToolOutput {
            content: view.to_string(),
            facts: self.facts,
            letter,
            ..ToolOutput::default()
        })
    }

    /// Nothing goes together with cancelling an order; changes of different things do.
    fn touches(&self) -> Touches {
        match &self.order {
            Some(order) if self.action == "cancel_order" => Touches::Whole(order.clone()),
            Some(order) => Touches::Lines {
                order: order.clone(),
                lines: Vec::new(),
            },
            None => Touches::Nothing,
        }
    }

    fn subject(&self) -> Subject {
        self.order
            .as_ref()
            .map_or_else(account, |order| Subject::new(format!("order:{order}")))
    }
}

/// What is about the customer and no order.
pub(super) fn account() -> Subject {
    Subject::new("account")
}

async fn letter(
    context: &ToolContext<'_>,
    customer: &CustomerId,
    title: &str,
    view: &Value,
) -> Result<Option<Letter>, ToolError> {
    let store = &context.shop.store;
    let customer = store.customer(customer).await.map_err(broken)?;
    let (Some(customer), Some(data)) = (customer, view.as_object()) else {
        return Ok(None);
    };
    let mut data = data.clone();
    data.insert("title".to_owned(), Value::from(title));
    Ok(Some(Letter {
        template: "order_action".to_owned(),
        to: Recipient {
            name: customer.first_name,
            email: customer.email,
        },
        data,
    }))
}

fn json<T: Serialize>(view: &T) -> Result<String, ToolError> {
    serde_json::to_string(view).map_err(|error| ToolError::Failed(error.to_string()))
}

/// "€70.00 to your Visa ending in 4242 within 5 working days"
fn part_words(part: &Part, days: Option<u32>, alone: bool) -> String {
    WORDS.say(
        "part",
        context! {
            amount => part.amount.to_string(),
            method => reading_text(&part.words()),
            at_once => part.is_at_once(),
            days,
            alone,
        },
    )
}

/// What goes back where, as a sentence.
pub(super) fn back_words(together: Money, parts: &[Part], days: Option<u32>) -> String {
    let alone = parts.len() == 1;
    let words: Vec<String> = parts
        .iter()
        .map(|part| part_words(part, days, alone))
        .collect();
    match words.as_slice() {
        [] => WORDS.say("back_nothing", ()),
        [part] => WORDS.say("back_one", context! { part }),
        _ => WORDS.say(
            "back_several",
            context! { amount => together.to_string(), parts => words },
        ),
    }
}

pub(super) fn back_lines(parts: &[Part], days: Option<u32>) -> Vec<String> {
    let line = |part: &Part| {
        let part = part_words(part, days, false);
        WORDS.say("line_back", context! { part })
    };
    parts.iter().map(line).collect()
}

/// "Visa ending in 4242", or "Visa ending in 4242 €30.00 + gift card €20.00".
pub(super) fn method_words(parts: &[Part]) -> Option<String> {
    match parts {
        [] => None,
        [only] => Some(reading_text(&only.words())),
        several => {
            let words = several.iter().map(|part| {
                let method = reading_text(&part.words());
                format!("{method} {}", part.amount)
            });
            Some(words.collect::<Vec<_>>().join(" + "))
        }
    }
}

/// Facts that hold of an order and of those of its lines that an action is about.
pub(super) struct About {
    about: Vec<Subject>,
    pub facts: Vec<Fact>,
}

impl About {
    pub fn order(order: &OrderNumber, lines: impl IntoIterator<Item = u32>) -> Self {
        let subject = Subject::new(format!("order:{order}"));
        let name = FactValue::Name(reading_text(order.as_str()));
        let lines = lines.into_iter();
        let children = lines.map(|line| subject.child(format_args!("line:{line}")));
        let mut about = vec![subject.clone()];
        about.extend(children);
        about.dedup();
        Self {
            facts: vec![Fact::new(&subject, "name", name)],
            about,
        }
    }

    pub fn account() -> Self {
        Self {
            about: vec![account()],
            facts: Vec::new(),
        }
    }

    pub fn add(&mut self, attribute: &str, value: FactValue) {
        self.facts.push(Fact {
            about: self.about.clone(),
            attribute: attribute.to_owned(),
            value,
        });
    }

    /// A line by its title, with its size and pieces.
    pub fn line(&mut self, line: u32, title: &str, size: &str, quantity: u32) {
        let Some(order) = self.about.first() else {
            return;
        };
        let about = order.child(format_args!("line:{line}"));
        let mut add = |attribute: &str, value| self.facts.push(Fact::new(&about, attribute, value));
        add("title", FactValue::Name(reading_text(title)));
        if !size.is_empty() {
            add("size", FactValue::Code(reading_text(size)));
        }
        add("line", FactValue::Number(i64::from(line)));
        add("quantity", FactValue::Number(i64::from(quantity)));
    }

    pub fn money(&mut self, attribute: &str, parts: &[Part]) {
        for part in parts {
            let name = format!("{attribute}_{}", part.method.words());
            self.add(&name, FactValue::Money(part.amount));
            self.method(&part.method);
        }
        if let [first, _, ..] = parts {
            let together = parts.iter().map(|part| part.amount.minor).sum();
            let together = Money::new(together, first.amount.currency);
            self.add(attribute, FactValue::Money(together));
        }
    }

    /// The digits that a card is told by.
    pub fn method(&mut self, method: &PaymentMethod) {
        if let PaymentMethod::Card { last4, .. } = method {
            self.add("method", FactValue::Code(last4.clone()));
        }
    }

    pub fn days(&mut self, days: Option<u32>) {
        if let Some(days) = days {
            self.add("refund_days", FactValue::Number(i64::from(days)));
        }
    }

    /// A count of things that are not listed.
    pub fn count(&mut self, attribute: &str, count: usize) {
        self.add(attribute, number(count));
    }
}

/// Facts are about the same order that a look-up tells of.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_orders_facts_have_the_subject_of_its_look_up() {
        let about = About::order(&OrderNumber::new("10482"), [2]);
        let expected = [
            Subject::new("order:10482"),
            Subject::new("order:10482/line:2"),
        ];
        assert_eq!(about.about, expected);
    }
}
