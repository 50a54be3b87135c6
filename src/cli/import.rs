//! `attendant import`: fills the shop from files. Every row that was left out is reported on stderr
//! with its file, line and reason.

use std::io::{Write as _, stdout};

use anyhow::bail;

use super::{ImportArgs, ImportFormat};
use crate::config::{Config, DemoScale};
use crate::shop::import::import_jsonl;

pub async fn run(mut config: Config, args: ImportArgs) -> anyhow::Result<()> {
    // Who brings a shop of their own wants no other one beside it.
    config.demo = DemoScale::None;
    let app = super::open(config).await?;
    let reports = match args.format {
        ImportFormat::Jsonl => {
            import_jsonl(&app.shop, &args.folder, |row| {
                eprintln!("{}:{}: {}", row.file, row.line, row.reason);
            })
            .await?
        }
    };
    let mut out = stdout().lock();
    for report in &reports {
        writeln!(
            out,
            "{}: {} stored, {} refused",
            report.file, report.stored, report.refused
        )?;
    }
    let refused: u64 = reports.iter().map(|report| report.refused).sum();
    if refused > 0 {
        bail!("{refused} rows were left out; the others are in. Mend them and import again");
    }
    Ok(())
}
