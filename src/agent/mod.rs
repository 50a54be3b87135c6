//! The agent loop. `turn` decides and never awaits; `driver` does the I/O; the rest are the checks
//! between a model and the world.

pub mod turn;
pub mod confirm;
pub mod session;
pub mod evidence;
pub mod gate;
pub mod guard;
pub mod context;
pub mod tokens;
pub mod prompt;
pub mod handoff;
pub mod driver;
