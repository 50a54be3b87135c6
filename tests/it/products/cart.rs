//! One product, by name, and the way into the cart.

use super::*;

fn has(output: &ToolOutput, about: &str, value: &FactValue) -> bool {
    let is = |fact: &&Fact| fact.about[0].0 == about && fact.value == *value;
    output.facts.iter().any(|fact| is(&fact))
}

#[tokio::test]
async fn a_product_is_told_whole_and_taints_the_turn() {
    let counter = Counter::new().await;
    let (told, output) = counter
        .call("get_product", &json!({"product": "p-0001"}))
        .await;
    assert_eq!(told["title"], "Sleet Rain Jacket");
    assert_eq!(told["price"], "€149.00");
    assert_eq!(told["weight"], "410 g");
    assert_eq!(
        told["link"],
        "https://harrowandpine.example/products/p-0001"
    );
    assert_eq!(told["reviews"]["count"], 4);
    assert_eq!(told["reviews"]["average"], "4.0");
    assert_eq!(told["reviews"]["newest"].as_array().unwrap().len(), 3);
    let first = told["reviews"]["newest"][0]["text"].as_str().unwrap();
    assert!(first.starts_with("Four hours of sideways rain"), "{first}");
    assert!(told.get("cost").is_none() && !output.content.contains("62.40"));
    assert!(output.tainted);
    assert!(has(
        &output,
        "product:p-0001",
        &FactValue::Name("Sleet Rain Jacket".into())
    ));
    assert!(has(&output, "product:p-0001", &FactValue::Number(410)));
    assert!(has(
        &output,
        "product:p-0001",
        &FactValue::Status("in stock".into())
    ));
    assert!(matches!(&output.cards[..], [Card::Products(card)] if card.products.len() == 1));
}

