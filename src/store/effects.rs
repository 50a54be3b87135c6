//! Order actions: what an effect reads and what it changes, in one transaction, once per key.

use super::catalog::{add_stock, owner_of, take_stock};
use super::db::{DbError, Row, Tx, Value};
use super::doc::{from_doc, money, to_doc};
use super::orders::{by_number, put_order};
use super::{Store, StoreError, aftersales, customers, gift_cards, meta_get, returns};
use crate::domain::aftersale::Aftersale;
use crate::domain::customer::{Customer, GiftCard};
use crate::domain::effect::{Moved, Receipt};
use crate::domain::ids::{CustomerId, IdempotencyKey, OrderNumber, Sku, sha256_hex};
use crate::domain::limits::MOVES_READ_MAX;
use crate::domain::order::Order;
use crate::domain::product::Product;
use crate::domain::returns::Return;

/// Where `meta` keeps why money effects are paused; empty or absent when they are not.
pub const PAUSED: &str = "money_paused";

const BY_KEY: &str = "SELECT doc FROM effects WHERE key = $1";
const OF_ORDER: &str = "SELECT doc FROM effects WHERE order_number = $1 ORDER BY at_ms, key";
const PUT: &str = "INSERT INTO effects (key, tool, order_number, customer, at_ms, doc)
     VALUES ($1, $2, $3, $4, $5, $6)";
const PUT_MOVE: &str = "INSERT INTO money_moves
     (key, no, what, why, order_number, customer, address, minor, currency, at_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
/// What undoes an order before it is sent is no loss: none of it pushes a loss out of sight.
const MOVES_OF: &str =
    "SELECT key, order_number, what, why, minor, currency, at_ms FROM money_moves
     WHERE (customer = $1 OR order_number = $2)
       AND why NOT IN ('cancelled', 'items_changed', 'payment_changed')
     ORDER BY at_ms DESC LIMIT $3";
const LOSSES_SINCE: &str = "SELECT COALESCE(SUM(minor), 0) FROM money_moves
     WHERE at_ms >= $1 AND currency = $2 AND what IN ('refund', 'promise', 'replacement')
       AND why NOT IN ('cancelled', 'items_changed', 'payment_changed')";
const AT_ADDRESS: &str = "SELECT DISTINCT customer FROM money_moves
     WHERE address = $1 AND at_ms >= $2 LIMIT $3";
/// Changes nothing, but holds the order's row for this transaction: of two effects on one order at
/// once, the second sees what the first has done.
const HOLD_ORDER: &str = "UPDATE orders SET status = status WHERE number = $1";
const HOLD_CUSTOMER: &str = "UPDATE customers SET email = email WHERE id = $1";

/// What an effect is about, and so what is read for it.
#[derive(Clone, Debug)]
pub struct Subject {
    pub customer: CustomerId,
    pub order: Option<OrderNumber>,
    /// Variants that are to be given out.
    pub skus: Vec<Sku>,
    /// Start of the shop's day: the day's limit counts from here.
    pub day_began_ms: i64,
    /// From when accounts at the order's address are counted.
    pub address_since_ms: i64,
}

/// The shop as it is, as far as one effect is concerned.
#[derive(Clone, Debug)]
pub struct AsItIs {
    pub customer: Customer,
    /// `None` when the effect is about no order.
    pub order: Option<Order>,
    /// Of the customer.
    pub gift_cards: Vec<GiftCard>,
    /// Of the order, oldest first, like `aftersales` and `receipts`.
    pub returns: Vec<Return>,
    pub aftersales: Vec<Aftersale>,
    /// Of each sku, in their order; `None` where it is gone.
    pub products: Vec<Option<Product>>,
    /// Of the customer and of the order, newest first, at most `MOVES_READ_MAX`.
    pub moved: Vec<Moved>,
    /// What the shop has lost today over all customers, in minor units of the order's currency.
    pub lost_today_minor: i64,
    /// Other customers whose orders went to the same address and moved money.
    pub others_at_address: Vec<CustomerId>,
    /// Why money effects are paused.
    pub paused: Option<String>,
}

/// What an effect changes. The order's own doc, stock, balances and records change together.
#[derive(Clone, Debug)]
pub struct Change {
    pub receipt: Receipt,
    pub order: Option<Order>,
    pub customer: Option<Customer>,
    /// Pieces that go out of stock, and back into it.
    pub taken: Vec<(Sku, u32)>,
    pub put_back: Vec<(Sku, u32)>,
    /// What is added to balances; `balance` is the change, negative when the card is charged.
    pub gift_cards: Vec<GiftCard>,
    pub registered: Option<Return>,
    pub aftersale: Option<Aftersale>,
}

impl Change {
    /// One that changes nothing yet.
    pub fn new(receipt: Receipt) -> Self {
        Self {
            receipt,
            order: None,
            customer: None,
            taken: Vec::new(),
            put_back: Vec::new(),
            gift_cards: Vec::new(),
            registered: None,
            aftersale: None,
        }
    }
}

/// What came of an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CarriedOut<R> {
    /// Now, or earlier under the same key.
    Done(Box<Receipt>),
    Refused(R),
    /// The order or the customer is gone, or the order is another customer's.
    Gone,
}

