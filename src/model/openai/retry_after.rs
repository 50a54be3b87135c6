//! How long an endpoint asks to be left alone. No I/O and no clock: a date counts from the `Date` of
//! the same response, so that a clock which is off here changes nothing.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use crate::domain::limits::RETRY_AFTER_MAX;

/// Milliseconds, as OpenAI and Azure give them beside `Retry-After`; Azure's gateway has a name of
/// its own for them.
const MILLISECONDS: [&str; 2] = ["retry-after-ms", "x-ms-retry-after-ms"];

/// The pause asked for, cut to `RETRY_AFTER_MAX`; `None` when none is, or it cannot be read.
pub(super) fn pause(headers: &HeaderMap) -> Option<Duration> {
    let text = |value: Option<&reqwest::header::HeaderValue>| -> Option<String> {
        Some(value?.to_str().ok()?.trim().to_owned())
    };
    let exact = MILLISECONDS
        .iter()
        .find_map(|name| seconds(&text(headers.get(*name))?, 1_000.0));
    exact.or_else(|| {
        let asked = text(headers.get(RETRY_AFTER))?;
        seconds(&asked, 1.0).or_else(|| until(&asked, &text(headers.get(DATE))?))
    })
}

/// "7", "0.5": `per_second` of them are a second.
fn seconds(text: &str, per_second: f64) -> Option<Duration> {
    let number: f64 = text.parse().ok()?;
    let seconds = number / per_second;
    // Not a number is neither.
    (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(RETRY_AFTER_MAX.as_secs_f64())))
}

/// From one HTTP date to another; what is past by then is no pause.
fn until(then: &str, now: &str) -> Option<Duration> {
    let read =
        |text: &str| -> Option<Timestamp> { DateTimeParser::new().parse_timestamp(text).ok() };
    let seconds = read(then)?.as_second() - read(now)?.as_second();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_way_of_asking_for_a_pause() {
        const NOW: (&str, &str) = ("date", "Tue, 03 Nov 2026 10:00:00 GMT");
        type Case = (&'static [(&'static str, &'static str)], Option<Duration>);
        let cases: [Case; 14] = [
            (&[], None),
            (&[("retry-after", "7")], Some(Duration::from_secs(7))),
            (&[("retry-after", " 0 ")], Some(Duration::ZERO)),
            (&[("retry-after", "0.5")], Some(Duration::from_millis(500))),
            (&[("retry-after", "1e300")], Some(RETRY_AFTER_MAX)),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "NaN")], None),
            (&[("retry-after", "soon")], None),
            (
                &[("retry-after", "7"), ("retry-after-ms", "250")],
                Some(Duration::from_millis(250)),
            ),
            (
                &[("retry-after", "7"), ("x-ms-retry-after-ms", "no")],
                Some(Duration::from_secs(7)),
            ),
            (
                &[NOW, ("retry-after", "Tue, 03 Nov 2026 10:00:20 GMT")],
                Some(Duration::from_secs(20)),
            ),
            (
                &[NOW, ("retry-after", "Tue, 03 Nov 2026 09:00:00 GMT")],
                Some(Duration::ZERO),
            ),
            (
                &[NOW, ("retry-after", "Wed, 04 Nov 2026 10:00:20 GMT")],
                Some(RETRY_AFTER_MAX),
            ),
            (&[("retry-after", "Tue, 03 Nov 2026 10:00:20 GMT")], None),
        ];
        for (pairs, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().expect("a header's value"));
            }
            assert_eq!(pause(&headers), expected, "{pairs:?}");
        }
    }
}
