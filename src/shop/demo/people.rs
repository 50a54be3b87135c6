//! Made-up customers and what each of them tends to do.

use std::collections::BTreeSet;

use any_ascii::any_ascii;
use jiff::ToSpan as _;
use jiff::civil::Date;
use rand::RngExt as _;
use rand::rngs::StdRng;

use super::journey::Fate;
use super::orders::{Draft, DraftParcel, line, service};
use super::world::{World, address, at, names, pick};
use crate::domain::customer::{Address, Customer};
use crate::domain::ids::CustomerId;
use crate::domain::order::{OrderLine, PaymentMethod};
use crate::domain::product::Product;
use crate::shop::shipping::{Service, calendar, shipping};

/// Days that the demo shop has been open.
const OPEN_DAYS: i64 = 730;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Habit {
    Frequent,
    Regular,
    /// Buys for spring and for winter.
    Seasonal,
    BargainHunter,
    /// Orders two sizes and sends much back.
    HighReturner,
    OneTimer,
    /// Has not bought for more than a year.
    Dormant,
}

impl Habit {
    fn any(rng: &mut StdRng) -> Self {
        match rng.random_range(0..100) {
            0..6 => Self::Frequent,
            6..28 => Self::Regular,
            28..48 => Self::Seasonal,
            48..63 => Self::BargainHunter,
            63..70 => Self::HighReturner,
            70..90 => Self::OneTimer,
            _ => Self::Dormant,
        }
    }

    fn orders(self, rng: &mut StdRng) -> u32 {
        match self {
            Self::Frequent => rng.random_range(14..=24),
            Self::Regular => rng.random_range(5..=11),
            Self::Seasonal => rng.random_range(2..=6),
            Self::BargainHunter => rng.random_range(3..=9),
            Self::HighReturner => rng.random_range(7..=14),
            Self::OneTimer => 1,
            Self::Dormant => rng.random_range(3..=7),
        }
    }

    /// How long ago an order was placed, in days.
    fn days_ago(self, rng: &mut StdRng, today: Date) -> i64 {
        if self == Self::Dormant {
            return rng.random_range(400..=OPEN_DAYS);
        }
        let mut ago = rng.random_range(1..=OPEN_DAYS);
        for _ in 0..6 {
            let month = today.checked_sub(ago.days()).map_or(1, Date::month);
            let fits = match self {
                Self::Seasonal => matches!(month, 3..=5 | 10..=12),
                Self::BargainHunter => matches!(month, 1 | 7 | 11),
                _ => true,
            };
            if fits {
                break;
            }
            ago = rng.random_range(1..=OPEN_DAYS);
        }
        ago
    }

    fn returns_percent(self) -> u32 {
        match self {
            Self::HighReturner => 48,
            Self::Frequent | Self::Regular => 9,
            Self::Seasonal | Self::OneTimer => 7,
            Self::BargainHunter | Self::Dormant => 4,
        }
    }

    fn discount_percent(self, rng: &mut StdRng) -> i64 {
        let chance = if self == Self::BargainHunter {
            0.85
        } else {
            0.12
        };
        if rng.random_bool(chance) {
            *pick(rng, &[10, 15, 20, 25])
        } else {
            0
        }
    }
}

/// A customer and their orders.
pub fn customer(
    world: &World,
    rng: &mut StdRng,
    index: usize,
    emails: &mut BTreeSet<String>,
) -> (Customer, Vec<Draft>) {
    let habit = Habit::any(rng);
    let (first_name, last_name) = names(rng);
    let place = world.any_place(rng);
    let home = address(rng, place, format!("{first_name} {last_name}"));
    let id = CustomerId::new(format!("c{:05}", index + 1));
    let shopping = Shopping {
        world,
        habit,
        id: id.clone(),
        home: home.clone(),
        department: if rng.random_bool(0.55) {
            "women"
        } else {
            "men"
        },
        kids: rng.random_bool(0.2),
        payment: payment(rng),
        gift_cards: rng.random_bool(0.04),
    };
    let drafts: Vec<Draft> = (0..habit.orders(rng))
        .map(|_| shopping.draft(rng))
        .collect();
    let first = drafts.iter().map(|draft| draft.placed_ms).min();
    let created_ms = first.unwrap_or(world.midnight_ms) - rng.random_range(60_000..1_800_000_i64);
    let customer = Customer {
        payment_methods: Vec::new(),
        id,
        email: email(emails, &first_name, &last_name),
        first_name,
        last_name,
        created_ms,
        address: Some(home),
    };
    (customer, drafts)
}

fn email(emails: &mut BTreeSet<String>, first: &str, last: &str) -> String {
    let plain = |name: &str| -> String {
        any_ascii(name)
            .to_lowercase()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect()
    };
    let stem = format!("{}.{}", plain(first), plain(last));
    let mut email = format!("{stem}@example.com");
    let mut again = 2;
    while !emails.insert(email.clone()) {
        email = format!("{stem}{again}@example.com");
        again += 1;
    }
    email
}

pub fn payment(rng: &mut StdRng) -> PaymentMethod {
    let card = |brand: &str, rng: &mut StdRng| PaymentMethod::Card {
        brand: brand.to_owned(),
        last4: format!("{:04}", rng.random_range(0..10_000)),
    };
    match rng.random_range(0..100) {
        0..40 => card("Visa", rng),
        40..62 => card("Mastercard", rng),
        62..66 => card("American Express", rng),
        66..84 => PaymentMethod::Paypal,
        84..93 => PaymentMethod::Other {
            name: "Apple Pay".to_owned(),
        },
        _ => PaymentMethod::Other {
            name: "Google Pay".to_owned(),
        },
    }
}

