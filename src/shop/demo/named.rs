//! The named shoppers: each in exactly the situation that `knowledge/demo.toml` describes.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::journey::Fate;
use super::orders::{Draft, DraftParcel, line, service};
use super::world::{NamedShopper, World, address, at};
use crate::domain::customer::{Address, Customer, GiftCard, SavedMethod};
use crate::domain::ids::{CustomerId, PaymentMethodId, sha256_hex};
use crate::domain::money::{Currency, Money};
use crate::domain::order::{OrderLine, PaymentMethod};
use crate::domain::product::Product;
use crate::shop::shipping::calendar;

const HOUR_MS: i64 = 3_600_000;

/// A named shopper with their orders.
pub fn shopper(world: &World, shopper: &NamedShopper, now_ms: i64) -> (Customer, Vec<Draft>) {
    let country = match shopper.situation.as_str() {
        "waiting" => "GB",
        "lost" => "FR",
        "returned_to_sender" => "NO",
        "final_sale" => "NL",
        "delivered_two_items" | "split" | "old_version" => "DE",
        _ => "IE",
    };
    let seed = sha256_hex(&shopper.email);
    let mut rng = StdRng::seed_from_u64(u64::from_str_radix(&seed[..16], 16).unwrap_or(1));
    let name = format!("{} {}", shopper.first_name, shopper.last_name);
    let home = address(&mut rng, world.place_in(country), name);
    let id = CustomerId::new(format!("n_{}", shopper.situation));
    let named = Named {
        world,
        id: id.clone(),
        home: home.clone(),
        now_ms,
    };
    let drafts = named.orders(&shopper.situation);
    let first = drafts.iter().map(|draft| draft.placed_ms).min();
    let customer = Customer {
        id,
        email: shopper.email.clone(),
        first_name: shopper.first_name.clone(),
        last_name: shopper.last_name.clone(),
        created_ms: first.unwrap_or(world.midnight_ms) - HOUR_MS,
        address: Some(home),
        payment_methods: vec![
            saved("visa-4242", visa()),
            saved("paypal", PaymentMethod::Paypal),
        ],
    };
    (customer, drafts)
}

fn saved(id: &str, method: PaymentMethod) -> SavedMethod {
    SavedMethod {
        id: PaymentMethodId::new(id),
        method,
    }
}

/// What they pay with unless somebody changes it.
fn visa() -> PaymentMethod {
    PaymentMethod::Card {
        brand: "Visa".to_owned(),
        last4: "4242".to_owned(),
    }
}

/// Some have a gift card with something on it.
pub fn gift_card(customer: &CustomerId, situation: &str) -> Option<GiftCard> {
    let minor = match situation {
        "processing" => 2_500,
        "delivered_two_items" => 1_000,
        _ => return None,
    };
    Some(GiftCard {
        id: PaymentMethodId::new(format!("HP-{situation}")),
        customer: Some(customer.clone()),
        balance: Money::new(minor, Currency::EUR),
        credit: false,
    })
}

struct Named<'a> {
    world: &'a World,
    id: CustomerId,
    home: Address,
    now_ms: i64,
}

