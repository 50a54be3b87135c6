//! What language models have used up: a row per day where the shop is and model, the sum over all
//! processes. What a run has used rides on its next durable append.

use jiff::civil::Date;

use super::db::{DbError, Row, Tx};
use super::{Store, StoreError};
use crate::domain::budget::Used;
use crate::domain::event::Usage;

/// What the calls of one model on one day come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayUsage {
    pub day: Date,
    pub model: String,
    /// Those that failed are among them.
    pub calls: u64,
    pub failed: u64,
    pub usage: Usage,
    /// Millionths of the main unit of the shop's currency, at the prices of the time.
    pub micros: u64,
}

impl DayUsage {
    pub fn used(&self) -> Used {
        Used {
            tokens: self.usage.tokens(),
            micros: self.micros,
        }
    }
}

const ADD: &str = "
    INSERT INTO model_usage
        (day, model, calls, failed, input_tokens, cached_tokens, output_tokens, micros)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (day, model) DO UPDATE SET
        calls = model_usage.calls + excluded.calls,
        failed = model_usage.failed + excluded.failed,
        input_tokens = model_usage.input_tokens + excluded.input_tokens,
        cached_tokens = model_usage.cached_tokens + excluded.cached_tokens,
        output_tokens = model_usage.output_tokens + excluded.output_tokens,
        micros = model_usage.micros + excluded.micros";

const SINCE: &str = "
    SELECT day, model, calls, failed, input_tokens, cached_tokens, output_tokens, micros
    FROM model_usage WHERE day >= $1 ORDER BY day DESC, model";

impl Store {
    /// Days from `first` on, the newest first; days on which no model was asked have no rows.
    pub async fn usage_since(&self, first: Date) -> Result<Vec<DayUsage>, StoreError> {
        let first = first.to_string();
        self.db
            .read(move |tx| {
                let rows = tx.query(SINCE, &[first.into()])?;
                Ok(rows.iter().map(read).collect::<Result<_, DbError>>()?)
            })
            .await
    }

    /// Adds in a transaction of its own what no append has taken along.
    pub async fn add_usage(&self, used: Vec<DayUsage>) -> Result<(), StoreError> {
        self.db.write(move |tx| Ok(add(tx, &used)?)).await
    }
}

/// Adds to the days' sums.
pub(super) fn add(tx: &mut Tx<'_>, used: &[DayUsage]) -> Result<(), DbError> {
    for one in used {
        let params = [
            one.day.to_string().into(),
            one.model.as_str().into(),
            one.calls.into(),
            one.failed.into(),
            one.usage.input_tokens.into(),
            one.usage.cached_tokens.into(),
            one.usage.output_tokens.into(),
            one.micros.into(),
        ];
        tx.execute(ADD, &params)?;
    }
    Ok(())
}

fn read(row: &Row) -> Result<DayUsage, DbError> {
    let day = row.text(0)?;
    let day = day.parse();
    Ok(DayUsage {
        day: day.map_err(|_| DbError("column 0 should hold a day".to_owned()))?,
        model: row.text(1)?.to_owned(),
        calls: row.uint(2)?,
        failed: row.uint(3)?,
        usage: Usage {
            input_tokens: row.uint(4)?,
            cached_tokens: row.uint(5)?,
            output_tokens: row.uint(6)?,
        },
        micros: row.uint(7)?,
    })
}
