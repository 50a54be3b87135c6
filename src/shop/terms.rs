//! What the shop says of shipping, of its hours, and of what may be settled without a person:
//! `shipping.toml`, `hours.toml` and `money.toml`, the demo shop's from the binary or a shop's own from its knowledge folder. Read once, at start.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use toml::value::Datetime;

use super::calendar::Calendar;
use super::hours::Hours;
use super::money::MoneyLimits;
use super::shipping::Shipping;
use crate::domain::limits::TERMS_BYTES_MAX;
use crate::domain::money::Currency;

const SHIPPING: &str = "shipping.toml";
const HOURS: &str = "hours.toml";
const MONEY: &str = "money.toml";

static EMBEDDED: LazyLock<Terms> = LazyLock::new(|| {
    let shipping = include_str!("../../knowledge/shipping.toml");
    let hours = include_str!("../../knowledge/hours.toml");
    Terms {
        shipping: Some(
            Shipping::parse(SHIPPING, shipping, Currency::EUR)
                .expect("a test reads this file, which is part of the binary"),
        ),
        hours: Some(
            Hours::parse(HOURS, hours)
                .expect("a test reads this file, which is part of the binary"),
        ),
        money: Some(
            MoneyLimits::parse(
                MONEY,
                include_str!("../../knowledge/money.toml"),
                Currency::EUR,
            )
            .expect("a test reads this file, which is part of the binary"),
        ),
        no_days: Calendar::default(),
    }
});

/// Each is `None` where the shop has not written it down: then nothing is known of it.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    pub shipping: Option<Shipping>,
    pub hours: Option<Hours>,
    /// What the assistant may settle without a person.
    pub money: Option<MoneyLimits>,
    /// The working days of a shop that names no holidays.
    no_days: Calendar,
}

/// What is wrong with a file, for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    #[error("{file}:{line}: {problem}")]
    Line {
        file: String,
        line: usize,
        problem: String,
    },
    #[error("{file}: {key}: {problem}")]
    Key {
        file: String,
        key: String,
        problem: String,
    },
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: String },
    #[error("{} is longer than {TERMS_BYTES_MAX} bytes; leave out old versions", path.display())]
    TooLong { path: PathBuf },
}

impl TermsError {
    pub(super) fn key(file: &str, key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Key {
            file: file.to_owned(),
            key: key.into(),
            problem: problem.into(),
        }
    }

    /// What the reader of the format says, with the line it means.
    pub(super) fn line(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        Self::Line {
            file: file.to_owned(),
            line: text.as_bytes()[..start]
                .iter()
                .filter(|b| **b == b'\n')
                .count()
                + 1,
            problem: error.message().trim().replace('\n', " "),
        }
    }
}

impl Terms {
    /// The demo shop's.
    pub fn embedded() -> Self {
        EMBEDDED.clone()
    }

    /// A shop's own, from its knowledge folder. A file that is not there is no error.
    pub fn load(folder: &Path, currency: Currency) -> Result<Self, TermsError> {
        let shipping = read(&folder.join(SHIPPING))?;
        let hours = read(&folder.join(HOURS))?;
        Ok(Self {
            shipping: shipping
                .map(|text| Shipping::parse(SHIPPING, &text, currency))
                .transpose()?,
            hours: hours.map(|text| Hours::parse(HOURS, &text)).transpose()?,
            money: read(&folder.join(MONEY))?
                .map(|text| MoneyLimits::parse(MONEY, &text, currency))
                .transpose()?,
            no_days: Calendar::default(),
        })
    }

    /// The shop's working days: Monday to Friday without the holidays that it names.
    pub fn calendar(&self) -> &Calendar {
        match &self.shipping {
            Some(shipping) => shipping.calendar(),
            None => &self.no_days,
        }
    }
}

/// The demo shop's shipping terms, for the generator of its orders.
pub(super) fn demo_shipping() -> &'static Shipping {
    EMBEDDED.shipping.as_ref().expect("the demo shop ships")
}

