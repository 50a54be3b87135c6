//! The integration tests: one binary, so that it links once.

mod builtin;
mod builtin_shop;
mod guard;
mod tidy;
mod tools_list;
mod turn;
