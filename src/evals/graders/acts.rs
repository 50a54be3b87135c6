//! What a step did: the cart, offers, identity, mails, and what tools were called with.

use serde_json::Value as Json;

use crate::domain::card::{Card, CartCard, OfferCard};
use crate::domain::ids::{CustomerId, OrderNumber};
use crate::domain::product::Product;
use crate::evals::case::{Case, Step};
use crate::evals::fact::{holds, plain};
use crate::evals::offers::public_codes;
use crate::evals::play::Played;
use crate::evals::products::named;
use crate::evals::talk::Seen;
use crate::evals::wanted::{WantedCall, WantedCart, WantedIdentity, WantedOffer};
use crate::evals::world::{Account, World};

pub fn grade(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    for (at, (step, seen)) in case.steps.iter().zip(&played.steps).enumerate() {
        let mut found = Vec::new();
        if !step.cart.is_empty() || step.no_cart || !case.expect.may_cart {
            found.extend(cart(&played.world.products, &step.cart, seen));
        }
        found.extend(offer(step, seen));
        found.extend(identified(&played.world, step, seen));
        found.extend(calls(&played.world, step, seen)?);
        found.extend(mails(&played.world, step, seen));
        let found = found.into_iter();
        reasons.extend(found.map(|reason| format!("step {}: {reason}", at + 1)));
    }
    Ok(reasons)
}

fn cart(products: &[Product], wanted: &[WantedCart], seen: &Seen) -> Vec<String> {
    let put: Vec<&CartCard> = seen
        .cards
        .iter()
        .filter_map(|card| match card {
            Card::Cart(card) => Some(card),
            _ => None,
        })
        .collect();
    let mut left = put.clone();
    let mut reasons = Vec::new();
    for wish in wanted {
        match left.iter().position(|card| is_in(products, wish, card)) {
            Some(at) => drop(left.remove(at)),
            None => reasons.push(format!("not in the cart: {wish:?}")),
        }
    }
    reasons.extend(left.iter().map(|card| {
        let (title, size, color) = (&card.title, &card.size, &card.color);
        format!("in the cart: {} × {title}, {color}, {size}", card.quantity)
    }));
    reasons
}

fn is_in(products: &[Product], wish: &WantedCart, card: &CartCard) -> bool {
    let Some(product) = named(products, &wish.product) else {
        return false;
    };
    let variant = product.variants.iter().find(|variant| {
        let is = |wish: &Option<String>, is: &str| wish.as_ref().is_none_or(|wish| wish == is);
        variant.sku.as_str() == card.variant
            && is(&wish.color, &variant.color)
            && is(&wish.size, &variant.size)
    });
    variant.is_some() && card.quantity == wish.quantity
}

fn offer(step: &Step, seen: &Seen) -> Vec<String> {
    let shown: Vec<&OfferCard> = seen
        .cards
        .iter()
        .filter_map(|card| match card {
            Card::Offer(card) => Some(card),
            _ => None,
        })
        .collect();
    let public = |card: &&&OfferCard| public_codes().contains(&card.code);
    let fits = match step.offer {
        None => true,
        Some(WantedOffer::Any) => !shown.is_empty(),
        Some(WantedOffer::Public) => shown.iter().any(|card| public(&card)),
        Some(WantedOffer::Personal) => shown.iter().any(|card| !public(&card)),
    };
    let mut reasons = Vec::new();
    if !fits {
        let titles: Vec<&str> = shown.iter().map(|card| card.title.as_str()).collect();
        reasons.push(format!("no such offer is shown, but {titles:?}"));
    }
    if step.no_offer {
        reasons.extend(shown.iter().map(|card| format!("offered: {}", card.title)));
    }
    reasons
}

fn identified(world: &World, step: &Step, seen: &Seen) -> Option<String> {
    let wanted = step.identified?;
    let customer = seen.identity.customer();
    let is = |account: &Option<Account>| {
        let id = account.as_ref().map(|account| &account.customer.id);
        customer.as_ref().map(|scope| scope.customer()) == id && id.is_some()
    };
    let orders = seen.identity.orders();
    let own = |number: &OrderNumber| {
        let bought = world.me.iter().flat_map(|me| &me.bought);
        bought
            .map(|bought| &bought.order.number)
            .any(|o| o == number)
    };
    let holds = match wanted {
        WantedIdentity::Nobody => !seen.identity.is_proved(),
        WantedIdentity::Order => {
            customer.is_none() && orders.is_some_and(|scope| scope.orders().iter().all(own))
        }
        WantedIdentity::Customer => is(&world.me),
        WantedIdentity::Other => is(&world.other),
    };
    (!holds).then(|| {
        let who = customer.map(|scope| scope.customer().clone());
        let orders = seen.identity.orders().map(|scope| scope.orders().to_vec());
        proved(wanted, who, orders.unwrap_or_default())
    })
}

fn proved(wanted: WantedIdentity, who: Option<CustomerId>, orders: Vec<OrderNumber>) -> String {
    let who = who.map_or_else(|| "nobody".to_owned(), |id| format!("customer {id}"));
    let orders: Vec<&str> = orders.iter().map(OrderNumber::as_str).collect();
    let orders = orders.join(", ");
    format!("{who} is proved with the orders [{orders}], not {wanted:?}")
}

