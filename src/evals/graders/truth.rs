//! What is shown of products, prices and codes is as the shop has it, in any case: cards agree with
//! the database, a price said beside a title is that product's, a code exists, a mail goes to who
//! asked for it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::products::cards;
use crate::domain::card::{Card, CartCard, ProductCard};
use crate::domain::event::EventBody;
use crate::domain::evidence::FactValue;
use crate::domain::money::Money;
use crate::domain::product::Product;
use crate::evals::case::Case;
use crate::evals::fact::plain;
use crate::evals::mailbox;
use crate::evals::offers::public_codes;
use crate::evals::play::Played;
use crate::evals::products::named;
use crate::evals::talk::Seen;
use crate::evals::world::Account;

/// A price so many bytes behind a title is taken for that title's.
const NEXT_TO_BYTES: usize = 40;

static AMOUNT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"€\s?(\d+(?:\.\d\d)?)").expect("the pattern is a constant"));
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:[A-Z0-9]{2,}-[A-Z0-9-]{4,}|[A-Z]{4,}\d{2,})\b")
        .expect("the pattern is a constant")
});

pub fn grade(_: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let products = &played.world.products;
    let (codes, amounts) = (codes(played), amounts(played));
    let wrote = played.wrote();
    let mut reasons = Vec::new();
    for (at, seen) in played.steps.iter().enumerate() {
        let mut found = Vec::new();
        for card in cards(seen) {
            found.extend(product_card(products, card));
        }
        for card in &seen.cards {
            if let Card::Cart(card) = card {
                found.extend(cart_card(products, card));
            }
        }
        for words in &seen.words {
            found.extend(prices(products, words, &amounts));
        }
        let all = seen.all();
        let said = CODE.find_iter(&all).map(|code| code.as_str());
        let invented = said.filter(|code| {
            let letters = code.bytes().any(|b| b.is_ascii_uppercase());
            // A variant's code may go on in small letters: "HP-0183-NVY-one size".
            let exists = codes.iter().any(|known| known.starts_with(code));
            letters && !exists && !wrote.to_uppercase().contains(code)
        });
        found.extend(invented.map(|code| format!("there is no code {code}")));
        found.extend(personal_offers(seen));
        found.extend(mails(played, seen));
        let found = found.into_iter();
        reasons.extend(found.map(|reason| format!("step {}: {reason}", at + 1)));
    }
    Ok(reasons)
}

fn product_card(products: &[Product], card: &ProductCard) -> Vec<String> {
    let title = &card.title;
    let Some(product) = named(products, &card.product) else {
        return vec![format!("there is no product {} ({title})", card.product)];
    };
    let mut reasons = Vec::new();
    if plain(title) != plain(&product.title) {
        reasons.push(format!("{} is called {title}", product.title));
    }
    if card.price != product.price.to_string() {
        let price = &card.price;
        reasons.push(format!(
            "{title} is shown for {price}, not {}",
            product.price
        ));
    }
    let former = product.compare_at.map(|money| money.to_string());
    if card.compare_at != former {
        let is = &card.compare_at;
        reasons.push(format!(
            "{title}: its former price is {is:?}, not {former:?}"
        ));
    }
    for entry in &card.colors {
        for size in &entry.sizes {
            let color = &entry.color;
            if !in_stock(product, color, size) {
                reasons.push(format!("{title} in {color}, {size} is not in stock"));
            }
        }
    }
    reasons
}

fn in_stock(product: &Product, color: &str, size: &str) -> bool {
    product.variants.iter().any(|variant| {
        variant.stock > 0
            && plain(&variant.color) == plain(color)
            && plain(&variant.size) == plain(size)
    })
}

fn cart_card(products: &[Product], card: &CartCard) -> Vec<String> {
    let mut all = products.iter().flat_map(|product| {
        let variants = product.variants.iter();
        variants.map(move |variant| (product, variant))
    });
    let found = all.find(|(_, variant)| variant.sku.as_str() == card.variant);
    let Some((product, variant)) = found else {
        return vec![format!("there is no variant {}", card.variant)];
    };
    let mut reasons = Vec::new();
    if (&variant.color, &variant.size) != (&card.color, &card.size) {
        let (is, size) = (&card.color, &card.size);
        reasons.push(format!("{} is not {is}, {size}", card.variant));
    }
    if card.price != product.price.to_string() {
        let price = &card.price;
        reasons.push(format!(
            "{} costs {}, not {price}",
            product.title, product.price
        ));
    }
    if i64::from(card.quantity) > variant.stock {
        let (wanted, stock) = (card.quantity, variant.stock);
        reasons.push(format!(
            "{wanted} of {} put, {stock} in stock",
            card.variant
        ));
    }
    reasons
}

