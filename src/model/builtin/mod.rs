//! The built-in model: no key, no network, the same answer every time. (first part: reading)

pub mod classify;
mod intents;
mod words;
