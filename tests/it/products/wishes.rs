//! Wishes read from words, and what is found for them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use attendant::domain::money::Currency;
use attendant::knowledge::catalog::text::{Interner, plain};
use attendant::knowledge::catalog::traits::{Traits, size_text};
use attendant::knowledge::catalog::wishes::{Asked, Wishes};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt as _, SeedableRng};

use super::*;

async fn read(counter: &Counter, query: &str) -> Wishes {
    let asked = Asked {
        query: query.to_owned(),
        ..Asked::default()
    };
    let snapshot = counter.catalog.snapshot().await.unwrap();
    asked.wishes(&snapshot, Currency::EUR).unwrap()
}

/// One line for what was understood, conditions only.
fn line(wishes: &Wishes) -> String {
    let mut parts = Vec::new();
    let mut add = |name: &str, words: Vec<String>| {
        if !words.is_empty() {
            parts.push(format!("{name}={}", words.join("|")));
        }
    };
    add(
        "kind",
        wishes
            .kinds
            .iter()
            .flatten()
            .map(|kind| kind.words.clone())
            .collect(),
    );
    add(
        "for",
        wishes.departments.iter().flatten().cloned().collect(),
    );
    add(
        "min",
        wishes
            .price_min
            .iter()
            .map(|price| price.digits())
            .collect(),
    );
    add(
        "max",
        wishes
            .price_max
            .iter()
            .map(|price| price.digits())
            .collect(),
    );
    add("size", wishes.sizes.iter().flatten().cloned().collect());
    add(
        "color",
        wishes
            .colors
            .iter()
            .flatten()
            .map(|color| color.words.clone())
            .collect(),
    );
    add(
        "feature",
        wishes
            .features
            .iter()
            .map(|feature| feature.words.clone())
            .collect(),
    );
    add("brand", wishes.brands.iter().flatten().cloned().collect());
    let not = wishes.not_colors.iter().map(|color| color.words.clone());
    let not = not.chain(
        wishes
            .not_features
            .iter()
            .map(|feature| feature.words.clone()),
    );
    let not = not.chain(wishes.not_kinds.iter().map(|kind| kind.words.clone()));
    let not = not.chain(wishes.not_departments.iter().cloned());
    add(
        "not",
        not.chain(wishes.not_brands.iter().cloned()).collect(),
    );
    add(
        "about",
        wishes.about.iter().chain(&wishes.weak).cloned().collect(),
    );
    add("unknown", wishes.unknown.clone());
    if wishes.reduced {
        parts.push("reduced".into());
    }
    if wishes.not_final_sale {
        parts.push("not final sale".into());
    }
    if wishes.cheapest {
        parts.push("cheapest".into());
    }
    parts.join(" ")
}

