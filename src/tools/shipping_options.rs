//! `shipping_options`: where the shop ships, what it costs and when it would arrive.

mod answer;
mod facts;

use std::sync::LazyLock;

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::words::Words;
use super::{ReadTool, ToolContext, ToolError, ToolOutput};
use crate::clock::timestamp;
use crate::domain::limits::NEAR_COUNTRIES_MAX;
use crate::domain::money::{Currency, Money};
use crate::shop::countries::{Area, Countries, Country, Named, Place};
use crate::shop::shipping::{Shipping, Version};
use answer::{Answer, Ask, NotServed, Overview, Served};

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../prompts/reply/shipping_options.toml")));

pub struct ShippingOptions;

/// Arguments of `shipping_options`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The country's name or code as the shopper wrote it, or "the EU", "Europe", "worldwide" for an overview. Null when they named none: a signed-in customer's own country is taken.
    country: Option<String>,
    /// Value of the items after discounts, like "120.00", to see whether shipping is free. Null when unknown.
    order_value: Option<String>,
    /// The postcode, if the shopper wrote one: some have other rules than their country. Otherwise null.
    postcode: Option<String>,
}

/// What is asked, with the terms of today.
struct Question<'a> {
    shipping: &'a Shipping,
    version: &'a Version,
    now: jiff::civil::DateTime,
    order_value: Option<Money>,
    /// What the shopper wrote of the place, for PO boxes and army post.
    written: String,
    own_address: bool,
}

impl ReadTool for ShippingOptions {
    const NAME: &'static str = "shipping_options";
    type Args = Args;

    async fn call(&self, context: &ToolContext<'_>, args: Args) -> Result<ToolOutput, ToolError> {
        let country = given(args.country);
        let postcode = given(args.postcode);
        let zone = context.shop.profile.zone.clone();
        let now = timestamp(context.clock.now_ms()).to_zoned(zone).datetime();
        let shipping = context.shop.terms.shipping.as_ref();
        let in_force = shipping.and_then(|terms| Some((terms, terms.in_force(now.date())?)));
        let Some((shipping, version)) = in_force else {
            return Err(ToolError::Refused(WORDS.say("no_terms", ())));
        };
        let own = match country {
            None => own_country(context).await?,
            Some(_) => None,
        };
        let order_value = given(args.order_value)
            .map(|text| amount(&text, context.shop.profile.currency))
            .transpose()?;
        let postcode = postcode.unwrap_or_default();
        let question = Question {
            shipping,
            version,
            now,
            order_value,
            written: format!("{} {postcode}", country.as_deref().unwrap_or_default()),
            own_address: own.is_some(),
        };
        let Some(text) = country.or(own) else {
            return question.ask(WORDS.say("ask", ()), Vec::new());
        };
        match Countries::get().named(&text) {
            Named::Place(place) => question.place(Countries::get().at_postcode(place, &postcode)),
            Named::Area(area) => question.area(area),
            Named::Either(countries) => {
                let choices: Vec<String> = countries.iter().map(|one| one.words()).collect();
                let words = WORDS.say("ask_which", context! { choices => &choices });
                question.ask(words, choices)
            }
            Named::Several(countries) => {
                let countries: Vec<&str> = countries.iter().map(|one| one.name.as_str()).collect();
                Err(ToolError::Retry(
                    WORDS.say("several", context! { countries }),
                ))
            }
            Named::Nothing => question.ask(WORDS.say("ask_unknown", ()), Vec::new()),
        }
    }
}

