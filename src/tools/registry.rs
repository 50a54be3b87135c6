//! The one list of tools, each joined with its manifest. Behind it a tool takes JSON text and gives
//! JSON text, so that the driver needs to know no tool's types.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::manifest::{Confirm, Effect, Manifest, ManifestError};
use super::parameters;
use super::{ConfirmTool, Proposal, ReadTool, ToolContext, ToolError, ToolOutput};
use crate::domain::ids::IdempotencyKey;
use crate::domain::money::Money;
use crate::model::ToolSpec;

/// Every tool of the assistant, in the order in which the model is told of them.
fn tools() -> Vec<Entry> {
    vec![
        read(super::lookup_order::LookupOrder),
        confirm(super::cancel_order::CancelOrder),
        confirm(super::change_address::ChangeAddress),
        confirm(super::change_items::ChangeItems),
        confirm(super::change_payment::ChangePayment),
        confirm(super::start_return::StartReturn),
        confirm(super::exchange_items::ExchangeItems),
        confirm(super::replace_item::ReplaceItem),
        confirm(super::open_delivery_claim::OpenDeliveryClaim),
        read(super::search_products::SearchProducts),
        read(super::get_product::GetProduct),
        read(super::size_guide::SizeGuide),
        read(super::shipping_options::ShippingOptions),
        read(super::find_offers::FindOffers),
        read(super::check_offer::CheckOffer),
        read(super::add_to_cart::AddToCart),
        read(super::search_policies::SearchPolicies),
        read(super::verify_identity::VerifyIdentity),
        read(super::hand_off::HandOff),
    ]
}

/// A tool as the driver runs it.
pub enum Run {
    Read(Box<dyn ErasedRead>),
    Confirm(Box<dyn ErasedConfirm>),
}

/// A `ReadTool` without its types.
pub trait ErasedRead: Send + Sync {
    fn call<'a>(
        &'a self,
        context: &'a ToolContext<'a>,
        arguments: &'a str,
    ) -> BoxFuture<'a, Result<ToolOutput, ToolError>>;

    /// What the tool reads in arguments, field by field.
    fn understood(&self, arguments: &str) -> Result<String, ToolError>;
}

/// A `ConfirmTool` without its types. What was resolved is canonical JSON (keys sorted), so that
/// its text has one hash.
pub trait ErasedConfirm: Send + Sync {
    fn propose<'a>(
        &'a self,
        context: &'a ToolContext<'a>,
        arguments: &'a str,
    ) -> BoxFuture<'a, Result<Proposal<Value>, ToolError>>;

    /// What the tool reads in arguments, field by field.
    fn understood(&self, arguments: &str) -> Result<String, ToolError>;

    /// A stored call with another amount, canonical again.
    fn with_amount(&self, resolved: Value, amount: Money) -> Result<Value, ToolError>;

    fn execute<'a>(
        &'a self,
        context: &'a ToolContext<'a>,
        resolved: Value,
        key: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<ToolOutput, ToolError>>;
}

/// A tool with everything that is known of it.
pub struct Tool {
    pub manifest: Manifest,
    pub run: Run,
}

impl Tool {
    /// What the tool reads in arguments, field by field.
    pub fn understood(&self, arguments: &str) -> Result<String, ToolError> {
        match &self.run {
            Run::Read(tool) => tool.understood(arguments),
            Run::Confirm(tool) => tool.understood(arguments),
        }
    }
}

/// All tools. Built once.
pub struct Registry {
    tools: Vec<Tool>,
    specs: Arc<[ToolSpec]>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error("tools/{0}.toml is missing")]
    NoManifest(String),
    #[error("tools/{0}.toml belongs to no tool in src/tools/registry.rs")]
    Orphan(String),
    #[error("the tool {0} is listed twice")]
    Twice(String),
    #[error("tools/{0}.toml says `confirm = \"shopper\"`, but the tool acts without proposing")]
    ActsUnasked(String),
    #[error("tools/{0}.toml says `confirm = \"none\"`, but the tool proposes")]
    ProposesUnasked(String),
}

impl Registry {
    /// The tools in the binary with the manifests in the binary.
    pub fn new() -> Result<Self, RegistryError> {
        Self::join(tools(), Manifest::all()?)
    }

