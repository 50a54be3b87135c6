//! The agent loop. `turn` decides and never awaits; `driver` does the I/O; the rest are the checks
//! between a model and the world.

pub mod approvals;
pub mod budget;
pub mod confirm;
pub mod context;
pub mod driver;
pub mod evidence;
pub mod gate;
pub mod guard;
pub mod handoff;
pub mod people;
pub mod prompt;
pub mod session;
pub mod summary;
pub mod tokens;
pub mod turn;
