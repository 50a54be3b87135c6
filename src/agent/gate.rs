//! May this call run? The model asks; identity, limits and taint decide. No I/O.

use super::prompt::Prompts;
use super::turn::{PendingCall, Turn};
use crate::domain::identity::{CustomerScope, Identity, OrderScope};
use crate::tools::ToolError;
use crate::tools::manifest::{Confirm, Effect, IdentityNeeded as Needs, Manifest};

/// A call that may run, with what it may touch.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    pub orders: Option<OrderScope>,
    pub customer: Option<CustomerScope>,
}

/// Lets a call through or says who should read why not.
pub fn check(
    turn: &Turn,
    manifest: &Manifest,
    call: &PendingCall,
    prompts: &Prompts,
) -> Result<Pass, ToolError> {
    let words = |section: &str, key: &str, data: serde_json::Value| {
        prompts.reply(section, key, data).unwrap_or_default()
    };
    let limit = manifest.limits.calls_per_turn as usize;
    if turn.calls_of(&call.tool) > limit {
        let data = serde_json::json!({"tool": call.tool, "limit": limit});
        return Err(ToolError::Retry(words("gate", "too_often", data)));
    }
    let unconfirmed_write = manifest.effect != Effect::Read && manifest.confirm == Confirm::None;
    if turn.tainted() && unconfirmed_write {
        return Err(ToolError::Retry(words("gate", "tainted", ().into())));
    }
    pass(turn.identity(), manifest.identity, prompts)
}

/// What an identity may touch, when it is enough for what a tool needs.
pub fn pass(identity: &Identity, needs: Needs, prompts: &Prompts) -> Result<Pass, ToolError> {
    let proved = match needs {
        Needs::None => true,
        Needs::Order => identity.orders().is_some(),
        Needs::Customer => identity.customer().is_some(),
    };
    if !proved {
        let words = prompts.reply("identity", "needed", ());
        return Err(ToolError::Refused(words.unwrap_or_default()));
    }
    Ok(Pass {
        orders: identity.orders(),
        customer: identity.customer(),
    })
}
