//! `attendant cassette`: a past conversation as a test. `record` writes its log without personal data,
//! `play` lets the assistant live through it again and says where it does something else.

use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::plain;
use crate::config::Config;
use crate::domain::ids::{ConversationId, Random};
use crate::evals::cassette::{self, Difference};

#[derive(Args)]
pub(super) struct CassetteArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Write a conversation of this folder down, with made-up names and numbers
    Record {
        /// The conversation's id
        conversation: String,
        /// Where to; to the terminal without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Play recordings again and compare what the assistant does
    Play {
        /// Files that `record` has written
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
}

pub(super) async fn run(config: Config, args: CassetteArgs) -> anyhow::Result<()> {
    match args.what {
        What::Record { conversation, out } => record(config, &conversation, out).await,
        What::Play { files } => play(&config, &files).await,
    }
}

async fn record(config: Config, id: &str, out: Option<PathBuf>) -> anyhow::Result<()> {
    let app = super::open(config).await?;
    let id = ConversationId::new(id);
    let written = cassette::record(&app, &id, Random::Os)
        .await
        .with_context(|| format!("conversation {id} was not recorded"))?;
    match out {
        Some(path) => write_private(&path, &written)
            .with_context(|| format!("cannot write {}", path.display())),
        None => Ok(std::io::stdout().lock().write_all(written.as_bytes())?),
    }
}

/// A file that only its owner reads, as the database is.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

async fn play(config: &Config, files: &[PathBuf]) -> anyhow::Result<()> {
    let mut others = 0;
    for path in files {
        let name = path.display();
        let file = std::fs::File::open(path).with_context(|| format!("cannot open {name}"))?;
        let cassette = cassette::read(BufReader::new(file)).with_context(|| name.to_string())?;
        let played = cassette::play(&cassette, config).await;
        let mut out = std::io::stdout().lock();
        match played.with_context(|| name.to_string())? {
            Ok(acts) => writeln!(out, "{name}: the same, {acts} events of the assistant")?,
            Err(difference) => {
                others += 1;
                writeln!(out, "{name}: DIFFERS")?;
                print(&mut out, &difference)?;
            }
        }
    }
    match others {
        0 => Ok(()),
        _ => bail!("{others} of {} cassettes played otherwise", files.len()),
    }
}

fn print(out: &mut impl std::io::Write, difference: &Difference) -> anyhow::Result<()> {
    let said = |value: &Option<serde_json::Value>| match value {
        Some(value) => plain::json(value),
        None => Ok("nothing".to_owned()),
    };
    writeln!(out, "at event {} it was", difference.seq)?;
    writeln!(out, "{}", said(&difference.recorded)?)?;
    writeln!(out, "and is now")?;
    writeln!(out, "{}", said(&difference.played)?)?;
    Ok(())
}