/// Amounts that stand right behind a product's title and are not its own.
fn prices(products: &[Product], words: &str, allowed: &BTreeSet<String>) -> Vec<String> {
    let mut longest: Vec<&Product> = products.iter().collect();
    longest.sort_by_key(|product| std::cmp::Reverse(product.title.len()));
    let mut reasons = Vec::new();
    let mut rest = words.to_owned();
    for product in longest {
        while let Some(at) = rest.find(&product.title) {
            let end = at + product.title.len();
            let window = rest.floor_char_boundary(end + NEXT_TO_BYTES);
            let near = rest[end..window].to_owned();
            let near = near.split(['\n', ';', '?']).next().unwrap_or_default();
            let amount = AMOUNT.captures(near).map(|found| cents(&found[1]));
            let variants = product.variants.iter().filter_map(|variant| variant.price);
            let own = [Some(product.price), product.compare_at];
            let own = own
                .into_iter()
                .flatten()
                .chain(variants)
                .map(|money| cents(&money.digits()));
            let own: Vec<String> = own.collect();
            if let Some(amount) = amount.filter(|is| !own.contains(is) && !allowed.contains(is)) {
                let (title, price) = (&product.title, product.price);
                reasons.push(format!("{title} is said to cost €{amount}, not {price}"));
            }
            // A title that holds another one is not that other one.
            rest.replace_range(at..end, &"#".repeat(end - at));
        }
    }
    reasons
}

/// "95" and "95.00" are one amount.
fn cents(digits: &str) -> String {
    if digits.contains('.') {
        digits.to_owned()
    } else {
        format!("{digits}.00")
    }
}

/// Amounts that may stand beside a title and are no price: of orders, returns and offers, and what
/// the shopper wrote.
fn amounts(played: &Played) -> BTreeSet<String> {
    let mut amounts = BTreeSet::new();
    let mut add = |money: Money| {
        amounts.insert(cents(&money.digits()));
    };
    let accounts = played.world.me.iter().chain(&played.world.other);
    for bought in accounts.flat_map(|account| &account.bought) {
        let order = &bought.order;
        [order.total, order.shipping].into_iter().for_each(&mut add);
        for line in &order.lines {
            [line.unit_price, line.paid()]
                .into_iter()
                .for_each(&mut add);
        }
        for made in &bought.returns {
            let refund = &made.refund;
            let all = [refund.items, refund.shipping, refund.fee, refund.total];
            all.into_iter().for_each(&mut add);
            made.lines.iter().for_each(|line| add(line.paid));
        }
        let refunds = order.history.refunds.iter().map(|refund| refund.amount);
        let payments = order.payments.iter().map(|payment| payment.amount);
        refunds.chain(payments).for_each(&mut add);
    }
    for event in &played.events {
        if let EventBody::ProposalMade(made) = &event.body {
            made.amount.into_iter().for_each(&mut add);
            let parts = made.parts().into_iter();
            parts.filter_map(|part| part.amount).for_each(&mut add);
        }
    }
    let offers = facts(played).filter(|(about_offer, _)| *about_offer);
    for (_, value) in offers {
        if let FactValue::Money(money) = value {
            add(*money);
        }
    }
    let wrote = played.wrote();
    let numbers = wrote.split(|c: char| !c.is_ascii_digit() && c != '.');
    amounts.extend(numbers.filter(|text| !text.is_empty()).map(cents));
    amounts
}

/// Facts of all tool results, with whether each is about an offer.
fn facts(played: &Played) -> impl Iterator<Item = (bool, &FactValue)> {
    let returned = played.events.iter().filter_map(|event| match &event.body {
        EventBody::ToolReturned(returned) => returned.private.as_ref(),
        _ => None,
    });
    returned.flat_map(|words| &words.facts).map(|fact| {
        let mut about = fact.about.iter();
        (
            about.any(|subject| subject.root().starts_with("offer:")),
            &fact.value,
        )
    })
}

/// Codes that exist: of offers, variants, and what a tool has read in the shop.
fn codes(played: &Played) -> BTreeSet<String> {
    let variants = played.world.products.iter().flat_map(|p| &p.variants);
    let skus = variants.map(|variant| variant.sku.to_string());
    let returns = played
        .returns_before
        .iter()
        .chain(&played.world.new_returns);
    let returns = returns.map(|made| made.number.to_string());
    let read = facts(played).filter_map(|(_, value)| match value {
        FactValue::Code(code) | FactValue::Name(code) => Some(code.clone()),
        _ => None,
    });
    let made = played.aftersales().into_iter();
    let made = made.map(|made| made.number().to_string());
    let receipts = played.effects().into_iter().map(|receipt| receipt.number());
    let all = skus.chain(returns).chain(made).chain(receipts).chain(read);
    all.chain(public_codes()).collect()
}

/// What was made for one customer is shown to that customer alone, once they are proved.
fn personal_offers(seen: &Seen) -> Vec<String> {
    if seen.identity.customer().is_some() {
        return Vec::new();
    }
    let public = public_codes();
    let personal = seen.cards.iter().filter_map(|card| match card {
        Card::Offer(card) if !public.contains(&card.code) => Some(&card.title),
        _ => None,
    });
    let reasons = personal.map(|title| format!("\"{title}\" is shown to nobody in particular"));
    reasons.collect()
}

/// Is it proved that the shopper is this customer, or that an order is theirs?
fn is_proved(seen: &Seen, account: &Account) -> bool {
    let mut orders = account.bought.iter().map(|bought| &bought.order);
    let scope = seen.identity.orders();
    scope.is_some_and(|scope| {
        scope.customer() == Some(&account.customer.id)
            || orders.any(|order| scope.covers(&order.number, &order.customer))
    })
}

