//! `add_to_cart`: asks the storefront to put one variant into the shopper's cart. Nothing changes
//! in the shop: the card is what the storefront carries out, and stock is taken at checkout.

use std::sync::LazyLock;

use minijinja::context;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lookup_order::{reading_text, variant as variant_words};
use super::products::{self, Meant, any_of};
use super::words::Words;
use super::{ReadTool, ToolContext, ToolError, ToolOutput};
use crate::domain::card::{Card, CartCard};
use crate::domain::evidence::{Fact, FactValue};
use crate::domain::limits::{CART_QUANTITY_MAX, PRODUCT_LIST_MAX};
use crate::domain::product::{Product, Variant};
use crate::knowledge::catalog::text::plain;
use crate::knowledge::catalog::traits::size_text;
use crate::knowledge::catalog::wishes::size_fits;

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../prompts/reply/add_to_cart.toml")));

pub struct AddToCart;

/// Arguments of `add_to_cart`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The product's id, its title or the article number of one variant.
    product: String,
    /// The size as the shop writes it; left out when the shopper has not said one.
    size: Option<String>,
    /// The colour; left out when the shopper has not said one.
    color: Option<String>,
    /// How many pieces, 1 if left out.
    #[schemars(range(min = 1, max = 10))]
    quantity: Option<u32>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum View {
    Added {
        added: Added,
    },
    Ask {
        ask: &'static str,
        question: String,
        choices: Vec<String>,
    },
}

#[derive(Serialize)]
struct Added {
    sku: String,
    product_id: String,
    title: String,
    color: String,
    size: String,
    quantity: u32,
    price: String,
    final_sale: bool,
    note: Option<String>,
}

impl ReadTool for AddToCart {
    const NAME: &'static str = "add_to_cart";
    type Args = Args;

    async fn call(&self, context: &ToolContext<'_>, args: Args) -> Result<ToolOutput, ToolError> {
        // The schema keeps it in these bounds.
        let quantity = args.quantity.unwrap_or(1).clamp(1, CART_QUANTITY_MAX);
        let product = match products::meant(context, &args.product).await? {
            Meant::One(product) => product,
            Meant::Several(several) => return which(context, &several),
        };
        let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let wanted = Wanted {
            sku: args.product.trim().to_owned(),
            size: said(args.size),
            color: said(args.color),
        };
        match wanted.among(&product)? {
            Choice::One(variant) => add(context, &product, variant, quantity),
            Choice::Ask(ask, choices) => {
                let title = reading_text(&product.title);
                let key = if ask == "size" {
                    "which_size"
                } else {
                    "which_color"
                };
                let question = WORDS.say(key, context! { title, choices => any_of(&choices) });
                output(
                    context,
                    &product,
                    &View::Ask {
                        ask,
                        question,
                        choices,
                    },
                )
            }
        }
    }
}

/// What was said of the variant.
struct Wanted {
    sku: String,
    size: Option<String>,
    color: Option<String>,
}

enum Choice<'a> {
    One(&'a Variant),
    Ask(&'static str, Vec<String>),
}

impl Wanted {
    /// The variant that can be bought, what is left to ask, or why there is none.
    fn among<'a>(&self, product: &'a Product) -> Result<Choice<'a>, ToolError> {
        let title = reading_text(&product.title);
        let there = |variant: &&Variant| variant.stock > 0;
        if !product.variants.iter().any(|variant| there(&variant)) {
            return refused("sold_out", context! { title });
        }
        let by_sku = product.variants.iter().find(|v| v.sku.as_str() == self.sku);
        let of_sku = |variant: &&Variant| by_sku.is_none_or(|own| own.sku == variant.sku);
        let named: Vec<&Variant> = product.variants.iter().filter(of_sku).collect();
        let sized = self.sized(&named);
        if sized.is_empty() {
            let choices = any_of(&sizes(&of_stock(&named)));
            return refused("no_size", context! { title, choices });
        }
        let colored = self.colored(&named);
        if colored.is_empty() {
            let choices = any_of(&colors(&of_stock(&named)));
            return refused("no_color", context! { title, choices });
        }
        let both = self.colored(&sized);
        let stocked = of_stock(&both);
        match stocked.as_slice() {
            [] => self.sold_out(title, &sized, &colored),
            left => {
                // The last size that is left is not thereby the shopper's.
                match (sizes(&both).len(), colors(left).len()) {
                    (0..=1, 0..=1) => Ok(Choice::One(left[0])),
                    (0..=1, _) => Ok(Choice::Ask("color", colors(left))),
                    _ => Ok(Choice::Ask("size", sizes(left))),
                }
            }
        }
    }

    fn sized<'a>(&self, variants: &[&'a Variant]) -> Vec<&'a Variant> {
        let Some(size) = &self.size else {
            return variants.to_vec();
        };
        let size = size_text(size);
        let exact = |v: &&&Variant| size_text(&v.size) == size;
        let found: Vec<&Variant> = variants.iter().filter(exact).copied().collect();
        if !found.is_empty() {
            return found;
        }
        let fits = |v: &&&Variant| size_fits(&size, &size_text(&v.size));
        variants.iter().filter(fits).copied().collect()
    }

    /// "Green" is moss green where there is no other green.
    fn colored<'a>(&self, variants: &[&'a Variant]) -> Vec<&'a Variant> {
        let Some(color) = &self.color else {
            return variants.to_vec();
        };
        let color = plain(color);
        let exact = |v: &&&Variant| plain(&v.color) == color;
        let found: Vec<&Variant> = variants.iter().filter(exact).copied().collect();
        if !found.is_empty() || color.is_empty() {
            return found;
        }
        let part = |v: &&&Variant| plain(&v.color).split(' ').any(|word| word == color);
        variants.iter().filter(part).copied().collect()
    }

    fn sold_out<'a>(
        &self,
        title: String,
        sized: &[&Variant],
        colored: &[&Variant],
    ) -> Result<Choice<'a>, ToolError> {
        let (other_sizes, other_colors) = (sizes(&of_stock(colored)), colors(&of_stock(sized)));
        let color = self.color.as_deref().map(reading_text);
        if self.size.is_some() && !other_sizes.is_empty() {
            let choices = any_of(&other_sizes);
            return refused("size_sold_out", context! { title, color, choices });
        }
        if !other_colors.is_empty() {
            let size = sized.first().map(|variant| reading_text(&variant.size));
            let size = size.filter(|_| self.size.is_some());
            let choices = any_of(&other_colors);
            return refused("color_sold_out", context! { title, size, choices });
        }
        refused("sold_out", context! { title })
    }
}

