//! Prices in words: "under 150", "€50 to €100", "around 40 euros", "100 max".

use std::collections::HashMap;
use std::sync::LazyLock;

use super::super::lexicon::{LEXICON, has};
use super::super::text::Token;
use crate::domain::money::{Currency, Money};

/// "Around 100" is 80 to 120.
const AROUND_PERCENT: i64 = 20;
/// A number below is no price unless its currency stands beside it: "under 3 layers".
const BARE_FROM: i64 = 5;
/// Digits of an amount that are read.
const DIGITS_MAX: usize = 9;

/// The bounds that were said, each in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    pub min: Option<Money>,
    pub max: Option<Money>,
}

impl Bounds {
    fn at_most(&mut self, amount: Money) {
        let lower = self.max.is_none_or(|max| amount.minor < max.minor);
        self.max = if lower { Some(amount) } else { self.max };
    }

    fn at_least(&mut self, amount: Money) {
        let higher = self.min.is_none_or(|min| amount.minor > min.minor);
        self.min = if higher { Some(amount) } else { self.min };
    }
}

/// An amount with how many tokens it takes and whether its currency is said.
#[derive(Clone, Copy)]
struct Amount {
    money: Money,
    tokens: usize,
    currency: bool,
}

impl Amount {
    /// Is it a price without anything that says so?
    fn stands_alone(&self) -> bool {
        let whole = 10_i64.pow(self.money.currency.exponent());
        self.currency || self.money.minor >= BARE_FROM * whole
    }
}

/// Reads every price and marks its words as used.
pub fn read(tokens: &mut [Token], currency: Currency) -> Bounds {
    let mut bounds = Bounds::default();
    let mut at = 0;
    while at < tokens.len() {
        let taken = one_at(tokens, at, currency, &mut bounds);
        for token in &mut tokens[at..at + taken] {
            token.used = true;
        }
        at += taken.max(1);
    }
    bounds
}

/// A price that begins at a token; how many tokens it took.
fn one_at(tokens: &[Token], at: usize, currency: Currency, bounds: &mut Bounds) -> usize {
    let words = &LEXICON.prices;
    let amount = |at: usize| amount_at(tokens, at, currency);
    if let Some((n, _)) = cue_at(tokens, at, &words.between)
        && let Some((low, high, taken)) = pair_at(tokens, at + n, currency)
    {
        bounds.at_least(low);
        bounds.at_most(high);
        return n + taken;
    }
    if let Some((n, _)) = cue_at(tokens, at, &words.around)
        && let Some(about) = amount(at + n).filter(Amount::stands_alone)
    {
        let part = about.money.minor / 100 * AROUND_PERCENT;
        bounds.at_least(Money::new(about.money.minor - part, currency));
        bounds.at_most(Money::new(about.money.minor + part, currency));
        return n + about.tokens;
    }
    // "From 50 to 100" and "for 50-100 euros" before "from 50" and "for 50".
    let cue = cue_at(tokens, at, &words.below).or_else(|| cue_at(tokens, at, &words.above));
    let behind = cue.map_or(0, |(n, _)| n);
    if let Some((low, high, taken)) = pair_at(tokens, at + behind, currency)
        && (said_as_price(tokens, at + behind, taken) || is_from(tokens, at, behind))
    {
        bounds.at_least(low);
        bounds.at_most(high);
        return behind + taken;
    }
    if let Some((n, cue)) = cue_at(tokens, at, &words.below)
        && let Some(most) = amount(at + n).filter(|a| is_price(a, &cue))
    {
        bounds.at_most(most.money);
        return n
            + most.tokens
            + cue_at(tokens, at + n + most.tokens, &words.below_after).map_or(0, |(n, _)| n);
    }
    if let Some((n, _)) = cue_at(tokens, at, &words.above)
        && let Some(most) = amount(at + n).filter(|_| is_denied(tokens, at))
    {
        bounds.at_most(most.money);
        return n + most.tokens;
    }
    if let Some((n, cue)) = cue_at(tokens, at, &words.above)
        && let Some(least) = amount(at + n).filter(|a| is_price(a, &cue))
    {
        bounds.at_least(least.money);
        return n + least.tokens;
    }
    if let Some(most) = amount(at).filter(Amount::stands_alone)
        && let Some((n, _)) = cue_at(tokens, at + most.tokens, &words.below_after)
    {
        bounds.at_most(most.money);
        return most.tokens + n;
    }
    by_sign(tokens, at, currency, bounds)
}