/// One customer's way of shopping.
struct Shopping<'a> {
    world: &'a World,
    habit: Habit,
    id: CustomerId,
    home: Address,
    department: &'static str,
    kids: bool,
    payment: PaymentMethod,
    gift_cards: bool,
}

impl Shopping<'_> {
    fn draft(&self, rng: &mut StdRng) -> Draft {
        let world = self.world;
        let ago = self.habit.days_ago(rng, world.today);
        let placed = world.today.saturating_sub(ago.days());
        let placed_ms = at(
            placed,
            rng.random_range(7..23),
            rng.random_range(0..60),
            world.zone(),
        );
        let lines = self.lines(rng);
        let express = rng.random_bool(0.08);
        let cancelled = rng.random_bool(0.015);
        let service = service(placed, &self.home.country, express);
        let parcels = if cancelled {
            Vec::new()
        } else {
            parcels(world, rng, placed, placed_ms, service, lines.len())
        };
        Draft {
            customer: self.id.clone(),
            address: self.home.clone(),
            placed_ms,
            lines,
            express,
            payment: self.payment.clone(),
            gift_card_percent: if self.gift_cards {
                rng.random_range(10..60)
            } else {
                0
            },
            cancelled,
            parcels,
            returns_percent: self.habit.returns_percent(),
        }
    }

    fn lines(&self, rng: &mut StdRng) -> Vec<OrderLine> {
        let count = match rng.random_range(0..100) {
            0..48 => 1,
            48..80 => 2,
            80..95 => 3,
            _ => 4,
        };
        let percent = self.habit.discount_percent(rng);
        let mut lines: Vec<OrderLine> = Vec::new();
        while lines.len() < count {
            let product = self.product(rng);
            let variant = pick(rng, &product.variants);
            let small = product.price.minor < 3_000;
            let quantity = if small && rng.random_bool(0.3) {
                rng.random_range(2..=4)
            } else {
                1
            };
            lines.push(line(product, variant, quantity, percent));
            if self.habit == Habit::HighReturner && rng.random_bool(0.35) {
                let other = product
                    .variants
                    .iter()
                    .find(|other| other.color == variant.color && other.size != variant.size);
                lines.extend(other.map(|other| line(product, other, 1, percent)));
            }
        }
        lines
    }

    fn product(&self, rng: &mut StdRng) -> &Product {
        let products = self.world.products();
        let mut product = pick(rng, products);
        for _ in 0..12 {
            let for_me = product.department == self.department
                || product.department == "unisex"
                || (self.kids && product.department == "kids");
            let reduced = product.final_sale || product.compare_at.is_some();
            let fits = self.habit != Habit::BargainHunter || reduced || rng.random_bool(0.3);
            if for_me && fits && !product.variants.is_empty() {
                return product;
            }
            product = pick(rng, products);
        }
        products
            .iter()
            .find(|product| !product.variants.is_empty())
            .unwrap_or(product)
    }
}

/// The day on which an order's parcel leaves.
fn ship_day(rng: &mut StdRng, placed: Date, placed_ms: i64, world: &World) -> Date {
    let terms = shipping()
        .on(placed)
        .expect("a test reads this file, which has a version");
    let cutoff = terms.cutoff.hour();
    let late = placed_ms >= at(placed, cutoff, 0, world.zone());
    let ordered = if late {
        calendar().after(placed.saturating_add(1.day()), 0)
    } else {
        calendar().after(placed, 0)
    };
    calendar().after(ordered, rng.random_range(0..=terms.handling_working_days))
}

fn parcels(
    world: &World,
    rng: &mut StdRng,
    placed: Date,
    placed_ms: i64,
    service: &Service,
    lines: usize,
) -> Vec<DraftParcel> {
    let shipped = ship_day(rng, placed, placed_ms, world);
    let mut all: Vec<u32> = (1..).take(lines).collect();
    let mut parcels = Vec::new();
    if lines > 1 && rng.random_bool(0.08) {
        let rest = all.split_off(lines / 2);
        let later = calendar().after(shipped, rng.random_range(1..=3));
        parcels.push(DraftParcel {
            lines: rest,
            shipped: later,
            fate: fate(world, rng, later, service),
        });
    }
    parcels.insert(
        0,
        DraftParcel {
            lines: all,
            shipped,
            fate: fate(world, rng, shipped, service),
        },
    );
    parcels
}

fn fate(world: &World, rng: &mut StdRng, shipped: Date, service: &Service) -> Fate {
    // Old troubles were settled long ago.
    let recent = shipped.saturating_add(50.days()) > world.today;
    let after = |days: u32| calendar().after(shipped, days);
    match rng.random_range(0..1_000) {
        0..10 => Fate::Back(after(service.days_max + rng.random_range(4..8_u32))),
        10..18 if recent => Fate::Silent(after(rng.random_range(0..=service.days_min))),
        18..30 if recent => Fate::Delayed(after(rng.random_range(1..=service.days_max))),
        10..60 => Fate::Delivered(after(service.days_max + rng.random_range(1..6_u32))),
        _ => Fate::Delivered(after(rng.random_range(service.days_min..=service.days_max))),
    }
}