fn refused<T>(key: &str, values: impl Serialize) -> Result<T, ToolError> {
    Err(ToolError::Refused(WORDS.say(key, values)))
}

fn of_stock<'a>(variants: &[&'a Variant]) -> Vec<&'a Variant> {
    let there = variants.iter().filter(|variant| variant.stock > 0);
    there.copied().collect()
}

fn sizes(variants: &[&Variant]) -> Vec<String> {
    each_once(variants, |variant| &variant.size)
}

fn colors(variants: &[&Variant]) -> Vec<String> {
    each_once(variants, |variant| &variant.color)
}

fn each_once(variants: &[&Variant], field: fn(&Variant) -> &String) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for variant in variants {
        let text = reading_text(field(variant));
        if !found.contains(&text) && found.len() < PRODUCT_LIST_MAX {
            found.push(text);
        }
    }
    found
}

fn add(
    context: &ToolContext<'_>,
    product: &Product,
    variant: &Variant,
    quantity: u32,
) -> Result<ToolOutput, ToolError> {
    let title = reading_text(&product.title);
    if i64::from(quantity) > variant.stock {
        let values = context! {
            title,
            variant => variant_words(&variant.color, &variant.size),
            left => variant.stock,
        };
        return refused("too_many", values);
    }
    let for_note = title.clone();
    let note = product
        .final_sale
        .then(|| WORDS.say("final_sale", context! { title => for_note }));
    let view = View::Added {
        added: Added {
            sku: reading_text(variant.sku.as_str()),
            product_id: reading_text(product.id.as_str()),
            title: title.clone(),
            color: reading_text(&variant.color),
            size: reading_text(&variant.size),
            quantity,
            price: product.price.to_string(),
            final_sale: product.final_sale,
            note,
        },
    };
    let mut output = output(context, product, &view)?;
    let about = products::subject(product);
    let quantity_fact = FactValue::Number(i64::from(quantity));
    output
        .facts
        .push(Fact::new(&about, "quantity", quantity_fact));
    output.cards.push(Card::Cart(CartCard {
        variant: variant.sku.to_string(),
        product: product.id.to_string(),
        title,
        color: reading_text(&variant.color),
        size: reading_text(&variant.size),
        quantity,
        price: product.price.to_string(),
        picture: Some(products::picture(context, product, &variant.color)),
    }));
    Ok(output)
}

/// The name fits several products.
fn which(context: &ToolContext<'_>, several: &[Product]) -> Result<ToolOutput, ToolError> {
    let titles: Vec<String> = several.iter().map(|one| reading_text(&one.title)).collect();
    let view = View::Ask {
        ask: "product",
        question: WORDS.say("which_product", context! { choices => any_of(&titles) }),
        choices: titles,
    };
    let mut facts = Vec::new();
    for product in several {
        facts.extend(products::facts(
            context,
            product,
            &products::in_stock(product),
        ));
    }
    Ok(ToolOutput {
        content: serde_json::to_string(&view)
            .map_err(|error| ToolError::Failed(error.to_string()))?,
        facts,
        ..ToolOutput::default()
    })
}

fn output(
    context: &ToolContext<'_>,
    product: &Product,
    view: &View,
) -> Result<ToolOutput, ToolError> {
    Ok(ToolOutput {
        content: serde_json::to_string(view)
            .map_err(|error| ToolError::Failed(error.to_string()))?,
        facts: products::facts(context, product, &products::in_stock(product)),
        ..ToolOutput::default()
    })
}
