//! The storefront's public keys: a file with a JWK set (RFC 7517), read again when it changes, so
//! that keys can be changed without a restart.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use serde::Deserialize;
use serde_json::Value;
use tracing::{error, info};

use crate::domain::limits::{JWKS_BYTES_MAX, JWKS_KEYS_MAX};

/// The file cannot be used; says why and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the customers' public keys in {}: {problem}", path.display())]
pub struct BadKeys {
    path: PathBuf,
    problem: String,
}

type Keys = HashMap<String, DecodingKey>;

/// RSA keys by their id.
pub struct PublicKeys {
    path: PathBuf,
    /// Written when the file is found to have changed; what cannot be read leaves the keys as they
    /// are.
    read: Mutex<Read>,
}

struct Read {
    keys: Keys,
    stamp: Option<Stamp>,
}

/// What tells one state of the file from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
}

impl PublicKeys {
    pub fn open(path: &Path) -> Result<Self, BadKeys> {
        let stamp = stamp(path);
        let keys = read(path)?;
        Ok(Self {
            path: path.to_owned(),
            read: Mutex::new(Read { keys, stamp }),
        })
    }

    /// The key of an id, as the file has it now.
    pub fn key(&self, kid: &str) -> Option<DecodingKey> {
        let now = stamp(&self.path);
        let mut held = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if held.stamp != now {
            // Noted in any case, so that a broken file is told of once.
            held.stamp = now;
            match read(&self.path) {
                Ok(keys) => {
                    info!(keys = keys.len(), "the customers' public keys have changed");
                    held.keys = keys;
                }
                Err(error) => error!(%error, "the keys stay as they were"),
            }
        }
        held.keys.get(kid).cloned()
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let found = fs::metadata(path).ok()?;
    Some(Stamp {
        modified: found.modified().ok(),
        bytes: found.len(),
    })
}

fn read(path: &Path) -> Result<Keys, BadKeys> {
    let bad = |problem: String| BadKeys {
        path: path.to_owned(),
        problem,
    };
    let bytes = fs::metadata(path)
        .map_err(|error| bad(error.to_string()))?
        .len();
    if bytes > JWKS_BYTES_MAX {
        return Err(bad(format!("{bytes} bytes are more than {JWKS_BYTES_MAX}")));
    }
    let text = fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
    parse(&text).map_err(bad)
}

/// A set whose keys are read one by one: it may hold some of kinds that are not known here, and those
/// are to be left alone (RFC 7517, section 5).
#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

fn parse(text: &str) -> Result<Keys, String> {
    let set: Set = serde_json::from_str(text)
        .map_err(|error| format!("it is no JWK set like {{\"keys\": [...]}}: {error}"))?;
    if set.keys.len() > JWKS_KEYS_MAX {
        return Err(format!("more than {JWKS_KEYS_MAX} keys are in it"));
    }
    let mut keys = Keys::new();
    for key in set.keys.into_iter().filter(|key| key["kty"] == "RSA") {
        let key: Jwk = serde_json::from_value(key)
            .map_err(|error| format!("an RSA key in it cannot be read: {error}"))?;
        if !is_for_tokens(&key) {
            continue;
        }
        let Some(kid) = key.common.key_id.clone().filter(|kid| !kid.is_empty()) else {
            return Err("an RSA key in it has no \"kid\", by which tokens name it".to_owned());
        };
        let read = DecodingKey::from_jwk(&key)
            .map_err(|_| format!("the numbers of key {kid:?} cannot be read"))?;
        if keys.insert(kid.clone(), read).is_some() {
            return Err(format!("two keys in it have the kid {kid:?}"));
        }
    }
    if keys.is_empty() {
        return Err("there is no RSA key for RS256 signatures in it".to_owned());
    }
    Ok(keys)
}

/// Sets hold keys for other things too: those are left alone, and secret ones above all.
fn is_for_tokens(key: &Jwk) -> bool {
    let signs = matches!(
        key.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    );
    let rs256 = matches!(key.common.key_algorithm, None | Some(KeyAlgorithm::RS256));
    signs && rs256
}
