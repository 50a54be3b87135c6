//! `/categories/{category}`: a category or a group of them, with filters and an order.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::frame::Head;
use super::front::Front;
use super::groups::{self, category_title};
use super::shelf::{Dot, Tile, dot, rating, tile};
use crate::domain::limits::SHELF_PAGE_MAX;
use crate::domain::money::{Currency, Money};
use crate::domain::product::{Product, Variant};
use crate::web::error::Problem;

const SORTS: [&str; 4] = ["", "price-up", "price-down", "rating"];
/// Sizes in letters, from the smallest.
const LETTERS: [&str; 9] = ["XXS", "XS", "S", "S/M", "M", "L", "L/XL", "XL", "XXL"];

#[derive(Serialize)]
struct Page {
    title: String,
    words: String,
    parent: Option<Link>,
    siblings: Vec<Link>,
    sizes: Vec<Choice>,
    colors: Vec<ColorChoice>,
    min: String,
    max: String,
    in_stock: bool,
    sort: &'static str,
    filtered: bool,
    products: Vec<Tile>,
    total: usize,
    currency: String,
    price_problem: bool,
}

#[derive(Serialize)]
struct Link {
    href: String,
    title: String,
    here: bool,
}

#[derive(Serialize)]
struct Choice {
    value: String,
    chosen: bool,
}

#[derive(Serialize)]
struct ColorChoice {
    dot: Dot,
    chosen: bool,
}

/// What was asked for.
struct Filters {
    sizes: Vec<String>,
    colors: Vec<String>,
    min: Option<Money>,
    max: Option<Money>,
    in_stock: bool,
    sort: &'static str,
    /// A price that cannot be read: it filters nothing, and the page says so.
    price_problem: bool,
}

pub async fn page(front: Front, Path(asked): Path<String>) -> Result<Response, Problem> {
    let shelf = front.shelf().await?;
    let group = groups::group(&asked);
    let is_in = |category: &str| match group {
        Some(group) => group.categories.iter().any(|known| known == category),
        None => category == asked,
    };
    let all: Vec<&Product> = shelf
        .products
        .iter()
        .filter(|product| is_in(&product.category))
        .collect();
    if all.is_empty() {
        return Ok(front.missing().into_response());
    }
    let filters = Filters::read(&front);
    let stock = front.in_stock(&all).await?;
    let mut shown: Vec<(&Product, Vec<Variant>)> = all
        .iter()
        .filter_map(|product| {
            let there = stock.get(&product.id).map_or(&[][..], Vec::as_slice);
            Some((*product, filters.meet(product, there)?))
        })
        .collect();
    filters.order(&mut shown);
    let total = shown.len();
    let only = match &filters.colors[..] {
        [only] => only.as_str(),
        _ => "",
    };
    let home = group.or(groups::of_category(&asked));
    let title = group.map_or_else(|| category_title(&asked), |group| group.title.clone());
    let page = Page {
        words: group.map(|group| group.words.clone()).unwrap_or_default(),
        parent: home.filter(|_| group.is_none()).map(|home| Link {
            href: format!("/categories/{}", home.id),
            title: home.title.clone(),
            here: false,
        }),
        siblings: siblings(home, &asked),
        sizes: sizes(&all, &filters),
        colors: all_colors(&all, &filters),
        min: front.query.one("min").to_owned(),
        max: front.query.one("max").to_owned(),
        in_stock: filters.in_stock,
        sort: filters.sort,
        filtered: filters.filter(),
        products: shown
            .iter()
            .take(SHELF_PAGE_MAX * 2)
            .map(|(product, there)| tile(product, there, only))
            .collect(),
        total,
        currency: front.site.shop.profile.currency.code().to_owned(),
        price_problem: filters.price_problem,
        title,
    };
    front.page("category.html", &Head::new("category", &page.title), &page)
}

impl Filters {
    fn read(front: &Front) -> Self {
        let query = &front.query;
        let currency = front.site.shop.profile.currency;
        let (min, max) = (query.one("min"), query.one("max"));
        let (least, most) = (price(min, currency), price(max, currency));
        let sort = query.one("sort");
        Self {
            sizes: query.all("size"),
            colors: query.all("color"),
            price_problem: (!min.is_empty() && least.is_none())
                || (!max.is_empty() && most.is_none()),
            min: least,
            max: most,
            in_stock: query.one("stock") == "1",
            sort: SORTS.into_iter().find(|one| *one == sort).unwrap_or(""),
        }
    }

