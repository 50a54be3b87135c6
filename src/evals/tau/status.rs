//! The set's one word for an order, from our status and what has happened to it.

use crate::domain::order::OrderStatus;

/// What has happened to an order since it was placed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    pub items_changed: bool,
    pub returned: bool,
    pub exchanged: bool,
}

const NOTHING: Happened = Happened {
    items_changed: false,
    returned: false,
    exchanged: false,
};

/// Every state that the set can write; any other of ours is a difference.
const WORDS: [(OrderStatus, Happened, &str); 7] = [
    (OrderStatus::Processing, NOTHING, "pending"),
    (OrderStatus::Packed, NOTHING, "processed"),
    (OrderStatus::Delivered, NOTHING, "delivered"),
    (OrderStatus::Cancelled, NOTHING, "cancelled"),
    (
        OrderStatus::Processing,
        Happened {
            items_changed: true,
            ..NOTHING
        },
        "pending (item modified)",
    ),
    (
        OrderStatus::Delivered,
        Happened {
            returned: true,
            ..NOTHING
        },
        "return requested",
    ),
    (
        OrderStatus::Delivered,
        Happened {
            exchanged: true,
            ..NOTHING
        },
        "exchange requested",
    ),
];

/// Our status of an order that nothing has happened to.
pub fn first_status(word: &str) -> Option<OrderStatus> {
    let mut first = WORDS.iter().filter(|(_, happened, _)| *happened == NOTHING);
    first
        .find(|(_, _, known)| *known == word)
        .map(|(status, ..)| *status)
}

pub fn word(status: OrderStatus, happened: Happened) -> String {
    let known = WORDS
        .iter()
        .find(|(of, after, _)| *of == status && *after == happened);
    match known {
        Some((_, _, word)) => (*word).to_owned(),
        None => format!("{} with {happened:?}", status.words()),
    }
}
