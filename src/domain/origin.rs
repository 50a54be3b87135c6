//! Where on the network a conversation was begun: a keyed hash, never the address itself. Tries to
//! prove an identity are counted by it.

use std::fmt;

/// An address as its hash. Two of the same kind and hash are the same address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// One address of the network.
    Address(String),
    /// This machine or one of its own network: a proxy that does not say for whom it asks, or the
    /// operator. Everybody behind it is one, so more is let through.
    Machine(String),
}

const ADDRESS: &str = "address:";
const MACHINE: &str = "machine:";

impl Origin {
    /// As `Display` writes it.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(hash) = text.strip_prefix(ADDRESS) {
            return Some(Self::Address(hash.to_owned()));
        }
        let hash = text.strip_prefix(MACHINE)?;
        Some(Self::Machine(hash.to_owned()))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(hash) => write!(f, "{ADDRESS}{hash}"),
            Self::Machine(hash) => write!(f, "{MACHINE}{hash}"),
        }
    }
}
