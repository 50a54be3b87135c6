//! The integration tests: one binary, so that it links once.

// What helps a test fails like a test: by panicking.
#![allow(clippy::unwrap_used)]

mod chat_http;
mod deliver;
mod guard;
mod knowledge;
mod knowledge_tools;
mod openai_wire;
mod running;
mod slip;
mod store_conformance;
mod store_fsync;
mod store_logs;
mod tidy;
mod tools_list;
mod turn;
mod wire;
