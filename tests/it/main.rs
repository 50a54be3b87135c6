//! The integration tests: one binary, so that it links once.

mod knowledge;
mod tools_list;

mod openai_wire;
mod slip;
mod wire;

mod guard;
mod knowledge;
mod tidy;

mod tools_list;
mod turn;