#[tokio::test]
async fn words_become_conditions() {
    let counter = Counter::new().await;
    let cases = [
        (
            "waterproof jacket under 150 in M, not black",
            "kind=jacket max=150.00 size=m feature=waterproof not=black",
        ),
        (
            "Rain jackets €50 to €100",
            "kind=rain jacket min=50.00 max=100.00",
        ),
        (
            "jeans W32/L34 in dark blue or black",
            "kind=jeans size=32/34 color=dark blue|black",
        ),
        (
            "hiking boots, no leather, 42",
            "kind=hiking boots size=42 not=leather",
        ),
        ("a jacket without a hood", "kind=jacket not=hood"),
        (
            "anything but black or navy: a fleece",
            "kind=fleece not=black|navy",
        ),
        ("not black, navy please", "color=navy not=black"),
        (
            "no black, brown or grey jumper",
            "kind=jumper not=black|brown|grey",
        ),
        (
            "trousers that are not black and waterproof",
            "kind=trousers feature=waterproof not=black",
        ),
        ("leather free belt", "kind=belt not=leather"),
        ("non-wool socks", "kind=sock not=wool"),
        ("socks not made from wool", "kind=sock not=wool"),
        ("wool-free hat", "kind=hat not=wool"),
        ("merino wool free sock", "kind=sock not=merino wool"),
        (
            "I'm allergic to wool, I need a jumper",
            "kind=jumper not=wool",
        ),
        (
            "I can't wear wool or alpaca. A jumper",
            "kind=jumper not=wool|alpaca",
        ),
        ("don't show me anything by Skerrow", "not=skerrow"),
        ("a jacket in any colour but black", "kind=jacket not=black"),
        ("a jacket, it doesn't have to be waterproof", "kind=jacket"),
        ("a jacket, no need for a hood", "kind=jacket"),
        ("I don't mind black, a jacket", "kind=jacket"),
        (
            "gift for my wife under 40",
            "for=women max=40.00 about=gift",
        ),
        ("a jacket for a 6 year old", "kind=jacket for=kids"),
        ("something for my 30 year old brother", "for=men"),
        (
            "women's merino base layer in size S or M",
            "kind=base layer for=women size=m|s feature=merino",
        ),
        ("men's Skerrow shell", "for=men brand=skerrow about=shell"),
        ("harrow and pine socks", "kind=sock brand=harrow pine"),
        ("socks for hiking boots", "kind=sock"),
        ("a jacket or a coat", "kind=jacket|coat"),
        ("down jacket", "kind=jacket feature=down"),
        ("I sat down in my chair", "about=sat|down|chair"),
        (
            "shirt with button down collar",
            "kind=shirt feature=button-down collar",
        ),
        ("sand trousers", "kind=trousers color=sand"),
        ("shoes for sand and stone", "kind=shoes about=sand|stone"),
        ("jacket with pit zips", "kind=jacket feature=pit zips"),
        ("jakcet, watreproof", "kind=jacket feature=waterproof"),
        ("is there a store in Dublin", "unknown=dublin"),
        (
            "reduced dresses, no final sale",
            "kind=dress reduced not final sale",
        ),
        ("cheapest t-shirt", "kind=t-shirt cheapest"),
        ("gift wrap", "about=wrap|gift"),
        ("kids jacket 128", "kind=kids jackets size=128"),
        (
            "kids rain jacket 128 cm",
            "kind=rain jacket for=kids size=128",
        ),
        ("belt 95 cm", "kind=belt size=95"),
        ("backpack of 38 litres", "kind=backpack about=38|litres"),
        ("UK 10 dress", "kind=dress unknown=uk 10"),
        ("boots size 7 UK", "kind=boots unknown=7 uk"),
        ("large t-shirt", "kind=t-shirt size=l"),
        ("medium women's dress", "kind=dress for=women size=m"),
        ("t shirt l", "kind=t-shirt size=l"),
        ("large black jacket", "kind=jacket size=l color=black"),
        (
            "a dress with a small pocket",
            "kind=dress about=small|pocket",
        ),
        ("a large bag", "kind=bag unknown=large"),
        ("a large scarf", "kind=scarf unknown=large"),
        ("sale", "reduced"),
        ("do you have jackets for sale", "kind=jacket"),
        ("a jacket for my daughter, she is 8", "kind=jacket for=kids"),
        ("a jacket for my mother, she is 80", "kind=jacket for=women"),
        ("no, I want black", "color=black"),
        ("is there no black jacket", "kind=jacket color=black"),
        ("not sure, maybe red", "color=red"),
        ("", ""),
        ("?!…", ""),
        ("the and of", ""),
    ];
    let mut wrong = Vec::new();
    for (query, expected) in cases {
        let found = line(&read(&counter, query).await);
        if found != expected {
            wrong.push(format!("{query}\n    {found}\n    {expected}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// In a catalogue without clothes the same words are no conditions: they cannot leave nothing.
#[tokio::test]
async fn words_that_the_catalogue_does_not_know_are_no_conditions() {
    let counter = Counter::empty();
    let lamp = Product {
        title: "Oak Floor Lamp".into(),
        brand: "Lumen".into(),
        category: "floor-lamps".into(),
        department: String::new(),
        features: vec!["dimmable".into()],
        material: "oak, linen shade".into(),
        ..crate::support::product("lamp-1")
    };
    counter.shop.store.put_products(vec![lamp]).await.unwrap();
    let wishes = read(
        &counter,
        "hiking jacket for women, waterproof, or dimmable lamps",
    )
    .await;
    assert_eq!(
        line(&wishes),
        "kind=lamps feature=dimmable about=hiking unknown=jacket|waterproof"
    );
    let answer = counter.search("a dimable floor lamp").await;
    assert_eq!(ids(&answer), ["lamp-1"]);
}

struct Random<'a> {
    products: &'a [Product],
    random: StdRng,
}

impl Random<'_> {
    fn one<'b, T>(&mut self, list: &'b [T]) -> &'b T {
        list.choose(&mut self.random).expect("not empty")
    }

    fn often(&mut self, share: f64) -> bool {
        self.random.random_bool(share)
    }

    /// Filters taken from the catalogue's own values, some in words, some as arguments.
    fn wish(&mut self) -> Filter {
        let products = self.products;
        let mut filter = Filter::default();
        if self.often(0.6) {
            filter.category = Some(self.one(products).category.clone());
        }
        if self.often(0.3) {
            filter.department =
                Some(["women", "men", "unisex", "kids"][self.random.random_range(0..4)]);
        }
        if self.often(0.5) {
            filter.most = Some(self.random.random_range(15..320));
        }
        if self.often(0.2) {
            filter.least = Some(self.random.random_range(15..200));
        }
        let variants = &self.one(products).variants;
        if self.often(0.4) {
            filter.size = Some(self.one(variants).size.clone());
        }
        if self.often(0.4) {
            filter.color = Some(self.one(variants).color.clone());
        }
        if self.often(0.3) {
            let other = &self.one(products).variants;
            filter.not_color = Some(self.one(other).color.clone());
        }
        let features = &self.one(products).features;
        if self.often(0.3) && !features.is_empty() {
            filter.feature = Some(self.one(features).clone());
        }
        filter
    }
}

#[derive(Debug, Default)]
struct Filter {
    category: Option<String>,
    department: Option<&'static str>,
    least: Option<i64>,
    most: Option<i64>,
    size: Option<String>,
    color: Option<String>,
    not_color: Option<String>,
    feature: Option<String>,
}

impl Filter {
    fn arguments(&self) -> Value {
        let list = |text: &Option<String>| text.iter().cloned().collect::<Vec<_>>();
        let price = |price: Option<i64>| price.map(|price| price.to_string());
        json!({
            "query": "",
            "category": self.category.as_ref().map(|category| category.replace('-', " ")),
            "department": self.department,
            "price_min": price(self.least),
            "price_max": price(self.most),
            "sizes": list(&self.size),
            "colors": list(&self.color),
            "not_colors": list(&self.not_color),
            "features": list(&self.feature),
            "limit": 6,
        })
    }

    fn in_words(&self) -> Value {
        let mut words = Vec::new();
        words.extend(self.department.map(str::to_owned));
        words.extend(
            self.category
                .as_ref()
                .map(|category| category.replace('-', " ")),
        );
        words.extend(self.most.map(|most| format!("under {most} euros")));
        words.extend(self.least.map(|least| format!("at least €{least}")));
        words.extend(self.color.as_ref().map(|color| format!("in {color}")));
        words.extend(
            self.not_color
                .as_ref()
                .map(|color| format!("but not {color}")),
        );
        json!({"query": words.join(" "), "limit": 6})
    }

    /// Checked against the product itself, by nothing that the search uses.
    fn holds(&self, product: &Product, color: &str, size: &str) -> bool {
        let price = product.price.minor;
        let own = product.department.as_str();
        let whom = self
            .department
            .is_none_or(|who| own == who || (own == "unisex" && (who == "women" || who == "men")));
        let feature = |wished: &String| {
            let key = wished.replace('-', " ");
            let words = |text: &str| -> BTreeSet<String> {
                let text = text.to_lowercase().replace('-', " ");
                text.split(' ')
                    .map(|word| word.trim_end_matches('s').to_owned())
                    .collect()
            };
            let any = FAMILIES
                .features
                .get(&key)
                .cloned()
                .unwrap_or_else(|| vec![wished.clone()]);
            any.iter().any(|wished| {
                product
                    .features
                    .iter()
                    .any(|own| words(wished).is_subset(&words(own)))
            })
        };
        self.most.is_none_or(|most| price <= most * 100)
            && self.least.is_none_or(|least| price >= least * 100)
            && whom
            && self
                .color
                .as_ref()
                .is_none_or(|wished| family(wished, color))
            && self
                .not_color
                .as_ref()
                .is_none_or(|wished| !family(wished, color))
            && self
                .size
                .as_ref()
                .is_none_or(|wished| wished == size || size_holds(wished, size))
            && self.feature.as_ref().is_none_or(feature)
    }
}

/// Which colours and features a word takes in is data: the same file as the search's.
#[derive(Deserialize)]
struct Families {
    colors: BTreeMap<String, Vec<String>>,
    features: BTreeMap<String, Vec<String>>,
}

static FAMILIES: LazyLock<Families> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/search/products.toml")).unwrap()
});

