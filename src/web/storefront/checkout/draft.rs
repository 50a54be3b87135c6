//! What is typed into the form, and what is wrong with it.

use minijinja::context;
use serde::Serialize;

use crate::domain::customer::{Address, Customer};
use crate::domain::ids::{CustomerId, IdempotencyKey};
use crate::domain::order::PaymentMethod;
use crate::domain::text::is_visible;
use crate::store::orders::Buyer;
use crate::web::storefront::fields::Fields;
use crate::web::storefront::front::Front;
use crate::web::storefront::words;

/// Hexadecimal digits of a key.
const KEY_CHARS: usize = 64;
/// Where somebody is taken to live of whom nothing is known.
const HOME: &str = "IE";

/// The fields as they stand in the form.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Typed {
    pub email: String,
    pub name: String,
    pub street: String,
    pub extra: String,
    pub postcode: String,
    pub city: String,
    pub country: String,
    pub service: String,
    pub code: String,
    pub payment: String,
}

pub struct Draft {
    pub key: IdempotencyKey,
    /// Was the key made just now? Then nobody has seen a form with it.
    pub is_new: bool,
    pub typed: Typed,
    /// The total that the shopper saw.
    pub total: String,
    pub wrong: Vec<(&'static str, String)>,
}

impl Draft {
    /// A form as it is first shown: filled in for who has signed in.
    pub fn new(front: &Front) -> Self {
        let mut typed = Typed {
            country: HOME.to_owned(),
            service: "standard".to_owned(),
            payment: "card".to_owned(),
            code: front.query.one("code").to_owned(),
            ..Typed::default()
        };
        if let Some(shopper) = &front.shopper {
            typed.email = shopper.email.clone();
            typed.name = format!("{} {}", shopper.first_name, shopper.last_name);
            if let Some(home) = shopper.address.clone() {
                typed.name = home.name;
                typed.street = home.street;
                typed.extra = home.extra.unwrap_or_default();
                typed.postcode = home.postcode;
                typed.city = home.city;
                typed.country = home.country;
            }
        }
        Self {
            key: new_key(front),
            is_new: true,
            typed,
            total: String::new(),
            wrong: Vec::new(),
        }
    }

    /// A form as it comes back.
    pub fn read(front: &Front, fields: &Fields) -> Self {
        let text = |name: &str| fields.one(name).to_owned();
        let mut typed = Typed {
            email: text("email").to_lowercase(),
            name: text("name"),
            street: text("street"),
            extra: text("extra"),
            postcode: text("postcode"),
            city: text("city"),
            country: text("country"),
            service: text("service"),
            code: text("code"),
            payment: text("payment"),
        };
        if let Some(shopper) = &front.shopper {
            typed.email = shopper.email.clone();
        }
        let sent = fields.one("key");
        let is_key = sent.len() == KEY_CHARS && sent.bytes().all(|b| b.is_ascii_hexdigit());
        Self {
            key: match is_key {
                true => IdempotencyKey::new(sent),
                false => new_key(front),
            },
            is_new: !is_key,
            wrong: wrong(&typed),
            typed,
            total: text("total"),
        }
    }

    /// Takes a key of its own for another order.
    pub fn renew(&mut self, front: &Front) {
        self.key = new_key(front);
    }

    pub fn code(&self) -> Option<String> {
        Some(self.typed.code.clone()).filter(|code| !code.is_empty())
    }

    pub fn address(&self) -> Address {
        let typed = self.typed.clone();
        Address {
            region: None,
            name: typed.name,
            street: typed.street,
            extra: Some(typed.extra).filter(|extra| !extra.is_empty()),
            postcode: typed.postcode,
            city: typed.city,
            country: typed.country,
        }
    }

    /// Who buys: who has signed in, else a guest. Whoever types a customer's e-mail is not that
    /// customer: nothing is entered into an account that was not proved.
    pub fn buyer(&self, front: &Front) -> Buyer {
        if let Some(shopper) = &front.shopper {
            return Buyer::Id(shopper.id.clone());
        }
        let (first, last) = match self.typed.name.rsplit_once(' ') {
            Some((first, last)) => (first, last),
            None => (self.typed.name.as_str(), ""),
        };
        Buyer::Guest(Box::new(Customer {
            payment_methods: Vec::new(),
            id: CustomerId::new(front.site.shop.random.id("c")),
            email: self.typed.email.clone(),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            created_ms: front.now_ms,
            address: Some(self.address()),
        }))
    }

    /// How it is paid: pretended, so that nobody types a card's number anywhere.
    pub fn method(&self) -> PaymentMethod {
        match self.typed.payment.as_str() {
            "paypal" => PaymentMethod::Paypal,
            _ => PaymentMethod::Card {
                brand: "Visa".to_owned(),
                last4: "4242".to_owned(),
            },
        }
    }
}

fn new_key(front: &Front) -> IdempotencyKey {
    IdempotencyKey::new(front.site.shop.random.secret())
}

/// What is wrong with each field.
fn wrong(typed: &Typed) -> Vec<(&'static str, String)> {
    let needed = [
        ("name", &typed.name),
        ("street", &typed.street),
        ("postcode", &typed.postcode),
        ("city", &typed.city),
        ("country", &typed.country),
    ];
    let mut wrong: Vec<(&'static str, String)> = needed
        .into_iter()
        .filter(|(_, value)| value.is_empty())
        .map(|(field, _)| (field, words::say("field_needed", context! { field })))
        .collect();
    if !is_email(&typed.email) {
        wrong.insert(0, ("email", words::say("field_email", ())));
    }
    if !["card", "paypal"].contains(&typed.payment.as_str()) {
        wrong.push(("payment", words::say("field_payment", ())));
    }
    wrong
}

/// Could letters reach it? Whether they do shows when one is sent.
fn is_email(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || !is_visible(c) || "<>\"(),;:\\[]".contains(c);
    let Some((name, host)) = text.split_once('@') else {
        return false;
    };
    let sound = |label: &str| {
        let inner = |c: char| c.is_alphanumeric() || c == '-';
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(inner)
    };
    let has_dot = host.contains('.') && host.split('.').all(sound);
    !name.is_empty() && has_dot && !host.contains('@') && !text.contains(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_one_that_letters_could_reach() {
        for good in ["a@b.ie", "nora.hennessy+shop@example.com"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b.ie",
            "a@b",
            "a@.ie",
            "a b@c.ie",
            "a@b@c.ie",
            "<a>@b.ie",
            "a@b..ie",
            "a@-b.ie",
            "a\u{202e}@b.ie",
            "a@b_c.ie",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
