//! Identifiers and where randomness comes from. Each id is its own type, so that an order number
//! cannot be passed where a customer id is wanted.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(text: impl AsRef<str>) -> Self { Self(Arc::from(text.as_ref())) }
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
    )+};
}

id! {
    /// One thread on one channel; 128 random bits.
    ConversationId
    /// One message of a conversation, whoever wrote it.
    MessageId
    /// One tool call; the model's own id, made unique within the conversation.
    CallId
    /// A write with resolved arguments that waits for the shopper's yes.
    ProposalId
    /// What is recorded before an effect is tried, so that it happens once.
    IdempotencyKey
    /// A picture that a shopper sent; its id is the permission to see it.
    AttachmentId
    /// A hand-off's bundle.
    BundleId
    /// The shop's customer id.
    CustomerId
    /// The order's number as the shopper knows it.
    OrderNumber
    /// The return's number as it is coded on the slip.
    ReturnNumber
    /// An exchange, a replacement or a claim.
    AftersaleNumber
    /// One of a customer's ways to pay, as the shop's records name it.
    PaymentMethodId
    /// A product, whatever its size and colour.
    ProductId
    /// A variant of a product: one size, one colour.
    Sku
}

/// The only source of randomness. Seeded, the same calls give the same values.
#[derive(Clone, Debug)]
pub enum Random {
    /// The operating system's generator.
    Os,
    /// A seeded generator shared by all clones.
    Seeded(Arc<Mutex<StdRng>>),
}

impl Random {
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::Os => rand::rng().fill(&mut bytes[..]),
            Self::Seeded(rng) => rng
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .fill(&mut bytes[..]),
        }
        bytes
    }

    /// A 128-bit id in lower-case hexadecimal behind a prefix that names its kind.
    pub fn id(&self, prefix: &str) -> String {
        format!("{prefix}_{}", hex(&self.bytes::<16>()))
    }

    /// Six digits, each number of them as likely as any other.
    pub fn digits6(&self) -> String {
        // 64 bits against a million: the bias is below one in ten trillion.
        format!("{:06}", u64::from_le_bytes(self.bytes()) % 1_000_000)
    }

    /// A secret of 256 bits in hexadecimal: tokens and unguessable links.
    pub fn secret(&self) -> String {
        hex(&self.bytes::<32>())
    }
}

pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A hash that only who has the secret can make: SHA-256 over the secret and then each part behind
/// its length, so that no two lists of parts are one text.
pub fn keyed_hash(secret: &[u8; 32], parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(secret);
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

/// SHA-256 in hexadecimal: how secrets are stored and arguments are pinned.
pub fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}