impl Store {
    /// Reads what an effect would see, without doing anything; `None` as for `CarriedOut::Gone`.
    pub async fn as_it_is(&self, subject: Subject) -> Result<Option<AsItIs>, StoreError> {
        self.db.read_few(move |tx| read(tx, &subject)).await
    }

    /// Carries out one effect once per key. In one transaction: the key's earlier receipt, if there
    /// is one; else the shop is read as it is now, `decide` judges it, and what it says is written,
    /// all of it or nothing. A key that comes back with another tool or order is `KeyReused`.
    pub async fn carry_out<R, F>(
        &self,
        key: &IdempotencyKey,
        tool: &str,
        subject: Subject,
        decide: F,
    ) -> Result<CarriedOut<R>, StoreError>
    where
        R: Send + 'static,
        F: FnOnce(&AsItIs) -> Result<Change, R> + Send + 'static,
    {
        let (key, tool) = (key.clone(), tool.to_owned());
        self.db
            .write(move |tx| {
                if let Some(receipt) = by_key(tx, &key)? {
                    if receipt.tool != tool || receipt.order != subject.order {
                        return Err(StoreError::KeyReused);
                    }
                    return Ok(CarriedOut::Done(Box::new(receipt)));
                }
                hold(tx, &subject)?;
                let Some(now) = read(tx, &subject)? else {
                    return Ok(CarriedOut::Gone);
                };
                match decide(&now) {
                    Err(why) => Ok(CarriedOut::Refused(why)),
                    Ok(change) => {
                        write(tx, &key, &now, &change)?;
                        Ok(CarriedOut::Done(Box::new(change.receipt)))
                    }
                }
            })
            .await
    }

    pub async fn receipt(&self, key: &IdempotencyKey) -> Result<Option<Receipt>, StoreError> {
        let key = key.clone();
        self.db.read_few(move |tx| by_key(tx, &key)).await
    }

    /// Of an order, oldest first.
    pub async fn receipts_of(&self, order: &OrderNumber) -> Result<Vec<Receipt>, StoreError> {
        let order = order.to_string();
        self.db
            .read_few(move |tx| {
                let rows = tx.query(OF_ORDER, &[Value::Text(order)])?;
                rows.iter().map(|row| from_doc(row, 0)).collect()
            })
            .await
    }
}

fn by_key(tx: &mut Tx<'_>, key: &IdempotencyKey) -> Result<Option<Receipt>, StoreError> {
    let row = tx.query_first(BY_KEY, &[Value::Text(key.to_string())])?;
    row.map(|row| from_doc(&row, 0)).transpose()
}

fn hold(tx: &mut Tx<'_>, subject: &Subject) -> Result<(), StoreError> {
    tx.execute(HOLD_CUSTOMER, &[Value::Text(subject.customer.to_string())])?;
    if let Some(order) = &subject.order {
        tx.execute(HOLD_ORDER, &[Value::Text(order.to_string())])?;
    }
    Ok(())
}

fn read(tx: &mut Tx<'_>, subject: &Subject) -> Result<Option<AsItIs>, StoreError> {
    let Some(customer) = customers::by_id(tx, subject.customer.as_str())? else {
        return Ok(None);
    };
    let order = match &subject.order {
        None => None,
        Some(number) => match by_number(tx, number.as_str())? {
            Some(order) if order.customer == subject.customer => Some(order),
            _ => return Ok(None),
        },
    };
    let (returns, aftersales) = match &subject.order {
        Some(number) => (
            returns::of_order(tx, number.as_str())?,
            aftersales::of_order(tx, number)?,
        ),
        None => (Vec::new(), Vec::new()),
    };
    let products = subject.skus.iter().map(|sku| owner_of(tx, sku));
    let products = products.collect::<Result<_, _>>()?;
    Ok(Some(AsItIs {
        gift_cards: gift_cards::of_customer(tx, &customer.id)?,
        moved: moved(tx, subject)?,
        lost_today_minor: lost_since(tx, order.as_ref(), subject.day_began_ms)?,
        others_at_address: others_at(tx, order.as_ref(), subject)?,
        paused: meta_get(tx, PAUSED)?.filter(|why| !why.is_empty()),
        customer,
        order,
        returns,
        aftersales,
        products,
    }))
}

