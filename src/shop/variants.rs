//! Which variant of a product is meant: by its number, or by a colour and a size, of which what is
//! left out stays as it was.

use crate::domain::product::{Product, Variant};

/// Why no variant is meant, with what there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// Neither colour, size nor number was said.
    Unsaid {
        colors: Vec<String>,
        sizes: Vec<String>,
    },
    /// The product has no such number, colour or size.
    NoSuch {
        colors: Vec<String>,
        sizes: Vec<String>,
    },
    /// It has the colour and the size, but not together: the sizes of the colour, and the colours
    /// of the size.
    NotTogether {
        colors: Vec<String>,
        sizes: Vec<String>,
    },
}

/// What was said of the new variant. Empty text is nothing said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    pub color: Option<&'a str>,
    pub size: Option<&'a str>,
    pub sku: Option<&'a str>,
}

/// The variant that is meant, in stock or not. `from` is the colour and the size that it is now.
pub fn find<'a>(
    product: &'a Product,
    from: (&str, &str),
    said: Said<'_>,
) -> Result<&'a Variant, WhyNot> {
    let all = &product.variants;
    if let Some(sku) = given(said.sku) {
        let meant = |variant: &&Variant| variant.sku.as_str().eq_ignore_ascii_case(sku);
        return all.iter().find(meant).ok_or_else(|| no_such(all));
    }
    let (color, size) = (given(said.color), given(said.size));
    if color.is_none() && size.is_none() {
        return Err(WhyNot::Unsaid {
            colors: listed(all.iter(), |variant| &variant.color),
            sizes: listed(all.iter(), |variant| &variant.size),
        });
    }
    let of_color = matching(all, color.unwrap_or(from.0), |variant| &variant.color);
    let of_size = matching(all, size.unwrap_or(from.1), |variant| &variant.size);
    if of_color.is_empty() || of_size.is_empty() {
        return Err(no_such(all));
    }
    let both = of_color
        .iter()
        .find(|variant| of_size.iter().any(|other| other.sku == variant.sku));
    both.copied().ok_or_else(|| WhyNot::NotTogether {
        colors: listed(of_size.iter().copied(), |variant| &variant.color),
        sizes: listed(of_color.iter().copied(), |variant| &variant.size),
    })
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn no_such(all: &[Variant]) -> WhyNot {
    WhyNot::NoSuch {
        colors: listed(all.iter(), |variant| &variant.color),
        sizes: listed(all.iter(), |variant| &variant.size),
    }
}

/// Variants whose value is what was said; a word of it will do where nothing is called so alone:
/// "green" is moss green when there is no other green.
fn matching<'a>(
    all: &'a [Variant],
    said: &str,
    value: impl Fn(&'a Variant) -> &'a String,
) -> Vec<&'a Variant> {
    let said = plain(said);
    let exact: Vec<&Variant> = all.iter().filter(|one| plain(value(one)) == said).collect();
    if !exact.is_empty() || said.is_empty() {
        return exact;
    }
    let word = |one: &&'a Variant| plain(value(one)).split(' ').any(|word| word == said);
    let part: Vec<&Variant> = all.iter().filter(word).collect();
    let mut values: Vec<&String> = part.iter().map(|one| value(one)).collect();
    values.sort();
    values.dedup();
    if values.len() == 1 { part } else { Vec::new() }
}

/// Lower case, with one space between words.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase().replace(['-', '_', '/'], " ");
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Values of variants that can be had, each once, in the product's order; of all where none can.
fn listed<'a>(
    variants: impl Iterator<Item = &'a Variant> + Clone,
    value: impl Fn(&'a Variant) -> &'a String,
) -> Vec<String> {
    let of = |stocked_only: bool| {
        let mut values: Vec<String> = Vec::new();
        for variant in variants
            .clone()
            .filter(|one| !stocked_only || one.stock > 0)
        {
            let value = value(variant);
            if !value.is_empty() && !values.contains(value) {
                values.push(value.clone());
            }
        }
        values
    };
    let stocked = of(true);
    if stocked.is_empty() {
        of(false)
    } else {
        stocked
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ProductId, Sku};
    use crate::domain::money::{Currency, Money};

    fn jacket() -> Product {
        let variant = |sku: &str, color: &str, size: &str, stock| Variant {
            sku: Sku::new(sku),
            color: color.to_owned(),
            size: size.to_owned(),
            stock,
            price: None,
        };
        Product {
            id: ProductId::new("p"),
            title: "Jacket".to_owned(),
            brand: String::new(),
            category: "jackets".to_owned(),
            department: "women".to_owned(),
            description: String::new(),
            material: String::new(),
            care: String::new(),
            fit: String::new(),
            features: Vec::new(),
            tags: Vec::new(),
            price: Money::new(10_000, Currency::EUR),
            cost: Money::new(1, Currency::EUR),
            compare_at: None,
            final_sale: false,
            hygiene: false,
            weight_g: 1,
            picture: None,
            variants: vec![
                variant("a", "navy", "M", 1),
                variant("b", "navy", "L", 0),
                variant("c", "moss green", "M", 2),
                variant("d", "dark blue", "M", 2),
                variant("e", "light blue", "XL", 2),
            ],
            reviews: Vec::new(),
        }
    }

    fn sku(said: Said<'_>) -> Result<String, WhyNot> {
        find(&jacket(), ("navy", "M"), said).map(|variant| variant.sku.to_string())
    }

    #[test]
    fn what_is_left_out_stays() {
        let said = Said::default();
        assert_eq!(
            sku(Said {
                size: Some("l"),
                ..said
            }),
            Ok("b".to_owned())
        );
        assert_eq!(
            sku(Said {
                color: Some("Green"),
                ..said
            }),
            Ok("c".to_owned())
        );
        assert_eq!(
            sku(Said {
                sku: Some(" D "),
                ..said
            }),
            Ok("d".to_owned())
        );
        let both = Said {
            color: Some("light-blue"),
            size: Some("XL"),
            ..said
        };
        assert_eq!(sku(both), Ok("e".to_owned()));
    }

    #[test]
    fn what_is_not_there_is_said_with_what_is() {
        let said = Said::default();
        let colors = ["navy", "moss green", "dark blue", "light blue"]
            .map(str::to_owned)
            .to_vec();
        let sizes = ["M", "XL"].map(str::to_owned).to_vec();
        assert_eq!(
            sku(said),
            Err(WhyNot::Unsaid {
                colors: colors.clone(),
                sizes: sizes.clone()
            })
        );
        for said in [
            Said {
                color: Some("red"),
                ..said
            },
            Said {
                color: Some("blue"),
                ..said
            },
            Said {
                size: Some("XXL"),
                ..said
            },
            Said {
                sku: Some("zz"),
                ..said
            },
        ] {
            let none = Err(WhyNot::NoSuch {
                colors: colors.clone(),
                sizes: sizes.clone(),
            });
            assert_eq!(sku(said), none, "{said:?}");
        }
        assert_eq!(
            sku(Said {
                color: Some("moss green"),
                size: Some("XL"),
                ..said
            }),
            Err(WhyNot::NotTogether {
                colors: vec!["light blue".to_owned()],
                sizes: vec!["M".to_owned()],
            })
        );
    }
}
