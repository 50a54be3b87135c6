//! `search_products`: what the shop has of what somebody wishes for. Wishes are read from the
//! shopper's words by code and from the arguments, and never relaxed; stock and prices are those
//! of the moment. No description and no review: a search taints no turn.

mod told;

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use super::covered_order::broken;
use super::{ReadTool, ToolContext, ToolError, ToolOutput};
use crate::domain::limits::{PRODUCTS_SHOWN, PRODUCTS_SHOWN_MAX, WISH_CHARS_MAX, WISHES_MAX};
use crate::knowledge::catalog::wishes::{Asked, NotUnderstood};
use told::WORDS;

pub struct SearchProducts;

/// Arguments of `search_products`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// What the shopper is looking for, in their own words; prices, sizes, colours and what it must not be are read from it.
    query: String,
    /// The kind of product, in a few words: "rain jackets".
    category: Option<String>,
    /// Whom it is for: women, men, unisex or kids.
    department: Option<String>,
    /// The lowest price, in the shop's currency: "50".
    price_min: Option<String>,
    /// The highest price, in the shop's currency: "149.90".
    price_max: Option<String>,
    /// Sizes, any of which will do.
    sizes: Option<Vec<String>>,
    /// Colours, any of which will do.
    colors: Option<Vec<String>>,
    /// Colours that it must not have.
    not_colors: Option<Vec<String>>,
    /// Features or materials that it must all have: "waterproof", "merino".
    features: Option<Vec<String>>,
    /// How many products to show, 4 if left out.
    #[schemars(range(min = 1, max = 6))]
    limit: Option<u32>,
}

impl ReadTool for SearchProducts {
    const NAME: &'static str = "search_products";
    type Args = Args;

    async fn call(&self, context: &ToolContext<'_>, args: Args) -> Result<ToolOutput, ToolError> {
        let limit = args.limit.map_or(PRODUCTS_SHOWN, |limit| limit as usize);
        let asked = asked(args)?;
        let snapshot = context.catalog.snapshot().await.map_err(broken)?;
        let wishes = asked
            .wishes(&snapshot, context.shop.profile.currency)
            .map_err(not_understood)?;
        let answer = context
            .catalog
            .find(&snapshot, &wishes, limit.clamp(1, PRODUCTS_SHOWN_MAX))
            .await
            .map_err(broken)?;
        told::output(context, &wishes, &answer)
    }
}

fn asked(args: Args) -> Result<Asked, ToolError> {
    let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let list = |texts: Option<Vec<String>>| -> Vec<String> {
        let texts = texts.unwrap_or_default().into_iter();
        texts.filter(|text| !text.trim().is_empty()).collect()
    };
    let asked = Asked {
        query: args.query,
        category: some(args.category),
        department: some(args.department),
        price_min: some(args.price_min),
        price_max: some(args.price_max),
        sizes: list(args.sizes),
        colors: list(args.colors),
        not_colors: list(args.not_colors),
        features: list(args.features),
    };
    let nothing_said = asked.query.trim().is_empty()
        && asked.category.is_none()
        && asked.department.is_none()
        && asked.features.is_empty()
        && asked.colors.is_empty()
        && asked.sizes.is_empty()
        && asked.price_max.is_none();
    if nothing_said {
        return Err(ToolError::Retry(WORDS.say("empty", ())));
    }
    let known = |who: &String| {
        ["women", "men", "unisex", "kids"].contains(&who.trim().to_lowercase().as_str())
    };
    if asked.department.as_ref().is_some_and(|who| !known(who)) {
        return Err(ToolError::Retry(WORDS.say("bad_department", ())));
    }
    Ok(asked)
}

fn not_understood(what: NotUnderstood) -> ToolError {
    ToolError::Retry(match what {
        NotUnderstood::Price(name) => WORDS.say("bad_price", context! { name }),
        NotUnderstood::TooMany(name) => {
            WORDS.say("too_many", context! { name, limit => WISHES_MAX })
        }
        NotUnderstood::TooLong(name) => {
            WORDS.say("too_long", context! { name, limit => WISH_CHARS_MAX })
        }
    })
}
