//! Work outside requests, one file per job. Each look of a job is safe to repeat and to cut off.

pub mod deliver;
