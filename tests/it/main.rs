//! The integration tests: one binary, one file per boundary.

mod knowledge;
mod tools_list;

mod openai_wire;
mod wire;
