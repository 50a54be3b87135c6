//! The parcels of a line of `orders.jsonl`.

use serde::Deserialize;

use super::Settings;
use super::fields;
use crate::domain::order::{CarrierEvent, OrderLine, Shipment, ShipmentStatus, ShippedLine};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShipmentRow {
    carrier: String,
    #[serde(default)]
    tracking: String,
    status: ShipmentStatus,
    shipped: String,
    /// Everything in the order when left out.
    #[serde(default)]
    lines: Option<Vec<ShippedRow>>,
    #[serde(default)]
    estimate: Option<(String, String)>,
    #[serde(default)]
    delivered: Option<String>,
    #[serde(default)]
    events: Vec<EventRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShippedRow {
    line: u32,
    #[serde(default)]
    quantity: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventRow {
    at: String,
    status: ShipmentStatus,
    #[serde(default)]
    place: String,
    #[serde(default)]
    text: String,
}

impl ShipmentRow {
    pub fn shipment(&self, ordered: &[OrderLine], settings: &Settings) -> Result<Shipment, String> {
        let zone = &settings.zone;
        fields::not_too_many(&self.events, "shipments.events")?;
        let estimate = self.estimate.as_ref().map(|(first, last)| {
            let first = fields::date(first, "shipments.estimate")?;
            let last = fields::date(last, "shipments.estimate")?;
            if first <= last {
                Ok((first, last))
            } else {
                Err("shipments.estimate ends before it begins".to_owned())
            }
        });
        let delivered = self.delivered.as_deref();
        let delivered_ms = delivered
            .map(|at| fields::instant(at, "shipments.delivered", zone))
            .transpose()?;
        if delivered_ms.is_some() != (self.status == ShipmentStatus::Delivered) {
            return Err(
                "shipments: status \"delivered\" and the field `delivered` go together".to_owned(),
            );
        }
        Ok(Shipment {
            carrier: fields::required(&self.carrier, "shipments.carrier", 100)?,
            tracking: fields::line(&self.tracking, "shipments.tracking", 100)?,
            status: self.status,
            lines: self.shipped_lines(ordered)?,
            shipped_ms: fields::instant(&self.shipped, "shipments.shipped", zone)?,
            estimate: estimate.transpose()?,
            delivered_ms,
            events: self
                .events
                .iter()
                .map(|row| row.event(settings))
                .collect::<Result<_, _>>()?,
        })
    }

    fn shipped_lines(&self, ordered: &[OrderLine]) -> Result<Vec<ShippedLine>, String> {
        let Some(rows) = &self.lines else {
            let all = ordered.iter().map(|line| ShippedLine {
                line: line.line,
                quantity: line.quantity,
            });
            return Ok(all.collect());
        };
        rows.iter()
            .map(|row| {
                let line = ordered.iter().find(|line| line.line == row.line);
                let line = line.ok_or_else(|| {
                    format!("shipments.lines: the order has no line {}", row.line)
                })?;
                let quantity = row.quantity.unwrap_or(line.quantity);
                if quantity == 0 || quantity > line.quantity {
                    return Err(format!(
                        "shipments.lines: line {} has {} pieces, not {quantity}",
                        row.line, line.quantity
                    ));
                }
                Ok(ShippedLine {
                    line: row.line,
                    quantity,
                })
            })
            .collect()
    }
}

impl EventRow {
    fn event(&self, settings: &Settings) -> Result<CarrierEvent, String> {
        Ok(CarrierEvent {
            at_ms: fields::instant(&self.at, "shipments.events.at", &settings.zone)?,
            status: self.status,
            place: fields::line(&self.place, "shipments.events.place", 200)?,
            text: fields::line(&self.text, "shipments.events.text", 1_000)?,
        })
    }
}
