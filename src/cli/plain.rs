//! What a shopper sees, as plain lines for the terminal.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::channels::chat::ChatEvent;
use crate::domain::card::{
    CartCard, HandoffCard, LabelCard, OfferCard, OrderCard, ProductCard, ProductsCard,
    ProposalCard, SourcesCard,
};
use crate::domain::text::is_visible;

/// What prints events one after the other.
#[derive(Default)]
pub struct Plain {
    /// The assistant's message that was printed last.
    said: String,
}

impl Plain {
    /// Lines of an event, without line ends; none for what a terminal does not show, and for a
    /// hand-off whose words the message before it has said.
    pub fn lines(&mut self, event: &ChatEvent) -> Vec<String> {
        if event.name == "message" {
            let text = event.data["text"].as_str().unwrap_or_default();
            self.said = one_line(text);
        }
        let words = event.data["words"].as_str().unwrap_or_default();
        if event.name == "handoff" && self.said.contains(&one_line(words)) {
            return Vec::new();
        }
        lines(event)
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn lines(event: &ChatEvent) -> Vec<String> {
    match event.name {
        "message" => message(&event.data),
        "products" => card(&event.data, products),
        "order" => card(&event.data, order),
        "offer" => card(&event.data, offer),
        "cart" => card(&event.data, cart),
        "proposal" => card(&event.data, proposal),
        "label" => card(&event.data, label),
        "sources" => card(&event.data, sources),
        "handoff" => card(&event.data, |card: HandoffCard| vec![card.words]),
        "error" => event.data["detail"]
            .as_str()
            .map(str::to_owned)
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

/// The proposal and hash that an event puts up for a yes.
pub fn offered(event: &ChatEvent) -> Option<(String, String)> {
    let proposal = event.data["proposal"].as_str()?;
    let hash = event.data["hash"].as_str()?;
    (event.name == "proposal").then(|| (proposal.to_owned(), hash.to_owned()))
}

fn message(data: &Value) -> Vec<String> {
    let text = data["text"].as_str().unwrap_or("(these words were erased)");
    let name = data["name"]
        .as_str()
        .map(|name| format!("{name}: "))
        .unwrap_or_default();
    match data["from"].as_str() {
        Some("assistant" | "person") => format!("{name}{text}").lines().map(visible).collect(),
        _ => Vec::new(),
    }
}

/// A card's lines, set in; a card of an unknown shape has none.
fn card<T: DeserializeOwned>(data: &Value, lines: impl Fn(T) -> Vec<String>) -> Vec<String> {
    let card = serde_json::from_value(data.clone()).ok();
    let lines = card.map(lines).unwrap_or_default();
    lines
        .iter()
        .map(|line| format!("  {}", visible(line)))
        .collect()
}

/// Control characters could drive the terminal, and marks of direction turn what stands beside
/// them; what a shopper or a carrier wrote may not.
pub(super) fn visible(line: &str) -> String {
    line.chars().filter(|letter| is_visible(*letter)).collect()
}

/// A value as indented JSON in which nothing drives the terminal either: JSON's own escapes leave
/// 8-bit controls and marks of direction as they are.
pub(super) fn json(value: &impl Serialize) -> serde_json::Result<String> {
    let written = serde_json::to_string_pretty(value)?;
    let mut safe = String::with_capacity(written.len());
    for letter in written.chars() {
        // Line ends outside strings are the indentation's; inside they are escaped already.
        if letter == '\n' || is_visible(letter) {
            safe.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    Ok(safe)
}

fn products(card: ProductsCard) -> Vec<String> {
    card.products.iter().flat_map(product).collect()
}

fn product(card: &ProductCard) -> Vec<String> {
    let before = card
        .compare_at
        .as_ref()
        .map(|before| format!(" (before: {before})"))
        .unwrap_or_default();
    let sale = if card.final_sale { ", final sale" } else { "" };
    let mut lines = vec![format!(
        "{} by {}, {}{before}{sale}",
        card.title, card.brand, card.price
    )];
    let in_stock = |of: &crate::domain::card::ProductColorCard| {
        format!("{} ({})", of.color, of.sizes.join(", "))
    };
    let colors: Vec<String> = card.colors.iter().map(in_stock).collect();
    let stock = match colors.is_empty() {
        true => "sold out".to_owned(),
        false => format!("in stock: {}", colors.join("; ")),
    };
    lines.push(format!("  {stock}"));
    lines.push(format!("  {}", card.link));
    lines
}

fn offer(card: OfferCard) -> Vec<String> {
    let mut lines = vec![format!("{}: code {}", card.title, card.code)];
    lines.extend(card.terms.iter().map(|term| format!("  {term}")));
    lines.extend(card.valid_until.map(|day| format!("  valid until {day}")));
    lines
}

fn cart(card: CartCard) -> Vec<String> {
    let variant = [card.color, card.size];
    let variant: Vec<String> = variant
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    vec![format!(
        "Cart: {} x {} ({}), {} each",
        card.quantity,
        card.title,
        variant.join(", "),
        card.price
    )]
}

fn order(card: OrderCard) -> Vec<String> {
    let OrderCard {
        order,
        status,
        placed,
        total,
        items,
        parcels,
    } = card;
    let mut lines = vec![format!("Order {order}: {status}, placed {placed}, {total}")];
    for item in items {
        let variant = match item.variant.as_str() {
            "" => String::new(),
            variant => format!(" ({variant})"),
        };
        lines.push(format!(
            "  {}. {} x {}{variant}, {}",
            item.line, item.quantity, item.title, item.paid
        ));
    }
    for parcel in parcels {
        let expected = parcel
            .expected
            .map(|day| format!(", expected {day}"))
            .unwrap_or_default();
        lines.push(format!(
            "  Parcel {} with {}: {}{expected}",
            parcel.tracking, parcel.carrier, parcel.status
        ));
        lines.extend(parcel.events.iter().map(|event| format!("    {event}")));
    }
    lines
}

fn proposal(card: ProposalCard) -> Vec<String> {
    let mut lines = vec![card.title];
    if card.parts.is_empty() {
        lines.extend(card.lines.iter().map(|line| format!("  {line}")));
    }
    for part in &card.parts {
        lines.push(format!("  {}", part.title));
        lines.extend(part.lines.iter().map(|line| format!("    {line}")));
    }
    lines.push("Answer yes or no, or press the button with /confirm or /cancel.".to_owned());
    lines
}

fn label(card: LabelCard) -> Vec<String> {
    vec![
        format!(
            "Return slip {}, hand over by {}",
            card.return_number, card.ship_by
        ),
        format!("  A4: {}", card.a4),
        format!("  A6: {}", card.a6),
    ]
}

fn sources(card: SourcesCard) -> Vec<String> {
    let source = |source: &crate::domain::card::Source| {
        format!(
            "Source: {}, {} ({})",
            source.title, source.heading, source.version
        )
    };
    card.sources.iter().map(source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(name: &'static str, data: Value) -> ChatEvent {
        ChatEvent {
            id: Some(1),
            name,
            data,
        }
    }

    #[test]
    fn the_shoppers_own_words_are_not_repeated_and_nothing_drives_the_terminal() {
        let own = event(
            "message",
            json!({"message": "m", "from": "shopper", "text": "hi"}),
        );
        assert!(lines(&own).is_empty());
        let theirs = json!({"message": "m", "from": "assistant", "text": "a\u{1b}[2Jb\nc"});
        assert_eq!(lines(&event("message", theirs)), ["a[2Jb", "c"]);
        let person = json!({"message": "m", "from": "person", "name": "Ada", "text": "hello"});
        assert_eq!(lines(&event("message", person)), ["Ada: hello"]);
    }

    #[test]
    fn a_hand_off_is_not_told_twice() {
        let says = |text: &str| {
            let data = json!({"message": "m", "from": "assistant", "text": text});
            event("message", data)
        };
        let card = event(
            "handoff",
            json!({"message": "m", "words": "A person reads it.\nThey answer."}),
        );
        let mut plain = Plain::default();
        assert_eq!(
            plain.lines(&card),
            ["  A person reads it.They answer."],
            "nothing has been said yet"
        );
        plain.lines(&says("Sorry. A person reads it. They\nanswer. Bye."));
        assert_eq!(plain.lines(&card), [""; 0]);
        plain.lines(&says("A person reads it."));
        assert_eq!(plain.lines(&card).len(), 1);
    }

    #[test]
    fn products_offers_and_the_cart_have_their_lines() {
        let products = json!({"message": "m", "products": [{
            "product": "p-1", "title": "Bothy Fleece", "brand": "Harrow & Pine", "price": "€79.00",
            "compare_at": "€99.00", "final_sale": false, "link": "https://shop.example/products/p-1",
            "colors": [{"color": "navy", "sizes": ["S", "M"]}, {"color": "rust", "sizes": ["L"]}],
        }]});
        assert_eq!(
            lines(&event("products", products)),
            [
                "  Bothy Fleece by Harrow & Pine, €79.00 (before: €99.00)",
                "    in stock: navy (S, M); rust (L)",
                "    https://shop.example/products/p-1"
            ]
        );
        let offer = json!({"message": "m", "title": "10% off", "code": "HP-1", "terms": ["from €60.00"],
            "valid_until": "Thursday 31 December 2026"});
        assert_eq!(
            lines(&event("offer", offer)),
            [
                "  10% off: code HP-1",
                "    from €60.00",
                "    valid until Thursday 31 December 2026"
            ]
        );
        let cart = json!({"message": "m", "variant": "s-1", "product": "p-1", "title": "Bothy Fleece",
            "color": "navy", "size": "M", "quantity": 2, "price": "€79.00"});
        assert_eq!(
            lines(&event("cart", cart)),
            ["  Cart: 2 x Bothy Fleece (navy, M), €79.00 each"]
        );
    }

    #[test]
    fn json_drives_no_terminal_and_reads_back() {
        let value = json!({"text": "a\u{9b}31m\u{202e}b\u{e0041}\u{ad}\nc \u{1f600}"});
        let printed = json(&value).expect("prints");
        assert!(
            printed.chars().all(|c| c == '\n' || is_visible(c)),
            "{printed}"
        );
        assert_eq!(serde_json::from_str::<Value>(&printed).ok(), Some(value));
    }

    #[test]
    fn a_proposal_says_how_to_answer_it() {
        let data = json!({
            "message": "m", "proposal": "p1", "hash": "h1", "title": "Return 1 item",
            "lines": ["Refund €5.00"], "expires_ms": 5, "state": "open",
        });
        let event = event("proposal", data);
        assert_eq!(offered(&event), Some(("p1".into(), "h1".into())));
        assert_eq!(lines(&event)[..2], ["  Return 1 item", "    Refund €5.00"]);
        let over = ChatEvent {
            id: Some(2),
            name: "proposal",
            data: json!({"proposal": "p1", "state": "confirmed"}),
        };
        assert_eq!(offered(&over), None);
        assert!(lines(&over).is_empty());
    }
}
