//! The integration tests: one binary, one file per boundary.

mod store_conformance;
mod store_fsync;
mod store_logs;
mod tools_list;
