//! Tool lists as they go over the wire. A list is large and the same for every call of a channel: it
//! is rendered once, strict where that is wanted and possible, and then copied as bytes. So it is
//! also the same to the byte, which is what a cache of prompts lives on.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::Api;
use super::strict::strict;
use crate::domain::limits::TOOL_LISTS_MAX;
use crate::model::ToolSpec;

/// A list, and how it goes over the wire.
type Made = (Arc<[ToolSpec]>, Arc<RawValue>);

/// The lists of one endpoint.
pub(super) struct ToolLists {
    api: Api,
    strict: bool,
    /// A list is known by where it lies, which stays as long as it is held here.
    made: Mutex<Vec<Made>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Tool<'a> {
    Chat {
        r#type: &'static str,
        function: Function<'a>,
    },
    Responses {
        r#type: &'static str,
        #[serde(flatten)]
        function: Function<'a>,
    },
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
}

impl ToolLists {
    pub(super) fn new(api: Api, strict: bool) -> Self {
        Self {
            api,
            strict,
            made: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn is_strict(&self) -> bool {
        self.strict
    }

    /// The list as JSON; `None` when it is empty, and then nothing is said of tools.
    pub(super) fn of(&self, tools: &Arc<[ToolSpec]>) -> serde_json::Result<Option<Arc<RawValue>>> {
        if tools.is_empty() {
            return Ok(None);
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, json)) = made.iter().find(|(known, _)| Arc::ptr_eq(known, tools)) {
            return Ok(Some(json.clone()));
        }
        let json: Arc<RawValue> = self.render(tools)?.into();
        if made.len() == TOOL_LISTS_MAX {
            made.remove(0);
        }
        made.push((tools.clone(), json.clone()));
        Ok(Some(json))
    }

    fn render(&self, tools: &[ToolSpec]) -> serde_json::Result<Box<RawValue>> {
        let strict: Vec<Option<Value>> = tools
            .iter()
            .map(|tool| self.strict.then(|| strict(&tool.parameters)).flatten())
            .collect();
        let tools = tools.iter().zip(&strict);
        let all: Vec<Tool<'_>> = tools
            .map(|(tool, strict)| self.tool(tool, strict.as_ref()))
            .collect();
        to_raw_value(&all)
    }

    fn tool<'a>(&self, tool: &'a ToolSpec, strict: Option<&'a Value>) -> Tool<'a> {
        let function = |said| Function {
            name: &tool.name,
            description: &tool.description,
            parameters: strict.unwrap_or(&tool.parameters),
            strict: said,
        };
        match self.api {
            // Not strict is the default, and some servers do not know the word.
            Api::Chat => Tool::Chat {
                r#type: "function",
                function: function(strict.map(|_| true)),
            },
            // Strict is the default here, and a schema that is not would be refused.
            Api::Responses => Tool::Responses {
                r#type: "function",
                function: function(Some(strict.is_some())),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(schema: Value) -> Arc<[ToolSpec]> {
        Arc::from([ToolSpec {
            name: "look".to_owned(),
            description: "Look.".to_owned(),
            parameters: schema,
        }])
    }

    fn json(lists: &ToolLists, tools: &Arc<[ToolSpec]>) -> Value {
        let raw = lists.of(tools).expect("JSON").expect("tools");
        serde_json::from_str(raw.get()).expect("JSON")
    }

    #[test]
    fn says_strict_as_each_interface_takes_it() {
        let fits = list(serde_json::json!({"type": "object", "properties": {}}));
        let free = list(serde_json::json!({"type": "object"}));
        let chat = |strict, tools| json(&ToolLists::new(Api::Chat, strict), tools)[0].clone();
        let responses =
            |strict, tools| json(&ToolLists::new(Api::Responses, strict), tools)[0].clone();
        assert_eq!(chat(true, &fits)["function"]["strict"], true);
        assert_eq!(
            chat(true, &fits)["function"]["parameters"]["additionalProperties"],
            false
        );
        for not in [chat(true, &free), chat(false, &fits)] {
            assert!(not["function"].get("strict").is_none(), "{not}");
        }
        assert_eq!(responses(true, &fits)["strict"], true);
        assert_eq!(responses(true, &fits)["name"], "look");
        assert_eq!(responses(true, &free)["strict"], false);
        assert_eq!(responses(false, &fits)["strict"], false);
    }

    /// The same list is rendered once; many lists do not pile up; no list says nothing.
    #[test]
    fn renders_a_list_once() {
        let lists = ToolLists::new(Api::Chat, true);
        let tools = list(serde_json::json!({"type": "object", "properties": {}}));
        let of = |tools: &Arc<[ToolSpec]>| lists.of(tools).expect("JSON").expect("tools");
        assert!(Arc::ptr_eq(&of(&tools), &of(&tools.clone())));
        for _ in 0..3 * TOOL_LISTS_MAX {
            of(&list(serde_json::json!({"type": "object"})));
        }
        assert_eq!(lists.made.lock().expect("whole").len(), TOOL_LISTS_MAX);
        assert!(lists.of(&Arc::from([])).expect("JSON").is_none());
    }
}
