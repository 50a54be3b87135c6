//! The integration tests: one binary, so that it links once.

mod guard;
mod knowledge;
mod tidy;
mod tools_list;
mod turn;
