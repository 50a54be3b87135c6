//! Exchanges, replacements, claims and returns as the driver runs them, on a shop of a few orders:
//! what is granted, what is refused and in which words, and that nothing is given twice.

mod claims;
mod desk;
mod exchanges;
mod limits;
mod replacements;
mod returns;
mod sums;