/// "< 100", "> 50".
fn by_sign(tokens: &[Token], at: usize, currency: Currency, bounds: &mut Bounds) -> usize {
    let sign = tokens.get(at).filter(|token| token.sign);
    match (
        sign.map(|token| token.text.as_str()),
        amount_at(tokens, at + 1, currency),
    ) {
        (Some("<"), Some(most)) => {
            bounds.at_most(most.money);
            1 + most.tokens
        }
        (Some(">"), Some(least)) => {
            bounds.at_least(least.money);
            1 + least.tokens
        }
        _ => 0,
    }
}

/// "For" and the like need a currency, and short numbers do.
fn is_price(amount: &Amount, cue: &str) -> bool {
    amount.currency || (amount.stands_alone() && !has(&LEXICON.prices.weak, cue))
}

/// Does "not", "nothing" or the like stand before a word, at most a few verbs between them?
fn is_denied(tokens: &[Token], at: usize) -> bool {
    let words = &LEXICON.prices;
    let mut before = tokens[..at].iter().rev();
    let first =
        before.find(|token| !has(&words.not_between, &token.text) || has(&words.not, &token.text));
    first.is_some_and(|token| !token.sign && has(&words.not, &token.text))
}

fn is_from(tokens: &[Token], at: usize, cue: usize) -> bool {
    cue == 1 && tokens[at].text == "from"
}

/// Is a currency said in a pair of amounts?
fn said_as_price(tokens: &[Token], at: usize, taken: usize) -> bool {
    let is_currency = |token: &Token| "€£$".contains(&token.text) || is_currency_word(&token.text);
    tokens[at..at + taken].iter().any(is_currency)
}

/// "50 and 100", "€50-€100": lower, higher, tokens.
fn pair_at(tokens: &[Token], at: usize, currency: Currency) -> Option<(Money, Money, usize)> {
    let low = amount_at(tokens, at, currency)?;
    let joint = tokens.get(at + low.tokens)?;
    if !(joint.text == "-" || has(&LEXICON.prices.to, &joint.text)) {
        return None;
    }
    let high = amount_at(tokens, at + low.tokens + 1, currency)?;
    let (a, b) = (low.money, high.money);
    let ordered = if a.minor <= b.minor { (a, b) } else { (b, a) };
    Some((ordered.0, ordered.1, low.tokens + 1 + high.tokens))
}

fn is_currency_word(text: &str) -> bool {
    has(&LEXICON.prices.currencies, text)
}

/// "€150", "150 euros", "150eur", "1,200.50".
fn amount_at(tokens: &[Token], at: usize, currency: Currency) -> Option<Amount> {
    let sign = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|t| t.sign && "€£$".contains(&t.text))
    };
    let free = |at: usize| tokens.get(at).filter(|token| !token.used);
    let signed = usize::from(sign(at));
    let token = free(at + signed)?;
    let digits = token
        .text
        .trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let letters = &token.text[digits.len()..];
    if !(letters.is_empty() || is_currency_word(letters)) {
        return None;
    }
    let money = money(digits, currency)?;
    let next = at + signed + 1;
    let word = tokens.get(next).is_some_and(|t| is_currency_word(&t.text));
    let behind = usize::from(word || sign(next));
    let said = signed + behind > 0 || !letters.is_empty();
    let measured = tokens
        .get(next)
        .is_some_and(|token| has(&LEXICON.prices.units, &token.text) || token.text == "/");
    (said || !measured).then_some(Amount {
        money,
        tokens: signed + 1 + behind,
        currency: said,
    })
}

/// Digits as people write amounts: both separators, thousands or not.
pub fn money(digits: &str, currency: Currency) -> Option<Money> {
    let starts = digits.starts_with(|c: char| c.is_ascii_digit());
    if !starts || digits.len() > DIGITS_MAX + 3 {
        return None;
    }
    let last = digits.rfind(['.', ',']);
    let decimals = last.map_or(0, |at| digits.len() - at - 1);
    let several = digits.matches(['.', ',']).count() > 1;
    let exponent = currency.exponent() as usize;
    // "1,200" and "1.200" are thousands; so is the comma of "1,200.50".
    let has_fraction = last.is_some_and(|at| {
        let other = digits[..at].contains(['.', ',']);
        decimals != 3 && (!several || other)
    });
    let plain = |part: &str| part.replace(['.', ','], "");
    let text = match last.filter(|_| has_fraction) {
        Some(at) => {
            let fraction: String = digits[at + 1..].chars().take(exponent).collect();
            match exponent {
                0 => plain(&digits[..at]),
                _ => format!("{}.{fraction}", plain(&digits[..at])),
            }
        }
        None => plain(digits),
    };
    (text.len() <= DIGITS_MAX + 3)
        .then(|| Money::parse(&text, currency).ok())
        .flatten()
}

