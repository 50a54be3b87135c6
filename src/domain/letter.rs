//! A mail as the change that causes it describes it: which template, to whom, with what. The words
//! are in `prompts/email/<template>/`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What an outbox row of kind "mail" holds as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The folder's name under `prompts/email`.
    pub template: String,
    pub to: Recipient,
    /// What the template fills in. A `return_registered` takes the result of `start_return`, with
    /// the items as `{title, color, size, quantity}` when they are to be listed.
    pub data: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// May be empty.
    pub name: String,
    pub email: String,
}
