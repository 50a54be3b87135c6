//! A value from the database and the ways in which a reply may write it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::{Date, Time};
use serde::Deserialize;

use crate::clock::long_date;
use crate::domain::money::Money;

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Names, numbers and codes, as they stand.
    Text(String),
    Money(Money),
    Date(Date),
    Number(i64),
    Status(String),
    /// When people come and go, on the shop's clock.
    Time(Time),
    /// Every one of these.
    All(Vec<Value>),
}

/// Other words for a status are the guard's: what it lets pass is what an answer may say.
static SYNONYMS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct Words {
        synonyms: BTreeMap<String, Vec<String>>,
    }
    toml::from_str::<Words>(include_str!("../../prompts/guard/words.toml"))
        .map(|words| words.synonyms)
        .expect("the guard's words are compiled in and read by its own tests")
});

/// Small numbers as prose writes them; "one" says too little to count as a fact.
const SMALL: [&str; 13] = [
    "", "", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
];

impl Value {
    /// The ways in which a reply may write it; the first is how a failure names it.
    pub fn forms(&self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text.clone()],
            Self::Money(money) => {
                let whole = money.to_string();
                let digits: String = whole
                    .chars()
                    .filter(|c| c.is_ascii_digit() || *c == '.')
                    .collect();
                let short = digits.strip_suffix(".00").map(|euros| format!("€{euros}"));
                let free = (money.minor == 0).then(|| "free".to_owned());
                let forms = [whole, digits].into_iter();
                forms.chain(short).chain(free).collect()
            }
            Self::Date(date) => {
                let forms = ["%-d %B", "%B %-d", "%-d %b", "%b %-d", "%Y-%m-%d"];
                let short = forms.iter().map(|form| date.strftime(form).to_string());
                std::iter::once(long_date(*date)).chain(short).collect()
            }
            Self::Number(number) => {
                let word = usize::try_from(*number).ok().and_then(|at| SMALL.get(at));
                let word = word
                    .filter(|word| !word.is_empty())
                    .map(|word| (*word).to_owned());
                std::iter::once(number.to_string()).chain(word).collect()
            }
            Self::Status(status) => {
                let others = SYNONYMS
                    .iter()
                    .filter(|(_, means)| means.contains(status))
                    .map(|(words, _)| words.clone());
                std::iter::once(status.clone()).chain(others).collect()
            }
            Self::Time(time) => ["%H:%M", "%-H:%M", "%-I %p", "%-I%p", "%-I:%M %p"]
                .iter()
                .map(|form| time.strftime(form).to_string())
                .filter(|form| form.contains(':') || time.minute() == 0)
                .collect(),
            Self::All(values) => {
                let first = values.iter().map(|value| value.forms().swap_remove(0));
                vec![first.collect::<Vec<_>>().join(", ")]
            }
        }
    }

    pub fn is_in(&self, text: &str) -> bool {
        if let Self::All(values) = self {
            return values.iter().all(|value| value.is_in(text));
        }
        if let Self::Text(size) = self
            && is_size(size)
        {
            return holds(&text.split_whitespace().collect::<Vec<_>>().join(" "), size);
        }
        let text = plain(text);
        self.forms().iter().any(|form| holds(&text, &plain(form)))
    }
}

/// Sizes in letters are found as they are written: "M" is not in "I'm".
fn is_size(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 3
        && text
            .bytes()
            .all(|byte| matches!(byte, b'X' | b'S' | b'M' | b'L'))
}

/// Lower case, one space between words: how both sides are compared.
pub fn plain(text: &str) -> String {
    text.to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Does `text` hold `form` as whole words? "3 march" is not in "13 march", "9.90" not in "19.90".
pub fn holds(text: &str, form: &str) -> bool {
    !form.is_empty()
        && text.match_indices(form).any(|(at, _)| {
            let before = &text[..at];
            let after = &text[at + form.len()..];
            !joins(
                before.chars().next_back(),
                before.chars().nth_back(1),
                form.chars().next(),
            ) && !joins(
                after.chars().next(),
                after.chars().nth(1),
                form.chars().next_back(),
            )
        })
}

/// Does what stands next to an edge of a form continue it?
fn joins(next: Option<char>, beyond: Option<char>, edge: Option<char>) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let decimal = matches!(next, Some('.' | ',')) && digit(beyond) && digit(edge);
    decimal || (word(next) && word(edge))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;
    use jiff::civil::{date, time};

    #[test]
    fn a_value_is_found_in_any_of_its_forms_and_not_inside_another() {
        let price = Value::Money(Money::new(990, Currency::EUR));
        assert!(price.is_in("It costs €9.90."));
        assert!(!price.is_in("It costs €19.90."));
        assert!(!price.is_in("It costs €9.905."));
        assert!(Value::Money(Money::new(1000, Currency::EUR)).is_in("about €10, all in"));
        let day = Value::Date(date(2026, 3, 3));
        assert!(day.is_in("on Tuesday 3 March 2026."));
        assert!(day.is_in("by March 3"));
        assert!(!day.is_in("on 13 March"));
        assert!(Value::Text("10482".into()).is_in("Order #10482, placed"));
        assert!(!Value::Text("10482".into()).is_in("SW110482"));
        assert!(Value::Number(30).is_in("within 30 days"));
        assert!(Value::Number(2).is_in("for two years"));
        assert!(!Value::Number(30).is_in("within 130 days"));
        assert!(Value::Status("in transit".into()).is_in("It is on its way"));
        assert!(!Value::Status("delivered".into()).is_in("It is on its way"));
        assert!(!Value::Text(String::new()).is_in("anything"));
        let medium = Value::Text("M".into());
        assert!(medium.is_in("Take the M.") && !medium.is_in("I'm sure: XL or S/L"));
        let nine = Value::Time(time(9, 0, 0, 0));
        assert!(nine.is_in("from 09:00") && nine.is_in("from 9 am") && !nine.is_in("19:00"));
        let both = Value::All(vec![nine, Value::Text("M".into())]);
        assert!(both.is_in("M, from 09:00") && !both.is_in("from 09:00"));
        assert!(Value::Money(Money::zero(Currency::EUR)).is_in("shipping is free"));
    }
}
