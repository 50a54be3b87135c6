//! The product tools on the demo catalogue: what is found, what is not, and what is never shown.

use std::collections::BTreeSet;

use attendant::domain::card::Card;
use attendant::domain::evidence::{Fact, FactValue};
use attendant::domain::ids::{ProductId, Sku};
use attendant::domain::product::Product;
use attendant::knowledge::Knowledge;
use attendant::knowledge::catalog::Catalog;
use attendant::shop::Shop;
use attendant::shop::demo::{self, DemoSize};
use attendant::tools::registry::{Registry, Run};
use attendant::tools::{ToolContext, ToolError, ToolOutput};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::demo::{Folder, NOW, shop_at};
use crate::support;

mod cart;
mod follows;
mod questions;
mod wishes;

/// The demo shop with its tools and one catalogue for all calls.
pub struct Counter {
    pub shop: Shop,
    pub catalog: Catalog,
    knowledge: Knowledge,
    registry: Registry,
    pub folder: Folder,
}

impl Counter {
    pub async fn new() -> Self {
        let counter = Self::empty();
        assert!(demo::seed(&counter.shop, DemoSize::Small).await.unwrap());
        counter
    }

    pub fn empty() -> Self {
        let folder = Folder::new();
        let shop = shop_at(&folder, NOW);
        Self {
            catalog: Catalog::new(shop.store.clone()),
            knowledge: Knowledge::embedded().unwrap(),
            registry: Registry::new().unwrap(),
            shop,
            folder,
        }
    }

    pub async fn try_call(&self, tool: &str, arguments: &str) -> Result<ToolOutput, ToolError> {
        let context = ToolContext {
            catalog: &self.catalog,
            ..support::context(&self.shop, &self.knowledge)
        };
        match &self.registry.get(tool).expect("a tool of that name").run {
            Run::Read(run) => run.call(&context, arguments).await,
            Run::Confirm(_) => panic!("{tool} proposes"),
        }
    }

    pub async fn call(&self, tool: &str, arguments: &Value) -> (Value, ToolOutput) {
        let output = self.try_call(tool, &arguments.to_string()).await;
        let output = output.unwrap_or_else(|error| panic!("{tool} {arguments}: {error:?}"));
        (serde_json::from_str(&output.content).expect("JSON"), output)
    }

    pub async fn refused(&self, tool: &str, arguments: &Value) -> String {
        match self.try_call(tool, &arguments.to_string()).await {
            Err(ToolError::Refused(words)) => words,
            other => panic!("{tool} {arguments}: {other:?}"),
        }
    }

    pub async fn retried(&self, tool: &str, arguments: &str) -> String {
        match self.try_call(tool, arguments).await {
            Err(ToolError::Retry(words)) => words,
            other => panic!("{tool} {arguments}: {other:?}"),
        }
    }

    pub async fn search(&self, query: &str) -> Value {
        self.call("search_products", &json!({"query": query}))
            .await
            .0
    }

    pub async fn product(&self, id: &str) -> Product {
        let found = self.shop.store.product(&ProductId::new(id)).await.unwrap();
        found.expect("a product of that id")
    }

    pub async fn all(&self) -> Vec<Product> {
        self.shop.store.products(None, 1_000).await.unwrap()
    }
}

/// The values at one field of all products of an answer.
pub fn each<'a>(answer: &'a Value, field: &str) -> Vec<&'a str> {
    let products = answer["products"].as_array().expect("a list");
    products
        .iter()
        .map(|product| product[field].as_str().unwrap_or_default())
        .collect()
}

pub fn ids(answer: &Value) -> Vec<&str> {
    each(answer, "product_id")
}