/// The colour itself, one with its words in the name, or one of its family.
fn family(wished: &String, color: &str) -> bool {
    let words: Vec<&str> = color.split(' ').collect();
    let own: Vec<&str> = wished.split(' ').collect();
    words.windows(own.len()).any(|row| row == own)
        || FAMILIES
            .colors
            .get(wished)
            .is_some_and(|all| all.iter().any(|one| one == color))
}

fn size_holds(wished: &str, size: &str) -> bool {
    let (wished, size) = (wished.to_lowercase(), size.to_lowercase());
    let number = |text: &str| text.parse::<f64>().ok();
    let parts: Vec<&str> = size.split('/').collect();
    let letters = parts.len() == 2 && parts.iter().all(|part| number(part).is_none());
    let range = size
        .split_once('-')
        .and_then(|(a, b)| Some((number(a)?, number(b)?)));
    (letters && parts.contains(&wished.as_str()))
        || (parts.len() == 2 && !letters && parts[0] == wished)
        || matches!((range, number(&wished)), (Some((a, b)), Some(n)) if a <= n && n <= b)
}

/// A category's products, by the category or by what the end of their title says they are.
fn of_kind(filter: &Filter, product: &Product, kind: Option<&Wishes>) -> bool {
    let Some(category) = &filter.category else {
        return true;
    };
    let traits = Traits::of(product, &mut Interner::default());
    product.category == *category || kind.is_some_and(|wishes| wishes.is_of_the_kind(&traits))
}

