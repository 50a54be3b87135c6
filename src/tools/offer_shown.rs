//! How offers are told: words, facts and cards that `find_offers` and `check_offer` share, and the
//! product and order value that both may be asked about.

use std::sync::LazyLock;

use minijinja::context;
use serde::Serialize;

use super::lookup_order::reading_text;
use super::products::{self, Meant};
use super::words::Words;
use super::{ToolContext, ToolError};
use crate::clock::long_date;
use crate::customers::offers::Available;
use crate::customers::offers::apply::{self, Excluded};
use crate::domain::card::{Card, OfferCard};
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::money::{Currency, Money};
use crate::domain::offer::{OfferTerms, OfferValue};
use crate::domain::product::Product;

pub(super) static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../prompts/reply/find_offers.toml")));

/// What an offer is asked about: nothing, an item, an order's value, or both.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub product: Option<Product>,
    pub order_value: Option<Money>,
}

/// What an item costs with an offer.
#[derive(Debug, Serialize)]
pub(super) struct ShownProduct {
    product_id: String,
    title: String,
    price: String,
    price_with_offer: Option<String>,
    /// Why it takes no part, or nothing comes off its price.
    why: Option<String>,
}

/// What an order costs with an offer.
#[derive(Debug, Serialize)]
pub(super) struct ShownOrder {
    value: String,
    value_with_offer: Option<String>,
    missing: Option<String>,
    note: String,
}

/// What comes of an offer for what was asked about.
pub(super) struct Outcome {
    pub excluded: Option<Excluded>,
    pub missing: Option<Money>,
    /// Of the item bought by itself.
    price_with_offer: Option<Money>,
    order_with_offer: Option<Money>,
}

impl Asked {
    pub async fn read(
        context: &ToolContext<'_>,
        product: Option<String>,
        order_value: Option<String>,
    ) -> Result<Self, ToolError> {
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let product = match given(product) {
            Some(asked) => Some(find_product(context, asked.trim()).await?),
            None => None,
        };
        let order_value = given(order_value)
            .map(|text| read_amount(context, text.trim()))
            .transpose()?;
        Ok(Self {
            product,
            order_value,
        })
    }

    /// The order that is judged by the minimum: as given, at least the item; else the item alone.
    fn whole(&self) -> Option<Money> {
        let price = self.product.as_ref().map(|product| product.price);
        match (self.order_value, price) {
            (Some(order), Some(price)) if price.currency == order.currency => {
                Some(Money::new(order.minor.max(price.minor), order.currency))
            }
            (order, price) => order.or(price),
        }
    }

    pub fn outcome(&self, terms: &OfferTerms, margin_floor_percent: u8) -> Outcome {
        let excluded = self
            .product
            .as_ref()
            .and_then(|product| apply::takes_part(terms, product, margin_floor_percent).err());
        let missing = self.whole().and_then(|order| apply::missing(terms, order));
        let holds = excluded.is_none() && missing.is_none();
        // An amount comes off the order, and what falls on one item of it depends on the others.
        let by_itself = self.order_value.is_none() || matches!(terms.value, OfferValue::Percent(_));
        let price = self.product.as_ref().map(|product| product.price);
        let price = price.filter(|_| holds && by_itself);
        let order = self.order_value.and_then(|_| self.whole());
        let order = order.filter(|_| holds);
        Outcome {
            excluded,
            missing,
            price_with_offer: price.and_then(|price| apply::after(terms.value, price)),
            order_with_offer: order.and_then(|order| apply::after(terms.value, order)),
        }
    }

    pub fn shown_product(&self, terms: &OfferTerms, outcome: &Outcome) -> Option<ShownProduct> {
        let product = self.product.as_ref()?;
        let why = match (&outcome.excluded, outcome.missing) {
            (Some(excluded), _) => Some(excluded_words(excluded)),
            (None, Some(missing)) => Some(missing_words(terms, missing)),
            _ if outcome.price_with_offer.is_some() => None,
            _ if terms.value == OfferValue::FreeShipping => Some(WORDS.say("keeps_price", ())),
            _ => Some(WORDS.say("off_order", ())),
        };
        Some(ShownProduct {
            product_id: product.id.to_string(),
            title: reading_text(&product.title),
            price: product.price.to_string(),
            price_with_offer: outcome.price_with_offer.map(|price| price.to_string()),
            why,
        })
    }

    pub fn shown_order(&self, outcome: &Outcome) -> Option<ShownOrder> {
        self.order_value?;
        Some(ShownOrder {
            value: self.whole()?.to_string(),
            value_with_offer: outcome.order_with_offer.map(|order| order.to_string()),
            missing: outcome.missing.map(|missing| missing.to_string()),
            note: WORDS.say("order_note", ()),
        })
    }

    /// The facts of what was asked about, for one offer.
    pub fn facts(&self, available: &Available, outcome: &Outcome) -> Vec<Fact> {
        let offer = subject(available);
        let mut facts = Vec::new();
        if let Some(product) = &self.product {
            let about = Subject::new(format!("product:{}", product.id));
            let title = FactValue::Name(reading_text(&product.title));
            facts.push(Fact::new(&about, "title", title));
            let price = FactValue::Money(product.price);
            facts.push(Fact::new(&about, "price", price));
            if product.final_sale {
                let sale = FactValue::Status("final sale".to_owned());
                facts.push(Fact::new(&about, "sale", sale));
            }
            if let Some(price) = outcome.price_with_offer {
                let price = Fact::new(&offer, "offer_price", FactValue::Money(price));
                facts.push(price.also_about(&about));
            }
        }
        let mut add = |attribute: &str, value: Option<Money>| {
            facts.extend(value.map(|value| Fact::new(&offer, attribute, FactValue::Money(value))));
        };
        add("order_value", self.order_value.and_then(|_| self.whole()));
        add("total", outcome.order_with_offer);
        add("missing", outcome.missing);
        facts
    }
}