#[tokio::test]
async fn names_are_found_as_shoppers_write_them() {
    let counter = Counter::new().await;
    for (name, id) in [
        ("P-0001", "p-0001"),
        (" sleet rain jacket ", "p-0001"),
        ("Sleet Rain Jacket Men's", "p-0002"),
        ("men's sleet jacket", "p-0002"),
        ("the women's sleet", "p-0001"),
        ("sleet rain jackt for men", "p-0002"),
        ("Prom Mac", "p-0005"),
        ("twelve bens", "p-0206"),
        ("Daypack 22", "p-0206"),
        ("HP-0001-NVY-M", "p-0001"),
    ] {
        let (told, _) = counter.call("get_product", &json!({"product": name})).await;
        assert_eq!(told["product_id"], id, "{name}: {told}");
    }
    let (told, output) = counter
        .call("get_product", &json!({"product": "sleet jacket"}))
        .await;
    let which = told["which"].as_array().expect("a choice");
    let ids: Vec<_> = which
        .iter()
        .map(|one| one["product_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["p-0001", "p-0002"]);
    assert!(!output.tainted, "titles and prices alone");
    let words = counter
        .refused("get_product", &json!({"product": "Sleet Rain Hat"}))
        .await;
    assert!(words.contains("Sleet Rain Jacket"), "{words}");
    let words = counter
        .refused("get_product", &json!({"product": "Meteorite"}))
        .await;
    assert_eq!(words, "We have no product of that name.");
    let words = counter.retried("get_product", r#"{"product":" "}"#).await;
    assert!(words.starts_with("`product` is empty"), "{words}");
}

#[tokio::test]
async fn what_is_clear_goes_into_the_cart_and_changes_nothing() {
    let counter = Counter::new().await;
    let before = counter.product("p-0001").await;
    let wish = json!({"product": "Sleet Rain Jacket", "size": "m", "color": "Navy", "quantity": 2});
    let (told, output) = counter.call("add_to_cart", &wish).await;
    assert_eq!(told["added"]["sku"], "HP-0001-NVY-M");
    assert_eq!(told["added"]["quantity"], 2);
    assert_eq!(told["added"]["price"], "€149.00");
    let [Card::Cart(card)] = &output.cards[..] else {
        panic!("one card for the cart, not {:?}", output.cards);
    };
    assert_eq!((card.variant.as_str(), card.quantity), ("HP-0001-NVY-M", 2));
    assert!(has(&output, "product:p-0001", &FactValue::Number(2)));
    assert!(!output.tainted);
    assert_eq!(counter.product("p-0001").await, before);
    let (told, _) = counter
        .call("add_to_cart", &json!({"product": "HP-0001-RST-XL"}))
        .await;
    assert_eq!(told["added"]["color"], "rust");
    let green = json!({"product": "p-0001", "size": "M", "color": "green"});
    let (told, _) = counter.call("add_to_cart", &green).await;
    assert_eq!(told["added"]["color"], "moss green");
    let single = json!({"product": "Harbour Beanie", "color": "navy"});
    let (told, _) = counter.call("add_to_cart", &single).await;
    assert_eq!(told["added"]["size"], "one size");
}

#[tokio::test]
async fn what_is_missing_is_asked_for() {
    let counter = Counter::new().await;
    let (told, output) = counter
        .call("add_to_cart", &json!({"product": "p-0001"}))
        .await;
    assert_eq!(told["ask"], "size");
    assert_eq!(told["choices"], json!(["XS", "S", "M", "L", "XL", "XXL"]));
    assert!(
        told["question"]
            .as_str()
            .unwrap()
            .contains("Sleet Rain Jacket")
    );
    assert!(output.cards.is_empty(), "nothing is put anywhere");
    let (told, _) = counter
        .call("add_to_cart", &json!({"product": "p-0001", "size": "M"}))
        .await;
    assert_eq!(told["ask"], "color");
    assert_eq!(told["choices"], json!(["navy", "moss green", "rust"]));
    let (told, _) = counter
        .call("add_to_cart", &json!({"product": "sleet jacket"}))
        .await;
    assert_eq!(told["ask"], "product");
}

#[tokio::test]
async fn what_cannot_be_had_is_refused_with_what_can() {
    let counter = Counter::new().await;
    let stock = async |sku: &str, stock: i64| {
        assert!(
            counter
                .shop
                .store
                .set_stock(&Sku::new(sku), stock)
                .await
                .unwrap()
        );
    };
    let refused = async |wish: Value| counter.refused("add_to_cart", &wish).await;
    let words = refused(json!({"product": "p-0001", "size": "4XL"})).await;
    assert!(
        words.contains("does not come in that size") && words.contains("XS, S, M"),
        "{words}"
    );
    let words = refused(json!({"product": "p-0001", "color": "pink"})).await;
    assert!(words.contains("navy, moss green or rust"), "{words}");
    stock("HP-0001-NVY-M", 0).await;
    let navy = json!({"product": "p-0001", "size": "M", "color": "navy"});
    let words = refused(navy.clone()).await;
    assert!(
        words.contains("sold out in that size") && words.contains("XS, S, L"),
        "{words}"
    );
    stock("HP-0001-NVY-M", 1).await;
    let two = json!({"product": "p-0001", "size": "M", "color": "navy", "quantity": 2});
    assert_eq!(
        refused(two).await,
        "Of Sleet Rain Jacket (navy, M) there is only 1 left."
    );
    for color in ["NVY", "MOS", "RST"] {
        stock(&format!("HP-0001-{color}-M"), i64::from(color == "RST")).await;
    }
    let (told, _) = counter
        .call("add_to_cart", &json!({"product": "p-0001", "size": "M"}))
        .await;
    assert_eq!(
        told["added"]["color"], "rust",
        "the one that is there needs no question"
    );
    for size in ["XS", "S", "L", "XL", "XXL"] {
        stock(&format!("HP-0001-NVY-{size}"), 0).await;
    }
    let words = refused(json!({"product": "p-0001", "color": "navy"})).await;
    assert!(
        words.contains("sold out in that colour") && words.contains("rust"),
        "{words}"
    );
    let words = refused(json!({"product": "p-0001", "size": "M", "color": "navy"})).await;
    assert!(
        words.contains("in size M") && words.ends_with("there is rust."),
        "{words}"
    );
    let words = refused(json!({"product": "Bosun Loose Jean"})).await;
    assert_eq!(words, "Bosun Loose Jean is sold out at the moment.");
    let sku = refused(json!({"product": "HP-0001-NVY-M"})).await;
    assert!(sku.contains("sold out"), "{sku}");
    let many = counter
        .retried("add_to_cart", r#"{"product":"p-0001","quantity":11}"#)
        .await;
    assert!(many.contains("at most 10"), "{many}");
}

#[tokio::test]
async fn final_sale_is_said() {
    let counter = Counter::new().await;
    let product = counter.product("p-0044").await;
    assert!(product.final_sale);
    let variant = product
        .variants
        .iter()
        .find(|variant| variant.stock > 0)
        .unwrap();
    let wish = json!({"product": variant.sku.as_str()});
    let (told, output) = counter.call("add_to_cart", &wish).await;
    assert_eq!(told["added"]["final_sale"], true);
    assert_eq!(
        told["added"]["note"],
        "Linen Traveller Blazer is final sale."
    );
    assert!(has(
        &output,
        "product:p-0044",
        &FactValue::Status("final sale".into())
    ));
}
