//! When a person answers, in words for the shopper, with the facts behind them. Nothing is said
//! that the shop's hours do not bear out.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Weekday};
use minijinja::context;

use super::words::Words;
use crate::clock::long_date;
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::shop::hours::{Answering, Hours, clock};

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../prompts/reply/hours.toml")));

/// From so many days to the next opening on, the shop is closed for longer than a weekend.
const LONG_CLOSURE_DAYS: i32 = 4;

/// What may be said of people's answering.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Empty where no hours are known.
    pub words: String,
    /// Day and time of the next opening while it is closed: "Thursday 26 November 2026, 09:00".
    pub opens: Option<String>,
    pub facts: Vec<Fact>,
}

impl Said {
    /// Words of a hand-off, and behind them when somebody answers.
    pub fn behind(&self, words: &str) -> String {
        if self.words.is_empty() {
            words.to_owned()
        } else {
            format!("{words} {}", self.words)
        }
    }
}

/// What holds at a moment.
pub fn said(hours: Option<&Hours>, now_ms: i64) -> Said {
    let Some(hours) = hours else {
        return Said::default();
    };
    match hours.at(now_ms) {
        Answering::Open {
            today,
            until,
            minutes_left,
            next,
        } => open(hours, today, &until, minutes_left, next),
        Answering::Closed { today, next } => closed(hours, today, next),
    }
}

fn open(
    hours: &Hours,
    today: Date,
    until: &str,
    minutes_left: i64,
    next: Option<DateTime>,
) -> Said {
    let clock = &hours.clock;
    let mut facts = vec![
        fact("opens_today", FactValue::Date(today)),
        fact("opens_until", FactValue::Code(until.to_owned())),
    ];
    let words = match (hours.first_reply_minutes, next) {
        (Some(minutes), _) if minutes_left >= i64::from(minutes) => {
            facts.push(fact("opens_reply", FactValue::Number(i64::from(minutes))));
            WORDS.say("open_reply", context! { minutes })
        }
        (None, _) => WORDS.say("open", context! { until, clock }),
        (Some(_), Some(at)) => {
            facts.extend(opening(at));
            WORDS.say(
                "closing",
                context! { until, clock, next => next_words(today, at) },
            )
        }
        (Some(_), None) => WORDS.say("closing_for_good", context! { until, clock }),
    };
    Said {
        words,
        opens: None,
        facts,
    }
}

fn closed(hours: &Hours, today: Date, next: Option<DateTime>) -> Said {
    let Some(at) = next else {
        return Said {
            words: WORDS.say("closed_for_good", ()),
            ..Said::default()
        };
    };
    let key = if days_to(today, at) >= LONG_CLOSURE_DAYS {
        "closed_for_days"
    } else {
        "closed"
    };
    let values = context! {
        week => week_words(hours),
        clock => &hours.clock,
        next => next_words(today, at),
    };
    let mut facts = opening(at);
    facts.extend(weekly(hours));
    Said {
        words: WORDS.say(key, values),
        opens: Some(format!("{}, {}", long_date(at.date()), clock(at.time()))),
        facts,
    }
}

fn days_to(today: Date, at: DateTime) -> i32 {
    today.until(at.date()).map_or(0, |span| span.get_days())
}

fn next_words(today: Date, at: DateTime) -> String {
    let values = context! {
        days => days_to(today, at),
        day => long_date(at.date()),
        time => clock(at.time()),
    };
    WORDS.say("next", values)
}

/// "Monday to Friday from 09:00 to 18:00 and Saturday from 10:00 to 14:00"
fn week_words(hours: &Hours) -> String {
    let runs: Vec<_> = hours
        .weekly()
        .iter()
        .map(|run| {
            let spans: Vec<_> = run
                .spans
                .iter()
                .map(|(from, to)| context! { from, to })
                .collect();
            let last = (run.last != run.first).then(|| name(run.last));
            context! { first => name(run.first), last, spans }
        })
        .collect();
    WORDS.say("week", context! { runs })
}

fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn fact(attribute: &str, value: FactValue) -> Fact {
    Fact::new(&Subject::new("shop"), attribute, value)
}

fn opening(at: DateTime) -> Vec<Fact> {
    vec![
        fact("opens_day", FactValue::Date(at.date())),
        fact("opens_at", FactValue::Code(clock(at.time()))),
    ]
}

