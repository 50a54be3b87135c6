//! The integration tests: one binary, one file per boundary.

mod tools_list;

mod deliver;
mod openai_wire;
mod slip;
mod wire;
