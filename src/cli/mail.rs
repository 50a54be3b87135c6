//! `attendant mail`: the mails in DATA/mail, which is where they go until a mail server is set, and
//! those in the outbox that have not left. For the operator, and for trying codes out.

use std::fs;
use std::io::{ErrorKind, Write, stdout};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;

use super::Wrong;
use super::plain::{self, visible};
use crate::clock::timestamp;
use crate::config::Config;
use crate::domain::letter::Letter;
use crate::domain::limits::MAILS_LISTED_MAX;
use crate::mail::read::{self, ReadMail};
use crate::store::outbox::UnsentOutbox;

#[derive(Args)]
pub struct MailArgs {
    #[command(subcommand)]
    command: MailCommand,
}

#[derive(Subcommand)]
enum MailCommand {
    /// List them, newest last, the newest with its text
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print one whole, as it would be read
    Show {
        /// The file's name, as the list has it
        name: String,
    },
}

/// A mail in the folder.
struct Kept {
    name: String,
    path: PathBuf,
    written: SystemTime,
    mail: ReadMail,
}

pub async fn run(config: Config, args: MailArgs) -> anyhow::Result<()> {
    let folder = config.data.join("mail");
    match args.command {
        MailCommand::Show { name } => show(&folder, &name),
        MailCommand::List { json } => {
            let app = super::open(config).await?;
            let unsent = app.store().unsent_outbox(MAILS_LISTED_MAX).await?;
            let kept = kept(&folder)?;
            let mut out = stdout().lock();
            if json {
                let whole = as_json(&kept, &unsent);
                writeln!(out, "{}", plain::json(&whole)?)?;
            } else {
                print(&mut out, &kept, &unsent)?;
            }
            Ok(())
        }
    }
}

/// The newest mails of the folder, newest last. A folder that is not there yet has none.
fn kept(folder: &Path) -> anyhow::Result<Vec<Kept>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| format!("cannot read {}", folder.display()))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if path.extension().is_some_and(|end| end == "eml") {
            let name = entry.file_name().to_string_lossy().into_owned();
            found.push((entry.metadata()?.modified()?, name, path));
        }
    }
    found.sort();
    let before = found.len().saturating_sub(MAILS_LISTED_MAX);
    let read = |(written, name, path): (SystemTime, String, PathBuf)| {
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mail = read::read(&bytes);
        Ok(Kept {
            name,
            path,
            written,
            mail,
        })
    };
    found.drain(before..).map(read).collect()
}

fn show(folder: &Path, name: &str) -> anyhow::Result<()> {
    // A name, never a way to another folder.
    let known = kept(folder)?.into_iter().find(|kept| kept.name == name);
    let Some(kept) = known else {
        let words =
            format!("there is no mail {name:?}; `attendant mail list` names those there are");
        return Err(Wrong(words).into());
    };
    let ReadMail {
        date,
        to,
        subject,
        text,
    } = &kept.mail;
    let whole = format!("Date: {date}\nTo: {to}\nSubject: {subject}\n\n{text}");
    say(&mut stdout().lock(), &whole)
}

/// Whom an unsent row is for; of its text nothing is shown before it has left.
fn recipient(unsent: &UnsentOutbox) -> String {
    let letter: Option<Letter> = serde_json::from_str(&unsent.row.body).ok();
    letter.map(|letter| letter.to.email).unwrap_or_default()
}

fn as_json(kept: &[Kept], unsent: &[UnsentOutbox]) -> serde_json::Value {
    let mails: Vec<_> = kept
        .iter()
        .map(|kept| {
            let written = kept.written.duration_since(SystemTime::UNIX_EPOCH);
            json!({
                "name": kept.name, "path": kept.path, "date": kept.mail.date, "to": kept.mail.to,
                "subject": kept.mail.subject, "text": kept.mail.text,
                "written_ms": written.map_or(0, |since| since.as_millis() as u64),
            })
        })
        .collect();
    let rows: Vec<_> = unsent
        .iter()
        .map(|unsent| {
            json!({
                "key": unsent.row.key, "kind": unsent.row.kind, "to": recipient(unsent),
                "conversation": unsent.row.conversation, "attempts": unsent.row.attempts,
                "state": if unsent.given_up { "given_up" } else { "waiting" },
                "at_ms": unsent.at_ms, "error": unsent.error,
            })
        })
        .collect();
    json!({ "mails": mails, "outbox": rows })
}

fn print(out: &mut impl Write, kept: &[Kept], unsent: &[UnsentOutbox]) -> anyhow::Result<()> {
    if kept.is_empty() {
        writeln!(out, "No mail has left yet.")?;
    }
    for one in kept {
        let ReadMail {
            date, to, subject, ..
        } = &one.mail;
        let path = one.path.display();
        say(out, &format!("{date}  {to}\n  {subject}\n  {path}"))?;
    }
    if let Some(newest) = kept.last() {
        say(out, &format!("\n{}", newest.mail.text))?;
    }
    for row in unsent {
        let at = timestamp(row.at_ms).strftime("%Y-%m-%d %H:%M:%S");
        let state = if row.given_up {
            format!("given up at {at}: {}", row.error)
        } else if row.error.is_empty() {
            format!("waits until {at}")
        } else {
            format!("waits until {at} after: {}", row.error)
        };
        let (kind, key, to) = (&row.row.kind, &row.row.key, recipient(row));
        say(out, &format!("\nNot sent: {kind} to {to} ({key}), {state}"))?;
    }
    Ok(())
}

/// Prints lines of which nothing steers the terminal.
fn say(out: &mut impl Write, text: &str) -> anyhow::Result<()> {
    for line in text.lines() {
        writeln!(out, "{}", visible(line))?;
    }
    Ok(())
}