/// The days and times that the words of the week name.
fn weekly(hours: &Hours) -> Vec<Fact> {
    let mut facts = Vec::new();
    for run in hours.weekly() {
        for day in [run.first, run.last] {
            facts.push(fact(
                "opens_week_days",
                FactValue::Code(name(day).to_owned()),
            ));
        }
        for time in run.spans.into_iter().flat_map(|(from, to)| [from, to]) {
            facts.push(fact("opens_week_times", FactValue::Code(time)));
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    const DEMO: &str = include_str!("../../knowledge/hours.toml");

    fn at(file: &str, moment: &str) -> Said {
        let hours = Hours::parse("hours.toml", file).expect("it reads");
        let now: Timestamp = moment.parse().expect("an instant");
        said(Some(&hours), now.as_millisecond())
    }

    #[test]
    fn the_words_are_true_in_every_case() {
        const WEEK: &str =
            "Monday to Friday from 09:00 to 18:00 and Saturday from 10:00 to 14:00, Irish time";
        let closed = |next: &str| format!("People answer {WEEK}. The next time is {next}.");
        for (moment, words, opens) in [
            (
                "2026-11-25T12:00:00Z",
                "People are answering now, and a first reply usually comes within 30 minutes.".to_owned(),
                None,
            ),
            (
                "2026-11-25T17:30:00Z",
                "People are answering now, and a first reply usually comes within 30 minutes.".to_owned(),
                None,
            ),
            (
                "2026-11-25T17:31:00Z",
                "People are answering only until 18:00 Irish time today; if nobody has answered by then, the next time is tomorrow, Thursday 26 November 2026, from 09:00.".to_owned(),
                None,
            ),
            (
                "2026-11-28T13:45:00Z",
                "People are answering only until 14:00 Irish time today; if nobody has answered by then, the next time is on Monday 30 November 2026, from 09:00.".to_owned(),
                None,
            ),
            (
                "2026-11-25T07:00:00Z",
                closed("today, Wednesday 25 November 2026, from 09:00"),
                Some("Wednesday 25 November 2026, 09:00"),
            ),
            (
                "2026-11-25T19:00:00Z",
                closed("tomorrow, Thursday 26 November 2026, from 09:00"),
                Some("Thursday 26 November 2026, 09:00"),
            ),
            (
                "2026-11-28T15:00:00Z",
                closed("on Monday 30 November 2026, from 09:00"),
                Some("Monday 30 November 2026, 09:00"),
            ),
            (
                "2026-12-24T19:00:00Z",
                format!("People usually answer {WEEK}, and we are closed for some days just now. The next time is on Tuesday 29 December 2026, from 09:00."),
                Some("Tuesday 29 December 2026, 09:00"),
            ),
        ] {
            let said = at(DEMO, moment);
            assert_eq!(said.words, words, "{moment}");
            assert_eq!(said.opens.as_deref(), opens, "{moment}");
        }
    }

    #[test]
    fn where_nothing_is_promised_nothing_is_said() {
        let unknown = said(None, 0);
        assert_eq!(unknown, Said::default());
        assert_eq!(unknown.behind("Passed on."), "Passed on.");
        let silent = DEMO.replace("first_reply_minutes_in_hours = 30", "");
        assert_eq!(
            at(&silent, "2026-11-25T17:59:00Z").words,
            "People are answering now, until 18:00 Irish time."
        );
        // A shop that closes for good: open once more, and then not for a year.
        let days: Vec<String> = "2026-11-26"
            .parse::<Date>()
            .expect("a day")
            .series(jiff::Span::new().days(1))
            .take(400)
            .map(|day| day.to_string())
            .collect();
        let gone = DEMO.replace("closed = [", &format!("closed = [{},", days.join(", ")));
        assert_eq!(
            at(&gone, "2026-11-25T17:50:00Z").words,
            "People are answering only until 18:00 Irish time today, and I cannot say when they are back after that."
        );
        let closed = at(&gone, "2026-11-25T18:00:00Z");
        assert_eq!(
            closed.words,
            "People are not answering just now, and I cannot say when they are back."
        );
        assert!(closed.opens.is_none() && closed.facts.is_empty());
    }

    #[test]
    fn a_break_at_noon_is_said() {
        let file = "timezone = \"Europe/Berlin\"\n[[weekly]]\ndays = [\"mon\", \"tue\"]\nfrom = \"09:00\"\nto = \"12:00\"\n[[weekly]]\ndays = [\"mon\", \"tue\"]\nfrom = \"13:00\"\nto = \"17:00\"\n";
        assert_eq!(
            at(file, "2026-11-23T11:30:00Z").words,
            "People answer Monday to Tuesday from 09:00 to 12:00 and from 13:00 to 17:00, Berlin time. The next time is today, Monday 23 November 2026, from 13:00."
        );
    }
}
