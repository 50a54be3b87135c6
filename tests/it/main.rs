//! The integration tests: one binary, one file per boundary.

mod tools_list;
