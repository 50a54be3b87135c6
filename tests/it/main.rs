//! The integration tests: one binary, so that it links once.
#![allow(clippy::unwrap_used)]

mod builtin;
mod builtin_shop;
mod chat_http;
mod cli;
mod context;
mod customers;
mod deliver;
mod demo;
mod driver;
mod evals;
mod evals_acts;
mod evals_privacy;
mod evals_utterances;
mod guard;
mod import;
mod kill9;
mod knowledge;
mod knowledge_tools;
mod openai_wire;
mod products;
mod returns;
mod running;
mod shop;
mod sizes;
mod skips;
mod slip;
mod store_conformance;
mod store_fsync;
mod store_logs;
mod store_size;
mod support;
mod tidy;
mod tools_list;
mod turn;
mod wire;
