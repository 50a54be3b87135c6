//! The integration tests: one binary, so that it links once.

mod guard;
mod knowledge;
mod openai_wire;
mod slip;
mod tidy;
mod tools_list;
mod turn;
mod wire;
