//! The loop that answers.

pub mod tokens;