fn read(path: &Path) -> Result<Option<String>, TermsError> {
    let unreadable = |error: String| TermsError::Unreadable {
        path: path.to_owned(),
        error,
    };
    // Looked at before reading: a folder may hold a file of any size.
    let size = match path.metadata() {
        Ok(known) => known.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
    };
    if size > TERMS_BYTES_MAX {
        return Err(TermsError::TooLong {
            path: path.to_owned(),
        });
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    Ok(Some(
        text.trim_start_matches('\u{feff}').replace("\r\n", "\n"),
    ))
}

/// A day without a time.
pub(super) fn civil(day: &Datetime) -> Option<Date> {
    if day.time.is_some() || day.offset.is_some() {
        return None;
    }
    let day = day.date?;
    Date::new(
        i16::try_from(day.year).ok()?,
        i8::try_from(day.month).ok()?,
        i8::try_from(day.day).ok()?,
    )
    .ok()
}

pub(super) fn days(file: &str, key: &str, list: &[Datetime]) -> Result<Vec<Date>, TermsError> {
    list.iter()
        .map(|day| {
            civil(day).ok_or_else(|| {
                let problem = format!("{day} is no day; write one like 2026-12-25");
                TermsError::key(file, key, problem)
            })
        })
        .collect()
}

/// "14:00", on the clock where the shop is.
pub(super) fn clock_time(file: &str, key: &str, text: &str) -> Result<Time, TermsError> {
    let read = || {
        let (hour, minute) = text.split_once(':')?;
        let two = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        if !two(hour) || !two(minute) {
            return None;
        }
        Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
    };
    read().ok_or_else(|| {
        let problem = format!("{text:?} is no time; write one like \"14:00\"");
        TermsError::key(file, key, problem)
    })
}

pub(super) fn time_zone(file: &str, key: &str, name: &str) -> Result<TimeZone, TermsError> {
    TimeZone::get(name).map_err(|_| {
        let problem = format!("{name:?} is no zone; write one like \"Europe/Dublin\"");
        TermsError::key(file, key, problem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("attendant-terms-{name}-{}", std::process::id());
            let folder = Self(std::env::temp_dir().join(name));
            std::fs::create_dir_all(&folder.0).expect("the folder is made");
            folder
        }

        fn write(&self, file: &str, text: &str) {
            std::fs::write(self.0.join(file), text).expect("written");
        }

        fn load(&self) -> Result<Terms, TermsError> {
            Terms::load(&self.0, Currency::EUR)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_demo_shops_files_read() {
        let terms = Terms::embedded();
        assert!(terms.shipping.is_some() && terms.hours.is_some());
        let christmas = Date::new(2026, 12, 25).expect("a day");
        assert!(!terms.calendar().is_working_day(christmas));
    }

    #[test]
    fn a_folder_without_a_file_knows_nothing_of_it() {
        let folder = Folder::new("none");
        let terms = folder.load().expect("an empty folder is no error");
        assert!(terms.shipping.is_none() && terms.hours.is_none());
        let christmas = Date::new(2026, 12, 25).expect("a day");
        assert!(
            terms.calendar().is_working_day(christmas),
            "no holidays of another shop"
        );
        folder.write("hours.toml", include_str!("../../knowledge/hours.toml"));
        let terms = folder.load().expect("it reads");
        assert!(terms.shipping.is_none() && terms.hours.is_some());
    }

    #[test]
    fn a_wrong_file_names_itself_and_its_line() {
        let folder = Folder::new("wrong");
        folder.write("hours.toml", "timezone = \"Europe/Dublin\"\nweekly = 3\n");
        let error = folder.load().expect_err("wrong").to_string();
        assert!(error.starts_with("hours.toml:2: "), "{error}");
        folder.write(
            "hours.toml",
            "\u{feff}timezone = \"Europe/Dublin\"\r\nclosed = [2026-13-01]\r\n",
        );
        let error = folder.load().expect_err("no such month").to_string();
        assert!(error.starts_with("hours.toml:2: "), "{error}");
        std::fs::write(folder.0.join("hours.toml"), [0xff, 0xfe, 0x00]).expect("written");
        let error = folder.load().expect_err("not text").to_string();
        assert!(error.contains("hours.toml cannot be read"), "{error}");
        let long = "#".repeat(usize::try_from(TERMS_BYTES_MAX).expect("fits") + 1);
        folder.write("hours.toml", &long);
        let error = folder.load().expect_err("too long").to_string();
        assert!(error.contains("leave out old versions"), "{error}");
    }
}