impl Named<'_> {
    fn orders(&self, situation: &str) -> Vec<Draft> {
        match situation {
            "waiting" => {
                let shipped = self.working_days_ago(2);
                vec![self.one(
                    vec![self.jacket(), self.in_category("hats", 0)],
                    shipped,
                    Fate::Silent(self.working_days_ago(1)),
                )]
            }
            // The estimate ended 6 working days before today.
            "late" => {
                let shipped = self.shipped_for_estimate_end(6);
                vec![self.one(
                    vec![self.in_category("knitwear", 0)],
                    shipped,
                    Fate::Silent(calendar().after(shipped, 2)),
                )]
            }
            "lost" => {
                let shipped = self.working_days_ago(14);
                vec![self.one(
                    vec![self.jacket()],
                    shipped,
                    Fate::Silent(self.working_days_ago(12)),
                )]
            }
            "said_delivered" => {
                let delivered = self.days_ago(3);
                let shipped = calendar().before(delivered, 2);
                vec![self.one(
                    vec![self.in_category("trainers", 0)],
                    shipped,
                    Fate::Delivered(delivered),
                )]
            }
            "returned_to_sender" => {
                let shipped = self.working_days_ago(16);
                vec![self.one(
                    vec![self.in_category("fleece", 0)],
                    shipped,
                    Fate::Back(self.working_days_ago(3)),
                )]
            }
            "split" => vec![self.split()],
            "delivered_two_items" => {
                let lines = vec![
                    self.in_category("hiking-trousers", 0),
                    self.in_category("fleece", 0),
                ];
                vec![self.delivered_days_ago(lines, 6)]
            }
            "many_orders" => self.many(),
            "old_version" => vec![self.old_version()],
            "final_sale" => {
                let lines = vec![self.in_category("shirts", 0), self.final_sale()];
                vec![self.delivered_days_ago(lines, 5)]
            }
            "expensive_return" => vec![self.delivered_days_ago(vec![self.expensive()], 4)],
            "processing" => vec![self.processing()],
            _ => Vec::new(),
        }
    }

    fn days_ago(&self, days: i64) -> Date {
        self.world.today.saturating_sub(days.days())
    }

    fn working_days_ago(&self, days: u32) -> Date {
        calendar().before(self.world.today, days)
    }

    /// The day to ship so that the estimate's last day is so many working days ago.
    fn shipped_for_estimate_end(&self, days: u32) -> Date {
        let end = self.working_days_ago(days);
        let slowest = service(end, &self.home.country, false).days_max;
        calendar().before(end, slowest)
    }

    /// One parcel with everything, ordered the day before it left.
    fn one(&self, lines: Vec<OrderLine>, shipped: Date, fate: Fate) -> Draft {
        let all = (1..).take(lines.len()).collect();
        let parcel = DraftParcel {
            lines: all,
            shipped,
            fate,
        };
        self.draft(lines, calendar().before(shipped, 1), vec![parcel])
    }

    fn draft(&self, lines: Vec<OrderLine>, placed: Date, parcels: Vec<DraftParcel>) -> Draft {
        Draft {
            customer: self.id.clone(),
            address: self.home.clone(),
            placed_ms: at(placed, 10, 12, self.world.zone()),
            lines,
            express: false,
            payment: visa(),
            gift_card_percent: 0,
            cancelled: false,
            parcels,
            returns_percent: 0,
        }
    }

    fn delivered_days_ago(&self, lines: Vec<OrderLine>, days: i64) -> Draft {
        let delivered = self.days_ago(days);
        let quickest = service(delivered, &self.home.country, false).days_min;
        let shipped = calendar().before(delivered, quickest);
        self.one(lines, shipped, Fate::Delivered(delivered))
    }

    fn split(&self) -> Draft {
        let lines = vec![
            self.in_category("hiking-boots", 0),
            self.in_category("backpacks", 0),
        ];
        let first = self.working_days_ago(6);
        let second = self.working_days_ago(2);
        let parcels = vec![
            DraftParcel {
                lines: vec![1],
                shipped: first,
                fate: Fate::Delivered(self.working_days_ago(2)),
            },
            DraftParcel {
                lines: vec![2],
                shipped: second,
                fate: Fate::Silent(self.working_days_ago(1)),
            },
        ];
        self.draft(lines, calendar().before(first, 1), parcels)
    }

    /// Eight orders over two years.
    fn many(&self) -> Vec<Draft> {
        const BOUGHT: [(i64, &str); 8] = [
            (700, "rain-jackets"),
            (610, "t-shirts"),
            (500, "hiking-trousers"),
            (410, "knitwear"),
            (300, "trainers"),
            (200, "shirts"),
            (95, "socks"),
            (20, "gloves"),
        ];
        BOUGHT
            .iter()
            .map(|(days, category)| {
                self.delivered_days_ago(vec![self.in_category(category, 1)], *days)
            })
            .collect()
    }

    /// Ordered on the last day but one of the older returns policy.
    fn old_version(&self) -> Draft {
        // Early in 2026 that day has yet to be over; the year before has the same policy.
        let year = if self.world.today >= date(2026, 4, 1) {
            2026
        } else {
            2025
        };
        let shipped = date(year, 2, 27);
        let parcel = DraftParcel {
            lines: vec![1],
            shipped,
            fate: Fate::Delivered(date(year, 3, 4)),
        };
        self.draft(
            vec![self.in_category("sweatshirts", 0)],
            date(year, 2, 27),
            vec![parcel],
        )
    }

    fn processing(&self) -> Draft {
        let lines = vec![
            self.in_category("everyday-jackets", 0),
            self.in_category("belts", 0),
        ];
        Draft {
            placed_ms: self.now_ms - HOUR_MS,
            ..self.draft(lines, self.world.today, Vec::new())
        }
    }

    fn jacket(&self) -> OrderLine {
        self.in_category("rain-jackets", 0)
    }

    fn expensive(&self) -> OrderLine {
        self.chosen(
            |product| product.price.minor >= 20_000 && !product.final_sale,
            0,
        )
    }

    fn final_sale(&self) -> OrderLine {
        self.chosen(
            |product| product.final_sale && product.category != "underwear",
            0,
        )
    }

    /// An ordinary product of a category.
    fn in_category(&self, category: &str, skip: usize) -> OrderLine {
        self.chosen(
            |product| {
                product.category == category && !product.final_sale && product.price.minor < 15_000
            },
            skip,
        )
    }

    /// The first products that fit, in a middle size.
    fn chosen(&self, fits: impl Fn(&Product) -> bool, skip: usize) -> OrderLine {
        let products = self.world.products();
        let mut fitting = products
            .iter()
            .filter(|product| fits(product) && !product.variants.is_empty());
        let first = fitting.clone().next();
        let product = fitting.nth(skip).or(first).unwrap_or(&products[0]);
        let middle = product
            .variants
            .iter()
            .find(|variant| variant.size == "M")
            .unwrap_or(&product.variants[product.variants.len() / 2]);
        line(product, middle, 1, 0)
    }
}
