//! What an order comes to as the form stands: services, totals, and what the code says.

use jiff::civil::Date;
use minijinja::context;
use serde::Serialize;

use super::draft::Draft;
use super::refusal_words;
use crate::clock::{long_date, timestamp};
use crate::customers::offers::apply::Excluded;
use crate::customers::offers::order::{NoDiscount, Wanted};
use crate::domain::money::Money;
use crate::shop::checkout::{Discount, Item, Refusal, items, totals};
use crate::shop::countries::Countries;
use crate::shop::shipping::{Service, Shipping, Version, Zone};
use crate::store::StoreError;
use crate::web::storefront::front::Front;
use crate::web::storefront::words;

#[derive(Default)]
pub struct Quote {
    pub countries: Vec<Country>,
    pub services: Vec<ServiceChoice>,
    pub customs: Option<String>,
    pub summary: Option<Summary>,
    /// Whether the code works, and what there is to say of it.
    pub code: (bool, Option<String>),
    pub problem: Option<String>,
    pub codes: Vec<OwnCode>,
}

#[derive(Serialize)]
pub struct Country {
    code: String,
    name: String,
}

#[derive(Serialize)]
pub struct ServiceChoice {
    name: String,
    title: String,
    price: String,
    free: bool,
    arrives: String,
    chosen: bool,
}

/// The sums as the page shows them.
#[derive(Serialize)]
pub struct Summary {
    goods: String,
    discount: Option<String>,
    discount_title: Option<String>,
    shipping: String,
    free_shipping: bool,
    total: String,
    /// As the form sends it back.
    digits: String,
}

/// A code that the shopper holds and has not used.
#[derive(Serialize)]
pub struct OwnCode {
    code: String,
    title: String,
}

impl Quote {
    pub async fn of(front: &Front, draft: &Draft) -> Result<Self, StoreError> {
        let shop = &front.site.shop;
        let today = shop.day(front.now_ms);
        let terms = shop.terms.shipping.as_ref();
        let in_force = terms.and_then(|terms| Some((terms, terms.in_force(today)?)));
        let Some((terms, version)) = in_force else {
            return Ok(Self {
                problem: Some(words::say("refused_not_shipped", ())),
                ..Self::default()
            });
        };
        let mut products = Vec::new();
        for (sku, _) in front.cart.lines() {
            products.push(shop.store.product_of_sku(sku).await?);
        }
        let mut quote = Self {
            countries: countries(version),
            codes: own_codes(front).await?,
            ..Self::default()
        };
        let items = match items(front.cart.lines(), &products) {
            Ok(items) => items,
            Err(why) => {
                quote.problem = refusal_words(&why);
                return Ok(quote);
            }
        };
        let discount = quote.hold_code(front, draft, &items, today).await?;
        let Some(zone) = version.zone(&draft.typed.country) else {
            quote.problem = Some(words::say("refused_not_shipped", ()));
            return Ok(quote);
        };
        quote.customs.clone_from(&zone.customs);
        quote.services = services(
            front,
            (terms, version),
            zone,
            draft,
            &items,
            discount.as_ref(),
        );
        let service = version.service(&draft.typed.country, &draft.typed.service);
        match service.and_then(|service| totals(&items, service, discount.as_ref())) {
            Some(totals) => {
                let title = discount.map(|discount| discount.title);
                let takes_off = totals.discount.minor > 0;
                quote.summary = Some(Summary {
                    goods: totals.goods.to_string(),
                    discount: takes_off.then(|| totals.discount.to_string()),
                    discount_title: title,
                    shipping: totals.shipping.to_string(),
                    free_shipping: totals.shipping.minor == 0,
                    total: totals.total.to_string(),
                    digits: totals.total.digits(),
                });
            }
            None => quote.problem = refusal_words(&Refusal::NotShipped),
        }
        Ok(quote)
    }

