//! The integration tests: one binary, one file per boundary.

mod guard;
mod knowledge;
mod openai_wire;
mod tidy;
mod tools_list;
mod turn;
mod wire;