impl Question<'_> {
    fn ask(&self, question: String, choices: Vec<String>) -> Result<ToolOutput, ToolError> {
        let ask = Ask {
            ask: "country",
            question,
            choices,
        };
        output(&Answer::Ask(ask), Vec::new())
    }

    fn place(&self, place: Place<'_>) -> Result<ToolOutput, ToolError> {
        let country = place.country;
        let Some(zone) = self.version.zone(&country.code) else {
            return self.not_served(&country.words(), Some(country), |_| {
                near(self.version, country.near.iter(), &[])
            });
        };
        if let Some(words) = self.no_such_address(&place) {
            let not = NotServed {
                why: words,
                near: vec![country.name.clone()],
                ..self.nowhere(&country.name, Some(country))
            };
            return output(&Answer::NotServed(not), facts::names([country]));
        }
        let served = Served::new(self, &place, zone);
        let facts = facts::served(self, &place, zone);
        output(&Answer::Served(Box::new(served)), facts)
    }

    fn area(&self, area: &Area) -> Result<ToolOutput, ToolError> {
        let countries = Countries::get();
        let within: Vec<&Country> = countries.iter().filter(|one| area.contains(one)).collect();
        let overview = Overview::new(self, area, &within);
        if overview.overview.is_empty() {
            return self.not_served(&area.name, None, |version| {
                let codes = within.iter().flat_map(|one| &one.near);
                near(version, codes, &within)
            });
        }
        let facts = facts::overview(self.version, &overview);
        output(&Answer::Overview(overview), facts)
    }

    fn not_served<'a>(
        &self,
        place: &str,
        country: Option<&Country>,
        near: impl Fn(&Version) -> Vec<&'a Country>,
    ) -> Result<ToolOutput, ToolError> {
        let near = near(self.version);
        let words: Vec<String> = near.iter().map(|one| one.words()).collect();
        let why = WORDS.say("not_served", context! { place, near => words });
        let name = country.map_or(place, |country| &country.name);
        let not = NotServed {
            why,
            near: near.iter().map(|one| one.name.clone()).collect(),
            ..self.nowhere(name, country)
        };
        let named = country.into_iter().chain(near);
        output(&Answer::NotServed(not), facts::names(named))
    }

    fn nowhere(&self, name: &str, country: Option<&Country>) -> NotServed {
        NotServed {
            country: name.to_owned(),
            code: country.map(|country| country.code.clone()),
            ships: false,
            why: String::new(),
            near: Vec::new(),
            not_shipped: self.version.not_shipped.clone(),
        }
    }

    /// A PO box or an army address where the shop serves none, though it serves the country.
    fn no_such_address(&self, place: &Place<'_>) -> Option<String> {
        let written = self.written.to_lowercase().replace('.', "");
        let words: Vec<&str> = written.split(|c: char| !c.is_alphanumeric()).collect();
        let code = &place.country.code;
        let is_box = words.windows(2).any(|two| two == ["po", "box"])
            || words.windows(3).any(|three| three == ["p", "o", "box"])
            || words.contains(&"pobox");
        if let Some(allowed) = &self.version.po_boxes
            && is_box
            && !allowed.contains(code)
        {
            let known = |code: &String| Countries::get().code(code);
            let allowed: Vec<String> = allowed
                .iter()
                .filter_map(known)
                .map(Country::words)
                .collect();
            let place = place.country.words();
            return Some(WORDS.say("po_box", context! { allowed, place }));
        }
        let army = |word: &&str| matches!(*word, "apo" | "fpo" | "dpo");
        let is_army = place.military || (code == "US" && words.iter().any(army));
        (self.version.military == Some(false) && is_army)
            .then(|| WORDS.say("military", context! { place => place.country.words() }))
    }
}

/// Served countries of a list, each once, those of `without` left out.
fn near<'a>(
    version: &Version,
    codes: impl Iterator<Item = &'a String>,
    without: &[&Country],
) -> Vec<&'a Country> {
    let mut near: Vec<&Country> = Vec::new();
    for code in codes {
        let fresh = |one: &&Country| {
            near.iter()
                .chain(without)
                .all(|known| known.code != one.code)
                && version.zone(&one.code).is_some()
        };
        let found = Countries::get().code(code).filter(fresh);
        near.extend(found);
    }
    near.truncate(NEAR_COUNTRIES_MAX);
    near
}

fn output(
    answer: &Answer,
    facts: Vec<crate::domain::evidence::Fact>,
) -> Result<ToolOutput, ToolError> {
    let content =
        serde_json::to_string(answer).map_err(|error| ToolError::Failed(error.to_string()))?;
    Ok(ToolOutput {
        content,
        facts,
        ..ToolOutput::default()
    })
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// The country of the address of the customer who is proved.
async fn own_country(context: &ToolContext<'_>) -> Result<Option<String>, ToolError> {
    let Some(scope) = &context.customer else {
        return Ok(None);
    };
    let customer = context.shop.store.customer(scope.customer()).await;
    let customer = customer.map_err(|error| ToolError::Failed(error.to_string()))?;
    Ok(customer.and_then(|customer| Some(customer.address?.country)))
}

fn amount(text: &str, currency: Currency) -> Result<Money, ToolError> {
    let money = Money::read(text, currency).ok();
    money.filter(|money| money.minor >= 0).ok_or_else(|| {
        let currency = currency.code();
        ToolError::Retry(WORDS.say("order_value", context! { currency }))
    })
}