    fn filter(&self) -> bool {
        let no_choice = self.sizes.is_empty() && self.colors.is_empty();
        !no_choice || self.min.is_some() || self.max.is_some() || self.in_stock
    }

    /// What can be bought of a product that meets everything; `None` for one that does not.
    fn meet(&self, product: &Product, there: &[Variant]) -> Option<Vec<Variant>> {
        let price = product.price.minor;
        let within = self.min.is_none_or(|least| price >= least.minor)
            && self.max.is_none_or(|most| price <= most.minor);
        let listed =
            |list: &[String], value: &str| list.is_empty() || list.iter().any(|one| one == value);
        let fits = |variant: &Variant| {
            listed(&self.sizes, &variant.size) && listed(&self.colors, &variant.color)
        };
        let fitting: Vec<Variant> = there.iter().filter(|one| fits(one)).cloned().collect();
        // A size is asked for by who wants to wear it: one that is sold out does not meet it.
        let must_be_there = self.in_stock || !self.sizes.is_empty();
        let comes_so = product.variants.iter().any(fits);
        let met = within && comes_so && !(must_be_there && fitting.is_empty());
        met.then_some(fitting)
    }

    fn order(&self, shown: &mut [(&Product, Vec<Variant>)]) {
        let stars = |product: &Product| {
            rating(product).map_or((0, 0), |rating| {
                let sum: usize = product.reviews.iter().map(|r| usize::from(r.rating)).sum();
                (sum * 100 / rating.count, rating.count)
            })
        };
        match self.sort {
            "price-up" => shown.sort_by_key(|(product, _)| product.price.minor),
            "price-down" => shown.sort_by_key(|(product, _)| -product.price.minor),
            "rating" => shown.sort_by_key(|(product, _)| std::cmp::Reverse(stars(product))),
            // In the shop's own order, what is sold out last.
            _ => shown.sort_by_key(|(_, there)| there.is_empty()),
        }
    }
}

fn price(text: &str, currency: Currency) -> Option<Money> {
    let read = Money::read(text, currency).ok();
    read.filter(|price| price.minor >= 0 && !text.is_empty())
}

fn siblings(home: Option<&groups::Group>, asked: &str) -> Vec<Link> {
    let Some(home) = home else {
        return Vec::new();
    };
    let categories = home.categories.iter().map(|category| Link {
        href: format!("/categories/{category}"),
        title: category_title(category),
        here: category == asked,
    });
    let all = Link {
        href: format!("/categories/{}", home.id),
        title: super::words::say("all_of_group", ()),
        here: home.id == asked,
    };
    std::iter::once(all).chain(categories).collect()
}

/// Every size of the products, letters from the smallest, then numbers.
fn sizes(products: &[&Product], filters: &Filters) -> Vec<Choice> {
    let mut sizes: Vec<&str> = Vec::new();
    for variant in products.iter().flat_map(|product| &product.variants) {
        if !variant.size.is_empty() && !sizes.contains(&variant.size.as_str()) {
            sizes.push(&variant.size);
        }
    }
    sizes.sort_by_key(|size| {
        let letters = LETTERS.iter().position(|known| known == size);
        let digits: String = size.chars().take_while(char::is_ascii_digit).collect();
        let number = digits.parse::<u32>().unwrap_or(u32::MAX);
        (letters.unwrap_or(LETTERS.len()), number, size.len(), *size)
    });
    let choice = |size: &str| Choice {
        value: size.to_owned(),
        chosen: filters.sizes.iter().any(|one| one == size),
    };
    sizes.into_iter().map(choice).collect()
}

fn all_colors(products: &[&Product], filters: &Filters) -> Vec<ColorChoice> {
    let mut colors: Vec<&str> = Vec::new();
    for variant in products.iter().flat_map(|product| &product.variants) {
        if !variant.color.is_empty() && !colors.contains(&variant.color.as_str()) {
            colors.push(&variant.color);
        }
    }
    colors.sort_unstable();
    let choice = |color: &str| ColorChoice {
        dot: dot(color),
        chosen: filters.colors.iter().any(|one| one == color),
    };
    colors.into_iter().map(choice).collect()
}