    /// What the code takes off, noting what there is to say of it.
    async fn hold_code(
        &mut self,
        front: &Front,
        draft: &Draft,
        items: &[Item],
        today: Date,
    ) -> Result<Option<Discount>, StoreError> {
        let Some(code) = draft.code() else {
            return Ok(None);
        };
        let shop = &front.site.shop;
        let order = Wanted {
            items,
            service: &draft.typed.service,
            today,
            zone: &shop.profile.zone,
            now_ms: front.now_ms,
        };
        let customer = front.shopper.as_ref().map(|shopper| &shopper.id);
        let customers = &front.storefront.customers;
        let held = customers
            .code_at_checkout(shop, customer, &code, &order)
            .await?;
        Ok(match held {
            Ok(discount) => {
                let title = &discount.title;
                self.code = (true, Some(words::say("code_works", context! { title })));
                Some(discount)
            }
            Err(why) => {
                self.code = (false, Some(code_words(&why)));
                None
            }
        })
    }
}

fn countries(version: &Version) -> Vec<Country> {
    let all = version.zones.iter().flat_map(|zone| &zone.countries);
    let mut countries: Vec<Country> = all
        .filter_map(|code| {
            Some(Country {
                name: Countries::get().code(code)?.name.clone(),
                code: code.clone(),
            })
        })
        .collect();
    countries.sort_by(|a, b| a.name.cmp(&b.name));
    countries
}

fn services(
    front: &Front,
    (terms, version): (&Shipping, &Version),
    zone: &Zone,
    draft: &Draft,
    items: &[Item],
    discount: Option<&Discount>,
) -> Vec<ServiceChoice> {
    let placed = timestamp(front.now_ms).to_zoned(front.site.shop.profile.zone.clone());
    let choice = |service: &Service| {
        // A code for free shipping is for the service that it was held against.
        let chosen = service.name == draft.typed.service;
        let without = discount.map(|discount| Discount {
            free_shipping: discount.free_shipping && chosen,
            ..discount.clone()
        });
        let price = totals(items, service, without.as_ref()).map(|totals| totals.shipping);
        let price = price.unwrap_or(service.price);
        let estimate = terms.estimate(version, service, placed.datetime());
        ServiceChoice {
            title: words::say("service", context! { name => service.name.as_str() }),
            name: service.name.clone(),
            free: price.minor == 0,
            price: price.to_string(),
            arrives: words::say(
                "arrives",
                context! {
                    from => long_date(estimate.arrives_from),
                    to => long_date(estimate.arrives_to),
                },
            ),
            chosen,
        }
    };
    zone.services.iter().map(choice).collect()
}

async fn own_codes(front: &Front) -> Result<Vec<OwnCode>, StoreError> {
    let Some(shopper) = &front.shopper else {
        return Ok(Vec::new());
    };
    let store = &front.site.shop.store;
    let limit = crate::domain::limits::OFFERS_SHOWN_MAX;
    let open = store.open_offer_codes(&shopper.id, front.now_ms, limit);
    let code = |code: crate::domain::offer::IssuedCode| OwnCode {
        code: code.code,
        title: code.terms.title,
    };
    Ok(open.await?.into_iter().map(code).collect())
}

/// Why a code takes nothing off, in words.
pub fn code_words(why: &NoDiscount) -> String {
    let on = |key: &str, day: Date| words::say(key, context! { day => long_date(day) });
    let money = |money: &Money| money.to_string();
    match why {
        NoDiscount::Unknown => words::say("code_unknown", ()),
        NoDiscount::NotYet { from } => on("code_not_yet", *from),
        NoDiscount::Expired { since } => on("code_expired", *since),
        NoDiscount::Used => words::say("code_used", ()),
        NoDiscount::Minimum { minimum, missing } => words::say(
            "code_minimum",
            context! { minimum => money(minimum), missing => money(missing) },
        ),
        NoDiscount::Excluded { title, why } => words::say(excluded(why), context! { title }),
        NoDiscount::OtherService => words::say("code_other_service", ()),
    }
}

fn excluded(why: &Excluded) -> &'static str {
    match why {
        Excluded::FinalSale => "code_not_final_sale",
        Excluded::Reduced => "code_not_reduced",
        Excluded::Category(_) | Excluded::OnlyCategories(_) => "code_not_category",
        Excluded::Brand(_) | Excluded::OnlyBrands(_) => "code_not_brand",
        Excluded::LowestPrice => "code_lowest_price",
    }
}