fn moved(tx: &mut Tx<'_>, subject: &Subject) -> Result<Vec<Moved>, StoreError> {
    let number = subject.order.as_ref().map(ToString::to_string);
    let params = [
        Value::Text(subject.customer.to_string()),
        Value::opt_text(number),
        Value::Int(MOVES_READ_MAX),
    ];
    let rows = tx.query(MOVES_OF, &params)?;
    rows.iter().map(moved_row).collect()
}

fn moved_row(row: &Row) -> Result<Moved, StoreError> {
    let amount = money(row, 4)?;
    Ok(Moved {
        effect: IdempotencyKey::new(row.text(0)?),
        order: row.opt_text(1)?.map(OrderNumber::new),
        what: row.word(2)?,
        why: row.word(3)?,
        amount: amount.ok_or_else(|| DbError("a move without an amount".to_owned()))?,
        at_ms: row.int(6)?,
    })
}

fn lost_since(tx: &mut Tx<'_>, order: Option<&Order>, since_ms: i64) -> Result<i64, StoreError> {
    let Some(order) = order else {
        return Ok(0);
    };
    let currency = Value::Text(order.currency.code().to_owned());
    let row = tx.query_first(LOSSES_SINCE, &[Value::Int(since_ms), currency])?;
    Ok(row.map_or(Ok(0), |row| row.int(0))?)
}

fn others_at(
    tx: &mut Tx<'_>,
    order: Option<&Order>,
    subject: &Subject,
) -> Result<Vec<CustomerId>, StoreError> {
    let Some(address) = order.and_then(address_key) else {
        return Ok(Vec::new());
    };
    let params = [
        Value::Text(address),
        Value::Int(subject.address_since_ms),
        Value::Int(MOVES_READ_MAX),
    ];
    let rows = tx.query(AT_ADDRESS, &params)?;
    let mut others = Vec::new();
    for row in &rows {
        let other = CustomerId::new(row.text(0)?);
        if other != subject.customer {
            others.push(other);
        }
    }
    Ok(others)
}

/// One door, however it is written: a hash of street, house and postcode in lower case without
/// signs.
fn address_key(order: &Order) -> Option<String> {
    let address = order.address.as_ref()?;
    let written = format!(
        "{}/{}/{}",
        address.street, address.postcode, address.country
    );
    let plain: String = written
        .chars()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric() || *c == '/')
        .collect();
    Some(sha256_hex(&plain)[..32].to_owned())
}

fn write(
    tx: &mut Tx<'_>,
    key: &IdempotencyKey,
    now: &AsItIs,
    change: &Change,
) -> Result<(), StoreError> {
    let receipt = &change.receipt;
    if let Some(order) = &change.order {
        put_order(tx, order)?;
    }
    if let Some(customer) = &change.customer {
        customers::put_customer(tx, customer)?;
    }
    for (sku, quantity) in &change.taken {
        if !take_stock(tx, sku, *quantity)? {
            let problem = "an effect was decided on more than there is in stock";
            return Err(DbError(problem.to_owned()).into());
        }
    }
    for (sku, quantity) in &change.put_back {
        add_stock(tx, sku, *quantity)?;
    }
    for card in &change.gift_cards {
        gift_cards::add(tx, card)?;
    }
    if let Some(registered) = &change.registered {
        returns::put_return(tx, key.as_str(), registered)?;
    }
    if let Some(aftersale) = &change.aftersale {
        aftersales::put(tx, aftersale)?;
    }
    put_receipt(tx, key, now, receipt)
}

fn put_receipt(
    tx: &mut Tx<'_>,
    key: &IdempotencyKey,
    now: &AsItIs,
    receipt: &Receipt,
) -> Result<(), StoreError> {
    let number = Value::opt_text(receipt.order.as_ref().map(ToString::to_string));
    let customer = Value::Text(receipt.customer.to_string());
    let row = [
        Value::Text(key.to_string()),
        Value::Text(receipt.tool.clone()),
        number.clone(),
        customer.clone(),
        Value::Int(receipt.at_ms),
        Value::Text(to_doc(receipt)?),
    ];
    tx.execute(PUT, &row)?;
    let address = now.order.as_ref().and_then(address_key);
    for (one, no) in receipt.moves.iter().zip(0_i64..) {
        let row = [
            Value::Text(key.to_string()),
            Value::Int(no),
            Value::word(&one.what)?,
            Value::word(&one.why)?,
            number.clone(),
            customer.clone(),
            Value::opt_text(address.clone()),
            Value::Int(one.amount.minor),
            Value::Text(one.amount.currency.code().to_owned()),
            Value::Int(receipt.at_ms),
        ];
        tx.execute(PUT_MOVE, &row)?;
    }
    Ok(())
}
