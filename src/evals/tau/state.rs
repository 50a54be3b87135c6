//! The state of the shop against the one that the set expects. Stored records are compared first, as
//! text; only what has changed, and what should have, is written in the set's way.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::compare::{self, Difference};
use super::pointer::{Document, Edit, edited};
use super::render::{self, Whole};
use super::stage::{Kit, Stage};
use crate::domain::customer::GiftCard;
use crate::domain::ids::OrderNumber;
use crate::store::Store;
use crate::store::docs::{Docs, ShopDocs};

/// The shop as it was loaded must be the set's, word for word: what has not changed since is right.
pub fn check_first(kit: &Kit) -> anyhow::Result<()> {
    let (set, before) = (&kit.set, &kit.before);
    let mut found = Vec::new();
    for (number, doc) in &before.orders {
        let whole = Whole {
            order: serde_json::from_str(doc)?,
            returns: Vec::new(),
            aftersales: Vec::new(),
        };
        let document = Document::Order(format!("#{number}"));
        let written = render::order(set, &whole)?;
        let first = document.first(&set.written);
        compare::differences(&document.path(), first, Some(&written), &mut found);
    }
    for id in before.customers.keys() {
        let document = Document::User(id.clone());
        let written = user(kit, before, id)?;
        let first = document.first(&set.written);
        compare::differences(&document.path(), first, written.as_ref(), &mut found);
    }
    let all = before.orders.len() == set.orders.len() && before.customers.len() == set.users.len();
    ensure!(all, "not every order and user of the set was loaded");
    match found.first() {
        None => Ok(()),
        Some(first) => anyhow::bail!("the set's shop was not loaded as it is: {first:?}"),
    }
}

/// Where the shop differs from the set's shop with these edits, over all orders and users.
pub async fn differences(stage: &Stage<'_>, edits: &[Edit]) -> anyhow::Result<Vec<Difference>> {
    let expected = edited(&stage.kit.set.written, edits)?;
    let got = end(stage.kit, &stage.shop.store).await?;
    Ok(between(stage.kit, &expected, &got))
}

/// Documents in the set's way; nothing in place of one that is gone.
pub type End = BTreeMap<Document, Option<Value>>;

/// What has changed in a copy of the shop, as it is now.
pub async fn end(kit: &Kit, store: &Store) -> anyhow::Result<End> {
    let now = store.shop_docs().await?;
    let mut end = End::new();
    for document in changed(&kit.before, &now) {
        let written = match &document {
            Document::Order(id) => order(kit, store, &now, id).await?,
            Document::User(id) => user(kit, &now, id)?,
        };
        end.insert(document, written);
    }
    Ok(end)
}

/// Where two ends differ; what one of them does not hold is as it was.
pub fn between(kit: &Kit, expected: &End, got: &End) -> Vec<Difference> {
    let touched: BTreeSet<&Document> = expected.keys().chain(got.keys()).collect();
    let mut found = Vec::new();
    for document in touched {
        let of = |end: &End| match end.get(document) {
            Some(known) => known.clone(),
            None => document.first(&kit.set.written).cloned(),
        };
        let (wanted, got) = (of(expected), of(got));
        compare::differences(&document.path(), wanted.as_ref(), got.as_ref(), &mut found);
    }
    found
}

/// Documents that are not what they were.
fn changed(before: &ShopDocs, now: &ShopDocs) -> BTreeSet<Document> {
    let order = |number: &str| Document::Order(format!("#{number}"));
    let mut found = BTreeSet::new();
    found.extend(other_keys(&before.orders, &now.orders).map(order));
    let after = now.with_aftersales.iter();
    found.extend(after.map(|number| order(number.as_str())));
    let users = other_keys(&before.customers, &now.customers);
    found.extend(users.map(|id| Document::User(id.to_owned())));
    let cards = |docs: &ShopDocs| -> BTreeMap<String, GiftCard> {
        let cards = docs.gift_cards.iter();
        cards
            .map(|card| (card.id.to_string(), card.clone()))
            .collect()
    };
    let (before, now) = (cards(before), cards(now));
    for id in before.keys().chain(now.keys()) {
        let (a, b) = (before.get(id), now.get(id));
        if a != b {
            let owners = a
                .into_iter()
                .chain(b)
                .filter_map(|card| card.customer.as_ref());
            found.extend(owners.map(|owner| Document::User(owner.to_string())));
        }
    }
    found
}

fn other_keys<'a>(before: &'a Docs, now: &'a Docs) -> impl Iterator<Item = &'a str> {
    let differs = |key: &&String| before.get(*key) != now.get(*key);
    let all = before.keys().chain(now.keys());
    all.filter(differs).map(String::as_str)
}

async fn order(
    kit: &Kit,
    store: &Store,
    now: &ShopDocs,
    id: &str,
) -> anyhow::Result<Option<Value>> {
    let number = id.strip_prefix('#').unwrap_or(id);
    let Some(doc) = now.orders.get(number) else {
        return Ok(None);
    };
    let number = OrderNumber::new(number);
    let whole = Whole {
        order: serde_json::from_str(doc)?,
        returns: store.returns_of(&number).await?,
        aftersales: store.aftersales_of(&number).await?,
    };
    let written = render::order(&kit.set, &whole);
    written.with_context(|| format!("order {number}")).map(Some)
}

fn user(kit: &Kit, docs: &ShopDocs, id: &str) -> anyhow::Result<Option<Value>> {
    let Some(doc) = docs.customers.get(id) else {
        return Ok(None);
    };
    let customer = serde_json::from_str(doc)?;
    let theirs = |card: &&GiftCard| card.customer.as_ref().is_some_and(|one| one.as_str() == id);
    let cards: Vec<&GiftCard> = docs.gift_cards.iter().filter(theirs).collect();
    let written = render::user(&kit.set, &customer, &cards);
    written.with_context(|| format!("customer {id}")).map(Some)
}