/// Two hundred random filters, as arguments and in words: every product shown satisfies each of
/// them by what the database holds, and where nothing is shown nothing there satisfies them.
#[tokio::test]
async fn what_is_found_satisfies_every_wish_and_what_does_is_found() {
    let counter = Counter::new().await;
    let products = counter.all().await;
    let mut random = Random {
        products: &products,
        random: StdRng::seed_from_u64(20_261_125),
    };
    let (mut with, mut without) = (0, 0);
    for round in 0..200 {
        let filter = random.wish();
        let in_words = round % 4 == 3 && filter.size.is_none() && filter.feature.is_none();
        let arguments = if in_words {
            filter.in_words()
        } else {
            filter.arguments()
        };
        let empty = filter.arguments();
        let Ok(output) = counter
            .try_call("search_products", &arguments.to_string())
            .await
        else {
            assert!(empty["category"].is_null(), "{arguments}");
            continue;
        };
        let answer: Value = serde_json::from_str(&output.content).unwrap();
        let kind = match &filter.category {
            Some(category) => Some(read(&counter, &category.replace('-', " ")).await),
            None => None,
        };
        let fits = |product: &Product| {
            let there = product.variants.iter().filter(|variant| variant.stock > 0);
            let mut fitting = there.filter(|v| filter.holds(product, &v.color, &v.size));
            of_kind(&filter, product, kind.as_ref()) && fitting.next().is_some()
        };
        for shown in answer["products"].as_array().unwrap() {
            let id = shown["product_id"].as_str().unwrap();
            let product = products
                .iter()
                .find(|product| product.id.as_str() == id)
                .unwrap();
            assert!(fits(product), "{filter:?}: {shown}");
            for color in shown["colors"].as_array().unwrap() {
                let name = color["color"].as_str().unwrap();
                for size in color["sizes"].as_array().unwrap() {
                    let size = size.as_str().unwrap();
                    let variant = product
                        .variants
                        .iter()
                        .find(|v| v.color == name && v.size == size);
                    assert!(variant.is_some_and(|v| v.stock > 0), "{shown}");
                    assert!(
                        filter.holds(product, name, size),
                        "{filter:?}: {name} {size}"
                    );
                }
            }
        }
        let all = products.iter().filter(|product| fits(product)).count();
        assert_eq!(
            answer["total"], all,
            "{filter:?}: {arguments} {}",
            answer["understood"]
        );
        if ids(&answer).is_empty() {
            without += 1;
            assert_eq!(all, 0, "{filter:?}");
            assert!(
                answer["nothing"]["why"]
                    .as_str()
                    .is_some_and(|why| !why.is_empty())
            );
        } else {
            with += 1;
            assert!(answer["nothing"].is_null());
        }
    }
    println!("random wishes: {with} with products, {without} without");
    assert!(with >= 40 && without >= 40, "{with} {without}");
}

