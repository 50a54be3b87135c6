//! `attendant import jsonl FOLDER`: fills a shop from files.
//!
//! The folder holds `customers.jsonl`, `products.jsonl` and `orders.jsonl`, each of them optional,
//! one JSON object a line, at most 1 MiB each. Rows are added; a row whose key is known already
//! (customer: `id` or, without one, `email`; product: `id`; order: `number`) takes the place of the
//! earlier one, so that a file can be imported again. A row that is wrong is reported with file,
//! line and reason, and the others are kept. A field that is not listed here is refused by name.
//!
//! Amounts are `"12.90"`, `"12.90 EUR"` or `12.90`. Times are RFC 3339 (`"2026-11-03T10:30:00Z"`) or
//! a day (`"2026-11-03"`), which stands for its start where the shop is.
//!
//! | file | must have | may have |
//! | --- | --- | --- |
//! | customers | `email` | `id` `first_name` `last_name` `created` `address` |
//! | products | `id` `title` `price` | `brand` `category` `department` `description` `material` `care` `fit` `features` `tags` `cost` `compare_at` `final_sale` `hygiene` `weight_g` `picture` `variants` `reviews` |
//! | orders | `number` `customer` `status` `total` | `currency` `placed` `lines` `shipping` `payments` `shipments` `address` `note` |
//!
//! - `address`: `street` `city` `country` (two letters); may have `name` `extra` `postcode`.
//! - `picture` is the address of the shop's own picture; without one this server draws it.
//! - `variants`: `sku`; may have `color` `size` `stock`. `reviews`: `rating` (1 to 5); may have
//!   `title` `text` `by`, and `at` or `days_ago`.
//! - `customer` of an order is an id, or an e-mail, whose customer is added when there is none.
//! - `status` of an order: processing, packed, partly shipped, shipped, in transit, out for
//!   delivery, delivered, returned to sender, returned, cancelled.
//! - `total` is what was paid in all; without `placed` the order counts as placed now.
//! - `lines`: `title` `unit_price`; may have `quantity` (1 when left out) `discount` (off the whole
//!   line) `sku` `product` `category` `color` `size` `final_sale` `hygiene`. Lines are numbered from 1.
//! - `payments`: `method` (card, paypal, gift card or another name) `amount`; may have `id` `brand`
//!   `last4` `at`.
//! - `shipments`: `carrier` `status` (label_created, in_transit, out_for_delivery, delivered,
//!   exception, returned_to_sender, lost) `shipped`; may have `tracking`, `lines` (`[{"line":1,
//!   "quantity":1}]`, everything when left out), `estimate` (`["2026-11-05","2026-11-07"]`),
//!   `delivered` (with status delivered, and only then) and `events` (`at` `status`, may have
//!   `place` `text`).
//!
//! An order that is delivered without a shipment that says when can be looked up, but whether it
//! can still be returned is then for a person to decide.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;

use super::Shop;
use crate::domain::limits::{
    IMPORT_BATCH_BYTES_MAX, IMPORT_BATCH_ROWS_MAX, IMPORT_LINE_BYTES_MAX, IMPORT_REASON_CHARS_MAX,
};
use crate::domain::money::Currency;
use crate::store::{Store, StoreError};

mod customer_row;
mod fields;
mod lines;
mod order_row;
mod product_row;
mod shipment_row;

use lines::{Line, next_line};
pub(super) use product_row::ProductRow;

/// What rows are read by.
#[derive(Clone, Debug)]
pub struct Settings {
    pub currency: Currency,
    pub zone: TimeZone,
    pub now_ms: i64,
}

/// What an import did with one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    pub file: String,
    pub stored: u64,
    pub refused: u64,
}

/// A row that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub file: String,
    /// From 1.
    pub line: u64,
    pub reason: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{0} is not a folder that can be read")]
    NoFolder(PathBuf),
    #[error("{0} holds none of customers.jsonl, products.jsonl, orders.jsonl")]
    NothingThere(PathBuf),
    #[error("{file} cannot be read: {error}")]
    Unreadable { file: String, error: io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Imports a folder; each row that is left out goes to `refused` as it is found.
pub async fn import_jsonl(
    shop: &Shop,
    folder: &Path,
    mut refused: impl FnMut(Refused),
) -> Result<Vec<FileReport>, ImportError> {
    if !folder.is_dir() {
        return Err(ImportError::NoFolder(folder.to_owned()));
    }
    let settings = Settings {
        currency: shop.profile.currency,
        zone: shop.profile.zone.clone(),
        now_ms: shop.clock.now_ms(),
    };
    let mut reports = Vec::new();
    // Customers first: orders refer to them.
    for kind in [Kind::Customers, Kind::Products, Kind::Orders] {
        let path = folder.join(kind.file());
        let unreadable = |error| ImportError::Unreadable {
            file: kind.file().to_owned(),
            error,
        };
        let file = match File::open(&path) {
            Ok(file) => BufReader::with_capacity(256 * 1024, file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unreadable(error)),
        };
        reports.push(import_file(&shop.store, kind, file, &settings, &mut refused).await?);
    }
    if reports.is_empty() {
        return Err(ImportError::NothingThere(folder.to_owned()));
    }
    Ok(reports)
}

#[derive(Clone, Copy)]
enum Kind {
    Customers,
    Products,
    Orders,
}

impl Kind {
    fn file(self) -> &'static str {
        match self {
            Self::Customers => "customers.jsonl",
            Self::Products => "products.jsonl",
            Self::Orders => "orders.jsonl",
        }
    }
}