    fn join(entries: Vec<Entry>, mut manifests: Vec<Manifest>) -> Result<Self, RegistryError> {
        let mut tools: Vec<Tool> = Vec::new();
        let mut specs = Vec::new();
        for entry in entries {
            let name = entry.name.to_owned();
            if tools.iter().any(|tool| tool.manifest.name == name) {
                return Err(RegistryError::Twice(name));
            }
            let Some(at) = manifests.iter().position(|m| m.name == name) else {
                return Err(RegistryError::NoManifest(name));
            };
            let manifest = manifests.swap_remove(at);
            match (&entry.run, manifest.confirm) {
                (Run::Read(_), Confirm::Shopper) => return Err(RegistryError::ActsUnasked(name)),
                (Run::Confirm(_), Confirm::None) => {
                    return Err(RegistryError::ProposesUnasked(name));
                }
                (Run::Read(_), Confirm::None) | (Run::Confirm(_), Confirm::Shopper) => {}
            }
            specs.push(ToolSpec {
                name,
                description: manifest.words(),
                parameters: entry.parameters,
            });
            tools.push(Tool {
                manifest,
                run: entry.run,
            });
        }
        match manifests.pop() {
            Some(orphan) => Err(RegistryError::Orphan(orphan.name)),
            None => Ok(Self {
                tools,
                specs: specs.into(),
            }),
        }
    }

    /// The same tools, told and permitted as they are, with another behaviour behind each.
    pub fn replaced(mut self, behaviour: impl Fn(&Manifest, &Run) -> Run) -> Self {
        for tool in &mut self.tools {
            tool.run = behaviour(&tool.manifest, &tool.run);
        }
        self
    }

    /// What a model is told.
    pub fn specs(&self) -> Arc<[ToolSpec]> {
        Arc::clone(&self.specs)
    }

    pub fn get(&self, name: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.manifest.name == name)
    }

    /// Names of the tools that do more than read.
    pub fn acting(&self) -> Vec<&str> {
        let acts = |tool: &&Tool| tool.manifest.effect != Effect::Read;
        let acting = self.tools.iter().filter(acts);
        acting.map(|tool| tool.manifest.name.as_str()).collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Tool> {
        self.tools.iter()
    }
}

/// A line of the list, before it has met its manifest.
struct Entry {
    name: &'static str,
    parameters: Value,
    run: Run,
}

fn read<T: ReadTool>(tool: T) -> Entry {
    Entry {
        name: T::NAME,
        parameters: parameters::schema::<T::Args>(),
        run: Run::Read(Box::new(Erased::of::<T::Args>(tool))),
    }
}

fn confirm<T: ConfirmTool>(tool: T) -> Entry {
    Entry {
        name: T::NAME,
        parameters: parameters::schema::<T::Args>(),
        run: Run::Confirm(Box::new(Erased::of::<T::Args>(tool))),
    }
}

/// A tool beside the schema that its arguments are checked against.
struct Erased<T> {
    tool: T,
    schema: Value,
}

impl<T> Erased<T> {
    fn of<Args: JsonSchema>(tool: T) -> Self {
        Self {
            tool,
            schema: parameters::schema::<Args>(),
        }
    }

    fn arguments<Args: DeserializeOwned>(&self, text: &str) -> Result<Args, ToolError> {
        let value = parameters::read(text, &self.schema)?;
        serde_json::from_value(value)
            .map_err(|error| ToolError::Retry(format!("the arguments are wrong: {error}")))
    }
}

impl<T: ReadTool> ErasedRead for Erased<T> {
    fn call<'a>(
        &'a self,
        context: &'a ToolContext<'a>,
        arguments: &'a str,
    ) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            let args = self.arguments(arguments)?;
            self.tool.call(context, args).await
        })
    }

    fn understood(&self, arguments: &str) -> Result<String, ToolError> {
        Ok(format!("{:?}", self.arguments::<T::Args>(arguments)?))
    }
}

impl<T: ConfirmTool> ErasedConfirm for Erased<T> {
    fn propose<'a>(
        &'a self,
        context: &'a ToolContext<'a>,
        arguments: &'a str,
    ) -> BoxFuture<'a, Result<Proposal<Value>, ToolError>> {
        Box::pin(async move {
            let args = self.arguments(arguments)?;
            let proposal = self.tool.propose(context, args).await?;
            Ok(Proposal {
                resolved: canonical(&proposal.resolved)?,
                order: proposal.order,
                touches: proposal.touches,
                amount: proposal.amount,
                weighed: proposal.weighed,
                bounds: proposal.bounds,
                needs_agent: proposal.needs_agent,
                title: proposal.title,
                lines: proposal.lines,
                content: proposal.content,
                facts: proposal.facts,
            })
        })
    }

    fn execute<'a>(
        &'a self,
        context: &'a ToolContext<'a>,
        resolved: Value,
        key: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            let resolved = stored::<T>(resolved)?;
            self.tool.execute(context, resolved, key).await
        })
    }

    fn understood(&self, arguments: &str) -> Result<String, ToolError> {
        Ok(format!("{:?}", self.arguments::<T::Args>(arguments)?))
    }

    fn with_amount(&self, resolved: Value, amount: Money) -> Result<Value, ToolError> {
        canonical(&T::with_amount(stored::<T>(resolved)?, amount)?)
    }
}

