//! Roads to another customer.