/// Good rows of one batch with their line numbers.
struct Batch {
    kind: Kind,
    lines: Vec<u64>,
    texts: Vec<String>,
    bytes: usize,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.lines.len() >= IMPORT_BATCH_ROWS_MAX || self.bytes >= IMPORT_BATCH_BYTES_MAX
    }
}

async fn import_file(
    store: &Store,
    kind: Kind,
    mut file: impl BufRead,
    settings: &Settings,
    refused: &mut impl FnMut(Refused),
) -> Result<FileReport, ImportError> {
    let mut report = FileReport {
        file: kind.file().to_owned(),
        ..FileReport::default()
    };
    let mut number = 0;
    loop {
        let (batch, ended, mut problems) = read_batch(kind, &mut file, &mut number)?;
        let read = u64::try_from(batch.lines.len()).unwrap_or(u64::MAX);
        let bad = store_batch(store, batch, settings).await?;
        report.stored += read - u64::try_from(bad.len()).unwrap_or(u64::MAX).min(read);
        problems.extend(bad);
        problems.sort_by_key(|(line, _)| *line);
        for (line, reason) in problems {
            report.refused += 1;
            refused(Refused {
                file: report.file.clone(),
                line,
                reason,
            });
        }
        if ended {
            return Ok(report);
        }
    }
}

type Problems = Vec<(u64, String)>;

fn read_batch(
    kind: Kind,
    file: &mut impl BufRead,
    number: &mut u64,
) -> Result<(Batch, bool, Problems), ImportError> {
    let mut batch = Batch {
        kind,
        lines: Vec::new(),
        texts: Vec::new(),
        bytes: 0,
    };
    let mut problems = Vec::new();
    while !batch.is_full() && problems.len() < IMPORT_BATCH_ROWS_MAX {
        let line = next_line(file).map_err(|error| ImportError::Unreadable {
            file: kind.file().to_owned(),
            error,
        })?;
        let Some(line) = line else {
            return Ok((batch, true, problems));
        };
        *number += 1;
        match line {
            Line::Text(text) if text.trim().is_empty() => {}
            Line::Text(text) => {
                batch.bytes += text.len();
                batch.lines.push(*number);
                batch.texts.push(text);
            }
            Line::TooLong => {
                problems.push((
                    *number,
                    format!("the line is longer than {IMPORT_LINE_BYTES_MAX} bytes"),
                ));
            }
            Line::NotUtf8 => problems.push((*number, "the line is not UTF-8".to_owned())),
        }
    }
    Ok((batch, false, problems))
}

/// Parses and stores a batch; answers with what was left out.
async fn store_batch(
    store: &Store,
    batch: Batch,
    settings: &Settings,
) -> Result<Problems, StoreError> {
    let mut problems = Vec::new();
    let (lines, texts) = (batch.lines, batch.texts);
    let (kept, outcomes) = match batch.kind {
        Kind::Customers => {
            let rows = parse(
                &lines,
                &texts,
                &mut problems,
                |row: customer_row::CustomerRow| row.customer(settings),
            );
            let (kept, rows): (Vec<u64>, Vec<_>) = rows.into_iter().unzip();
            (kept, store.put_customers(rows).await?)
        }
        Kind::Products => {
            let rows = parse(&lines, &texts, &mut problems, |row: ProductRow| {
                row.product(settings)
            });
            let (kept, rows): (Vec<u64>, Vec<_>) = rows.into_iter().unzip();
            (kept, store.put_products(rows).await?)
        }
        Kind::Orders => {
            let rows = parse(&lines, &texts, &mut problems, |row: order_row::OrderRow| {
                row.order(settings)
            });
            let (kept, rows): (Vec<u64>, Vec<_>) = rows.into_iter().unzip();
            (kept, store.put_orders(rows).await?)
        }
    };
    for (line, outcome) in kept.into_iter().zip(outcomes) {
        problems.extend(outcome.map(|reason| (line, reason)));
    }
    Ok(problems)
}

fn parse<R: DeserializeOwned, T>(
    lines: &[u64],
    texts: &[String],
    problems: &mut Problems,
    read: impl Fn(R) -> Result<T, String>,
) -> Vec<(u64, T)> {
    let mut rows = Vec::with_capacity(lines.len());
    for (line, text) in lines.iter().zip(texts) {
        let row = serde_json::from_str::<R>(text.trim_start_matches('\u{feff}'))
            .map_err(|error| wrong(&error));
        match row.and_then(&read) {
            Ok(row) => rows.push((*line, row)),
            Err(reason) => problems.push((*line, reason)),
        }
    }
    rows
}

/// A parser's words on a row; each row is its own first line, and may hold anything.
fn wrong(error: &serde_json::Error) -> String {
    let words = error.to_string().replace(" at line 1 column ", ", column ");
    words
        .chars()
        .filter(|c| !c.is_control())
        .take(IMPORT_REASON_CHARS_MAX)
        .collect()
}
