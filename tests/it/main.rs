//! One integration-test binary.

mod openai_wire;
mod wire;
