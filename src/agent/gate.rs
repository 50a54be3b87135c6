//! May this call run? The model asks; identity, limits and taint decide. No I/O.

use super::prompt::Prompts;
use super::turn::{PendingCall, Turn};
use crate::domain::identity::{CustomerScope, OrderScope};
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
    if !proved(turn, manifest.identity) {
        return Err(ToolError::Refused(words("identity", "needed", ().into())));
    }
    Ok(Pass {
        orders: turn.identity().orders(),
        customer: turn.identity().customer(),
    })
}

fn proved(turn: &Turn, needs: Needs) -> bool {
    match needs {
        Needs::None => true,
        Needs::Order => turn.identity().orders().is_some(),
        Needs::Customer => turn.identity().customer().is_some(),
    }
}
