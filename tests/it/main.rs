//! One integration-test binary.

mod openai_wire;
mod slip;
mod wire;
