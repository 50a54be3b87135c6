//! From wishes to products: candidates from the index, stock and prices from the database, and
//! where nothing meets every wish, which of them leaves nothing and what comes near.

use std::cmp::Ordering;

use super::choose;
use super::snapshot::{Entry, Snapshot};
use super::text::{Interner, plain};
use super::traits::{Traits, size_text};
use super::wishes::{Miss, Wishes};
use crate::domain::ids::ProductId;
use crate::domain::limits::{
    NEAR_MISSES_MAX, PRODUCT_CANDIDATES_MAX, PRODUCT_POOL_MAX, PRODUCT_STOCK_BATCH,
};
use crate::domain::money::Money;
use crate::domain::product::{Product, Variant};
use crate::store::{Store, StoreError};

/// A product with the variants that can be bought and meet the wishes.
#[derive(Clone, Debug)]
pub struct Found {
    pub product: Product,
    pub variants: Vec<Variant>,
}

/// A product that misses something, with the variants that miss least.
#[derive(Clone, Debug)]
pub struct Near {
    pub product: Product,
    pub variants: Vec<Variant>,
    pub missed: Vec<Miss>,
}

/// Why nothing meets every wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is no product at all.
    Empty,
    /// No product has to do with the words.
    Unknown,
    /// Without this one wish there would be something.
    Wish(Miss),
    /// What meets every wish is sold out.
    SoldOut,
    /// Several wishes leave nothing together.
    Together,
}

/// What a search found. `total` products can be bought and meet every wish; more may when
/// `counted_all` is false.
#[derive(Clone, Debug)]
pub struct Answer {
    pub products: Vec<Found>,
    pub total: usize,
    pub counted_all: bool,
    /// Better by the words than all that is shown, but sold out.
    pub sold_out: Vec<Product>,
    pub nothing: Option<(Why, Vec<Near>)>,
}

/// A candidate with its position and score.
pub struct Candidate<'a> {
    pub entry: &'a Entry,
    pub score: f32,
}

/// Products that meet the wishes, best first, at most `limit`.
pub async fn find(
    store: &Store,
    catalog: &Snapshot,
    wishes: &Wishes,
    limit: usize,
) -> Result<Answer, StoreError> {
    let mut all = candidates(catalog, wishes, true);
    let mut fitting = fitting(wishes, &all);
    let mut stocked = stocked(store, wishes, &fitting).await?;
    let only_occasions = wishes.unknown.is_empty() && wishes.about.len() == wishes.occasions.len();
    if stocked.there.is_empty() && only_occasions {
        all = candidates(catalog, wishes, false);
        fitting = self::fitting(wishes, &all);
        stocked = self::stocked(store, wishes, &fitting).await?;
    }
    let pool: Vec<&Candidate<'_>> = stocked
        .there
        .iter()
        .take(PRODUCT_POOL_MAX)
        .copied()
        .collect();
    let checked = read_again(store, wishes, &pool).await?;
    let gone = pool.len() - checked.len();
    let chosen = choose::differing(checked, &pool, wishes, limit);
    let nothing = match chosen.is_empty() {
        true => {
            Some(why_nothing(store, catalog, wishes, &all, !stocked.sold_out.is_empty()).await?)
        }
        false => None,
    };
    Ok(Answer {
        total: stocked.there.len().saturating_sub(gone),
        counted_all: fitting.len() <= PRODUCT_CANDIDATES_MAX,
        sold_out: sold_out(store, wishes, &stocked).await?,
        products: chosen,
        nothing,
    })
}

/// Every product that has to do with the words, best first: of the kind that was named, else about
/// what was asked, unless that only decides the order.
fn candidates<'a>(catalog: &'a Snapshot, wishes: &Wishes, strict: bool) -> Vec<Candidate<'a>> {
    let scores = catalog.scores(wishes);
    let about = catalog.about(wishes);
    let must_be_about = strict && wishes.kinds.is_empty() && {
        let words = wishes.about.iter().chain(&wishes.weak);
        words.chain(&wishes.unknown).next().is_some()
    };
    let mut all: Vec<Candidate<'_>> = catalog
        .entries()
        .iter()
        .enumerate()
        .filter(|(_, entry)| {
            wishes.is_of_the_kind(&entry.traits) && (!must_be_about || entry.is_about(&about))
        })
        .map(|(at, entry)| Candidate {
            entry,
            score: scores.get(&at).copied().unwrap_or_default(),
        })
        .collect();
    all.sort_by(|a, b| best_first(a, b, wishes));
    all
}