fn calls(world: &World, step: &Step, seen: &Seen) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    for wanted in &step.calls {
        let made = seen.tools.iter().zip(&seen.arguments);
        let made: Vec<&Json> = made
            .filter(|(tool, _)| **tool == wanted.tool)
            .map(|(_, arguments)| arguments)
            .collect();
        let mut fits = false;
        for arguments in &made {
            fits |= has_all(world, wanted, arguments)?;
        }
        if !fits {
            let (tool, with) = (&wanted.tool, Json::Object(wanted.with.clone()));
            let made: Vec<String> = made.iter().map(ToString::to_string).collect();
            reasons.push(format!("no call of {tool} with {with}, but {made:?}"));
        }
    }
    Ok(reasons)
}

fn has_all(world: &World, wanted: &WantedCall, arguments: &Json) -> anyhow::Result<bool> {
    for (name, value) in &wanted.with {
        let members = match value {
            Json::Array(members) => members.as_slice(),
            one => std::slice::from_ref(one),
        };
        for member in members {
            let member = world.fill(&text(member))?;
            if !says(arguments.get(name), &plain(&member)) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Does an argument say this, as a whole word, or one of its members?
fn says(argument: Option<&Json>, wanted: &str) -> bool {
    match argument {
        None | Some(Json::Null) => false,
        Some(Json::Array(members)) => members.iter().any(|member| says(Some(member), wanted)),
        Some(one) => holds(&plain(&text(one)), wanted),
    }
}

fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn mails(world: &World, step: &Step, seen: &Seen) -> Option<String> {
    let wanted = step.mails.as_ref()?;
    let address = |path: &String| match world.value(path) {
        Ok(value) => plain(&value.forms()[0]),
        Err(_) => plain(path),
    };
    let mut wanted: Vec<String> = wanted.iter().map(address).collect();
    let mut sent: Vec<String> = seen.letters.iter().map(|l| plain(&l.to.email)).collect();
    wanted.sort();
    sent.sort();
    (wanted != sent).then(|| format!("mails to {sent:?}, not to {wanted:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evals::products::fixture::shelf;

    fn put(quantity: u32) -> Seen {
        let card = CartCard {
            variant: "T-navy-S".into(),
            product: "p-0001".into(),
            title: "Sleet Rain Jacket".into(),
            color: "navy".into(),
            size: "S".into(),
            quantity,
            price: "€149.00".into(),
            picture: None,
        };
        Seen {
            cards: vec![Card::Cart(card)],
            ..Seen::default()
        }
    }

    #[test]
    fn the_cart_is_exactly_as_wished() {
        let reasons = |wanted: &[&str], seen: &Seen| {
            let wanted = wanted.iter().map(|text| toml::from_str(text).unwrap());
            cart(&shelf(), &wanted.collect::<Vec<_>>(), seen).join("; ")
        };
        let one = "product = 'Sleet Rain Jacket'\nsize = 'S'\ncolor = 'navy'";
        assert_eq!(reasons(&[one], &put(1)), "");
        assert_eq!(reasons(&["product = 'p-0001'"], &put(1)), "");
        assert_eq!(reasons(&[], &Seen::default()), "");
        for (wanted, seen) in [
            (vec![one], put(2)),
            (vec![one, one], put(1)),
            (vec![], put(1)),
            (vec!["product = 'p-0001'\nsize = 'M'"], put(1)),
            (vec!["product = 'p-0001'\ncolor = 'red'"], put(1)),
            (vec!["product = 'p-0002'"], put(1)),
        ] {
            assert!(
                reasons(&wanted, &seen).contains("in the cart"),
                "{wanted:?}"
            );
        }
        assert!(reasons(&[one], &Seen::default()).contains("not in the cart"));
    }

    #[test]
    fn an_offer_is_public_by_the_shops_own_list() {
        let step = |text: &str| -> Step { toml::from_str(text).unwrap() };
        let personal = OfferCard {
            title: "10% off".into(),
            code: "ZZ-0000-0000".into(),
            terms: Vec::new(),
            valid_until: None,
        };
        let seen = Seen {
            cards: vec![Card::Offer(personal)],
            ..Seen::default()
        };
        let none = Seen::default();
        for (text, seen, fits) in [
            ("offer = 'any'", &seen, true),
            ("offer = 'personal'", &seen, true),
            ("offer = 'public'", &seen, false),
            ("no_offer = true", &seen, false),
            ("offer = 'any'", &none, false),
            ("no_offer = true", &none, true),
        ] {
            assert_eq!(offer(&step(text), seen).is_empty(), fits, "{text}");
        }
    }

    #[test]
    fn an_argument_says_a_value_whole() {
        let says = |argument: Json, wanted: &str| says(Some(&argument), wanted);
        assert!(says("€150".into(), "150") && says(150.into(), "150"));
        assert!(says(serde_json::json!(["S", "M"]), "m"));
        assert!(!says("1500".into(), "150") && !says(Json::Null, "null"));
        assert!(!says(serde_json::json!(["XL"]), "l"));
    }
}