/// Realistic wordings of another trade: nothing breaks, and no word of furniture becomes a
/// condition on clothes.
#[tokio::test]
async fn questions_of_another_trade_do_no_harm() {
    let Ok(folder) = std::env::var("ATTENDANT_DATA") else {
        return crate::skips::without_data("products: questions of another trade");
    };
    let counter = Counter::new().await;
    let file = format!("{folder}/wands/query.csv");
    let text = std::fs::read_to_string(file).expect("the data set has its queries");
    let (mut asked, mut strange, mut found) = (0, Vec::new(), 0);
    for row in text.lines().skip(1) {
        let Some(query) = row.split('\t').nth(1) else {
            continue;
        };
        let wishes = read(&counter, query).await;
        asked += 1;
        let absurd = !wishes.kinds.is_empty()
            || !wishes.sizes.is_empty()
            || !wishes.brands.is_empty()
            || !wishes.departments.is_empty();
        if absurd {
            strange.push(format!("{query}: {}", line(&wishes)));
        }
        let snapshot = counter.catalog.snapshot().await.unwrap();
        let answer = counter.catalog.find(&snapshot, &wishes, 4).await.unwrap();
        found += usize::from(!answer.products.is_empty());
    }
    println!(
        "{asked} questions of another trade: {} read a kind, size, brand or department, {found} found something\n{}",
        strange.len(),
        strange.join("\n")
    );
    assert!(asked > 200);
    assert!(strange.len() * 5 < asked, "{} of {asked}", strange.len());
}

/// What the tool shows meets `Wishes` as the index reads them: the words, plain and folded.
#[test]
fn sizes_and_colours_are_compared_in_one_form() {
    assert_eq!(size_text(" 32 / 34 "), "32 / 34");
    assert_eq!(plain("Moss Green"), "moss green");
}
