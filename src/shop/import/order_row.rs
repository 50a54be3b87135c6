//! One line of `orders.jsonl`.

use serde::Deserialize;

use super::Settings;
use super::customer_row::{AddressRow, by_email_alone};
use super::fields::{self, Amount};
use super::shipment_row::ShipmentRow;
use crate::domain::ids::{CustomerId, OrderNumber, ProductId, Sku};
use crate::domain::limits::{LINE_QUANTITY_MAX, ORDER_NUMBER_CHARS_MAX};
use crate::domain::money::Currency;
use crate::domain::order::{Order, OrderLine, OrderStatus, Payment, PaymentMethod};
use crate::store::orders::Buyer;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderRow {
    number: String,
    customer: String,
    status: OrderStatus,
    total: Amount,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    placed: Option<String>,
    #[serde(default)]
    lines: Vec<LineRow>,
    #[serde(default)]
    shipping: Option<Amount>,
    #[serde(default)]
    payments: Vec<PaymentRow>,
    #[serde(default)]
    shipments: Vec<ShipmentRow>,
    #[serde(default)]
    address: Option<AddressRow>,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineRow {
    title: String,
    unit_price: Amount,
    #[serde(default = "one")]
    quantity: u32,
    #[serde(default)]
    discount: Option<Amount>,
    #[serde(default)]
    sku: String,
    #[serde(default)]
    product: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    color: String,
    #[serde(default)]
    size: String,
    #[serde(default)]
    final_sale: bool,
    #[serde(default)]
    hygiene: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentRow {
    /// "card", "paypal", "gift card", or any other name.
    method: String,
    amount: Amount,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    brand: Option<String>,
    #[serde(default)]
    last4: Option<String>,
    #[serde(default)]
    at: Option<String>,
}

fn one() -> u32 {
    1
}

impl OrderRow {
    /// The order and whose it is; the store puts the customer's id in.
    pub fn order(self, settings: &Settings) -> Result<(Buyer, Order), String> {
        let zone = &settings.zone;
        let currency = fields::currency(self.currency.as_deref(), settings.currency)?;
        let placed = self.placed.as_deref();
        let placed_ms = placed.map_or(Ok(settings.now_ms), |at| {
            fields::instant(at, "placed", zone)
        })?;
        fields::not_too_many(&self.lines, "lines")?;
        fields::not_too_many(&self.payments, "payments")?;
        fields::not_too_many(&self.shipments, "shipments")?;
        let lines = (1..)
            .zip(&self.lines)
            .map(|(number, row)| row.line(number, currency))
            .collect::<Result<Vec<_>, _>>()?;
        let payments = (1_u32..)
            .zip(&self.payments)
            .map(|(at, row)| row.payment((&self.number, at), currency, placed_ms, settings))
            .collect::<Result<_, _>>()?;
        let shipments = self
            .shipments
            .iter()
            .map(|row| row.shipment(&lines, settings))
            .collect::<Result<_, _>>()?;
        let buyer = buyer(&self.customer, placed_ms)?;
        let order = Order {
            // People write "#1001" and "1001" for the same order; it is looked up without the sign.
            number: OrderNumber::new(fields::required(
                self.number.trim().trim_start_matches('#'),
                "number",
                ORDER_NUMBER_CHARS_MAX,
            )?),
            customer: CustomerId::new(""),
            placed_ms,
            status: self.status,
            currency,
            shipping: fields::optional(self.shipping.as_ref(), "shipping", currency)?,
            total: self.total.money("total", currency)?,
            lines,
            payments,
            shipments,
            address: self.address.map(AddressRow::address).transpose()?,
            note: self
                .note
                .map(|note| fields::prose(&note, "note", 2_000))
                .transpose()?,
            history: crate::domain::order::OrderHistory::default(),
        };
        Ok((buyer, order))
    }
}

fn buyer(customer: &str, created_ms: i64) -> Result<Buyer, String> {
    if customer.contains('@') {
        let email = fields::email(customer, "customer")?;
        return Ok(Buyer::Email(Box::new(by_email_alone(email, created_ms))));
    }
    Ok(Buyer::Id(CustomerId::new(fields::required(
        customer, "customer", 100,
    )?)))
}

impl LineRow {
    fn line(&self, number: u32, currency: Currency) -> Result<OrderLine, String> {
        if !(1..=LINE_QUANTITY_MAX).contains(&self.quantity) {
            return Err(format!(
                "lines.quantity: {} is not 1 to {LINE_QUANTITY_MAX}",
                self.quantity
            ));
        }
        let line = OrderLine {
            line: number,
            sku: Sku::new(fields::line(&self.sku, "lines.sku", 100)?),
            product: ProductId::new(fields::line(&self.product, "lines.product", 100)?),
            title: fields::required(&self.title, "lines.title", 300)?,
            category: fields::line(&self.category, "lines.category", 100)?,
            color: fields::line(&self.color, "lines.color", 100)?,
            size: fields::line(&self.size, "lines.size", 100)?,
            quantity: self.quantity,
            unit_price: self.unit_price.money("lines.unit_price", currency)?,
            discount: fields::optional(self.discount.as_ref(), "lines.discount", currency)?,
            final_sale: self.final_sale,
            hygiene: self.hygiene,
        };
        if line.paid().minor < 0 {
            return Err("lines.discount is more than the line's price".to_owned());
        }
        Ok(line)
    }
}

impl PaymentRow {
    fn payment(
        &self,
        (order, number): (&str, u32),
        currency: Currency,
        placed_ms: i64,
        settings: &Settings,
    ) -> Result<Payment, String> {
        let name = fields::required(&self.method, "payments.method", 60)?;
        let id = match &self.id {
            Some(id) => fields::required(id, "payments.id", 100)?,
            None => format!("p{number}"),
        };
        let method = match name.to_lowercase().as_str() {
            "card" => PaymentMethod::Card {
                brand: fields::required(
                    self.brand.as_deref().unwrap_or("card"),
                    "payments.brand",
                    40,
                )?,
                last4: fields::line(
                    self.last4.as_deref().unwrap_or_default(),
                    "payments.last4",
                    4,
                )?,
            },
            "paypal" => PaymentMethod::Paypal,
            // A card that is not named is this payment's own: no other order's money goes to it.
            "gift card" | "gift_card" => PaymentMethod::GiftCard {
                id: match &self.id {
                    Some(_) => id.clone(),
                    None => format!("gc-{}-{id}", order.trim().trim_start_matches('#')),
                },
            },
            _ => PaymentMethod::Other { name },
        };
        let at = self.at.as_deref();
        Ok(Payment {
            id,
            method,
            method_id: None,
            amount: self.amount.money("payments.amount", currency)?,
            at_ms: at.map_or(Ok(placed_ms), |at| {
                fields::instant(at, "payments.at", &settings.zone)
            })?,
        })
    }
}