/// Those that meet every wish, as far as the index knows.
fn fitting<'a>(wishes: &Wishes, all: &'a [Candidate<'a>]) -> Vec<&'a Candidate<'a>> {
    all.iter()
        .filter(|one| {
            let traits = &one.entry.traits;
            wishes.missed_by(traits).is_empty() && wishes.may_come_so(traits)
        })
        .collect()
}

/// What is for children stands last where nobody asked for it; then by words, or by price.
fn best_first(a: &Candidate<'_>, b: &Candidate<'_>, wishes: &Wishes) -> Ordering {
    let for_others = |one: &Candidate<'_>| {
        wishes.departments.is_empty() && one.entry.traits.department.as_ref() == "kids"
    };
    let price = |one: &Candidate<'_>| match wishes.cheapest {
        true => one.entry.traits.price.minor,
        false => 0,
    };
    for_others(a)
        .cmp(&for_others(b))
        .then(price(a).cmp(&price(b)))
        .then(b.score.total_cmp(&a.score))
        .then_with(|| a.entry.id.cmp(&b.entry.id))
}

/// Candidates by whether a fitting variant can be bought.
struct Stocked<'a> {
    there: Vec<&'a Candidate<'a>>,
    sold_out: Vec<&'a Candidate<'a>>,
}

async fn stocked<'a>(
    store: &Store,
    wishes: &Wishes,
    fitting: &[&'a Candidate<'a>],
) -> Result<Stocked<'a>, StoreError> {
    let mut found = Stocked {
        there: Vec::new(),
        sold_out: Vec::new(),
    };
    let looked_at = &fitting[..fitting.len().min(PRODUCT_CANDIDATES_MAX)];
    for batch in looked_at.chunks(PRODUCT_STOCK_BATCH) {
        let ids: Vec<ProductId> = batch.iter().map(|one| one.entry.id.clone()).collect();
        for (one, variants) in batch.iter().zip(store.in_stock(ids).await?) {
            if variants.iter().any(|variant| fits(wishes, variant)) {
                found.there.push(one);
            } else {
                found.sold_out.push(one);
            }
        }
    }
    Ok(found)
}

fn fits(wishes: &Wishes, variant: &Variant) -> bool {
    missed(wishes, variant).is_empty()
}

fn missed(wishes: &Wishes, variant: &Variant) -> Vec<Miss> {
    wishes.missed_by_variant(&plain(&variant.color), &size_text(&variant.size))
}

