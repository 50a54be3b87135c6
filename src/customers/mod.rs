//! From behaviour to what a customer is now and what may be offered to them.

pub mod fit;

/// What is known of customers as such. Cloned freely.
#[derive(Clone, Debug, Default)]
pub struct Customers {}
