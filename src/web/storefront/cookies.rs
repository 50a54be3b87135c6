//! The two cookies: who has signed in, as a signed token, and what is in the cart, as typed. What
//! comes back in one is untrusted: whatever it holds, it is a customer of the shop or nobody, and a
//! cart within its limits.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use serde::Serialize;

use super::fields::decoded;
use crate::domain::ids::Sku;
use crate::domain::limits::{CART_COOKIE_BYTES_MAX, CART_LINES_MAX, CART_QUANTITY_MAX};
use crate::shop::ShopProfile;
use crate::shop::links::one_step;

pub const SHOPPER: &str = "demo_shopper";
pub const CART: &str = "demo_cart";
const CART_TTL: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Variants with how many of each, in the order in which they were added; each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cart(Vec<(Sku, u32)>);

/// A line as the widget is told of it.
#[derive(Serialize)]
pub struct CartLine {
    variant: String,
    quantity: u32,
}

impl Cart {
    pub fn lines(&self) -> &[(Sku, u32)] {
        &self.0
    }

    pub fn pieces(&self) -> u32 {
        self.0.iter().map(|(_, quantity)| quantity).sum()
    }

    pub fn for_widget(&self) -> Vec<CartLine> {
        let line = |(sku, quantity): &(Sku, u32)| CartLine {
            variant: sku.to_string(),
            quantity: *quantity,
        };
        self.0.iter().map(line).collect()
    }

    /// Adds pieces; more than one cart holds are left out.
    pub fn add(&mut self, sku: Sku, quantity: u32) {
        let is_full = self.0.len() >= CART_LINES_MAX;
        let known = self.0.iter_mut().find(|(known, _)| *known == sku);
        match known {
            Some((_, pieces)) => {
                *pieces = pieces.saturating_add(quantity).min(CART_QUANTITY_MAX);
            }
            None if quantity > 0 && !is_full => {
                self.0.push((sku, quantity.min(CART_QUANTITY_MAX)));
            }
            None => {}
        }
    }

    /// Sets how many there are; none takes the line out.
    pub fn set(&mut self, sku: &Sku, quantity: u32) {
        for (known, pieces) in &mut self.0 {
            if known == sku {
                *pieces = quantity.min(CART_QUANTITY_MAX);
            }
        }
        self.0.retain(|(_, pieces)| *pieces > 0);
    }

    /// "HP-1.2~HP-2.1": what is not so is left out.
    pub fn read(text: &str) -> Self {
        let mut cart = Self::default();
        if text.len() > CART_COOKIE_BYTES_MAX {
            return cart;
        }
        for line in text.split('~') {
            let Some((sku, quantity)) = line.rsplit_once('.') else {
                continue;
            };
            let quantity: u32 = quantity.parse().unwrap_or_default();
            let sku = decoded(sku);
            if !sku.is_empty() {
                cart.add(Sku::new(sku), quantity);
            }
        }
        cart
    }

    fn written(&self) -> String {
        let line = |(sku, quantity): &(Sku, u32)| {
            let sku = one_step(sku.as_str()).replace('~', "%7E");
            format!("{sku}.{quantity}")
        };
        let lines: Vec<String> = self.0.iter().map(line).collect();
        lines.join("~")
    }

    /// What keeps it in the browser.
    pub fn cookie(&self, profile: &ShopProfile) -> HeaderValue {
        set(profile, CART, &self.written(), CART_TTL)
    }
}

/// The value of a cookie, as it was sent.
pub fn sent<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter();
    all.filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}

/// A cookie for this site alone that no script reads.
pub fn set(profile: &ShopProfile, name: &str, value: &str, ttl: Duration) -> HeaderValue {
    let secure = match profile.public_url.starts_with("https://") {
        true => "; Secure",
        false => "",
    };
    let seconds = ttl.as_secs();
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cart_is_what_it_was_written_as() {
        let mut cart = Cart::default();
        for sku in ["HP-0001-NVY-M", "odd ~.;=é", "x"] {
            cart.add(Sku::new(sku), 2);
        }
        assert_eq!(Cart::read(&cart.written()), cart);
        cart.set(&Sku::new("x"), 0);
        assert_eq!((cart.lines().len(), cart.pieces()), (2, 4));
    }

    #[test]
    fn nonsense_is_no_cart_and_a_huge_one_has_its_limits() {
        for text in [
            "",
            "~~~",
            "a",
            "a.",
            "a.-1",
            "a.0",
            ".5",
            "a.99999999999999",
        ] {
            assert_eq!(Cart::read(text), Cart::default(), "{text}");
        }
        assert_eq!(Cart::read("a.4000000000").pieces(), CART_QUANTITY_MAX);
        assert_eq!(Cart::read("a.9~a.9").pieces(), CART_QUANTITY_MAX);
        let many: Vec<String> = (0..300).map(|at| format!("s{at}.1")).collect();
        assert_eq!(Cart::read(&many.join("~")).lines().len(), CART_LINES_MAX);
        assert_eq!(Cart::read(&"a.1~".repeat(5_000)), Cart::default());
    }
}
