//! `attendant ops usage`: what language models have used up, by day and model, and what is left.

use std::io::{Write as _, stdout};

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::plain::visible;
use crate::clock::day;
use crate::domain::budget::{Budget, Budgets, Span, Used, units};
use crate::store::usage::DayUsage;

pub async fn run(app: &App, days: u32, as_json: bool) -> anyhow::Result<()> {
    let profile = &app.shop.profile;
    let today = day(app.clock.now_ms(), &profile.zone);
    let first = today.saturating_sub((i64::from(days) - 1).days());
    let rows = app.store().usage_since(first).await?;
    let budgets = &app.config.budgets;
    let currency = profile.currency;
    let mut out = stdout();
    if as_json {
        let shown = as_value(&rows, today, budgets, currency.code());
        writeln!(out, "{}", serde_json::to_string_pretty(&shown)?)?;
        return Ok(());
    }
    for line in lines(&rows, today, budgets, currency.code()) {
        writeln!(out, "{}", visible(&line))?;
    }
    Ok(())
}

fn of_today(rows: &[DayUsage], today: Date) -> Used {
    let rows = rows.iter().filter(|row| row.day == today);
    rows.fold(Used::default(), |sum, row| sum.plus(row.used()))
}

/// The part of the input that endpoints had in their caches, in whole percent.
fn cached_percent(row: &DayUsage) -> u64 {
    match row.usage.input_tokens {
        0 => 0,
        input => row.usage.cached_tokens.saturating_mul(100) / input,
    }
}

fn lines(rows: &[DayUsage], today: Date, budgets: &Budgets, currency: &str) -> Vec<String> {
    let mut lines = Vec::new();
    if rows.is_empty() {
        lines
            .push("No language model was asked but the built-in one, which is not counted.".into());
    } else {
        lines.push(format!(
            "{:<10}  {:<28} {:>8} {:>7} {:>12} {:>7} {:>12}  {currency}",
            "day", "model", "calls", "failed", "input", "cached", "output"
        ));
    }
    lines.extend(rows.iter().map(|row| {
        format!(
            "{:<10}  {:<28} {:>8} {:>7} {:>12} {:>6}% {:>12}  {}",
            row.day.to_string(),
            row.model,
            row.calls,
            row.failed,
            row.usage.input_tokens,
            cached_percent(row),
            row.usage.output_tokens,
            units(row.micros),
        )
    }));
    let used = of_today(rows, today);
    let limited = Budget::ALL.into_iter().filter_map(|budget| {
        let limit = budgets.limit(budget)?;
        let mut line = format!("{} = {}", budget.key(), budget.amount(limit));
        if budget.span() == Span::Day {
            let left = limit.saturating_sub(used.of(budget));
            line.push_str(&format!(", left today: {}", budget.amount(left)));
        }
        Some(line)
    });
    lines.extend(limited);
    lines
}

/// Money is text, because a number with a fraction is not exact.
fn as_value(rows: &[DayUsage], today: Date, budgets: &Budgets, currency: &str) -> Value {
    let used = of_today(rows, today);
    let days = rows.iter().map(|row| {
        json!({
            "day": row.day.to_string(),
            "model": row.model,
            "calls": row.calls,
            "failed": row.failed,
            "input_tokens": row.usage.input_tokens,
            "cached_tokens": row.usage.cached_tokens,
            "cached_percent": cached_percent(row),
            "output_tokens": row.usage.output_tokens,
            "money": units(row.micros),
        })
    });
    let number = |budget: Budget, number: u64| match budget.is_of_money() {
        true => json!(units(number)),
        false => json!(number),
    };
    let limited = Budget::ALL.into_iter().filter_map(|budget| {
        let limit = budgets.limit(budget)?;
        let mut shown = json!({ "budget": budget.key(), "limit": number(budget, limit) });
        if budget.span() == Span::Day {
            let left = limit.saturating_sub(used.of(budget));
            shown["used_today"] = number(budget, used.of(budget));
            shown["left_today"] = number(budget, left);
        }
        Some(shown)
    });
    json!({
        "currency": currency,
        "today": today.to_string(),
        "days": days.collect::<Vec<_>>(),
        "budgets": limited.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Usage;

    fn rows() -> Vec<DayUsage> {
        let row = |day: &str, model: &str, micros| DayUsage {
            day: day.parse().expect("a day"),
            model: model.to_owned(),
            calls: 12,
            failed: 1,
            usage: Usage {
                input_tokens: 60_000,
                cached_tokens: 45_000,
                output_tokens: 2_000,
            },
            micros,
        };
        vec![
            row("2026-11-26", "large", 1_234_567),
            row("2026-11-26", "small", 0),
            row("2026-11-25", "large", 20_000_000),
        ]
    }

    fn budgets() -> Budgets {
        Budgets {
            tokens_per_turn: Some(60_000),
            tokens_per_day: Some(100_000),
            money_per_day_micros: Some(20_500_000),
            ..Budgets::default()
        }
    }

    #[test]
    fn shows_days_models_and_what_is_left() {
        let today = rows()[0].day;
        let shown = lines(&rows(), today, &budgets(), "EUR");
        let row = |at: usize| shown[at].split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(row(0), "day model calls failed input cached output EUR");
        assert_eq!(row(1), "2026-11-26 large 12 1 60000 75% 2000 1.234567");
        assert_eq!(row(2), "2026-11-26 small 12 1 60000 75% 2000 0.00");
        assert_eq!(row(3), "2026-11-25 large 12 1 60000 75% 2000 20.00");
        assert_eq!(row(4), "tokens_per_turn = 60000");
        assert_eq!(row(5), "tokens_per_day = 100000, left today: 0");
        assert_eq!(row(6), "money_per_day = 20.50, left today: 19.265433");
        let none = lines(&[], today, &Budgets::default(), "EUR");
        assert_eq!(none.len(), 1);
    }

    #[test]
    fn tells_programs_the_same() {
        let shown = as_value(&rows(), rows()[0].day, &budgets(), "EUR");
        assert_eq!(shown["days"][0]["money"], "1.234567");
        assert_eq!(shown["days"][2]["cached_percent"], 75);
        let of_a_turn = json!({"budget": "tokens_per_turn", "limit": 60_000});
        assert_eq!(shown["budgets"][0], of_a_turn);
        assert_eq!(shown["budgets"][1]["left_today"], 0);
        assert_eq!(shown["budgets"][2]["used_today"], "1.234567");
    }
}
