//! The integration tests: one binary, so that it links once.

mod guard;
mod tidy;
mod tools_list;
mod turn;
