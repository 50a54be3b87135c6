//! Each call of the set as one call of ours. Names, ids and reasons are translated and nothing is
//! judged: what does not fit (an item that the order does not have, lists of unequal length) goes on
//! as what our tools refuse.

use serde_json::{Value, json};

use super::calculator::calculate;
use super::load::{country_code, lines_by_sku, take};
use super::set::{Call, DataSet};
use super::stage::Stage;
use crate::domain::ids::{CustomerId, OrderNumber};
use crate::domain::limits::EVAL_CUSTOMERS_PAGE;
use crate::domain::order::{CancelReason, OrderLine};
use crate::tools::registry::Run;
use crate::tools::{ToolError, ToolOutput};

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// With the words of whoever refused.
    Refused(String),
    /// A tool failed: neither of the set's outcomes.
    Broken(String),
}

impl Outcome {
    /// The two classes of the set, and ours that neither is.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused(_) => "refused",
            Self::Broken(_) => "broken",
        }
    }
}

/// A call of one of our tools by a customer.
struct Ours {
    tool: &'static str,
    arguments: Value,
    who: CustomerId,
    /// What must be found under its id: ours also know things by other names.
    id: Option<(&'static str, String)>,
}

/// Makes the call.
pub async fn make(stage: &mut Stage<'_>, call: &Call) -> anyhow::Result<Outcome> {
    let done = |found: bool, what: &str| {
        if found {
            Outcome::Done
        } else {
            Outcome::Refused(format!("there is no such {what}"))
        }
    };
    match call.name.as_str() {
        "think" | "transfer_to_human_agents" | "list_all_product_types" => Ok(Outcome::Done),
        "calculate" => Ok(match calculate(call.text("expression")) {
            Ok(_) => Outcome::Done,
            Err(error) => Outcome::Refused(error.to_string()),
        }),
        "find_user_id_by_email" => {
            let known = stage.shop.store.customer_by_email(call.text("email"));
            Ok(done(known.await?.is_some(), "customer"))
        }
        "get_user_details" => {
            let id = CustomerId::new(call.text("user_id"));
            Ok(done(
                stage.shop.store.customer(&id).await?.is_some(),
                "customer",
            ))
        }
        "find_user_id_by_name_zip" => Ok(done(is_named(stage, call).await?, "customer")),
        _ => {
            let lines = order_lines(stage, call).await?;
            match ours(&stage.kit.set, call, &lines) {
                Some(ours) => run(stage, &ours).await,
                None => Ok(Outcome::Refused("there is no such tool".to_owned())),
            }
        }
    }
}

/// The call of ours that a call of the set stands for; `lines` are the order's as they are now.
fn ours(set: &DataSet, call: &Call, lines: &[OrderLine]) -> Option<Ours> {
    let number = json!(order_number(call).as_str());
    let method = method_name(call);
    let (tool, arguments) = match call.name.as_str() {
        "get_order_details" => ("lookup_order", json!({ "order_number": number })),
        "get_product_details" => ("get_product", json!({ "product": call.text("product_id") })),
        "cancel_pending_order" => (
            "cancel_order",
            json!({ "order_number": number, "reason": cancel_reason(call.text("reason")) }),
        ),
        "modify_pending_order_address" => (
            "change_address",
            json!({ "order_number": number, "address": address(call) }),
        ),
        "modify_user_address" => ("change_address", json!({ "address": address(call) })),
        "modify_pending_order_payment" => (
            "change_payment",
            json!({ "order_number": number, "payment_method": method }),
        ),
        "modify_pending_order_items" => (
            "change_items",
            json!({ "order_number": number, "items": swaps(call, lines), "payment_method": method }),
        ),
        "exchange_delivered_order_items" => (
            "exchange_items",
            json!({ "order_number": number, "items": swaps(call, lines), "payment_method": method }),
        ),
        "return_delivered_order_items" => (
            "start_return",
            json!({
                "order_number": number,
                "items": returned(call, lines),
                "payment_method": method,
            }),
        ),
        _ => return None,
    };
    let product = call.text("product_id");
    Some(Ours {
        tool,
        arguments,
        who: concerned(set, call),
        id: (tool == "get_product").then(|| ("product_id", product.to_owned())),
    })
}

/// The order's number as we write it. The set's begins with a "#", which is part of the name: one
/// without it is another name, and no order's.
fn order_number(call: &Call) -> OrderNumber {
    let id = call.text("order_id");
    match id.strip_prefix('#') {
        Some(number) => OrderNumber::new(number),
        None => OrderNumber::new(format!("without-sign-{id}")),
    }
}

/// The way to pay, by its id. An empty one names nothing; with us it would leave the choice open.
fn method_name(call: &Call) -> &str {
    match call.text("payment_method_id").trim() {
        "" => "without-name",
        id => id,
    }
}

/// The customer whom a call concerns: who is named, or whose the order is. A call about nobody is
/// made by the set's first customer, so that the tool and not the gate answers it.
fn concerned(set: &DataSet, call: &Call) -> CustomerId {
    let named = Some(call.text("user_id")).filter(|id| !id.is_empty());
    let order = set.orders.get(call.text("order_id"));
    let owner = order.map(|order| order.user_id.as_str());
    let any = set.users.keys().next().map_or("", String::as_str);
    CustomerId::new(named.or(owner).unwrap_or(any))
}

fn cancel_reason(words: &str) -> CancelReason {
    let known = [
        CancelReason::NoLongerNeeded,
        CancelReason::OrderedByMistake,
        CancelReason::TakesTooLong,
        CancelReason::FoundCheaper,
    ];
    let named = known.into_iter().find(|reason| reason.words() == words);
    named.unwrap_or(CancelReason::Other)
}

fn address(call: &Call) -> Value {
    json!({
        "street": call.text("address1"),
        "extra": call.text("address2"),
        "postcode": call.text("zip"),
        "city": call.text("city"),
        "region": call.text("state"),
        "country": country_code(call.text("country")),
    })
}

/// Each old item with the one at the same place of the other list; line 0 and an empty sku where
/// there is none.
fn swaps(call: &Call, lines: &[OrderLine]) -> Vec<Value> {
    let (old, new) = (call.texts("item_ids"), call.texts("new_item_ids"));
    let mut left = lines_by_sku(lines);
    let all = 0..old.len().max(new.len());
    all.map(|at| {
        let line = old.get(at).and_then(|item| take(&mut left, item));
        let sku = new.get(at).copied().unwrap_or("");
        json!({ "line": line.unwrap_or(0), "quantity": 1, "sku": sku })
    })
    .collect()
}

fn returned(call: &Call, lines: &[OrderLine]) -> Vec<Value> {
    let mut left = lines_by_sku(lines);
    let items = call.texts("item_ids").into_iter();
    items
        .map(|item| {
            let line = take(&mut left, item).unwrap_or(0);
            json!({ "line": line, "quantity": 1, "reason": "unwanted" })
        })
        .collect()
}

/// Lines of the order that a call names; none of one that is not there.
async fn order_lines(stage: &Stage<'_>, call: &Call) -> anyhow::Result<Vec<OrderLine>> {
    let order = stage.shop.store.order(&order_number(call)).await?;
    Ok(order.map_or_else(Vec::new, |order| order.lines))
}

/// Does a customer have this name and postcode? Names are compared without case.
async fn is_named(stage: &Stage<'_>, call: &Call) -> anyhow::Result<bool> {
    let wanted = |key: &str| call.text(key).to_lowercase();
    let (first, last) = (wanted("first_name"), wanted("last_name"));
    let mut after: Option<CustomerId> = None;
    loop {
        let page = stage
            .shop
            .store
            .customers(after.as_ref(), EVAL_CUSTOMERS_PAGE);
        let page = page.await?;
        let found = page.iter().any(|customer| {
            let address = customer.address.as_ref();
            customer.first_name.to_lowercase() == first
                && customer.last_name.to_lowercase() == last
                && address.is_some_and(|address| address.postcode == call.text("zip"))
        });
        match page.last() {
            Some(last) if !found => after = Some(last.id.clone()),
            _ => return Ok(found),
        }
    }
}

/// Calls the tool; what needs a yes is proposed and then executed, under a key of its own.
async fn run(stage: &mut Stage<'_>, ours: &Ours) -> anyhow::Result<Outcome> {
    let key = stage.next_call();
    let (conversation, identity) = stage.identity(&ours.who).await?;
    let Some(tool) = stage.kit.tools.get(ours.tool) else {
        return Ok(Outcome::Broken(format!("there is no tool {}", ours.tool)));
    };
    let context = stage.context(&conversation, &identity);
    let arguments = ours.arguments.to_string();
    let result = match &tool.run {
        Run::Read(tool) => tool.call(&context, &arguments).await,
        Run::Confirm(tool) => match tool.propose(&context, &arguments).await {
            Ok(proposal) => tool.execute(&context, proposal.resolved, &key).await,
            Err(error) => Err(error),
        },
    };
    Ok(match (&ours.id, result) {
        (Some(id), Ok(output)) if !is_of(&output, id) => {
            Outcome::Refused("that is another one's name".to_owned())
        }
        (_, result) => outcome(result),
    })
}

/// Is it about the one with that id?
fn is_of(output: &ToolOutput, (key, id): &(&'static str, String)) -> bool {
    let content: Option<Value> = serde_json::from_str(&output.content).ok();
    content.is_some_and(|content| content[*key] == id.as_str())
}

fn outcome(result: Result<ToolOutput, ToolError>) -> Outcome {
    match result {
        Ok(_) => Outcome::Done,
        Err(ToolError::Refused(words) | ToolError::Person(words) | ToolError::Retry(words)) => {
            Outcome::Refused(words)
        }
        Err(ToolError::Failed(detail)) => Outcome::Broken(detail),
    }
}