/// How many words each cue has, by the list that it is in; the file is read once.
static CUES: LazyLock<HashMap<&'static str, Vec<Vec<&'static str>>>> = LazyLock::new(|| {
    let words = &LEXICON.prices;
    let lists = [
        &words.below,
        &words.below_after,
        &words.above,
        &words.around,
        &words.between,
    ];
    let split = |list: &'static Vec<String>| -> Vec<Vec<&'static str>> {
        list.iter().map(|cue| cue.split(' ').collect()).collect()
    };
    lists
        .into_iter()
        .filter_map(|list| Some((list.first()?.as_str(), split(list))))
        .collect()
});

/// The longest cue of a list that stands at a token: how many tokens with the point of an
/// abbreviation, and which.
fn cue_at(tokens: &[Token], at: usize, list: &[String]) -> Option<(usize, String)> {
    let cues = CUES.get(list.first()?.as_str())?;
    let stands = |cue: &&Vec<&str>| {
        let words = tokens.get(at..at + cue.len());
        words.is_some_and(|words| {
            let mut pairs = words.iter().zip(cue.iter());
            pairs.all(|(token, word)| !token.sign && !token.used && token.text == *word)
        })
    };
    let longest = cues.iter().filter(stands).max_by_key(|cue| cue.len())?;
    let end = at + longest.len();
    let point = tokens.get(end).is_some_and(|token| token.text == ".")
        && tokens
            .get(end + 1)
            .is_some_and(|next| next.is_number() || next.sign)
        && longest
            .last()
            .is_some_and(|last| has(&LEXICON.prices.abbreviated, last));
    Some((longest.len() + usize::from(point), longest.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::super::super::text::tokens;
    use super::*;

    fn bounds(text: &str) -> (Option<String>, Option<String>) {
        let found = read(&mut tokens(text), Currency::EUR);
        let digits = |money: Option<Money>| money.map(Money::digits);
        (digits(found.min), digits(found.max))
    }

    fn is(text: &str, min: &str, max: &str) {
        let some = |digits: &str| (!digits.is_empty()).then(|| digits.to_owned());
        assert_eq!(bounds(text), (some(min), some(max)), "{text}");
    }

    #[test]
    fn upper_bounds() {
        for text in [
            "a jacket under 150",
            "below €150 please",
            "less than 150 euros",
            "up to €150",
            "max 150",
            "150 max",
            "150 or less",
            "no more than 150",
            "budget of 150",
            "for 150 euros",
            "for €150",
            "under 150€",
            "under 150eur",
            "under 150,00",
            "< 150",
            "max. 150",
            "max. €150",
            "nothing over 150",
            "not more expensive than 150",
            "I don't want to spend more than €150",
            "it can't be more than 150",
            "it shouldn't cost over €150",
            "not going over 150 euros",
            "I have a budget of 150, maximum 200",
        ] {
            is(text, "", "150.00");
        }
        is("under 1,200", "", "1200.00");
        is("under €1.200,50", "", "1200.50");
        is("under 149.9", "", "149.90");
    }

    #[test]
    fn lower_bounds_ranges_and_about() {
        is("over 100", "", "");
        is("over €100", "100.00", "");
        is("no hood, over €100", "100.00", "");
        is("no hood over €100", "100.00", "");
        is("150 max. 2 of them", "", "150.00");
        is("at least 100", "100.00", "");
        is("€50 to €100", "50.00", "100.00");
        is("between 50 and 100", "50.00", "100.00");
        is("from 50 to 100", "50.00", "100.00");
        is("50-100 euros", "50.00", "100.00");
        is("€100 - €50", "50.00", "100.00");
        is("around 100 euros", "80.00", "120.00");
        is("around 60", "48.00", "72.00");
    }

    #[test]
    fn other_numbers_are_no_prices() {
        for text in [
            "for a 6 year old",
            "under 12 years",
            "socks 36-39",
            "over 40 litres",
            "up to 180 cm",
            "jeans 32/34",
            "I paid 200 last year",
            "size 42",
            "trainers in 42",
            "under 2 kg",
            "",
            "under",
            "under €",
            "between 50",
            "under 99999999999999999999",
        ] {
            is(text, "", "");
        }
    }
}
