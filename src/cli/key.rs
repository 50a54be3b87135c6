//! `attendant key`: keys of the API. A key is printed once, when it is made; what is kept is
//! its hash.

use std::io::{Write as _, stderr, stdout};
use std::num::NonZeroU32;

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};

use super::Wrong;
use crate::clock::timestamp;
use crate::config::Config;
use crate::domain::ids::sha256_hex;
use crate::domain::limits::{KEY_CHARS_MAX, KEY_CHARS_SAFE, KEY_NAME_CHARS_MAX};
use crate::store::keys::{ApiKey, KeyRole};

#[derive(Args)]
pub struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Make a key and print it; it cannot be shown again
    Add {
        /// Who will use it
        name: String,
        /// The key itself, instead of a random one
        #[arg(long)]
        value: Option<String>,
        /// Turns, or other requests, a minute that it allows [default: no limit]
        #[arg(long, value_name = "TURNS")]
        per_minute: Option<NonZeroU32>,
        /// What it opens, and nothing else: turns of a front end that speaks for shoppers, or what
        /// waits for an agent's decision
        #[arg(long = "for", value_enum, value_name = "ROLE", default_value = "turns")]
        role: Role,
    },
    /// List the keys' names
    List,
    /// End a key: it opens nothing from now on
    Remove { name: String },
}

/// `KeyRole` as the command line writes it.
#[derive(Clone, Copy, ValueEnum)]
enum Role {
    Turns,
    Approvals,
}

impl From<Role> for KeyRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Turns => Self::Turns,
            Role::Approvals => Self::Approvals,
        }
    }
}

pub async fn run(config: Config, args: KeyArgs) -> anyhow::Result<()> {
    let app = super::open(config).await?;
    let store = app.store();
    match args.command {
        KeyCommand::Add {
            name,
            value,
            per_minute,
            role,
        } => {
            check("name", &name, KEY_NAME_CHARS_MAX)?;
            let value = value.unwrap_or_else(|| format!("ak_{}", app.random.secret()));
            check("value", &value, KEY_CHARS_MAX)?;
            if value.len() < KEY_CHARS_SAFE {
                let words = format!(
                    "this key is short enough to be guessed: for anything but trying it out take one \
                     of at least {KEY_CHARS_SAFE} characters, or leave --value out"
                );
                writeln!(stderr(), "attendant: {words}")?;
            }
            let key = ApiKey {
                name: name.clone(),
                per_minute,
                created_ms: app.clock.now_ms(),
                role: role.into(),
            };
            if !store.add_key(&key, &sha256_hex(&value)).await? {
                bail!("there is a key named {name:?}, or one with this value, already");
            }
            writeln!(stdout(), "{value}")?;
        }
        KeyCommand::List => {
            for key in store.keys().await? {
                let at = timestamp(key.created_ms).strftime("%Y-%m-%d");
                let role = match key.role {
                    KeyRole::Turns => "turns",
                    KeyRole::Approvals => "approvals",
                };
                let rate = key
                    .per_minute
                    .map_or("no limit".to_owned(), |count| format!("{count} a minute"));
                writeln!(stdout(), "{}  for {role}, since {at}, {rate}", key.name)?;
            }
        }
        KeyCommand::Remove { name } => {
            if !store.remove_key(&name).await? {
                bail!("there is no key named {name:?}; `attendant key list` shows them");
            }
        }
    }
    Ok(())
}

/// A header carries the key, and a terminal shows the name.
fn check(what: &str, text: &str, chars_max: usize) -> anyhow::Result<()> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if text.is_empty() || text.len() > chars_max || !plain {
        let words = format!(
            "the key's {what} must be 1 to {chars_max} letters, digits and signs, without spaces"
        );
        return Err(Wrong(words).into());
    }
    Ok(())
}