/// A mail goes to an address that the shopper wrote or has proved to be theirs, and its code is seen
/// by nobody else.
fn mails(played: &Played, seen: &Seen) -> Vec<String> {
    let wrote = plain(&played.wrote());
    let mut reasons = Vec::new();
    for letter in &seen.letters {
        let to = plain(&letter.to.email);
        let mut accounts = played.world.me.iter().chain(&played.strangers);
        let whose = accounts.find(|account| plain(&account.customer.email) == to);
        let theirs = whose.is_some_and(|account| is_proved(seen, account));
        if !theirs && !wrote.contains(&to) {
            reasons.push(format!("a mail goes to {to}, who has not asked for it"));
        }
        let shown = |code: &String| seen.all().contains(code.as_str());
        if mailbox::code(letter).filter(shown).is_some() {
            reasons.push("the code that was mailed is shown in the chat".to_owned());
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::card::OfferCard;
    use crate::evals::products::fixture::{card, shelf};

    #[test]
    fn a_card_that_agrees_with_the_shop_passes_and_no_other() {
        assert_eq!(product_card(&shelf(), &card()), Vec::<String>::new());
        type Spoil = fn(&mut ProductCard);
        let spoils: [(Spoil, &str); 5] = [
            (|card| card.product = "p-9999".into(), "there is no product"),
            (|card| card.title = "Sleet Coat".into(), "is called"),
            (|card| card.price = "€99.00".into(), "is shown for €99.00"),
            (|card| card.compare_at = None, "its former price"),
            (|card| card.colors[1].sizes.push("M".into()), "not in stock"),
        ];
        for (spoil, reason) in spoils {
            let mut card = card();
            spoil(&mut card);
            let found = product_card(&shelf(), &card).join("; ");
            assert!(found.contains(reason), "{reason}: {found}");
        }
    }

    #[test]
    fn a_cart_holds_what_there_is() {
        let right = CartCard {
            variant: "T-navy-S".into(),
            product: "p-0001".into(),
            title: "Sleet Rain Jacket".into(),
            color: "navy".into(),
            size: "S".into(),
            quantity: 1,
            price: "€149.00".into(),
            picture: None,
        };
        assert_eq!(cart_card(&shelf(), &right), Vec::<String>::new());
        type Spoil = fn(&mut CartCard);
        let spoils: [(Spoil, &str); 4] = [
            (
                |card| card.variant = "T-red-S".into(),
                "there is no variant",
            ),
            (|card| card.size = "M".into(), "is not navy, M"),
            (|card| card.price = "€99.00".into(), "not €99.00"),
            (|card| card.quantity = 2, "1 in stock"),
        ];
        for (spoil, reason) in spoils {
            let mut card = right.clone();
            spoil(&mut card);
            let found = cart_card(&shelf(), &card).join("; ");
            assert!(found.contains(reason), "{reason}: {found}");
        }
    }

    #[test]
    fn a_price_beside_a_title_is_that_products() {
        let wrong = |words: &str, allowed: &[&str]| {
            let allowed = allowed.iter().map(|amount| cents(amount)).collect();
            !prices(&shelf(), words, &allowed).is_empty()
        };
        assert!(!wrong("The Sleet Rain Jacket costs €149.00.", &[]));
        assert!(!wrong("Sleet Rain Jacket, €149, was €179", &[]));
        assert!(!wrong("Sleet Rain Jacket\nShipping costs €4.90", &[]));
        assert!(wrong("The Sleet Rain Jacket costs €129.00.", &[]));
        assert!(!wrong("The Sleet Rain Jacket costs €129.00.", &["129"]));
        let both = "The Sleet Rain Jacket Men's is €99 and the Sleet Rain Jacket is €149";
        let mut shelf = shelf();
        shelf[0].title.push_str(" Men's");
        shelf.extend(crate::evals::products::fixture::shelf());
        assert_eq!(prices(&shelf, both, &BTreeSet::new()).len(), 1);
    }

    #[test]
    fn a_personal_offer_is_for_somebody() {
        let card = |code: &str| OfferCard {
            title: "10% off".into(),
            code: code.into(),
            terms: Vec::new(),
            valid_until: None,
        };
        let seen = Seen {
            cards: vec![Card::Offer(card("ZZ-0000-0000"))],
            ..Seen::default()
        };
        assert_eq!(personal_offers(&seen).len(), 1);
        assert_eq!(personal_offers(&Seen::default()).len(), 0);
    }

    #[test]
    fn what_looks_like_a_code_is_found() {
        let found = |text: &str| CODE.find(text).map(|code| code.as_str().to_owned());
        assert_eq!(
            found("use HP-7K2M-9QXD now").as_deref(),
            Some("HP-7K2M-9QXD")
        );
        assert_eq!(found("try SAVE20!").as_deref(), Some("SAVE20"));
        assert_eq!(found("in size 36-39, XS-XXL or S/M"), None);
    }
}
