//! A large catalogue: how long its index takes to build, and a search in it. The products are the
//! demo shop's, again and again with other titles. Prints figures; judges nothing.
//!
//! `cargo bench --bench catalog [-- PRODUCTS]`

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use attendant::domain::ids::{ProductId, Random, Sku};
use attendant::domain::money::Currency;
use attendant::domain::product::Product;
use attendant::knowledge::catalog::Catalog;
use attendant::knowledge::catalog::wishes::Asked;
use attendant::shop::Shop;
use attendant::shop::demo::{self, DemoSize};
use attendant::store::Store;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

const PRODUCTS: usize = 100_000;
const BATCH: usize = 1_000;
const ROUNDS: usize = 5;
/// What shoppers write: of a narrow kind, of a broad one, without a kind, with nothing to find.
const QUERIES: [&str; 6] = [
    "waterproof jacket under 150 in M, not black",
    "hiking boots 42",
    "trousers",
    "a gift under 40 for somebody who runs",
    "watreproof jakcet for men",
    "rain jacket under 5 euros",
];

#[tokio::main]
async fn main() -> Fallible<()> {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let wanted = numbers.next().unwrap_or(PRODUCTS);
    let folder = std::env::temp_dir().join(Random::Os.id("attendant-catalog"));
    std::fs::create_dir_all(&folder)?;
    let measured = measure(&folder, wanted).await;
    std::fs::remove_dir_all(&folder)?;
    measured
}

async fn measure(folder: &Path, wanted: usize) -> Fallible<()> {
    let store = Store::open(folder)?;
    let shop = Shop {
        store: store.clone(),
        profile: std::sync::Arc::new(demo::profile()),
        terms: std::sync::Arc::new(attendant::shop::terms::Terms::embedded()),
        clock: attendant::clock::Clock::System,
        random: Random::seeded(1),
    };
    let products = demo::content(&shop, 1, DemoSize::Small).products;
    let mut number = 0;
    while number < wanted {
        let batch = (number..wanted.min(number + BATCH)).map(|at| again(&products, at));
        store.put_products(batch.collect()).await?;
        number += BATCH;
    }
    let catalog = Catalog::new(store);
    let start = Instant::now();
    let snapshot = catalog.snapshot().await?;
    println!(
        "{wanted} products: built in {:.1?}, {} MB held",
        start.elapsed(),
        held()
    );
    for query in QUERIES {
        let mut times = Vec::new();
        let mut total = 0;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let asked = Asked {
                query: query.to_owned(),
                ..Asked::default()
            };
            let wishes = asked
                .wishes(&snapshot, Currency::EUR)
                .map_err(|e| format!("{e:?}"))?;
            total = catalog.find(&snapshot, &wishes, 4).await?.total;
            times.push(start.elapsed());
        }
        times.sort();
        println!("{:>9.1?}  {total:>6} found  {query}", times[ROUNDS / 2]);
    }
    Ok(())
}

/// A demo product with ids and a title of its own.
fn again(products: &[Product], at: usize) -> Product {
    let mut product = products[at % products.len()].clone();
    product.id = ProductId::new(format!("x-{at:06}"));
    product.title = format!("{} {}", name(at / products.len()), product.title);
    for (place, variant) in product.variants.iter_mut().enumerate() {
        variant.sku = Sku::new(format!("x-{at:06}-{place}"));
    }
    product
}

/// A made-up word per number.
fn name(number: usize) -> String {
    let syllables = [
        "ka", "lo", "mi", "ru", "ten", "sal", "vor", "dra", "pel", "zin",
    ];
    let digits = format!("{number:03}");
    digits
        .bytes()
        .map(|digit| syllables[usize::from(digit - b'0')])
        .collect()
}

/// Memory of this process in megabytes, where the system tells.
fn held() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let digits = line.map(|line| line.trim().trim_end_matches(" kB").trim().to_owned());
    digits
        .and_then(|digits| digits.parse::<u64>().ok())
        .unwrap_or_default()
        / 1024
}
