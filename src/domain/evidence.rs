//! Typed facts: what the assistant may state, about which subject.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::money::Money;

/// What a fact is about, as a path: "order:10482", "order:10482/line:2", "order:10482/parcel:1",
/// "return:RET-7K2M", "policy:returns", "shop". A prefix contains what stands below it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(pub String);

impl Subject {
    pub fn new(path: impl Into<String>) -> Self {
        Self(path.into())
    }

    pub fn child(&self, part: impl std::fmt::Display) -> Self {
        Self(format!("{}/{part}", self.0))
    }

    /// The first step of the path: the thing itself, of which the rest are parts.
    pub fn root(&self) -> &str {
        self.0.split('/').next().unwrap_or(&self.0)
    }

    /// Is `other` this subject or a part of it?
    pub fn contains(&self, other: &Self) -> bool {
        other
            .0
            .strip_prefix(&self.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// One statement that a reply may make. It may hold of several subjects at once: a refund is about
/// the return and about the line that comes back.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fact {
    pub about: Vec<Subject>,
    pub attribute: String,
    pub value: FactValue,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "is", content = "value", rename_all = "snake_case")]
pub enum FactValue {
    /// How the subject is called in a sentence: an order's number, a product's title. Naming it
    /// makes the sentence one about this subject.
    Name(String),
    Money(Money),
    Date(Date),
    /// A count or a duration: "30" of "30 days", "2" of "2 items".
    Number(i64),
    /// A status word from a closed list ("in transit").
    Status(String),
    /// Tracking numbers, return numbers, offer codes, post codes: letters and digits as they stand.
    Code(String),
    Link(String),
}

impl Fact {
    pub fn new(about: &Subject, attribute: &str, value: FactValue) -> Self {
        Self {
            about: vec![about.clone()],
            attribute: attribute.to_owned(),
            value,
        }
    }

    pub fn also_about(mut self, subject: &Subject) -> Self {
        self.about.push(subject.clone());
        self
    }

    /// Status, stock, price and what is counted from now are true only for the turn that read them.
    pub fn expires_with_turn(&self) -> bool {
        matches!(self.value, FactValue::Status(_))
            || matches!(
                self.attribute.as_str(),
                "stock" | "price" | "offer_price" | "can_do" | "size"
            )
            || self.attribute.starts_with("arrives_")
            || self.attribute.starts_with("opens_")
    }
}