/// The products as they are now, with what can be bought of them: another price or another stock
/// than the index and the count had leaves them out.
async fn read_again(
    store: &Store,
    wishes: &Wishes,
    pool: &[&Candidate<'_>],
) -> Result<Vec<Found>, StoreError> {
    let ids = pool.iter().map(|one| one.entry.id.clone()).collect();
    let products = store.products_of(ids).await?;
    Ok(products
        .into_iter()
        .filter_map(|product| {
            let traits = Traits::of(&product, &mut Interner::default());
            let variants: Vec<Variant> = product
                .variants
                .iter()
                .filter(|variant| variant.stock > 0 && fits(wishes, variant))
                .cloned()
                .collect();
            let is_right = wishes.missed_by(&traits).is_empty() && !variants.is_empty();
            is_right.then_some(Found { product, variants })
        })
        .collect())
}

/// What fits the words better than anything that can be bought, where words were said at all.
async fn sold_out(
    store: &Store,
    wishes: &Wishes,
    stocked: &Stocked<'_>,
) -> Result<Vec<Product>, StoreError> {
    let best = stocked
        .there
        .iter()
        .map(|one| one.score)
        .fold(0.0, f32::max);
    if wishes.about.is_empty() {
        return Ok(Vec::new());
    }
    let better = stocked.sold_out.iter().filter(|one| one.score > best);
    let ids = better.take(NEAR_MISSES_MAX).map(|one| one.entry.id.clone());
    store.products_of(ids.collect()).await
}

/// Which wish leaves nothing, and up to two products that come near.
async fn why_nothing(
    store: &Store,
    catalog: &Snapshot,
    wishes: &Wishes,
    all: &[Candidate<'_>],
    sold_out: bool,
) -> Result<(Why, Vec<Near>), StoreError> {
    if catalog.entries().is_empty() {
        return Ok((Why::Empty, Vec::new()));
    }
    if all.is_empty() {
        return Ok((Why::Unknown, Vec::new()));
    }
    let looked_at: Vec<&Candidate<'_>> = all
        .iter()
        .filter(|one| {
            !wishes
                .missed_by(&one.entry.traits)
                .contains(&Miss::Unwanted)
        })
        .take(PRODUCT_STOCK_BATCH)
        .collect();
    let ids: Vec<ProductId> = looked_at.iter().map(|one| one.entry.id.clone()).collect();
    let mut near: Vec<(i64, Vec<Miss>, ProductId)> = looked_at
        .iter()
        .zip(store.in_stock(ids).await?)
        .filter_map(|(one, variants)| {
            let traits = &one.entry.traits;
            let (missed, _) = least_missed(wishes, traits, &variants)?;
            Some((
                cost(&missed, traits.price, wishes),
                missed,
                one.entry.id.clone(),
            ))
        })
        .collect();
    near.sort_by_key(|(cost, _, _)| *cost);
    let why = why(
        near.iter().map(|(_, missed, _)| missed.as_slice()),
        sold_out,
    );
    let closest = near.into_iter().filter(|(cost, _, _)| *cost < TOO_FAR);
    let ids = closest.take(NEAR_MISSES_MAX).map(|(_, _, id)| id);
    let products = store.products_of(ids.collect()).await?;
    let near = products
        .into_iter()
        .filter_map(|product| near_miss(product, wishes));
    Ok((why, near.collect()))
}

/// The one wish that the nearest product with a single miss misses; `near` comes nearest first.
fn why<'a>(mut near: impl Iterator<Item = &'a [Miss]>, sold_out: bool) -> Why {
    match near.find(|missed| missed.len() == 1) {
        _ if sold_out => Why::SoldOut,
        Some(missed) => Why::Wish(missed[0].clone()),
        None => Why::Together,
    }
}

/// What a product misses with those of its variants in stock that miss least; nothing where all are
/// unwanted or none is there.
fn least_missed(
    wishes: &Wishes,
    traits: &Traits,
    variants: &[Variant],
) -> Option<(Vec<Miss>, Vec<Variant>)> {
    let there = variants.iter().filter(|variant| variant.stock > 0);
    let mut misses: Vec<(Vec<Miss>, &Variant)> = there
        .map(|variant| (missed(wishes, variant), variant))
        .filter(|(missed, _)| !missed.contains(&Miss::Unwanted))
        .collect();
    misses.sort_by_key(|(missed, _)| missed.len());
    let least = misses.first()?.0.clone();
    let variants = misses.iter().filter(|(missed, _)| *missed == least);
    let variants = variants.map(|(_, variant)| (*variant).clone()).collect();
    let missed = wishes.missed_by(traits).into_iter().chain(least);
    Some((missed.collect(), variants))
}

fn near_miss(product: Product, wishes: &Wishes) -> Option<Near> {
    let traits = Traits::of(&product, &mut Interner::default());
    let (missed, variants) = least_missed(wishes, &traits, &product.variants)?;
    Some(Near {
        product,
        variants,
        missed,
    })
}

/// From here on a miss is not near any more.
const TOO_FAR: i64 = 1_000;

/// How far a near miss is from what was wished for: another colour is near, another size or a
/// price half as high again is farther, what is for somebody else is too far.
fn cost(missed: &[Miss], price: Money, wishes: &Wishes) -> i64 {
    let price = price.minor;
    let part = |bound: Option<Money>| {
        let bound = bound.map_or(1, |bound| bound.minor.max(1));
        (price - bound).saturating_abs().saturating_mul(200) / bound
    };
    let each = missed.iter().map(|miss| match miss {
        Miss::Color => 60,
        Miss::PriceAbove => 40 + part(wishes.price_max),
        Miss::PriceBelow => 40 + part(wishes.price_min),
        Miss::Size => 120,
        Miss::Feature(_) => 100,
        Miss::Brand | Miss::Reduced | Miss::FinalSale => 80,
        Miss::Department | Miss::Kind | Miss::Unwanted => TOO_FAR,
    });
    each.fold(0, i64::saturating_add)
}