async fn find_product(context: &ToolContext<'_>, asked: &str) -> Result<Product, ToolError> {
    match products::meant(context, asked).await? {
        Meant::One(product) => Ok(*product),
        Meant::Several(several) => {
            let ids: Vec<&str> = several.iter().map(|one| one.id.as_str()).collect();
            let values = context! { asked => reading_text(asked), ids => ids.join(", ") };
            Err(ToolError::Retry(WORDS.say("several_products", values)))
        }
    }
}

/// "149.90", "€150", "150 EUR": an amount above 0 in the shop's currency.
fn read_amount(context: &ToolContext<'_>, text: &str) -> Result<Money, ToolError> {
    let currency = context.shop.profile.currency;
    Money::read(text, currency)
        .ok()
        .filter(|amount| amount.minor > 0)
        .ok_or_else(|| {
            let values = context! { asked => reading_text(text), currency => currency.code() };
            ToolError::Retry(WORDS.say("no_amount", values))
        })
}

pub(super) fn value_words(terms: &OfferTerms) -> String {
    match terms.value {
        OfferValue::Percent(percent) => WORDS.say("value_percent", context! { percent }),
        OfferValue::Amount(amount) => {
            WORDS.say("value_amount", context! { amount => amount.to_string() })
        }
        OfferValue::FreeShipping => WORDS.say("value_free_shipping", ()),
    }
}

/// Every condition, one each.
pub(super) fn conditions(available: &Available) -> Vec<String> {
    let terms = &available.terms;
    let mut said = Vec::new();
    if let Some(minimum) = terms.minimum {
        said.push(WORDS.say("minimum", context! { minimum => minimum.to_string() }));
    }
    for (key, listed) in [
        ("only_categories", category_names(&terms.categories)),
        ("not_categories", category_names(&terms.not_categories)),
        ("only_brands", names(&terms.brands)),
        ("not_brands", names(&terms.not_brands)),
    ] {
        if !listed.is_empty() {
            said.push(WORDS.say(key, context! { names => listed }));
        }
    }
    for (key, holds) in [
        ("not_final_sale", terms.not_final_sale),
        ("not_reduced", terms.not_reduced),
        ("lowest_price", terms.value != OfferValue::FreeShipping),
        ("one_per_order", true),
        ("used_once", available.personal),
    ] {
        if holds {
            said.push(WORDS.say(key, ()));
        }
    }
    said
}

fn names(listed: &[String]) -> String {
    let read: Vec<String> = listed.iter().map(|name| reading_text(name)).collect();
    read.join(", ")
}

fn category_names(listed: &[String]) -> String {
    names(listed).replace('-', " ")
}

/// Why an item takes no part. Never by how much: that would tell what it cost.
pub(super) fn excluded_words(excluded: &Excluded) -> String {
    let one = |name: &String| std::slice::from_ref(name).to_vec();
    let (key, listed) = match excluded {
        Excluded::FinalSale => ("excluded_final_sale", String::new()),
        Excluded::Reduced => ("excluded_reduced", String::new()),
        Excluded::LowestPrice => ("excluded_lowest_price", String::new()),
        Excluded::Category(name) => ("excluded_category", category_names(&one(name))),
        Excluded::OnlyCategories(names) => ("excluded_only_categories", category_names(names)),
        Excluded::Brand(name) => ("excluded_brand", names(&one(name))),
        Excluded::OnlyBrands(brands) => ("excluded_only_brands", names(brands)),
    };
    WORDS.say(key, context! { names => listed })
}

fn missing_words(terms: &OfferTerms, missing: Money) -> String {
    let minimum = terms.minimum.map(|minimum| minimum.to_string());
    WORDS.say(
        "missing",
        context! { missing => missing.to_string(), minimum },
    )
}

pub(super) fn subject(available: &Available) -> Subject {
    Subject::new(format!("offer:{}", available.code))
}

/// What names an offer in a sentence, and until when it is.
pub(super) fn name_facts(available: &Available) -> Vec<Fact> {
    let about = subject(available);
    let code = &available.code;
    let mut facts = vec![
        Fact::new(&about, "name", FactValue::Name(code.clone())),
        Fact::new(&about, "code", FactValue::Code(code.clone())),
        Fact::new(
            &about,
            "title",
            FactValue::Name(reading_text(&available.terms.title)),
        ),
    ];
    if let Some(day) = available.valid_until {
        facts.push(Fact::new(&about, "valid_until", FactValue::Date(day)));
    }
    facts
}

/// What an offer is worth, and from which value on.
pub(super) fn value_facts(available: &Available, currency: Currency) -> Vec<Fact> {
    let about = subject(available);
    let (attribute, value) = match available.terms.value {
        OfferValue::Percent(percent) => ("percent", FactValue::Number(i64::from(percent))),
        OfferValue::Amount(amount) => ("amount", FactValue::Money(amount)),
        // By its code: what shipping costs with the offer.
        OfferValue::FreeShipping => ("shipping_paid", FactValue::Money(Money::zero(currency))),
    };
    let mut facts = vec![Fact::new(&about, attribute, value)];
    if let Some(minimum) = available.terms.minimum {
        facts.push(Fact::new(&about, "minimum", FactValue::Money(minimum)));
    }
    facts
}

pub(super) fn card(available: &Available) -> Card {
    Card::Offer(OfferCard {
        title: reading_text(&available.terms.title),
        code: available.code.clone(),
        terms: conditions(available),
        valid_until: available.valid_until.map(long_date),
    })
}