fn stored<T: ConfirmTool>(resolved: Value) -> Result<T::Resolved, ToolError> {
    serde_json::from_value(resolved).map_err(|error| {
        ToolError::Failed(format!(
            "{}: a stored proposal does not read: {error}",
            T::NAME
        ))
    })
}

fn canonical<R: Serialize>(resolved: &R) -> Result<Value, ToolError> {
    serde_json::to_value(resolved)
        .map(sorted)
        .map_err(|error| ToolError::Failed(format!("a proposal cannot be written: {error}")))
}

/// Sorts keys whatever map serde_json was built with: a dependency may turn insertion order on.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Asks;

    #[derive(Debug, serde::Deserialize, JsonSchema)]
    struct NoArgs {}

    impl ReadTool for Asks {
        const NAME: &'static str = "asks";
        type Args = NoArgs;
        async fn call(&self, _: &ToolContext<'_>, _: NoArgs) -> Result<ToolOutput, ToolError> {
            Ok(ToolOutput::default())
        }
    }

    struct Acts;

    impl ConfirmTool for Acts {
        const NAME: &'static str = "acts";
        type Args = NoArgs;
        type Resolved = u32;
        async fn propose(
            &self,
            _: &ToolContext<'_>,
            _: NoArgs,
        ) -> Result<Proposal<u32>, ToolError> {
            Err(ToolError::Refused("no".into()))
        }
        async fn execute(
            &self,
            _: &ToolContext<'_>,
            _: u32,
            _: &IdempotencyKey,
        ) -> Result<ToolOutput, ToolError> {
            Ok(ToolOutput::default())
        }
    }

    fn manifest(name: &str, confirm: &str) -> Manifest {
        let text = format!(
            "description = \"d\"\nwhen_not = \"w\"\neffect = \"write\"\nidentity = \"none\"\n\
             confirm = \"{confirm}\"\n[limits]\ncalls_per_turn = 1\ntimeout_ms = 1\n"
        );
        Manifest::parse(name, &text).expect("it is right")
    }

    fn error(entries: Vec<Entry>, manifests: Vec<Manifest>) -> RegistryError {
        match Registry::join(entries, manifests) {
            Ok(_) => panic!("it was joined"),
            Err(error) => error,
        }
    }

    #[test]
    fn tools_and_manifests_must_belong_together() {
        let asks = || manifest("asks", "none");
        let acts = || manifest("acts", "shopper");
        let both = Registry::join(vec![read(Asks), confirm(Acts)], vec![acts(), asks()])
            .expect("they belong together");
        let names: Vec<_> = both.specs().iter().map(|spec| spec.name.clone()).collect();
        assert_eq!(names, ["asks", "acts"], "in the order of the list");
        assert_eq!(
            error(vec![read(Asks)], vec![asks(), acts()]),
            RegistryError::Orphan("acts".into())
        );
        assert_eq!(
            error(vec![read(Asks), confirm(Acts)], vec![asks()]),
            RegistryError::NoManifest("acts".into())
        );
        assert_eq!(
            error(vec![read(Asks), read(Asks)], vec![asks()]),
            RegistryError::Twice("asks".into())
        );
        assert_eq!(
            error(vec![read(Asks)], vec![manifest("asks", "shopper")]),
            RegistryError::ActsUnasked("asks".into())
        );
        assert_eq!(
            error(vec![confirm(Acts)], vec![manifest("acts", "none")]),
            RegistryError::ProposesUnasked("acts".into())
        );
    }

    #[test]
    fn an_amount_is_as_it_is_where_a_tool_does_not_say_otherwise() {
        let amount = Money::zero(crate::domain::money::Currency::EUR);
        let Run::Confirm(tool) = confirm(Acts).run else {
            panic!("it takes a confirmation");
        };
        let refused = tool.with_amount(serde_json::json!(5), amount);
        assert!(matches!(refused, Err(ToolError::Refused(_))), "{refused:?}");
    }

    #[test]
    fn what_was_resolved_has_one_text() {
        let value = serde_json::json!({"b": [{"z": 1, "a": 2}], "a": null});
        let canonical = canonical(&value).expect("plain data");
        assert_eq!(canonical.to_string(), r#"{"a":null,"b":[{"a":2,"z":1}]}"#);
    }
}
